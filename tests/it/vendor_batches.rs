//! Jobs of emCA, ECGrid and AS2Expert: rows in, certificates and keys out.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::batch::{Artefact, Batch, BatchError, Ending, Options, Report, Unwatched, Vendor};
use certwright::cert::Certificate;
use certwright::key::KeyPair;
use certwright::ledger::{AuditFilter, AuditKind};
use certwright::service::Service;
use certwright::time::UnixSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) service: Service,
}

impl Bench {
    /// With these settings; two of them have the same CAs.
    pub(crate) fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("workspace");
        drop(Service::open_or_create(&dir, now(), &mut rng(42)).unwrap());
        fs::write(dir.join("certwright.toml"), settings).unwrap();
        let service = Service::open(&dir).unwrap();
        Self { folder, service }
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(crate) fn write(&self, name: &str, octets: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, octets).unwrap();
        path
    }

    pub(crate) fn run(&mut self, job: &Path, options: Options) -> Report {
        let batch = Batch::open(job, &self.out(), options).unwrap();
        let service = &mut self.service;
        batch
            .run(service, &now, &mut rng(7), &mut Unwatched)
            .unwrap()
    }

    pub(crate) fn rejected(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.out().join("rejected.jsonl")).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
        rows.collect()
    }

    /// Name and first rule of each rejected row.
    pub(crate) fn rules(&self) -> Vec<String> {
        let text = |row: &Value, place| row.pointer(place).unwrap().as_str().unwrap().to_owned();
        let rows = self.rejected();
        let told = |row| text(row, "/rowKey") + " " + &text(row, "/findings/0/rule");
        rows.iter().map(told).collect()
    }

    /// What the audit log tells of keys that left.
    pub(crate) fn exported(&self) -> Vec<String> {
        let all = AuditFilter {
            after: 0,
            limit: 1000,
        };
        let entries = self.service.ledger().audit(&all).unwrap().into_iter();
        let exported = entries.filter(|entry| entry.kind == AuditKind::KeyExported);
        exported.map(|entry| entry.text).collect()
    }

    /// The files of the rows, by their names.
    pub(crate) fn files(&self) -> BTreeMap<String, PathBuf> {
        let mut files = BTreeMap::new();
        for folder in fs::read_dir(self.out().join("certs")).unwrap() {
            for file in fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                files.insert(name, path);
            }
        }
        files
    }
}

pub(crate) fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn artefacts(list: &str) -> Vec<Artefact> {
    Artefact::parse_list(list).unwrap()
}

pub(crate) fn certificate(path: &Path) -> Certificate {
    Certificate::from_pem(&fs::read(path).unwrap()).unwrap()
}

pub(crate) fn key(path: &Path) -> KeyPair {
    KeyPair::from_pem(&fs::read(path).unwrap(), None).unwrap()
}

#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn comms_of_a_table_get_keys_for_their_owner_alike_with_any_number_of_threads() {
    let table = "rowKey,commId,usage,expires\n\
                 a,5001,Signature,2027-01-01\n\
                 b,9,,\n\
                 c,5002,SSL,2020-01-01\n\
                 ,5002,,\n";
    let outcome = |threads: usize| {
        let mut bench = Bench::new(ECGRID);
        let job = bench.write("comms.csv", table);
        let options = Options::new(Vendor::EcGrid)
            .with_artefacts(artefacts("pem,key,reply"))
            .with_default("secureHashAlgorithm", "SHA384")
            .with_threads(NonZeroUsize::new(threads).unwrap());
        let report = bench.run(&job, options);
        assert_eq!((report.issued(), report.rejected()), (2, 2));
        assert_eq!(report.ending(), Ending::SomeIssued);
        let files = bench.files();
        let octets: Vec<_> = files
            .iter()
            .map(|(name, path)| (name.clone(), fs::read(path).unwrap()))
            .collect();
        (bench, files, octets)
    };
    let (mut bench, files, octets) = outcome(1);
    let told = bench.exported();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|told| told.starts_with("key, ecgrid ")));
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let expected = [
        "a.key.pem",
        "a.pem",
        "a.reply.json",
        "row-000004.key.pem",
        "row-000004.pem",
        "row-000004.reply.json",
    ];
    assert_eq!(names, expected);
    for (stem, id) in [("a", 1), ("row-000004", 2)] {
        let certificate = certificate(&files[&format!("{stem}.pem")]);
        let path = &files[&format!("{stem}.key.pem")];
        assert_eq!(key(path).public_key(), certificate.public_key());
        assert_eq!(
            certificate.signature_algorithm().to_string(),
            "sha384WithRSAEncryption"
        );
        #[cfg(unix)]
        assert_eq!(mode(path), 0o600);
        let wanted = [(id, &certificate)];
        let kept = bench.service.export_keys("ecgrid", &wanted, "key", now());
        assert_eq!(kept.unwrap()[0].public_key(), certificate.public_key());
    }
    assert_eq!(bench.rules(), ["b ecgrid.comm", "c ecgrid.expires"]);
    assert_eq!(bench.rejected()[0]["code"], "ObjectNotFound");
    assert_eq!(outcome(8).2, octets);
}

