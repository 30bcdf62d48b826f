//! A process that is no more, before each step.

use super::*;

/// Runs a job that is stopped before every step in turn, each time from the beginning, and resumes it.
fn stopped_before_every_step(rows: &[Value], options: impl Fn() -> Options, least: usize) {
    let whole = Bench::new();
    let watch = Fault::dead_from(usize::MAX);
    let job = whole.job(rows);
    whole
        .run(&job, options(), &Disk::watched(watch.clone()))
        .unwrap();
    let (steps, expected) = (watch.steps(), whole.left(&options()));
    assert!(steps.len() >= least, "{} steps", steps.len());
    assert_eq!(expected.issued.len() + expected.rejected.len(), rows.len());
    for (at, step) in steps.iter().enumerate() {
        let bench = Bench::new();
        let job = bench.job(rows);
        let disk = Disk::watched(Fault::dead_from(at));
        let error = bench.run(&job, options(), &disk).unwrap_err();
        assert!(
            matches!(error, BatchError::File { .. } | BatchError::Service { .. }),
            "{step:?}: {error:?}"
        );
        bench
            .run(&job, options().with_resume(), &Disk::default())
            .unwrap_or_else(|error| panic!("{step:?}: {error:?}"));
        assert_eq!(bench.left(&options()), expected, "step {at}: {step:?}");
    }
}

#[test]
fn a_job_that_is_stopped_before_any_step_comes_to_the_same_in_a_folder() {
    stopped_before_every_step(&rows(26), options, 40);
}

#[test]
fn certificates_of_emca_that_a_stopped_job_issued_are_its_own_and_no_replays() {
    let rows: Vec<_> = (1..=6).map(|n| emca_row(&format!("app-{n}"))).collect();
    stopped_before_every_step(&rows, || Options::new(Vendor::EmCa), 10);
}

#[test]
fn a_job_that_is_stopped_before_any_step_comes_to_the_same_in_a_file() {
    let options = || options().with_sink(SinkKind::Jsonl);
    stopped_before_every_step(&rows(26), options, 40);
}

#[test]
fn a_job_of_fresh_keys_that_is_stopped_before_any_step_has_the_key_of_every_certificate() {
    let options = || options().with_artefacts(key_and_pem());
    let rows = fresh_rows(13);
    stopped_before_every_step(&rows, options, 40);
    // Also when the second run draws other keys than the first: what the ledger has decides.
    let steps = {
        let bench = Bench::new();
        let watch = Fault::dead_from(usize::MAX);
        let job = bench.job(&rows);
        bench
            .run(&job, options(), &Disk::watched(watch.clone()))
            .unwrap();
        watch.steps().len()
    };
    for at in 0..steps {
        let bench = Bench::new();
        let job = bench.job(&rows);
        let disk = Disk::watched(Fault::dead_from(at));
        bench.run(&job, options(), &disk).unwrap_err();
        let batch = Batch::open(&job, &bench.out(), options().with_resume()).unwrap();
        let mut service = Service::open(&bench.workspace()).unwrap();
        let mut rng = ChaCha20Rng::from_seed([8; 32]);
        batch
            .run(&mut service, &now, &mut rng, &mut Unwatched)
            .unwrap();
        drop(service);
        let left = bench.left(&options());
        assert_eq!(left.issued.len(), 13);
        for fan in fs::read_dir(bench.out().join("certs")).unwrap() {
            for file in fs::read_dir(fan.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let Some(stem) = path.to_str().unwrap().strip_suffix(".key.pem") else {
                    continue;
                };
                let key = KeyPair::from_pem(&fs::read(&path).unwrap(), None).unwrap();
                let pem = fs::read(format!("{stem}.pem")).unwrap();
                let certificate = Certificate::from_pem(&pem).unwrap();
                assert_eq!(certificate.public_key(), key.public_key());
            }
        }
        assert!(!bench.workspace().join("keys/batch").exists() || is_empty(&bench));
    }
}

/// Whether no passphrase is left.
fn is_empty(bench: &Bench) -> bool {
    let mut left = fs::read_dir(bench.workspace().join("keys/batch")).unwrap();
    left.next().is_none()
}

#[test]
fn one_run_or_five_and_one_thread_or_eight_come_to_the_same_octets() {
    let rows = rows(60);
    let fixed = |threads: usize| {
        options()
            .with_serial_start("1000".parse().unwrap())
            .with_threads(NonZeroUsize::new(threads).unwrap())
    };
    let one = Bench::new();
    let job = one.job(&rows);
    one.run(&job, fixed(1), &Disk::default()).unwrap();
    let expected = one.left(&fixed(1));
    for threads in [1, 8] {
        let bench = Bench::new();
        let job = bench.job(&rows);
        for run in 0..4 {
            let disk = Disk::watched(Fault::dead_from(9 + run));
            let error = bench.run(&job, fixed(threads).with_resume(), &disk);
            assert!(error.is_err());
        }
        let report = bench
            .run(&job, fixed(threads).with_resume(), &Disk::default())
            .unwrap();
        assert_eq!(report.rows(), 60);
        assert_eq!(bench.left(&fixed(threads)), expected);
    }
}

