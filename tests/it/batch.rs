//! Jobs from end to end: rows in, files out.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use certwright::batch::{
    Artefact, Batch, BatchError, Ending, MAX_ROW_OCTETS, Options, Progress, Report, RowKey,
    Unwatched, Vendor,
};
use certwright::cert::Certificate;
use certwright::ext::Extensions;
use certwright::key;
use certwright::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use certwright::name::Name;
use certwright::pem;
use certwright::pem::Label;
use certwright::request;
use certwright::request::RequestDraft;
use certwright::service::Service;
use certwright::time::UnixSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

/// A folder with a workspace, a job and its results.
struct Bench {
    folder: tempfile::TempDir,
    service: Service,
}

impl Bench {
    /// Two of them have the same CAs.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = ChaCha20Rng::from_seed([42; 32]);
        let workspace = folder.path().join("workspace");
        let (service, _) = Service::open_or_create(&workspace, now(), &mut rng).unwrap();
        Self { folder, service }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn write(&self, name: &str, octets: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, octets).unwrap();
        path
    }

    fn run(&mut self, job: &Path, options: Options) -> Report {
        let batch = Batch::open(job, &self.out(), options).unwrap();
        batch
            .run(&mut self.service, &now, &mut rng(), &mut Unwatched)
            .unwrap()
    }

    fn run_rows(&mut self, rows: &[Value]) -> Report {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let job = self.write("job.jsonl", lines);
        self.run(&job, options())
    }

    fn rejected(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.out().join("rejected.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The certificates by the names of their files.
    fn certificates(&self) -> BTreeMap<String, Certificate> {
        let pems = files(&self.out().join("certs")).into_iter();
        let certificate = |(path, octets): (String, Vec<u8>)| {
            let name = path
                .split_once('/')
                .unwrap()
                .1
                .strip_suffix(".pem")
                .unwrap()
                .to_owned();
            (name, Certificate::from_pem(&octets).unwrap())
        };
        pems.map(certificate).collect()
    }
}

pub(crate) fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([11; 32])
}

fn options() -> Options {
    Options::new(Vendor::EnOs)
}

