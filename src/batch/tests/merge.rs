//! Parts of a job that are worked on in workspaces of their own, and joined.

use super::*;
use crate::batch::Merge;
use crate::workspace::Workspace;

/// A job's two parts, each in its own workspace.
struct Parts {
    job: PathBuf,
    benches: [Bench; 2],
}

impl Parts {
    /// Runs both.
    fn of(rows: &[Value], options: &dyn Fn() -> Options) -> Self {
        let benches = [Bench::new(), Bench::new()];
        let job = benches[0].job(rows);
        for (bench, index) in benches.iter().zip([1, 2]) {
            let shard = format!("{index}/2").parse().unwrap();
            let options = options().with_shard(shard);
            let disk = Disk::default();
            bench.run_seeded(&job, options, &disk, index).unwrap();
        }
        Self { job, benches }
    }

    fn folders(&self) -> Vec<PathBuf> {
        self.benches.iter().map(Bench::out).collect()
    }

    /// Joins them in a third workspace.
    fn merge(&self, into: &Bench) -> Result<Report, BatchError> {
        let merge = Merge::open(&self.folders(), &into.out())?;
        let from = self.benches.iter();
        let from = from.map(|bench| Workspace::open_read_only(&bench.workspace()).unwrap());
        let from: Vec<_> = from.collect();
        merge.take_in(&mut Service::rehearse(&into.workspace()).unwrap(), &from)?;
        merge.take_in(&mut Service::open(&into.workspace()).unwrap(), &from)?;
        merge.write()
    }
}

fn numbered() -> Options {
    options().with_serial_start("1000".parse().unwrap())
}

fn count(bench: &Bench) -> u64 {
    let service = Service::open(&bench.workspace()).unwrap();
    service.ledger().count(&Filter::default()).unwrap()
}

#[test]
fn two_parts_come_to_what_one_run_comes_to() {
    let mut rows = rows(40);
    // A subject that is there twice, with another key: the two meet in one part.
    let mut twice = rows[2].clone();
    twice["csr"] = rows[2]["csr"].clone();
    twice["rowKey"] = "again".into();
    rows.push(twice);
    for sink in SinkKind::all() {
        let options = || numbered().with_sink(sink);
        let whole = Bench::new();
        let job = whole.job(&rows);
        let expected = whole.run(&job, options(), &Disk::default()).unwrap();
        assert_eq!(expected.by_rule()["enos.duplicate-subject"], 1);
        let parts = Parts::of(&rows, &options);
        let joined = Bench::new();
        let report = parts.merge(&joined).unwrap();
        assert_eq!((report.rows(), report.issued()), (41, expected.issued()));
        assert_eq!(report.by_rule(), expected.by_rule());
        let file = |bench: &Bench, name: &str| fs::read_to_string(bench.out().join(name)).unwrap();
        assert_eq!(
            file(&joined, "rejected.jsonl"),
            file(&whole, "rejected.jsonl")
        );
        same_results(sink, &joined, &whole);
        assert_eq!(count(&joined), expected.issued());
        let service = Service::open(&joined.workspace()).unwrap();
        assert_eq!(service.ledger().verify_audit(None).unwrap().faults, []);
        if matches!(sink, SinkKind::Dir | SinkKind::Jsonl) {
            for (_, pem) in joined.certificates(&options()) {
                let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
                let found = service.ledger().find_by_fingerprint(&certificate.sha256());
                assert_eq!(found.unwrap().len(), 1);
            }
        }
        drop(service);
        // What was joined before is passed over.
        fs::remove_dir_all(joined.out()).unwrap();
        assert_eq!(parts.merge(&joined).unwrap(), report);
        assert_eq!(count(&joined), expected.issued());
        let one = Bench::new();
        let merged = Merge::open(&[parts.folders()[0].clone()], &one.out()).unwrap_err();
        assert!(matches!(merged, BatchError::NotMerged { reason, .. } if reason.contains("2/2")));
        assert!(parts.job.exists());
    }
}

