use std::fs;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::ext::BasicConstraints;
use crate::ledger::{AuditFilter, Filter};
use crate::lint;
use crate::oid;

mod ended;
mod links;

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
