use std::fs;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::ext::BasicConstraints;
use crate::ledger::{AuditFilter, Filter};
use crate::lint;
use crate::oid;

mod ended;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

fn now() -> UnixSeconds {
    at("2026-01-02T03:04:05Z")
}

fn made(seed: u8) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(&folder.path().join("w"), now(), &mut rng(seed)).unwrap();
    (folder, workspace)
}

fn order<'a>(name: &'a str, parent: Option<&'a str>) -> NewAuthority<'a> {
    NewAuthority {
        name,
        subject: format!("CN={name},O=Acme").parse().unwrap(),
        key: NewKey::Fresh(KeyAlgorithm::P256),
        parent,
        profile: None,
        path_len: None,
        permitted: Vec::new(),
        excluded: Vec::new(),
        term: Term::Default,
        current: false,
    }
}

fn new_ca(workspace: &mut Workspace, new: &NewAuthority<'_>) -> CertificateAuthority {
    // Another seed for another name: nobody draws the same number twice.
    let seed = new
        .name
        .bytes()
        .fold(100u8, |sum, octet| sum.wrapping_mul(31).wrapping_add(octet));
    let made = workspace.new_authority(new, now(), &mut rng(seed));
    made.unwrap().clone()
}

fn renew(
    workspace: &mut Workspace,
    name: &str,
    key: RenewalKey<'_>,
    at: UnixSeconds,
    seed: u8,
) -> Links {
    let renewal = Renewal {
        name,
        key,
        term: Term::Default,
    };
    workspace
        .renew_authority(&renewal, at, &mut rng(seed))
        .unwrap()
}

fn refusal(workspace: &mut Workspace, new: &NewAuthority<'_>) -> Vec<&'static str> {
    match workspace.new_authority(new, now(), &mut rng(51)) {
        Err(WorkspaceError::Findings(findings)) => {
            findings.iter().map(lint::Finding::rule).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn notes(workspace: &Workspace) -> Vec<String> {
    let filter = AuditFilter {
        after: 0,
        limit: 100,
    };
    let entries = workspace.ledger().audit(&filter).unwrap();
    let text = |entry: &crate::ledger::AuditEntry| format!("{} {}", entry.kind, entry.text);
    entries.iter().map(text).collect()
}

/// A path from the first certificate to the anchor, through all but the last, which is a root of its own.
fn check_chain(chain: &[Certificate], anchor: &Certificate) {
    let (root, path) = chain.split_last().unwrap();
    root.verify_signature(root.public_key()).unwrap();
    let next = path.iter().skip(1).chain([anchor]);
    for (below, above) in path.iter().zip(next) {
        assert_eq!(below.issuer(), above.subject());
        below.verify_signature(above.public_key()).unwrap();
    }
}

#[test]
fn an_intermediate_ends_with_its_root_unless_it_is_told_otherwise() {
    let (_folder, mut workspace) = made(1);
    let root = NewAuthority {
        term: Term::Years(2),
        path_len: Some(1),
        ..order("plant", None)
    };
    let root = new_ca(&mut workspace, &root);
    let end = at("2028-01-02T03:04:05Z");
    assert_eq!(root.certificate().validity().not_after(), end);
    let sub = new_ca(&mut workspace, &order("sub", Some("plant")));
    assert_eq!(sub.certificate().validity().not_after(), end);
    assert_eq!(sub.parent(), Some(root.id()));
    assert_eq!(sub.chain().len(), 2);
    check_chain(sub.chain(), root.certificate());
    assert_eq!(lint::run(sub.certificate().tbs(), &[]), []);
    // It is in the ledger as what the root issued; the root itself is not.
    let records = workspace.ledger().list(&Filter::default()).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].issuer, Some(root.id()));
    assert_eq!(records[0].holder.as_deref(), Some("sub"));
    let longer = NewAuthority {
        term: Term::Years(3),
        ..order("longer", Some("plant"))
    };
    assert_eq!(refusal(&mut workspace, &longer), ["issuer.validity"]);
    // plant allows one CA below it, and sub is that one.
    let third = order("third", Some("sub"));
    assert_eq!(refusal(&mut workspace, &third), ["issuer.path-len"]);
    let wide = NewAuthority {
        path_len: Some(1),
        ..order("wide", Some("plant"))
    };
    assert_eq!(refusal(&mut workspace, &wide), ["issuer.path-len"]);
    assert!(!workspace.dir().join("ca/third").exists());
}

#[test]
fn constraints_and_path_length_are_written_and_hold_below() {
    let (_folder, mut workspace) = made(2);
    let root = NewAuthority {
        permitted: vec!["dn:O=Acme".to_owned(), "dns:example.com".to_owned()],
        excluded: vec!["ip:0.0.0.0/0".to_owned()],
        path_len: Some(3),
        ..order("plant", None)
    };
    // Its own name need not lie within: RFC 5280 holds only what is below to it.
    let root = new_ca(&mut workspace, &root);
    let extension = |oid| root.certificate().extensions().find(oid).unwrap();
    let constraints = extension(oid::BASIC_CONSTRAINTS).value();
    let constraints = BasicConstraints::from_extension_value(constraints).unwrap();
    assert_eq!(constraints, BasicConstraints::ca(Some(3)));
    assert_eq!(
        crate::ext::describe(extension(oid::NAME_CONSTRAINTS)),
        "nameConstraints (critical): permitted: directoryName:O=Acme, dNSName:example.com; excluded: \
         iPAddress:0.0.0.0/0"
    );
    let foreign = NewAuthority {
        subject: "CN=sub,O=Other".parse().unwrap(),
        ..order("sub", Some("plant"))
    };
    assert_eq!(
        refusal(&mut workspace, &foreign),
        ["issuer.name-constraints"]
    );
    new_ca(&mut workspace, &order("sub", Some("plant")));
    let bad = NewAuthority {
        permitted: vec!["dns:*.example.com".to_owned()],
        ..order("bad", None)
    };
    let error = workspace
        .new_authority(&bad, now(), &mut rng(3))
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::Profile(_)), "{error:?}");
}

