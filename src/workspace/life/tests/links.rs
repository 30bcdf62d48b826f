//! Renewed CAs, and the links between their keys.

use super::*;

#[test]
fn a_new_key_comes_with_links_in_both_directions() {
    let (_folder, mut workspace) = made(4);
    let old = new_ca(&mut workspace, &order("plant", None));
    let later = at("2027-01-02T03:04:05Z");
    let links = renew(&mut workspace, "plant", RenewalKey::New(None), later, 60);
    assert_eq!(links, Links::Made);
    let new = workspace.authority("plant").unwrap().clone();
    let old_again = workspace.authority("plant.1").unwrap();
    assert_eq!(old_again.certificate(), old.certificate());
    assert_eq!((new.generation(), new.name()), (2, "plant".to_owned()));
    assert_eq!(workspace.authority("plant.2").unwrap().id(), new.id());
    assert_eq!(new.certificate().subject(), old.certificate().subject());
    assert_ne!(
        new.certificate().public_key(),
        old.certificate().public_key()
    );
    assert_ne!(new.certificate().serial(), old.certificate().serial());
    let (new_end, old_end) = (
        new.certificate().validity().not_after(),
        old.certificate().validity().not_after(),
    );
    assert_eq!(new_end, at("2036-12-30T03:04:05Z"));

    let new_with_old = new.new_with_old().unwrap();
    assert_eq!(new_with_old.public_key(), new.certificate().public_key());
    new_with_old
        .verify_signature(old.certificate().public_key())
        .unwrap();
    assert_eq!(
        new_with_old.validity(),
        crate::time::Validity::new(later, old_end).unwrap()
    );
    let old_with_new = new.old_with_new().unwrap();
    assert_eq!(old_with_new.public_key(), old.certificate().public_key());
    old_with_new
        .verify_signature(new.certificate().public_key())
        .unwrap();
    assert_eq!(old_with_new.validity(), old.certificate().validity());
    for link in [new_with_old, old_with_new] {
        assert_eq!(lint::run(link.tbs(), &[]), []);
    }
    // Files for publishing, keys for both, and the ledger knows the links as certificates.
    let file = |name: &str| fs::read_to_string(workspace.dir().join("ca").join(name)).unwrap();
    assert_eq!(file("plant.2/new-with-old.pem"), new_with_old.to_pem());
    assert_eq!(file("plant.2/old-with-new.pem"), old_with_new.to_pem());
    assert!(old_again.signer().is_ok() && new.signer().is_ok());
    let records = workspace.ledger().list(&Filter::default()).unwrap();
    assert_eq!(records.len(), 2);

    let told = notes(&workspace);
    assert!(
        told.contains(&"authority-added plant.2".to_owned()),
        "{told:?}"
    );
    let dir = workspace.dir().to_owned();
    let before = format!("{:?}", workspace.authorities());
    drop(workspace);
    assert_eq!(
        format!("{:?}", Workspace::open(&dir).unwrap().authorities()),
        before
    );
}

#[test]
fn a_bundle_leads_to_the_root_that_its_reader_may_hold_instead() {
    let (_folder, mut workspace) = made(17);
    let old = new_ca(&mut workspace, &order("plant", None));
    let later = at("2027-01-02T03:04:05Z");
    renew(&mut workspace, "plant", RenewalKey::New(None), later, 66);
    let new = workspace.authority("plant").unwrap().clone();
    let old_again = workspace.authority("plant.1").unwrap();
    // With the new root its key by the old one; with the old root its key by the new one.
    let chain = new.bundle_chain(later);
    let link = |link: Option<&Certificate>| link.unwrap().clone();
    assert_eq!(chain, [link(new.new_with_old()), new.certificate().clone()]);
    check_chain(&chain, old.certificate());
    let chain = old_again.bundle_chain(later);
    assert_eq!(chain, [link(new.old_with_new()), old.certificate().clone()]);
    check_chain(&chain, new.certificate());
    // As it was before the renewal, and once the links have ended.
    assert_eq!(old_again.bundle_chain(now()), old.chain());
    assert_eq!(new.bundle_chain(at("2036-06-01T00:00:00Z")), new.chain());
    assert!(matches!(
        workspace.issuing_authority("plant.1"),
        Err(WorkspaceError::Superseded { .. })
    ));
}