#[test]
fn of_a_finished_job_nothing_is_done_again() {
    let bench = Bench::new();
    let rows = rows(26);
    let job = bench.job(&rows);
    let report = bench.run(&job, options(), &Disk::default()).unwrap();
    let before = bench.left(&options());
    for options in [options(), options().with_resume()] {
        let batch = Batch::open(&job, &bench.out(), options.clone()).unwrap();
        assert_eq!(batch.finished(), Some(&report));
        let watch = Fault::dead_from(0);
        let disk = Disk::watched(watch.clone());
        assert_eq!(bench.run(&job, options, &disk).unwrap(), report);
        assert_eq!(watch.steps(), []);
    }
    assert_eq!(bench.left(&options()), before);
}

#[test]
fn another_job_is_refused_whatever_has_changed() {
    let bench = Bench::new();
    let mut rows = rows(26);
    let job = bench.job(&rows);
    let disk = || Disk::watched(Fault::dead_from(20));
    bench.run(&job, options(), &disk()).unwrap_err();
    let error = bench.run(&job, options(), &disk()).unwrap_err();
    assert!(matches!(error, BatchError::Unfinished { .. }), "{error:?}");
    let resumed = |options: Options| {
        let error = bench
            .run(&job, options.with_resume(), &Disk::default())
            .unwrap_err();
        match error {
            BatchError::OtherJob { what, .. } => what,
            other => panic!("{other:?}"),
        }
    };
    let artefacts = Artefact::parse_list("pem,cer").unwrap();
    assert_eq!(resumed(options().with_artefacts(artefacts)), "artefacts");
    assert_eq!(resumed(options().with_sink(SinkKind::Tar)), "sink");
    let serial = "5".parse().unwrap();
    let option = options().with_serial_start(serial);
    assert_eq!(resumed(option), "first serial number");
    rows[25]["deviceKey"] = json!("other");
    bench.job(&rows);
    assert_eq!(resumed(options()), "job");
    rows[25]["deviceKey"] = json!("dk26");
    bench.job(&rows);
    let config = bench.workspace().join("certwright.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}\n# changed\n")).unwrap();
    assert_eq!(resumed(options()), "configuration");
    fs::write(&config, text).unwrap();
    let options = options().with_resume();
    bench.run(&job, options.clone(), &Disk::default()).unwrap();
    bench.left(&options);
}

#[test]
fn a_batch_that_is_asked_to_stop_finishes_what_is_in_work() {
    struct AfterOne(super::super::Stop);
    impl super::super::Progress for AfterOne {
        fn slice_done(&mut self, _done: u64, _rejected: u64, _total: Option<u64>) {
            self.0.ask();
        }
    }
    let bench = Bench::new();
    let job = bench.job(&rows(60));
    let stop = super::super::Stop::default();
    let batch = Batch::open(&job, &bench.out(), options().with_stop(stop.clone())).unwrap();
    let mut service = Service::open(&bench.workspace()).unwrap();
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let error = batch
        .run(&mut service, &now, &mut rng, &mut AfterOne(stop))
        .unwrap_err();
    let BatchError::Stopped { rows } = error else {
        panic!("{error:?}")
    };
    assert!((6..60).contains(&rows), "{rows}");
    let recorded = service.ledger().count(&Filter::default()).unwrap();
    let batch = Batch::open(&job, &bench.out(), options().with_resume()).unwrap();
    assert_eq!(batch.done(), rows);
    assert!(recorded <= rows, "nothing is issued that is not written");
    drop(service);
    bench
        .run(&job, options().with_resume(), &Disk::default())
        .unwrap();
    assert_eq!(bench.left(&options()).issued.len(), 49);
}

#[test]
fn keys_of_the_pool_are_each_drawn_once_whatever_step_a_job_is_stopped_before() {
    let rows: Vec<_> = fresh_rows(13)
        .into_iter()
        .map(|mut row| {
            row["key"] = "RSA-2048".into();
            row["issueAuthority"] = "RSA".into();
            row
        })
        .collect();
    let options = || options().with_artefacts(key_and_pem());
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let made = key::StandIns::default().generate(KeyAlgorithm::Rsa2048, 13, &mut rng);
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    let in_store: BTreeSet<_> = made
        .iter()
        .map(|key| key.public_key().spki_sha256())
        .collect();
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
        bench.run(&job, options(), &disk).unwrap();
        watch.steps().len()
    };
    for at in 0..steps {
        let bench = prepare();
        let job = bench.job(&rows);
        let disk = Disk::watched(Fault::dead_from(at));
        bench.run(&job, options(), &disk).unwrap_err();
        let resumed = options().with_resume();
        bench.run(&job, resumed, &Disk::default()).unwrap();
        assert_eq!(bench.left(&options()).issued.len(), 13);
        let certified = bench.certificates(&options()).into_iter().map(|(_, pem)| {
            let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
            certificate.public_key().spki_sha256()
        });
        let certified: Vec<_> = certified.collect();
        assert_eq!(certified.len(), 13);
        assert_eq!(
            certified.into_iter().collect::<BTreeSet<_>>(),
            in_store,
            "step {at}"
        );
        let service = Service::open(&bench.workspace()).unwrap();
        assert!(service.workspace().key_pool().unwrap().unwrap().is_empty());
        let drawn = bench.workspace().join("keys/pool/drawn");
        assert_eq!(fs::read_dir(drawn).unwrap().count(), 0, "step {at}");
    }
}
