use super::*;
use crate::vendor::ecgrid::enums::{CommChannel, UseType};
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::tests::{NOW, TestWorld, at};

fn listed(request: &CommListRequest, caller: &Caller) -> Vec<i32> {
    let list = comm_list(request, caller, &TestWorld::with_key(), at(NOW)).unwrap();
    list.iter().map(|info| info.comm().id).collect()
}

#[test]
fn a_comm_comes_with_its_certificates() {
    let request = CommInfoRequest::new(5001);
    let info = comm_info(&request, &Caller::local(), &TestWorld::with_key(), at(NOW)).unwrap();
    let ids: Vec<_> = info.cert_keys().iter().map(|key| key.cert_key_id).collect();
    assert_eq!(ids, [79]);
    let absent = CommInfoRequest::new(9);
    let refusal = comm_info(&absent, &Caller::local(), &TestWorld::new(), at(NOW)).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::ObjectNotFound);
}

#[test]
fn a_list_has_what_meets_every_condition() {
    let all = CommListRequest::default();
    let local = Caller::local();
    assert_eq!(listed(&all, &local), [5001, 5002]);
    let inactive = CommListRequest {
        show_inactive: true,
        ..all
    };
    assert_eq!(listed(&inactive, &local), [5001, 5002, 5003]);
    let mailbox = CommListRequest {
        mailbox_id: Some(102),
        ..all
    };
    assert_eq!(listed(&mailbox, &local), [5002]);
    let network = CommListRequest {
        network_id: Some(2),
        ..all
    };
    assert_eq!(listed(&network, &local), [0; 0]);
    let test = CommListRequest {
        use_type: Some(UseType::Test),
        ..all
    };
    assert_eq!(listed(&test, &local), [5002]);
    let ftp = CommListRequest {
        comm_type: Some(CommChannel::Ftp),
        ..all
    };
    assert_eq!(listed(&ftp, &local), [0; 0]);
    let mut own = Caller::local();
    own.mailbox_id = Some(101);
    assert_eq!(listed(&all, &own), [5001]);
}

#[test]
fn certificates_are_listed_when_asked_for() {
    let world = TestWorld::with_key();
    for (request, expected) in [
        (CommListRequest::default(), 0),
        (CommListRequest::default().with_certs(), 1),
    ] {
        let list = comm_list(&request, &Caller::local(), &world, at(NOW)).unwrap();
        assert_eq!(list[0].cert_keys().len(), expected);
        assert_eq!(
            serde_json::to_value(list[0].to_rest()).unwrap()["withCerts"],
            expected == 1
        );
    }
}
