//! Jobs that are stopped before each step they take on the disk, and go on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::disk::{Disk, Step, Watch};
use super::{Artefact, Batch, BatchError, Options, Report, SinkKind, Unwatched, Vendor};
use crate::cert::Certificate;
use crate::ext::Extensions;
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::ledger::{AuditFilter, AuditKind, Filter};
use crate::name::Name;
use crate::pem;
use crate::pem::Label;
use crate::request;
use crate::request::RequestDraft;
use crate::service::Service;
use crate::time::UnixSeconds;

mod crash;
mod faults;
mod merge;
mod plan;
mod power;
mod recorded;
#[cfg(feature = "parquet")]
mod stage;
mod unused;

/// Every file below a folder, by its path from `root`.
fn files(root: &Path, below: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(root.join(below)).unwrap();
    let file = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => files(root, &path),
            false => vec![(path, fs::read(entry.path()).unwrap())],
        }
    };
    entries.flat_map(file).collect()
}

/// A folder with a workspace, a job and its results.
struct Bench {
    folder: tempfile::TempDir,
}

/// What a job left, row by row.
#[derive(Debug, Eq, PartialEq)]
struct Left {
    /// The certificates' SHA-256 by their rows' names.
    issued: BTreeMap<String, [u8; 32]>,
    rejected: BTreeSet<String>,
}

impl Bench {
    /// Two of them have the same CAs.
    fn new() -> Self {
        static MADE: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
            let folder = tempfile::tempdir().unwrap();
            let bench = Bench { folder };
            let mut rng = ChaCha20Rng::from_seed([42; 32]);
            Service::open_or_create(&bench.workspace(), now(), &mut rng).unwrap();
            fs::write(bench.workspace().join("certwright.toml"), SETTINGS).unwrap();
            files(bench.folder.path(), Path::new("."))
        });
        let folder = tempfile::tempdir().unwrap();
        let bench = Self { folder };
        for (path, octets) in MADE.iter() {
            let path = bench.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, octets).unwrap();
            // A key that others may read is refused.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        bench
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn job(&self, rows: &[Value]) -> PathBuf {
        let path = self.folder.path().join("job.jsonl");
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        fs::write(&path, lines).unwrap();
        path
    }

    fn run(&self, job: &Path, options: Options, disk: &Disk) -> Result<Report, BatchError> {
        self.run_seeded(job, options, disk, 7)
    }

    /// As [`Bench::run`], with a job of another name in the ledger, and other keys.
    fn run_seeded(
        &self,
        job: &Path,
        options: Options,
        disk: &Disk,
        seed: u8,
    ) -> Result<Report, BatchError> {
        let batch = Batch::open(job, &self.out(), options)?;
        let mut service = Service::open(&self.workspace()).unwrap();
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        batch.run_on(disk, &mut service, &now, &mut rng, &mut Unwatched)
    }

    /// What is in the results, which must be what is in the ledger and in the report.
    fn left(&self, options: &Options) -> Left {
        let mut issued = BTreeMap::new();
        for (key, pem) in self.certificates(options) {
            let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
            let before = issued.insert(key, certificate.sha256());
            assert_eq!(before, None);
        }
        let rejected = fs::read_to_string(self.out().join("rejected.jsonl")).unwrap();
        let mut names = BTreeSet::new();
        for line in rejected.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let key = row["rowKey"].as_str().unwrap().to_owned();
            assert!(!issued.contains_key(&key), "{key} is both");
            assert!(names.insert(key), "rejected twice: {line}");
        }
        let service = Service::open(&self.workspace()).unwrap();
        let ledger = service.ledger();
        let count = ledger.count(&Filter::default()).unwrap();
        let found: Vec<_> = issued.keys().collect();
        assert_eq!(
            count,
            u64::try_from(issued.len()).unwrap(),
            "in the ledger, and {found:?}"
        );
        for sha256 in issued.values() {
            assert_eq!(ledger.find_by_fingerprint(sha256).unwrap().len(), 1);
        }
        let report = fs::read(self.out().join("report.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["issued"], issued.len());
        assert_eq!(report["rejected"], names.len());
        let all = AuditFilter {
            after: 0,
            limit: u32::MAX,
        };
        let noted = ledger.audit(&all).unwrap().into_iter();
        let refused = noted.filter(|entry| entry.kind == AuditKind::Refused);
        assert_eq!(refused.count(), names.len(), "noted as refused");
        assert_eq!(ledger.verify_audit(None).unwrap().faults, []);
        let mut names_in_out: Vec<_> = fs::read_dir(self.out())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names_in_out.retain(|name| name.starts_with('.') || name.contains("partial"));
        assert_eq!(names_in_out, [""; 0], "left over");
        Left {
            issued,
            rejected: names,
        }
    }

    fn certificates(&self, options: &Options) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if options.sink == SinkKind::Jsonl {
            let text = fs::read_to_string(self.out().join("issued.jsonl")).unwrap();
            for line in text.lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                found.push((text("rowKey"), text("pem")));
            }
            return found;
        }
        for fan in fs::read_dir(self.out().join("certs")).unwrap() {
            for file in fs::read_dir(fan.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if let Some(key) = name.strip_suffix(".pem")
                    && !name.ends_with(".key.pem")
                {
                    found.push((key.to_owned(), fs::read_to_string(&path).unwrap()));
                }
            }
        }
        found
    }
}