#[test]
fn stations_of_a_job_of_lines_are_named_by_their_common_name() {
    let mut bench = Bench::new(AS2EXPERT);
    let rows = [
        json!({ "station": 62, "selfSigned": true, "commonName": "one" }).to_string(),
        json!({ "station": 62, "commonName": "two" }).to_string(),
        "no JSON".to_owned(),
        json!({ "station": 62, "rowKey": 7 }).to_string(),
    ];
    let job = bench.write("stations.jsonl", rows.join("\n"));
    let options = Options::new(Vendor::As2Expert).with_artefacts(artefacts("pem,key"));
    let report = bench.run(&job, options);
    assert_eq!((report.issued(), report.rejected()), (1, 3));
    let files = bench.files();
    assert_eq!(
        key(&files["one.key.pem"]).public_key(),
        certificate(&files["one.pem"]).public_key()
    );
    let expected = [
        "two as2expert.required",
        "row-000003 as2expert.body",
        "row-000004 batch.row-key",
    ];
    assert_eq!(bench.rules(), expected);
    let rejected = bench.rejected();
    assert_eq!(rejected[0]["msg"], "Campo requerido: selfSigned");
    assert_eq!(rejected[0]["code"], 400);
}

pub(crate) fn sample(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/emca");
    fs::read(data.join(name)).unwrap()
}

pub(crate) fn emca_settings() -> String {
    EMCA.replace(
        "SIGNER",
        str::from_utf8(&sample("signer.cert.pem")).unwrap(),
    )
}

pub(crate) fn object(id: &str, changes: Value) -> String {
    let mut object = json!({
        "signature": STANDARD.encode(sample("ber.p7")), "profileID": "3", "subscriberId": "s",
        "sANValues": "", "subjectDNOids": format!("2.5.4.3|{id}"), "isP7BRequest": "false", "applicationId": id,
    });
    let changes = changes.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(changes);
    object.to_string()
}

#[test]
fn objects_and_sealed_bodies_are_emcas_rows() {
    let sealed: Value = serde_json::from_slice(&sample("openssl-body.json")).unwrap();
    let rows = [
        object("one", json!({})),
        object("two", json!({ "validity": "1" })),
        sealed.to_string(),
        object("waits", json!({ "profileID": "4" })),
        object("one", json!({ "rowKey": "again" })),
        object("own", json!({ "method": "createCertificateP7BById" })),
        object("none", json!({ "method": "revoke" })),
    ];
    let mut bench = Bench::new(&emca_settings());
    let job = bench.write("rows.jsonl", rows.join("\n"));
    let options = Options::new(Vendor::EmCa).with_artefacts(artefacts("pem,reply"));
    let report = bench.run(&job, options);
    let counts = (report.issued(), report.replayed(), report.rejected());
    assert_eq!(counts, (3, 1, 3), "again is the certificate of one");
    assert!(report.to_string().contains("replayed  1 "), "{report}");
    let files = bench.files();
    assert_eq!(
        fs::read(&files["one.pem"]).unwrap(),
        fs::read(&files["again.pem"]).unwrap()
    );
    for (name, subject) in [
        ("one.pem", "CN=one"),
        ("own.pem", "CN=gateway.example.com,O=Example,C=IN"),
        ("row-000003.pem", "C=IN,O=Example,CN=gateway"),
    ] {
        assert_eq!(certificate(&files[name]).subject().to_string(), subject);
    }
    #[cfg(unix)]
    assert_eq!(
        mode(&files["one.reply.json"]),
        0o600,
        "a reply may hold a PFX"
    );
    let expected = [
        "two emca.validity",
        "waits batch.waiting",
        "none batch.method",
    ];
    assert_eq!(bench.rules(), expected);
}

