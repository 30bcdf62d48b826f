//! Stages: what three of them make is what one run makes, and comes into a ledger once.

use super::*;
use crate::batch::stage::{Import, Stages, Tally};
use crate::batch::{KeyTerms, Stop};
use crate::serial::SerialNumber;
use crate::service::{Part, Service};
use crate::workspace::Workspace;

fn anchored() -> Options {
    options().with_serial_start(SerialNumber::from_u64(1001).unwrap())
}

fn share(bench: &Bench) -> PathBuf {
    let shared = bench.folder.path().join("shared");
    let own = Workspace::open_read_only(&bench.workspace()).unwrap();
    own.share(&shared, now()).unwrap();
    shared
}

fn stages(dir: &Path, part: Part, options: Options) -> Stages {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let service = Service::open_part(dir, part, None, &mut rng).unwrap();
    Stages::open(service, "", options).unwrap()
}

/// All three, the first and the last without a key.
fn run(bench: &Bench, job: &Path, artefacts: Vec<Artefact>, sink: SinkKind) -> [Tally; 3] {
    let (shared, stop) = (share(bench), Stop::default());
    let [prepared, signed] = ["prepared", "signed"].map(|name| bench.folder.path().join(name));
    let rng = &mut ChaCha20Rng::from_seed([5; 32]);
    let keys = artefacts
        .iter()
        .copied()
        .filter(|artefact| artefact.holds_key());
    let preparing = anchored()
        .with_artefacts(keys.collect())
        .with_sink(SinkKind::Parquet);
    let preparing = preparing.with_key_terms(KeyTerms::plain());
    let first = stages(&shared, Part::Prepares, preparing)
        .prepare_job(job, &prepared, now(), rng, &stop)
        .unwrap();
    let signing = Options::new(Vendor::EnOs).with_artefacts(Vec::new());
    let second = stages(&bench.workspace(), Part::Issues, signing)
        .sign_files(&prepared, &signed, now(), &stop)
        .unwrap();
    let finishing = Options::new(Vendor::EnOs)
        .with_artefacts(artefacts)
        .with_sink(sink);
    let finishing = finishing.with_key_terms(KeyTerms::plain());
    let third = stages(&shared, Part::Prepares, finishing)
        .finish_files(&prepared, &signed, &bench.out(), now(), &stop)
        .unwrap();
    [first, second, third]
}

fn import(bench: &Bench, job: &str) -> Import {
    let mut service = Service::open(&bench.workspace()).unwrap();
    let from = [bench.out().join("issued.parquet")];
    Import::run(&mut service, job, &from, now(), &Stop::default()).unwrap()
}

#[test]
fn three_stages_make_what_one_run_makes() {
    let (one, three) = (Bench::new(), Bench::new());
    let artefacts = Artefact::parse_list("pem,p7b,reply").unwrap();
    let options = anchored().with_artefacts(artefacts.clone());
    let report = one
        .run(&one.job(&rows(22)), options, &Disk::default())
        .unwrap();
    let tallies = run(&three, &three.job(&rows(22)), artefacts, SinkKind::Dir);
    for tally in tallies {
        assert_eq!(
            (tally.done, tally.rejected),
            (report.issued(), report.rejected())
        );
    }
    let [certs, other] = [&one, &three].map(|bench| files(&bench.out(), Path::new("certs")));
    let sorted = |mut files: Vec<(PathBuf, Vec<u8>)>| {
        files.sort();
        files
    };
    assert_eq!(certs.len(), 18 * 3);
    assert_eq!(sorted(certs), sorted(other));
    let [told, other] =
        [&one, &three].map(|bench| fs::read(bench.out().join("rejected.jsonl")).unwrap());
    assert_eq!(told, other);
}

