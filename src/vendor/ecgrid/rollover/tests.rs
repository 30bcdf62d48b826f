use super::*;
use crate::vendor::ecgrid::enums::AuthLevel;
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::tests::{NOW, TestWorld, at, rules, sample, strict_terms, terms_at};

/// Key 79 signs for partner P; 80 does both for all; 81 is that of partner Q, 82 of an address, 83 is for transport.
fn world() -> TestWorld {
    let mut world = TestWorld::with_key();
    let (_, signs) = world.keys[0].clone();
    let mut add = |cert_key_id, usage, partner_id: Option<&str>, has_private_key| {
        let key = CertKey {
            cert_key_id,
            usage,
            partner_id: partner_id.map(ToOwned::to_owned),
            has_private_key,
            ..signs.clone()
        };
        world.keys.push((5001, key));
    };
    add(80, CertificateUsage::EncryptionAndSignature, None, true);
    add(81, CertificateUsage::Encryption, Some("Q"), false);
    add(82, CertificateUsage::Encryption, None, false);
    add(83, CertificateUsage::Ssl, None, true);
    add(84, CertificateUsage::Encryption, Some("P"), false);
    world.keys[3].1.partner_url = Some("https://r.example/as2".to_owned());
    world
}

fn request() -> RolloverRequest {
    RolloverRequest::new(5001)
}

fn for_partner(pairs: Pairs) -> RolloverRequest {
    RolloverRequest {
        partner_as2_id: Some("P".to_owned()),
        pairs,
        ..request()
    }
}

fn rolled(request: &RolloverRequest) -> Result<Vec<Placed>, Refusal> {
    rollover(request, &Caller::local(), &world(), &terms_at(NOW))
}

#[test]
fn the_new_one_is_for_what_the_old_one_was_for() {
    let placed = rolled(&request()).unwrap().remove(0);
    assert_eq!(placed.usage(), CertificateUsage::EncryptionAndSignature);
    assert_eq!((placed.partner(), placed.supersedes()), (None, Some(7)));
    let validity = placed.unkeyed().validity();
    assert_eq!(validity.not_before(), at("2028-04-07T00:00:00Z"));
    assert_eq!(validity.not_after(), at("2030-04-07T00:00:00Z"));
    let only = Pairs::Only(rollover::Function::Signing);
    let placed = rolled(&for_partner(only)).unwrap().remove(0);
    assert_eq!(placed.usage(), CertificateUsage::Signature);
    assert_eq!(placed.partner().unwrap().as_str(), "P");
    let apart = RolloverRequest {
        pairs: Pairs::Separate,
        ..request()
    };
    let placed = rolled(&apart).unwrap();
    let usages: Vec<_> = placed.iter().map(Placed::usage).collect();
    let expected = [CertificateUsage::Signature, CertificateUsage::Encryption];
    assert_eq!(usages, expected);
}

#[test]
fn what_cannot_be_rolled_over_is_refused() {
    let refused = |request: &RolloverRequest| rolled(request).unwrap_err();
    let rule = |request: &RolloverRequest| rules(&refused(request))[0].0;
    // P's certificate signs only.
    assert_eq!(rule(&for_partner(Pairs::Combined)), "ecgrid.rollover");
    let years = RolloverRequest {
        years: 0,
        ..request()
    };
    assert_eq!(rule(&years), "ecgrid.rollover-time");
    let gone = RolloverRequest {
        comm_id: 5003,
        ..request()
    };
    assert_eq!(rule(&gone), "ecgrid.rollover");
    let absent = RolloverRequest {
        comm_id: 9,
        ..request()
    };
    assert_eq!(refused(&absent).kind(), FaultKind::ObjectNotFound);
    let odd = RolloverRequest {
        partner_as2_id: Some(" P".to_owned()),
        ..request()
    };
    assert_eq!(rule(&odd), "ecgrid.partner");
    let sha1 = RolloverRequest {
        hash: Some(SecureHashAlgorithm::Sha1),
        ..request()
    };
    let terms = strict_terms();
    let refusal = rollover(&sha1, &Caller::local(), &world(), &terms).unwrap_err();
    assert_eq!(rules(&refusal)[0].0, "ecgrid.sha1");
    let user = Caller::new(AuthLevel::General);
    let refusal = rollover(&request(), &user, &world(), &terms).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::AccessDenied);
}

#[test]
fn those_without_a_certificate_of_their_own_are_affected() {
    let now = at(NOW);
    let found = successions(Some(5001), &Caller::local(), &world(), now);
    let found = found.unwrap().remove(0);
    assert_eq!((found.owner_id, &*found.owner), (5001, "MYCOMPANY-AS2"));
    let names = |lane: &rollover::Lane| -> Vec<String> {
        let partners = lane.partners.iter();
        partners.map(|partner| partner.name.clone()).collect()
    };
    let [all, own] = found.lanes.as_slice() else {
        panic!("{:?}", found.lanes);
    };
    assert_eq!((all.partner.as_deref(), all.purpose), (None, Purpose::Both));
    assert_eq!(names(all), ["Q", "https://r.example/as2"]);
    assert_eq!(own.partner.as_deref(), Some("P"));
    assert_eq!(own.purpose, Purpose::Signing);
    assert_eq!(names(own), ["P"]);
    let of = |lane: &rollover::Lane| lane.slot.current.as_ref().map(|used| used.id);
    assert_eq!([of(all), of(own)], [Some(80), Some(79)]);
    let every = successions(None, &Caller::local(), &world(), now).unwrap();
    let ids: Vec<_> = every.iter().map(|one| one.owner_id).collect();
    assert_eq!(ids, [5001, 5002, 5003]);
    let absent = successions(Some(9), &Caller::local(), &world(), now);
    assert_eq!(absent.unwrap_err().kind(), FaultKind::ObjectNotFound);
    assert_eq!(
        sample(),
        &found.lanes[0].slot.current.as_ref().unwrap().certificate
    );
}