#[cfg(feature = "p12")]
#[test]
fn the_pfx_of_a_row_is_handed_out_under_the_password_of_its_request() {
    use certwright::bundle::p12::{P12Password, read_p12};
    use certwright::key::Passphrase;
    let pfx = |id: &str| {
        let text = STANDARD.encode(sample("pfx-text.p7"));
        object(
            id,
            json!({ "signature": text, "method": "createPKCS12ById" }),
        )
    };
    let fresh = json!({ "key": "P-256", "subject": "CN=x", "signature": null });
    let rows = [
        pfx("one"),
        object("two", json!({})),
        pfx("one"),
        object("no-password", fresh),
    ];
    let mut bench = Bench::new(&emca_settings());
    let job = bench.write("rows.jsonl", rows.join("\n"));
    let options = || Options::new(Vendor::EmCa).with_artefacts(artefacts("pem,p12"));
    let report = bench.run(&job, options());
    let counts = |report: &Report| (report.issued(), report.replayed(), report.rejected());
    assert_eq!(counts(&report), (2, 1, 1), "{:?}", bench.rejected());
    assert_eq!(bench.rules(), ["no-password batch.key-artefact"]);
    let files = bench.files();
    let names: Vec<_> = files.keys().filter(|name| name.ends_with("p12")).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let issued = certificate(&files["one.pem"]);
    let password = Passphrase::new("secret@1".to_owned()).unwrap();
    for name in names {
        let octets = fs::read(&files[name]).unwrap();
        let opened = read_p12(&octets, P12Password::Passphrase(&password)).unwrap();
        assert_eq!(opened.leaf_first()[0], issued);
        #[cfg(unix)]
        assert_eq!(mode(&files[name]), 0o600);
    }
    assert_eq!(bench.exported(), ["PFX, emca 5000001"; 2]);
    // The same rows as another job: nothing is issued.
    fs::rename(bench.out(), bench.folder.path().join("first")).unwrap();
    let again = Batch::open(&job, &bench.out(), options()).unwrap();
    let report = again.run(&mut bench.service, &now, &mut rng(8), &mut Unwatched);
    let report = report.unwrap();
    assert_eq!(counts(&report), (0, 3, 1));
    assert_eq!(report.ending(), Ending::SomeIssued);
    assert_eq!(bench.exported().len(), 4);
}

#[test]
fn bare_requests_in_a_folder_are_rows_of_a_user_who_may_send_them() {
    let mut bench = Bench::new(&emca_settings().replace('#', ""));
    let job = bench.folder.path().join("csrs");
    bench.write("csrs/gw-1.csr", sample("request.csr.pem"));
    bench.write("csrs/gw-2.pem", sample("request-ec.csr.pem"));
    let options = Options::new(Vendor::EmCa)
        .with_default("profileID", "3")
        .with_artefacts(artefacts("pem"));
    let report = bench.run(&job, options);
    assert_eq!(report.issued(), 2, "{:?}", bench.rejected());
    assert_eq!(
        certificate(&bench.files()["gw-2.pem"])
            .subject()
            .to_string(),
        "CN=CSR"
    );
}

#[test]
fn a_job_that_the_vendor_has_no_such_thing_for_cannot_begin() {
    let bench = Bench::new(ECGRID);
    let job = bench.write("job.jsonl", "{}");
    let open = |job: &Path, options| Batch::open(job, &bench.out(), options).unwrap_err();
    let options = |vendor, list| Options::new(vendor).with_artefacts(artefacts(list));
    let error = open(bench.folder.path(), options(Vendor::EmCa, "key"));
    assert!(matches!(
        error,
        BatchError::NoKey {
            vendor: Vendor::EmCa,
            ..
        }
    ));
    let error = open(bench.folder.path(), options(Vendor::As2Expert, "pem"));
    assert!(matches!(error, BatchError::NoRequests { .. }));
    #[cfg(feature = "p12")]
    {
        let error = open(&job, options(Vendor::EcGrid, "p12"));
        assert!(matches!(error, BatchError::P12Password));
    }
    let mut bench = Bench::new(&format!("{ECGRID}{USERS}"));
    let job = bench.write("job.jsonl", "{}");
    let batch = Batch::open(&job, &bench.out(), Options::new(Vendor::EcGrid)).unwrap();
    let error = batch
        .run(&mut bench.service, &now, &mut rng(7), &mut Unwatched)
        .unwrap_err();
    assert!(matches!(error, BatchError::Caller(_)));
    assert!(!bench.out().exists());
    let options = Options::new(Vendor::EcGrid)
        .with_caller("reader")
        .with_default("commId", "5001");
    bench.run(&job, options);
    assert_eq!(bench.rejected()[0]["code"], "AccessDenied");
}

pub(crate) const ECGRID: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.comms]]
id = 5002
identifier = "DIVISION-AS2"
"#;

const USERS: &str = r#"
[[ecgrid.users]]
login = "admin"
level = "MailboxAdmin"
[[ecgrid.users]]
login = "reader"
level = "General"
"#;

pub(crate) const AS2EXPERT: &str = r#"
[[as2expert.stations]]
id = 62
name = "My station"
"#;

const EMCA: &str = r#"
[[emca.users]]
name = "apiuser"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
signer_certificate = '''SIGNER'''
#unsigned_requests = true
[[emca.profiles]]
id = "3"
name = "tls"
[[emca.profiles]]
id = "4"
name = "released"
manual_authorization = true
"#;