/// Every file below a folder, by its path in it.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let inner = files(&entry.path()).into_iter();
            found.extend(inner.map(|(path, octets)| (format!("{name}/{path}"), octets)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

pub(crate) fn keys(n: usize) -> Vec<KeyPair> {
    let keys = key::generate(KeyAlgorithm::P256, n, &mut ChaCha20Rng::from_seed([7; 32]));
    keys.into_iter().map(Result::unwrap).collect()
}

/// Requests for `CN=d1`, `CN=d2` and so on.
pub(crate) fn requests(keys: &[KeyPair]) -> Vec<String> {
    let names = 1..=keys.len();
    let names: Vec<Name> = names
        .map(|n| {
            format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN")
                .parse()
                .unwrap()
        })
        .collect();
    let extensions = Extensions::default();
    let drafts: Vec<_> = names
        .iter()
        .zip(keys)
        .map(|(subject, key)| RequestDraft {
            subject,
            key,
            algorithm: SignatureAlgorithm::EcdsaWithSha256,
            extensions: &extensions,
        })
        .collect();
    let signed = request::sign(&drafts).into_iter().map(Result::unwrap);
    let text = |request: request::CertificationRequest| {
        pem::encode(Label::CertificateRequest, request.as_der()).to_string()
    };
    signed.map(text).collect()
}

fn row(device_key: &str, csr: &str) -> Value {
    json!({
        "orgId": "o1", "productKey": "open", "deviceKey": device_key,
        "csr": csr, "issueAuthority": "ECC",
    })
}

fn rows(n: usize) -> Vec<Value> {
    let requests = requests(&keys(n)).into_iter().zip(1..);
    requests
        .map(|(csr, n)| row(&format!("dk{n}"), &csr))
        .collect()
}

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(path)
}

#[test]
fn the_number_of_threads_does_not_show() {
    // Three slices of P-256 rows, bad ones and RSA ones among them.
    let mut rows = rows(1100);
    rows[3]["csr"] = json!("none");
    rows[700]["validDay"] = json!(0);
    rows[1050]["deviceKey"] = json!(5);
    let mut lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    lines.insert_str(0, "{broken\n\n");
    let mut fleet: Vec<_> = fs::read_dir(testdata("enos/fleet"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    fleet.sort_by_key(fs::DirEntry::file_name);
    for entry in fleet {
        let name = entry.file_name().into_string().unwrap();
        if let Ok(csr) = fs::read_to_string(entry.path()) {
            let mut row = row(&name, &csr);
            row["issueAuthority"] = json!("rsa");
            lines.push_str(&format!("{row}\n"));
        }
    }
    let results = [1, 8].map(|threads| {
        let mut bench = Bench::new();
        let job = bench.write("job.jsonl", &lines);
        let options = options()
            .with_artefacts(Artefact::parse_list("chain,p7b,reply").unwrap())
            .with_threads(NonZeroUsize::new(threads).unwrap())
            .with_not_before("2026-01-01T00:00:00Z".parse().unwrap())
            .with_serial_start("1000".parse().unwrap());
        let report = bench.run(&job, options);
        assert!(report.issued() >= 1097 + 4, "{report}");
        let mut files = files(&bench.out());
        // They tell how long it took.
        for name in ["journal.jsonl", "report.html"] {
            assert!(files.remove(name).is_some(), "{name}");
        }
        let written: Value = serde_json::from_slice(&files.remove("report.json").unwrap()).unwrap();
        // Through text, as the file went: a number read back may differ in its last bit.
        let told = serde_json::to_string(&report).unwrap();
        assert_eq!(written, serde_json::from_str::<Value>(&told).unwrap());
        (files, written)
    });
    let [(one, mut one_report), (eight, mut eight_report)] = results;
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        eight.keys().collect::<Vec<_>>()
    );
    assert!(one == eight);
    for (report, threads) in [(&mut one_report, 1), (&mut eight_report, 8)] {
        let fields = report.as_object_mut().unwrap();
        assert_eq!(fields.remove("threads"), Some(json!(threads)));
        assert!(fields.remove("seconds").is_some() && fields.remove("rowsPerSecond").is_some());
        assert!(fields.remove("pace").is_some());
    }
    assert_eq!(one_report, eight_report);
}

#[test]
fn a_bad_row_fails_alone_and_serials_follow_the_rows() {
    let mut bench = Bench::new();
    let job = bench.write("job.jsonl", job_with_bad_rows());
    let report = bench.run(&job, options().with_serial_start("50".parse().unwrap()));
    assert_eq!(
        (report.rows(), report.issued(), report.rejected()),
        (11, 3, 8)
    );
    assert_eq!(report.ending(), Ending::SomeIssued);
    assert_eq!(report.by_rule()["enos.body"], 2);

    let certificates = bench.certificates();
    let serial = |(name, certificate): (&String, &Certificate)| {
        (name.clone(), certificate.serial().to_u64().unwrap())
    };
    let expected = [("dk1", 50), ("dk2", 52), ("dk3", 60)].map(|(key, n)| (key.to_owned(), n));
    assert_eq!(
        certificates.iter().map(serial).collect::<Vec<_>>(),
        expected
    );

    let told = |row: Value| {
        assert_eq!(row["code"], 99400);
        assert_ne!(row["msg"], "");
        let [key, stage] = ["rowKey", "stage"].map(|name| row[name].as_str().unwrap().to_owned());
        let rule = row["findings"][0]["rule"].as_str().unwrap();
        format!("{} {key} {stage} {rule}", row["row"])
    };
    assert_eq!(
        bench.rejected().into_iter().map(told).collect::<Vec<_>>(),
        [
            "2 row-000002 wire enos.body",
            "4 row-000004 wire enos.body",
            "5 row-000005 wire batch.row-utf8",
            "6 row-000006 wire batch.row-octets",
            "7 dk wire batch.row-key",
            "8 mine wire enos.field-type",
            "9 a2 request enos.csr",
            "10 dk4 world enos.valid-day",
        ]
    );
}

/// Good rows in places 1, 3 and 11.
fn job_with_bad_rows() -> Vec<u8> {
    let [one, two, three, mut late] = <[Value; 4]>::try_from(rows(4)).unwrap();
    let fields = late.as_object_mut().unwrap();
    fields.insert("validDay".to_owned(), json!(100_000));
    let key_no_string = json!({"orgId": "o1", "deviceKey": "dk", "rowKey": 7});
    let day_no_number = json!({"rowKey": "mine", "assetId": "a1", "validDay": "250"});
    let no_csr = json!({"orgId": "o1", "assetId": "a2"});
    let lines = [
        one.to_string().into_bytes(),
        b"{\"csr\": ".to_vec(),
        two.to_string().into_bytes(),
        b"[1]".to_vec(),
        b"\"\xFF\"".to_vec(),
        b" x".repeat(MAX_ROW_OCTETS),
        key_no_string.to_string().into_bytes(),
        day_no_number.to_string().into_bytes(),
        no_csr.to_string().into_bytes(),
        late.to_string().into_bytes(),
        three.to_string().into_bytes(),
    ];
    lines.join(&b'\n')
}

#[test]
fn what_a_job_holds_twice_is_issued_once() {
    let mut bench = Bench::new();
    let mut rows = rows(2);
    rows.push(rows[0].clone());
    rows.push(row("other", rows[0]["csr"].as_str().unwrap()));
    let report = bench.run_rows(&rows);
    assert_eq!((report.issued(), report.rejected()), (2, 2));
    let codes: Vec<_> = bench
        .rejected()
        .iter()
        .map(|row| (row["rowKey"].clone(), row["code"].clone()))
        .collect();
    assert_eq!(
        codes,
        [(json!("dk1"), json!(99400)), (json!("other"), json!(11833))]
    );
}

#[test]
fn rows_of_one_key_do_not_overwrite_each_other() {
    let mut bench = Bench::new();
    let mut rows = rows(3);
    for row in &mut rows {
        row["rowKey"] = json!("line 1");
    }
    assert_eq!(bench.run_rows(&rows).ending(), Ending::AllIssued);
    let certificates = bench.certificates();
    let subjects = certificates.iter().map(|(name, certificate)| {
        let subject = certificate.subject().to_string();
        (name.as_str(), subject.split(',').next().unwrap().to_owned())
    });
    assert_eq!(
        subjects.collect::<Vec<_>>(),
        [
            ("line%201", "CN=d1".to_owned()),
            ("line%201~row-000002", "CN=d2".to_owned()),
            ("line%201~row-000003", "CN=d3".to_owned()),
        ]
    );
}

#[test]
fn no_row_key_leads_out_of_the_folder() {
    let mut bench = Bench::new();
    let mut rows = rows(3);
    rows[0]["rowKey"] = json!("../../x");
    rows[1]["deviceKey"] = json!("/../../y");
    rows[2]["rowKey"] = json!("..");
    assert_eq!(bench.run_rows(&rows).ending(), Ending::AllIssued);
    let keys = ["../../x", "/../../y", ".."].map(RowKey::new);
    let mut expected = keys
        .map(|key| format!("certs/{}/{}.pem", key.fan(), key.file_stem()))
        .to_vec();
    expected.extend(
        [
            "journal.jsonl",
            "rejected.jsonl",
            "report.html",
            "report.json",
        ]
        .map(str::to_owned),
    );
    expected.sort_unstable();
    assert_eq!(
        files(&bench.out()).into_keys().collect::<Vec<_>>(),
        expected
    );
    let beside = fs::read_dir(bench.folder.path()).unwrap();
    let mut beside: Vec<_> = beside.map(|entry| entry.unwrap().file_name()).collect();
    beside.sort_unstable();
    assert_eq!(beside, ["job.jsonl", "out", "workspace"]);
}

#[test]
fn a_folder_of_requests_goes_to_the_authority_of_each_key() {
    let mut bench = Bench::new();
    let report = bench.run(&testdata("enos/fleet"), options());
    assert_eq!(report.ending(), Ending::AllIssued, "{:?}", bench.rejected());
    let certificates = bench.certificates();
    let workspace = bench.service.workspace();
    let roots = ["rsa-root", "ecc-root"].map(|name| workspace.authority(name).unwrap());
    for root in roots {
        let root = root.certificate();
        let mut under = certificates
            .values()
            .filter(|found| found.issuer() == root.subject());
        assert!(under.clone().count() >= 2);
        assert!(under.all(|found| found.verify_signature(root.public_key()).is_ok()));
    }
    assert_eq!(
        certificates.len(),
        fs::read_dir(testdata("enos/fleet")).unwrap().count()
    );
}

#[test]
fn every_bad_request_is_told_with_its_rule() {
    let mut bench = Bench::new();
    let report = bench.run(&testdata("enos/bad"), options());
    let rejected = bench.rejected();
    assert_eq!(
        report.ending(),
        Ending::NoneIssued,
        "{:?}",
        bench.certificates().keys()
    );
    let names = fs::read_dir(testdata("enos/bad")).unwrap().count();
    assert_eq!(rejected.len(), names);
    for row in rejected {
        let finding = &row["findings"][0];
        for field in ["rule", "source", "severity", "field", "found", "expected"] {
            assert_ne!(finding[field].as_str(), None, "{row}");
        }
    }
}

#[test]
fn a_prime_shared_with_a_row_of_an_earlier_slice_is_told() {
    let mut bench = Bench::new();
    let folder = bench.folder.path().join("requests");
    fs::create_dir(&folder).unwrap();
    let weak = |n: u8| {
        fs::read(testdata(&format!(
            "enos/bad/weak-shared-factor-{n}.csr.pem"
        )))
        .unwrap()
    };
    fs::write(folder.join("a.csr"), weak(1)).unwrap();
    for n in 0..520 {
        fs::write(folder.join(format!("junk-{n:03}.csr")), "junk").unwrap();
    }
    fs::write(folder.join("z.csr"), weak(2)).unwrap();
    let report = bench.run(&folder, options());
    assert_eq!((report.issued(), report.rejected()), (1, 521));
    assert_eq!(report.by_rule()["enos.weak-key"], 1);
    let certificates = bench.certificates();
    let rejected = bench.rejected();
    let last = rejected.last().unwrap();
    assert_eq!(last["rowKey"], "z");
    // It names the key whose certificate is to be revoked.
    let found = last["findings"][0]["found"].as_str().unwrap();
    let earlier = certificates["a"].public_key().key_identifier().to_hex();
    assert!(found.contains(&earlier), "{found}");
}

#[test]
fn csv_rows_take_defaults_where_a_cell_is_empty() {
    let mut bench = Bench::new();
    let requests = requests(&keys(3));
    let mut text = "deviceKey,csr,validDay,productKey\r\n".to_owned();
    for (request, (device, rest)) in
        requests
            .iter()
            .zip([("a", "30,open"), ("b", ","), ("c", ",no")])
    {
        text.push_str(&format!("{device},\"{request}\",{rest}\r\n"));
    }
    let job = bench.write("job.csv", text);
    let filled = [
        ("orgId", "o1"),
        ("productKey", "open"),
        ("validDay", "60"),
        ("issueAuthority", "ecc"),
    ];
    let options = filled.iter().fold(options(), |options, (name, text)| {
        options.with_default(*name, *text)
    });
    let report = bench.run(&job, options);
    assert_eq!((report.issued(), report.rejected()), (2, 1));
    let days = bench.certificates().into_iter().map(|(name, certificate)| {
        let validity = certificate.validity();
        (
            name,
            validity
                .not_after()
                .since(validity.not_before())
                .unwrap()
                .whole_days(),
        )
    });
    assert_eq!(
        days.collect::<Vec<_>>(),
        [("a".to_owned(), 30), ("b".to_owned(), 60)]
    );
    assert_eq!(bench.rejected()[0]["rowKey"], "c");
    let error = Batch::open(
        &job,
        &bench.folder.path().join("o"),
        self::options().with_default("csr", "x"),
    );
    assert!(matches!(error, Err(BatchError::UnknownDefault { found, .. }) if found == "csr"));
}

#[test]
fn a_place_that_is_not_empty_is_left_as_it_is() {
    let bench = Bench::new();
    let job = bench.write("job.jsonl", "{}\n");
    fs::create_dir(bench.out()).unwrap();
    fs::write(bench.out().join("precious"), "kept").unwrap();
    let error = Batch::open(&job, &bench.out(), options()).unwrap_err();
    assert!(matches!(error, BatchError::OutNotEmpty { found, .. } if found == "precious"));
    assert_eq!(
        files(&bench.out()),
        [("precious".to_owned(), b"kept".to_vec())].into()
    );
    let error = Batch::open(&job, &job, options()).unwrap_err();
    assert!(matches!(error, BatchError::OutNotFolder { .. }));
}

#[test]
fn a_job_that_cannot_be_read_makes_nothing() {
    let bench = Bench::new();
    let job = bench.write("job.jsonl", "\n");
    let error = Batch::open(&job, &bench.out(), options()).unwrap_err();
    assert!(matches!(error, BatchError::NoRows { .. }));
    let error =
        Batch::open(&bench.folder.path().join("absent"), &bench.out(), options()).unwrap_err();
    assert!(matches!(error, BatchError::File { action: "read", .. }));
    assert!(!bench.out().exists());
}

#[test]
fn progress_is_told_after_each_slice() {
    #[derive(Default)]
    struct Told(Vec<(u64, u64, Option<u64>)>);
    impl Progress for Told {
        fn slice_done(&mut self, done: u64, rejected: u64, total: Option<u64>) {
            self.0.push((done, rejected, total));
        }
    }
    let mut bench = Bench::new();
    let job = bench.write("job.jsonl", "{}\n".repeat(600));
    let mut told = Told::default();
    let batch = Batch::open(&job, &bench.out(), options()).unwrap();
    let report = batch
        .run(&mut bench.service, &now, &mut rng(), &mut told)
        .unwrap();
    assert_eq!(report.ending(), Ending::NoneIssued);
    assert_eq!(told.0, [(512, 512, Some(512)), (600, 600, Some(600))]);
}