#[test]
fn a_profile_is_data_and_must_be_a_cas() {
    let (_folder, mut workspace) = made(3);
    let mut profile = ca_profile().unwrap();
    profile.serial = crate::profile::SerialConfig::Sequence { first: 77 };
    profile.validity.default_days = 100;
    let own = NewAuthority {
        profile: Some(profile.clone()),
        ..order("own", None)
    };
    let own = new_ca(&mut workspace, &own);
    assert_eq!(own.certificate().serial().to_string(), "77");
    let days = own.certificate().validity();
    assert_eq!(days.not_after().since(now()).unwrap().whole_days(), 100);
    profile.extensions.clear();
    let none = NewAuthority {
        profile: Some(profile),
        ..order("none", None)
    };
    let error = workspace
        .new_authority(&none, now(), &mut rng(4))
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::NotACaProfile { .. }));
}

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

#[test]
fn a_ca_comes_in_with_the_certificates_above_it() {
    let (_folder, mut elsewhere) = made(11);
    new_ca(&mut elsewhere, &order("top", None));
    let sub = new_ca(&mut elsewhere, &order("sub", Some("top")));
    let signer = sub.signer().unwrap();
    let (_folder, mut workspace) = made(12);
    let import = |workspace: &mut Workspace, name: &str, above: &[Certificate]| {
        let imported = ImportedAuthority {
            name,
            certificate: sub.certificate().clone(),
            above: above.to_vec(),
            key: Some(signer.key()),
            current: true,
        };
        workspace.import(imported, now()).cloned()
    };
    let stranger = workspace
        .authority("ecc-root")
        .unwrap()
        .certificate()
        .clone();
    let error = import(&mut workspace, "sub", &[stranger]).unwrap_err();
    assert!(matches!(error, WorkspaceError::Unchained { .. }));
    let came = import(&mut workspace, "sub", &sub.chain()[1..]).unwrap();
    assert_eq!(came.chain(), sub.chain());
    assert_eq!(came.parent(), None);
    // Its root is elsewhere, and so is its renewal.
    let renewal = Renewal {
        name: "sub",
        key: RenewalKey::Same,
        term: Term::Default,
    };
    let error = workspace.renew_authority(&renewal, now(), &mut rng(13));
    assert!(matches!(error, Err(WorkspaceError::ParentElsewhere { .. })));
}

#[test]
fn what_a_stopped_process_left_stands_in_no_ones_way() {
    let (_folder, mut workspace) = made(14);
    let left = workspace.dir().join("ca/plant");
    for _ in 0..2 {
        fs::create_dir(&left).unwrap();
        fs::write(left.join("key.pem"), "a key that signed nothing").unwrap();
        let half = workspace.dir().join("ca/.plant.new");
        fs::create_dir(&half).unwrap();
        fs::write(half.join("key.pem"), "half a").unwrap();
        workspace.check_name_absent("plant").unwrap();
        let folder = workspace.dir().join("ca");
        // Stopped between folder and ledger, again.
        let ledger = rusqlite::Connection::open(workspace.dir().join("ledger.sqlite")).unwrap();
        ledger
            .execute_batch(
                "CREATE TRIGGER trap BEFORE INSERT ON issuer BEGIN SELECT RAISE(ABORT, 'stopped'); END",
            )
            .unwrap();
        let made = workspace.new_authority(&order("plant", None), now(), &mut rng(15));
        assert!(matches!(made, Err(WorkspaceError::Ledger(_))));
        ledger.execute_batch("DROP TRIGGER trap").unwrap();
        assert!(!folder.join("plant").exists() && !folder.join(".plant.new").exists());
    }
    new_ca(&mut workspace, &order("plant", None))
        .signer()
        .unwrap();
    for n in 1..=2 {
        let aside = workspace
            .dir()
            .join(format!("ca/plant.unrecorded-{n}/key.pem"));
        assert_eq!(
            fs::read_to_string(aside).unwrap(),
            "a key that signed nothing"
        );
    }
    // A renewal meets the same.
    fs::create_dir(workspace.dir().join("ca/plant.2")).unwrap();
    renew(&mut workspace, "plant", RenewalKey::New(None), now(), 16);
    assert!(workspace.dir().join("ca/plant.2.unrecorded-1").is_dir());
    workspace.authority("plant").unwrap().signer().unwrap();
}
