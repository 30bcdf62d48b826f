//! The end of a CA: retired, or revoked.

use std::ops::ControlFlow;

use super::*;
use crate::ledger::{ReasonCode, RevokeConflict, RevokedFact};
use crate::serial::SerialNumber;

#[test]
fn a_retired_ca_issues_no_more_and_leaves_its_place_empty() {
    let (_folder, mut workspace) = made(7);
    let vacant = workspace.retire_authority("ecc-root", now()).unwrap();
    assert_eq!(vacant, Some(Family::Ecc));
    assert!(matches!(
        workspace.current(Family::Ecc),
        Err(WorkspaceError::NoCurrentAuthority { .. })
    ));
    assert_eq!(workspace.current(Family::Rsa).unwrap().name(), "rsa-root");
    let retired = |workspace: &mut Workspace| {
        let again = workspace.retire_authority("ecc-root", now());
        assert!(matches!(again, Err(WorkspaceError::Retired { .. })));
        let current = workspace.make_current("ecc-root", now());
        assert!(matches!(current, Err(WorkspaceError::Retired { .. })));
        let below = order("sub", Some("ecc-root"));
        let below = workspace.new_authority(&below, now(), &mut rng(8));
        assert!(matches!(below, Err(WorkspaceError::Retired { .. })));
        // It still signs CRLs.
        workspace.authority("ecc-root").unwrap().signer().unwrap();
    };
    retired(&mut workspace);
    let dir = workspace.dir().to_owned();
    drop(workspace);
    let mut workspace = Workspace::open(&dir).unwrap();
    retired(&mut workspace);
    new_ca(&mut workspace, &order("plant", None));
    assert_eq!(workspace.make_current("plant", now()).unwrap(), Family::Ecc);
    assert_eq!(workspace.current(Family::Ecc).unwrap().name(), "plant");
    assert_eq!(
        workspace.retire_authority("rsa-root", now()).unwrap(),
        Some(Family::Rsa)
    );
    let told = notes(&workspace);
    for said in [
        "authority-changed ecc-root issues no more, and no other ECC CA does",
        "authority-changed current-authority-ecc is plant",
    ] {
        assert!(told.contains(&said.to_owned()), "{told:?}");
    }
}

fn fact(reason: u8) -> RevokedFact {
    RevokedFact {
        at: at("2026-03-04T05:06:07Z"),
        reason: ReasonCode::new(reason).unwrap(),
        by: "operator".to_owned(),
        note: None,
    }
}

/// What the lists of a CA show: serial numbers of certificates.
fn on_lists_of(workspace: &Workspace, name: &str) -> Vec<SerialNumber> {
    let mut serials = Vec::new();
    let id = workspace.authority(name).unwrap().id();
    let shown = workspace.ledger().revoked(id, now(), |entry| {
        serials.push(entry.serial);
        ControlFlow::Continue(())
    });
    shown.unwrap();
    serials
}

#[test]
fn a_revoked_ca_is_on_its_issuers_lists_and_issues_no_more() {
    let (_folder, mut workspace) = made(17);
    new_ca(&mut workspace, &order("plant", None));
    let mut sub = order("sub", Some("plant"));
    sub.current = true;
    let sub = new_ca(&mut workspace, &sub);
    new_ca(&mut workspace, &order("below", Some("sub")));
    new_ca(&mut workspace, &order("beside", Some("plant")));
    let revoked = workspace.revoke_authority("sub", fact(2)).unwrap();
    assert_eq!(
        revoked,
        RevokedAuthority {
            parent: "plant".to_owned(),
            vacant: Some(Family::Ecc),
            below: vec!["below".to_owned()],
        }
    );
    let serial = sub.certificate().serial().clone();
    assert_eq!(on_lists_of(&workspace, "plant"), [serial]);
    let below = order("late", Some("sub"));
    let below = workspace.new_authority(&below, now(), &mut rng(18));
    assert!(matches!(below, Err(WorkspaceError::Retired { .. })));
    let again = workspace.revoke_authority("sub", fact(1)).unwrap_err();
    assert!(matches!(
        again,
        WorkspaceError::Revoke(RevokeConflict::AlreadyRevoked { found }) if found == fact(2)
    ));
    let told = notes(&workspace);
    let said = "revoked reason 2, by operator".to_owned();
    assert!(told.contains(&said), "{told:?}");
}

#[test]
fn an_earlier_certificate_of_a_ca_is_revoked_by_itself() {
    let (_folder, mut workspace) = made(19);
    new_ca(&mut workspace, &order("plant", None));
    let old = new_ca(&mut workspace, &order("sub", Some("plant")));
    let later = at("2026-02-02T03:04:05Z");
    renew(&mut workspace, "sub", RenewalKey::New(None), later, 20);
    let revoked = workspace.revoke_authority("sub.1", fact(4)).unwrap();
    assert_eq!((revoked.vacant, revoked.below), (None, Vec::new()));
    let serial = old.certificate().serial().clone();
    assert_eq!(on_lists_of(&workspace, "plant"), [serial]);
    workspace.authority("sub").unwrap().check_issues().unwrap();
}

#[test]
fn a_root_a_hold_and_a_stranger_are_not_revoked() {
    let (_folder, mut workspace) = made(21);
    let root = workspace.revoke_authority("ecc-root", fact(2));
    assert!(matches!(root, Err(WorkspaceError::RootRevocation { name }) if name == "ecc-root"));
    new_ca(&mut workspace, &order("sub", Some("ecc-root")));
    let held = workspace.revoke_authority("sub", fact(6));
    assert!(matches!(held, Err(WorkspaceError::AuthorityOnHold { name }) if name == "sub"));
    let unknown = workspace.revoke_authority("other", fact(2));
    assert!(matches!(
        unknown,
        Err(WorkspaceError::UnknownAuthority { .. })
    ));
    assert_eq!(on_lists_of(&workspace, "ecc-root"), []);
    workspace.authority("sub").unwrap().check_issues().unwrap();
}