/// Whether two jobs left the same in their sinks.
fn same_results(sink: SinkKind, joined: &Bench, whole: &Bench) {
    let octets = |bench: &Bench, name: &str| fs::read(bench.out().join(name)).unwrap();
    let same = |name: &str| assert_eq!(octets(joined, name), octets(whole, name), "{name}");
    match sink {
        SinkKind::Dir => {
            let certificates = |bench: &Bench| -> BTreeMap<_, _> {
                bench.certificates(&options()).into_iter().collect()
            };
            assert_eq!(certificates(joined), certificates(whole));
        }
        SinkKind::Jsonl => same("issued.jsonl"),
        SinkKind::Tar => same("certs.tar"),
        SinkKind::TarZst => {
            let unpacked = |bench| {
                let octets: Vec<u8> = octets(bench, "certs.tar.zst");
                zstd::decode_all(octets.as_slice()).unwrap()
            };
            assert_eq!(unpacked(joined), unpacked(whole));
        }
        #[cfg(feature = "parquet")]
        SinkKind::Parquet => same("issued.parquet"),
    }
}

/// A request of emCA's with a key of its own, under a name that its subject gets.
fn emca_row_of(key: &KeyPair, id: &str, name: &str) -> Value {
    let draft = RequestDraft {
        subject: &"CN=asked".parse().unwrap(),
        key,
        algorithm: SignatureAlgorithm::EcdsaWithSha256,
        extensions: &Extensions::default(),
    };
    let request = request::sign(&[draft]).remove(0).unwrap();
    let mut row = emca_row(id);
    let pem = pem::encode(Label::CertificateRequest, request.as_der());
    row["csrData"] = pem.as_str().into();
    row["subjectDNOids"] = format!("2.5.4.3|{name}").into();
    row["vendor"] = "emca".into();
    row
}

/// Rows of all vendors, those of emCA last.
fn mixed() -> Vec<Value> {
    let mut rows = rows(4);
    for n in 1..=3 {
        rows.push(json!({ "vendor": "ecgrid", "commId": 5000 + n }));
        rows.push(json!({ "vendor": "as2expert", "station": 61 + n, "selfSigned": true, "commonName": format!("s{n}") }));
    }
    let emca = keys(9).into_iter().skip(4).zip(1..);
    rows.extend(emca.map(|(key, n)| emca_row_of(&key, &format!("app-{n}"), &format!("a{n}"))));
    rows
}

#[test]
fn parts_of_a_job_of_all_vendors_come_together_with_the_keys_that_are_kept() {
    let parts = Parts::of(&mixed(), &numbered);
    let issued: Vec<_> = parts.benches.iter().map(count).collect();
    assert_eq!(issued.iter().sum::<u64>(), 15);
    assert!(issued.iter().all(|issued| *issued > 2), "{issued:?}");
    let joined = Bench::new();
    assert_eq!(parts.merge(&joined).unwrap().issued(), 15);
    assert_eq!(count(&joined), 15);
    let service = Service::open(&joined.workspace()).unwrap();
    for vendor in ["ecgrid", "as2expert"] {
        for number in 1..=3 {
            let found = service
                .ledger()
                .find_by_row_key(vendor, &number.to_string());
            let [record] = found.unwrap().try_into().unwrap();
            let key = service.workspace().read_key(vendor, number).unwrap();
            assert_eq!(key.public_key().spki_sha256(), record.key_sha256);
        }
    }
    drop(service);
    // Joined once more, and asked once more: nothing is issued again.
    fs::remove_dir_all(joined.out()).unwrap();
    parts.merge(&joined).unwrap();
    fs::remove_dir_all(joined.out()).unwrap();
    let job = joined.job(&mixed().split_off(10));
    let options = Options::new(Vendor::EmCa);
    let report = joined.run(&job, options, &Disk::default()).unwrap();
    assert_eq!((report.issued(), report.replayed()), (0, 5));
    assert_eq!(count(&joined), 15);
}

#[test]
fn numbers_that_replies_told_are_not_given_anew() {
    let options = || numbered().with_artefacts(Artefact::parse_list("pem,reply").unwrap());
    let parts = Parts::of(&mixed(), &options);
    let joined = Bench::new();
    let error = parts.merge(&joined).unwrap_err();
    assert!(
        matches!(&error, BatchError::Doubled { what, found, .. } if what == "number" && found == "1"),
        "{error:?}"
    );
    assert_eq!(count(&joined), 0);
}

