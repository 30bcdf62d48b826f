//! Random numbers that fail, at each draw in turn: nothing is issued, nothing is recorded, no file is left.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;

use certwright::batch::{Artefact, Batch, KeyTerms, Options, Unwatched, Vendor};
use certwright::bundle;
use certwright::key::{KeyAlgorithm, Passphrase};
use certwright::ledger::Filter;
use certwright::service::{Moment, Service};
use certwright::vendor::as2expert;
use certwright::vendor::ecgrid;
use certwright::workspace::{NewAuthority, NewKey, Renewal, RenewalKey, Term, Workspace};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};
use serde_json::json;

use crate::batch::{files, now};

/// Gives so many draws, then fails for good.
struct Failing {
    inner: ChaCha20Rng,
    left: usize,
    drawn: usize,
}

#[derive(Debug)]
struct Dry;

impl Failing {
    fn after(draws: usize) -> Self {
        Self {
            inner: ChaCha20Rng::from_seed([3; 32]),
            left: draws,
            drawn: 0,
        }
    }

    fn draw(&mut self) -> Result<&mut ChaCha20Rng, Dry> {
        self.left = self.left.checked_sub(1).ok_or(Dry)?;
        self.drawn += 1;
        Ok(&mut self.inner)
    }
}

impl TryRng for Failing {
    type Error = Dry;

    fn try_next_u32(&mut self) -> Result<u32, Dry> {
        Ok(self.draw()?.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Dry> {
        Ok(self.draw()?.next_u64())
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Dry> {
        self.draw()?.fill_bytes(octets);
        Ok(())
    }
}

impl TryCryptoRng for Failing {}

impl fmt::Display for Dry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no more random numbers")
    }
}

impl Error for Dry {}

/// Does something with ever more draws until it succeeds; every time before, the folder and the ledger are as they were.
fn fails_at_each_draw(work: impl Fn(&Path, &mut Failing) -> bool) {
    for draws in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("w");
        let mut rng = ChaCha20Rng::from_seed([42; 32]);
        drop(Service::open_or_create(&dir, now(), &mut rng).unwrap());
        fs::write(dir.join("certwright.toml"), SETTINGS).unwrap();
        let before = state(folder.path());
        let mut rng = Failing::after(draws);
        if work(&dir, &mut rng) {
            assert!(draws > 0, "nothing was drawn");
            assert_ne!(state(folder.path()), before, "nothing came of it");
            return;
        }
        assert_eq!(rng.drawn, draws, "it went on without");
        assert_eq!(state(folder.path()), before, "after {draws} draws");
    }
    panic!("it draws without end");
}

/// Certificates in the ledger, CAs, and the names of files that somebody could take for results.
fn state(folder: &Path) -> (usize, usize, Vec<String>) {
    let workspace = Workspace::open_read_only(&folder.join("w")).unwrap();
    let records = workspace.ledger().list(&Filter::default()).unwrap();
    let ours = ["ledger.sqlite", "journal", "job.jsonl", "lock", "report"];
    let mut names: Vec<_> = files(folder).into_keys().collect();
    names.retain(|name| !ours.iter().any(|ours| name.contains(ours)));
    names.retain(|name| !name.starts_with("out/.") && !name.ends_with("rejected.jsonl"));
    (records.len(), workspace.authorities().len(), names)
}

fn service(dir: &Path) -> Service {
    Service::open(dir).unwrap()
}

#[test]
fn a_workspace_without_random_numbers_is_not_made() {
    for draws in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("w");
        let mut rng = Failing::after(draws);
        let passphrase = Passphrase::new("p".to_owned()).unwrap();
        let made = Workspace::create_under(&dir, Some(passphrase.into()), now(), &mut rng);
        if made.is_ok() {
            // What salts are made of, two keys, two serial numbers.
            assert_eq!(draws, 5);
            return;
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{draws}");
    }
}

#[test]
fn a_ca_without_random_numbers_is_neither_made_nor_renewed() {
    let new = |parent| NewAuthority {
        name: "plant",
        subject: "CN=plant".parse().unwrap(),
        key: NewKey::Fresh(KeyAlgorithm::P256),
        parent,
        profile: None,
        path_len: None,
        permitted: Vec::new(),
        excluded: Vec::new(),
        term: Term::Default,
        current: false,
    };
    for parent in [None, Some("ecc-root")] {
        fails_at_each_draw(|dir, rng| {
            let mut workspace = Workspace::open(dir).unwrap();
            workspace.new_authority(&new(parent), now(), rng).is_ok()
        });
    }
    let renewal = Renewal {
        name: "ecc-root",
        key: RenewalKey::New(None),
        term: Term::Default,
    };
    fails_at_each_draw(|dir, rng| {
        let mut workspace = Workspace::open(dir).unwrap();
        workspace.renew_authority(&renewal, now(), rng).is_ok()
    });
}

#[test]
fn vendors_who_make_keys_make_none_without_random_numbers() {
    fails_at_each_draw(|dir, rng| {
        let requests = [ecgrid::wire::CreateRequest::new(5001)];
        let caller = ecgrid::access::Caller::local();
        let made = service(dir).ecgrid_create(&requests, &caller, &Moment::at(now()), rng);
        made.is_ok_and(|made| made[0].is_ok())
    });
    fails_at_each_draw(|dir, rng| {
        let fields = json!({"station": 62, "selfSigned": true, "keybits": 2048});
        let caller = as2expert::access::Caller::local();
        let operation = as2expert::operation::Operation::Create;
        let fields = fields.as_object().unwrap();
        let made =
            service(dir).as2expert_answer(operation, fields, &caller, &Moment::at(now()), rng);
        made.is_ok_and(|made| made.is_ok())
    });
}

#[test]
fn a_batch_that_makes_keys_makes_none_without_random_numbers() {
    let row = |n: usize| {
        let row = json!({
            "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "key": "P-256",
            "subject": format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN"), "validDay": 100,
        });
        format!("{row}\n")
    };
    fails_at_each_draw(|dir, rng| {
        let job = dir.with_file_name("job.jsonl");
        fs::write(&job, (0..3).map(row).collect::<String>()).unwrap();
        let passphrase = Passphrase::new("p".to_owned()).unwrap();
        let Ok(terms) = KeyTerms::under_passphrase(&passphrase, rng) else {
            return false;
        };
        let options = Options::new(Vendor::EnOs)
            .with_artefacts(vec![Artefact::Bundle(bundle::Artefact::Pem), Artefact::Key])
            .with_key_terms(terms);
        let batch = Batch::open(&job, &dir.with_file_name("out"), options).unwrap();
        let report = batch.run(&mut service(dir), &now, rng, &mut Unwatched);
        report.is_ok_and(|report| report.issued() == 3)
    });
}

const SETTINGS: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[as2expert.stations]]
id = 62
name = "My station"
as2id = "MYCOMPANY"
[[enos.products]]
product_key = "open"
maximum_days = 3650
open = true
"#;
