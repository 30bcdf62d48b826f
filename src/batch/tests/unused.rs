//! Keys that were made, or drawn from the pool, for rows that are refused after all.

use super::*;

/// Four rows that ask for RSA keys: the third has the subject of the first, the fourth cannot be read.
fn rows_that_want_keys() -> Vec<Value> {
    let mut rows = fresh_rows(4);
    for row in &mut rows {
        row["key"] = "RSA-2048".into();
        row["issueAuthority"] = "RSA".into();
    }
    rows[2]["subject"] = rows[0]["subject"].clone();
    rows[3]["validDay"] = 0.into();
    rows
}

fn spki(keys: &[KeyPair]) -> BTreeSet<[u8; 32]> {
    let keys = keys.iter();
    keys.map(|key| key.public_key().spki_sha256()).collect()
}

fn issued_with() -> Options {
    options().with_artefacts(key_and_pem())
}

/// Two certificates, a key that is told of and gone, and two that nobody drew.
fn check(bench: &Bench, report: &Report, made: &[KeyPair], at: usize) {
    let told = BTreeMap::from([("RSA-2048".to_owned(), 1)]);
    assert_eq!(report.unused_keys(), &told, "step {at}");
    let text = report.to_string();
    assert!(
        text.contains("keys      1 RSA-2048 made for rejected rows"),
        "{text}"
    );
    let rejected = fs::read_to_string(bench.out().join("rejected.jsonl")).unwrap();
    let rejected: Vec<Value> = rejected
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rejected[0]["row"], 3);
    assert_eq!(rejected[0]["unusedKey"], "RSA-2048");
    // A row whose own fields are wrong has none made for it.
    assert_eq!(rejected[1]["row"], 4);
    assert_eq!(rejected[1].get("unusedKey"), None);
    assert_eq!(bench.left(&issued_with()).issued.len(), 2);
    let mut certified = BTreeSet::new();
    for (_, pem) in bench.certificates(&issued_with()) {
        let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
        assert!(certified.insert(certificate.public_key().spki_sha256()));
    }
    // What is left is what nobody drew; the third that was drawn is gone for good.
    let service = Service::open(&bench.workspace()).unwrap();
    let mut pool = service.workspace().key_pool().unwrap().unwrap();
    let left = spki(&pool.draw(KeyAlgorithm::Rsa2048, 9, "look").unwrap());
    assert_eq!(left.len(), 2, "step {at}");
    assert!(left.is_disjoint(&certified), "step {at}");
    let known = spki(made);
    assert!(known.is_superset(&left) && known.is_superset(&certified));
    let drawn = bench.workspace().join("keys/pool/drawn");
    assert_eq!(fs::read_dir(drawn).unwrap().count(), 1, "step {at}");
}

#[test]
fn a_key_of_a_rejected_row_is_told_and_nobodys_whatever_step_a_job_is_stopped_before() {
    let rows = rows_that_want_keys();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let made = key::StandIns::default().generate(KeyAlgorithm::Rsa2048, 5, &mut rng);
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    let prepare = || {
        let bench = Bench::new();
        let service = Service::open(&bench.workspace()).unwrap();
        let mut rng = ChaCha20Rng::from_seed([6; 32]);
        let mut pool = service.workspace().make_key_pool(&mut rng).unwrap();
        pool.add(&made, &mut rng).unwrap();
        bench
    };
    let steps = {
        let bench = prepare();
        let watch = Fault::dead_from(usize::MAX);
        let job = bench.job(&rows);
        let disk = Disk::watched(watch.clone());
        let report = bench.run(&job, issued_with(), &disk).unwrap();
        check(&bench, &report, &made, usize::MAX);
        watch.steps().len()
    };
    for at in 0..steps {
        let bench = prepare();
        let job = bench.job(&rows);
        let disk = Disk::watched(Fault::dead_from(at));
        bench.run(&job, issued_with(), &disk).unwrap_err();
        let resumed = issued_with().with_resume();
        let report = bench.run(&job, resumed, &Disk::default()).unwrap();
        check(&bench, &report, &made, at);
    }
}