#[test]
fn a_subject_that_two_parts_have_is_refused() {
    // Letter case parts the rows, and the two compare as the same (RFC 5280 §7.1).
    let row = |key: &KeyPair, name: &str| emca_row_of(key, name, name);
    let keys = keys(12);
    let names = (1..=6).flat_map(|n| [format!("Name {n}"), format!("name {n}")]);
    let rows: Vec<_> = keys
        .iter()
        .zip(names)
        .map(|(key, name)| row(key, &name))
        .collect();
    let emca = || Options::new(Vendor::EmCa).with_serial_start("1000".parse().unwrap());
    let parts = Parts::of(&rows, &emca);
    assert_eq!(parts.benches.iter().map(count).sum::<u64>(), 12);
    let joined = Bench::new();
    let error = parts.merge(&joined).unwrap_err();
    assert!(
        matches!(&error, BatchError::Doubled { what, found, .. } if what == "subject" && found.to_lowercase().starts_with("cn=name ")),
        "{error:?}"
    );
    assert_eq!(count(&joined), 0);
}

#[test]
fn a_transaction_that_two_parts_have_is_refused_and_nothing_is_taken_in() {
    // One applicationId for other subjects with other keys: the parts answered it each for itself.
    let keys = keys(12);
    let rows = keys.iter().zip(1..);
    let rows: Vec<_> = rows
        .map(|(key, n)| emca_row_of(key, "app-1", &format!("name {n}")))
        .collect();
    let emca = || Options::new(Vendor::EmCa).with_serial_start("1000".parse().unwrap());
    let parts = Parts::of(&rows, &emca);
    assert_eq!(parts.benches.each_ref().map(count), [1, 1]);
    let joined = Bench::new();
    let error = parts.merge(&joined).unwrap_err();
    assert!(
        matches!(&error, BatchError::Doubled { rows: 1, what, found, .. } if what == "transaction" && found.ends_with("/app-1")),
        "{error:?}"
    );
    assert_eq!(count(&joined), 0);
    assert!(!joined.out().exists());
    assert!(!joined.workspace().join("keys").exists());
}

#[test]
fn serial_numbers_that_both_parts_gave_are_refused_before_anything_is_recorded() {
    let parts = Parts::of(&rows(20), &options);
    let joined = Bench::new();
    let error = parts.merge(&joined).unwrap_err();
    assert!(
        matches!(&error, BatchError::Doubled { what, .. } if what == "serial number"),
        "{error:?}"
    );
    assert_eq!(count(&joined), 0);
    assert!(!joined.out().exists());
}

#[test]
fn a_key_of_two_subjects_is_refused_though_its_rows_met_nowhere() {
    let subject = |n: u32| -> Name {
        format!("CN=k{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN")
            .parse()
            .unwrap()
    };
    let key = keys(1).remove(0);
    let row = |n: u32| {
        let (subject, extensions) = (subject(n), Extensions::default());
        let draft = RequestDraft {
            subject: &subject,
            key: &key,
            algorithm: SignatureAlgorithm::EcdsaWithSha256,
            extensions: &extensions,
        };
        let request = request::sign(&[draft]).remove(0).unwrap();
        let csr = pem::encode(Label::CertificateRequest, request.as_der()).to_string();
        json!({
            "orgId": "o1", "productKey": "open", "deviceKey": format!("k{n}"), "rowKey": format!("k{n}"), "csr": csr,
            "issueAuthority": "ECC",
        })
    };
    // Of the rows of a part the first has the key; there is one in each.
    let rows: Vec<_> = (1..=12).map(row).collect();
    let parts = Parts::of(&rows, &numbered);
    let joined = Bench::new();
    let error = parts.merge(&joined).unwrap_err();
    let expected = key.public_key().key_identifier().to_string();
    assert!(
        matches!(&error, BatchError::Doubled { rows: 1, what, found, .. } if what == "key" && *found == expected),
        "{error:?}, {expected}"
    );
    assert_eq!(count(&joined), 0);
}