#[test]
fn output_comes_into_the_ledger_once_with_its_refusals_and_keys() {
    let bench = Bench::new();
    let mut job = rows(7);
    job.extend(fresh_rows(3).into_iter().map(|mut row| {
        row["deviceKey"] = format!("f{}", row["deviceKey"].as_str().unwrap()).into();
        row["subject"]["OU"] = "Fresh".into();
        row
    }));
    run(&bench, &bench.job(&job), key_and_pem(), SinkKind::Parquet);
    let prepared = bench.folder.path().join("prepared/prepared.parquet");
    assert_eq!(
        fs::metadata(&prepared).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let first = import(&bench, "night");
    assert_eq!(
        (first.recorded, first.known, first.refused),
        (9, 0, 0),
        "{first:?}"
    );
    let second = import(&bench, "night");
    assert_eq!((second.recorded, second.known, second.refused), (0, 9, 0));
    let service = Service::open(&bench.workspace()).unwrap();
    let ledger = service.ledger();
    assert_eq!(ledger.count(&Filter::default()).unwrap(), 9);
    assert_eq!(ledger.verify_audit(None).unwrap().faults, []);
    let all = AuditFilter {
        after: 0,
        limit: u32::MAX,
    };
    let entries = ledger.audit(&all).unwrap();
    let of = |kind| entries.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!((of(AuditKind::Issued), of(AuditKind::KeyExported)), (9, 3));
    let batch = ledger.find_batch("night").unwrap().unwrap();
    assert_eq!(ledger.issued_rows(batch, 1..=20).unwrap().len(), 9);
    // A renewal may reissue from the request.
    let record = ledger
        .find_by_serial(None, &"1001".parse().unwrap())
        .unwrap()
        .pop();
    assert!(record.is_none_or(|record| record.request.is_some()));
}

#[test]
fn a_row_or_a_serial_number_with_other_octets_is_refused() {
    let (first, other) = (Bench::new(), Bench::new());
    run(
        &first,
        &first.job(&rows(4)),
        Artefact::parse_list("cer").unwrap(),
        SinkKind::Parquet,
    );
    // The same rows of the same job in another order: other octets under the same numbers.
    let mut rows = rows(4);
    rows.reverse();
    run(
        &other,
        &other.job(&rows),
        Artefact::parse_list("cer").unwrap(),
        SinkKind::Parquet,
    );
    assert_eq!(import(&first, "night").recorded, 4);
    fs::copy(
        other.out().join("issued.parquet"),
        first.out().join("issued.parquet"),
    )
    .unwrap();
    let same_job = import(&first, "night");
    assert_eq!(
        (same_job.recorded, same_job.refused),
        (0, 4),
        "{same_job:?}"
    );
    assert!(same_job.reasons[0].contains("row 1 has another certificate"));
    let other_job = import(&first, "morning");
    assert_eq!(
        (other_job.recorded, other_job.refused),
        (0, 4),
        "{other_job:?}"
    );
    let service = Service::open(&first.workspace()).unwrap();
    assert_eq!(service.ledger().count(&Filter::default()).unwrap(), 4);
}

#[test]
fn only_what_would_be_prepared_here_is_signed() {
    let bench = Bench::new();
    let mut signing = stages(
        &bench.workspace(),
        Part::Issues,
        Options::new(Vendor::EnOs).with_artefacts(Vec::new()),
    );
    let rows = [
        (1, "r1".to_owned(), Some(b"any octets at all".to_vec())),
        (2, "r2".to_owned(), None),
    ];
    let signed = signing.sign(&rows, now()).unwrap();
    assert!(signed[0].signature.is_none() && signed[1].rejection.is_none());
    let rejection: Value = serde_json::from_str(signed[0].rejection.as_ref().unwrap()).unwrap();
    assert_eq!(rejection["findings"][0]["rule"], "enos.prepared");
    assert_eq!(
        (&rejection["row"], &rejection["rowKey"]),
        (&json!(1), &json!("r1"))
    );
}

#[test]
fn parts_need_a_beginning_and_vendors_whose_cas_sign() {
    let bench = Bench::new();
    let shared = share(&bench);
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let mut open = |vendor| {
        let service = Service::open_part(&shared, Part::Prepares, None, &mut rng).unwrap();
        Stages::open(service, "", Options::new(vendor).with_artefacts(Vec::new()))
    };
    for vendor in [Vendor::As2Expert, Vendor::EcGrid, Vendor::EmCa] {
        assert!(matches!(open(vendor), Err(BatchError::NotParted { .. })));
    }
    let mut stages = open(Vendor::EnOs).unwrap();
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let refused = stages.prepare(Vec::new(), now(), &mut rng).unwrap_err();
    assert!(matches!(refused, BatchError::Unanchored { .. }));
    // Nothing without a signature goes out as issued or signed.
    let issued = stages.issue(Vec::new(), now(), &mut rng).unwrap_err();
    let signed = stages.sign(&[], now()).unwrap_err();
    for refused in [issued, signed] {
        assert!(matches!(refused, BatchError::OtherPart { .. }));
    }
}