#[test]
fn a_key_that_stays_needs_no_link_and_later_links_pass_over_it() {
    let (_folder, mut workspace) = made(5);
    let first = new_ca(&mut workspace, &order("plant", None));
    let links = renew(
        &mut workspace,
        "plant",
        RenewalKey::Same,
        at("2027-01-02T03:04:05Z"),
        61,
    );
    assert_eq!(links, Links::KeyKept);
    let second = workspace.authority("plant").unwrap().clone();
    assert_eq!(
        second.certificate().public_key(),
        first.certificate().public_key()
    );
    assert_eq!(
        second.bundle_chain(at("2027-02-01T00:00:00Z")),
        second.chain()
    );
    for (year, seed) in [("2028", 62), ("2029", 63)] {
        let when = at(&format!("{year}-01-02T03:04:05Z"));
        renew(&mut workspace, "plant", RenewalKey::New(None), when, seed);
    }
    let today = at("2029-06-01T00:00:00Z");
    let newest = workspace.authority("plant").unwrap();
    let chain = newest.bundle_chain(today);
    assert_eq!(chain.len(), 3);
    check_chain(&chain, first.certificate());
    let chain = workspace.authority("plant.1").unwrap().bundle_chain(today);
    assert_eq!(chain.len(), 3);
    check_chain(&chain, newest.certificate());
}

#[test]
fn an_intermediate_is_renewed_under_what_its_parent_is_now() {
    let (_folder, mut workspace) = made(6);
    new_ca(&mut workspace, &order("plant", None));
    let old = new_ca(&mut workspace, &order("sub", Some("plant")));
    let later = at("2027-01-02T03:04:05Z");
    renew(&mut workspace, "plant", RenewalKey::New(None), later, 64);
    // Not yet renewed, it stands under the old root, whose link leads on to the new one.
    let new_root = workspace.authority("plant").unwrap().clone();
    check_chain(
        &workspace.authority("sub").unwrap().bundle_chain(later),
        new_root.certificate(),
    );
    renew(&mut workspace, "sub", RenewalKey::New(None), later, 65);
    let sub = workspace.authority("sub").unwrap();
    assert_eq!(sub.parent(), Some(new_root.id()));
    assert_eq!(
        sub.certificate().validity().not_after(),
        new_root.certificate().validity().not_after()
    );
    let chain = sub.bundle_chain(later);
    assert_eq!(chain.len(), 3);
    check_chain(
        &chain,
        workspace.authority("plant.1").unwrap().certificate(),
    );
    sub.new_with_old()
        .unwrap()
        .verify_signature(old.certificate().public_key())
        .unwrap();
    // The first certificate of the ledger is the first of sub: the second took its place.
    let records = workspace
        .ledger()
        .find_by_fingerprint(&old.certificate().sha256());
    assert!(records.unwrap()[0].superseded_by.is_some());
    assert_eq!(workspace.ledger().verify_audit(None).unwrap().faults, []);
}

#[test]
fn a_key_of_another_family_renews_nothing() {
    let (_folder, mut workspace) = made(8);
    let renewal = Renewal {
        name: "ecc-root",
        key: RenewalKey::New(Some(KeyAlgorithm::Rsa2048)),
        term: Term::Default,
    };
    let error = workspace.renew_authority(&renewal, now(), &mut rng(9));
    assert!(matches!(error, Err(WorkspaceError::OtherFamily { .. })));
    // A certificate that has ended vouches for no new key.
    let ended = at("2040-01-01T00:00:00Z");
    let links = renew(&mut workspace, "ecc-root", RenewalKey::New(None), ended, 10);
    assert_eq!(links, Links::OldEnded);
    let renewed = workspace.current(Family::Ecc).unwrap();
    assert_eq!(
        (renewed.generation(), renewed.bundle_chain(ended).len()),
        (2, 1)
    );
}