/// Fails from one step on, as if the process were no more; or at one step only.
struct Fault {
    at: usize,
    only: bool,
    kind: io::ErrorKind,
    seen: Mutex<Vec<Step>>,
}

impl Fault {
    fn dead_from(at: usize) -> Arc<Self> {
        Arc::new(Self {
            at,
            only: false,
            kind: io::ErrorKind::Interrupted,
            seen: Mutex::default(),
        })
    }

    fn steps(&self) -> Vec<Step> {
        self.seen.lock().unwrap().clone()
    }
}

impl Watch for Fault {
    fn before(&self, step: Step) -> io::Result<()> {
        let mut seen = self.seen.lock().unwrap();
        let at = seen.len();
        seen.push(step);
        if at == self.at || (at > self.at && !self.only) {
            return Err(io::Error::from(self.kind));
        }
        Ok(())
    }
}

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn options() -> Options {
    Options::new(Vendor::EnOs)
        .with_slice_rows(NonZeroUsize::new(6).unwrap())
        .with_not_before(now())
}

fn keys(n: usize) -> Vec<KeyPair> {
    let keys = key::generate(KeyAlgorithm::P256, n, &mut ChaCha20Rng::from_seed([9; 32]));
    keys.into_iter().map(Result::unwrap).collect()
}

/// Rows of which every fifth is bad, one of them a device that comes twice.
fn rows(n: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    for (key, n) in keys(n).iter().zip(1..) {
        let subject: Name = format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN")
            .parse()
            .unwrap();
        let extensions = Extensions::default();
        let draft = RequestDraft {
            subject: &subject,
            key,
            algorithm: SignatureAlgorithm::EcdsaWithSha256,
            extensions: &extensions,
        };
        let request = request::sign(&[draft]).remove(0).unwrap();
        let csr = pem::encode(Label::CertificateRequest, request.as_der()).to_string();
        let device = if n == 25 { 24 } else { n };
        let csr = if n % 5 == 0 && n != 25 {
            "none".to_owned()
        } else {
            csr
        };
        rows.push(json!({
            "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{device}"), "rowKey": format!("r{n}"),
            "csr": csr, "issueAuthority": "ECC",
        }));
    }
    rows
}

/// Rows that ask for keys.
fn fresh_rows(n: usize) -> Vec<Value> {
    let row = |n| {
        let subject = json!({"C": "CN", "O": "Acme", "OU": "Lab", "L": "Shanghai", "ST": "Shanghai", "CN": format!("d{n}")});
        json!({
            "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "rowKey": format!("r{n}"),
            "key": "P-256", "subject": subject,
        })
    };
    (1..=n).map(row).collect()
}

fn key_and_pem() -> Vec<Artefact> {
    Artefact::parse_list("pem,key").unwrap()
}

/// A request of emCA's.
fn emca_row(id: &str) -> Value {
    let request = include_bytes!("../../testdata/emca/request-ec.csr.pem");
    json!({
        "applicationId": id, "profileID": "3", "subscriberId": id, "sANValues": "", "isP7BRequest": "false",
        "subjectDNOids": format!("2.5.4.3|{id}"), "csrData": String::from_utf8_lossy(request),
    })
}

const SETTINGS: &str = r#"
[[emca.users]]
name = "apiuser"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
unsigned_requests = true
[[emca.profiles]]
id = "3"
name = "tls"
[[ecgrid.comms]]
id = 5001
identifier = "ONE-AS2"
[[ecgrid.comms]]
id = 5002
identifier = "TWO-AS2"
[[ecgrid.comms]]
id = 5003
identifier = "THREE-AS2"
[[as2expert.stations]]
id = 62
name = "Two"
[[as2expert.stations]]
id = 63
name = "Three"
[[as2expert.stations]]
id = 64
name = "Four"
"#;
