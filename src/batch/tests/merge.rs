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
    for sink in [SinkKind::Jsonl, SinkKind::Dir] {
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
        if sink == SinkKind::Jsonl {
            assert_eq!(file(&joined, "issued.jsonl"), file(&whole, "issued.jsonl"));
        }
        let certificates = |bench: &Bench| -> BTreeMap<_, _> {
            bench.certificates(&options()).into_iter().collect()
        };
        assert_eq!(certificates(&joined), certificates(&whole));
        assert_eq!(count(&joined), expected.issued());
        let service = Service::open(&joined.workspace()).unwrap();
        assert_eq!(service.ledger().verify_audit(None).unwrap().faults, []);
        for (_, pem) in joined.certificates(&options()) {
            let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
            let found = service.ledger().find_by_fingerprint(&certificate.sha256());
            assert_eq!(found.unwrap().len(), 1);
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
