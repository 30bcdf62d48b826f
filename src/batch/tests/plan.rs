//! Plans: what would become of rows, and nothing else.

use super::*;

/// What `rejected.jsonl` says, by the names of rows.
fn rejected(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("rejected.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn plan(bench: &Bench, job: &Path, options: Options) -> Result<Report, BatchError> {
    let batch = Batch::open(job, &bench.out(), options.with_plan())?;
    let mut service = Service::rehearse(&bench.workspace()).unwrap();
    let mut rng = ChaCha20Rng::from_seed([8; 32]);
    batch.run(&mut service, &now, &mut rng, &mut Unwatched)
}

/// Every file below the workspace, but for those of `SQLite` that readers leave.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.to_str().unwrap().contains("sqlite-") => {}
            false => drop(found.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
}

#[test]
fn a_plan_refuses_the_rows_that_the_job_refuses_and_changes_nothing() {
    let mut mixed = rows(26);
    mixed.extend(fresh_rows(4).into_iter().map(|mut row| {
        row["deviceKey"] = format!("f{}", row["deviceKey"].as_str().unwrap()).into();
        row["rowKey"] = format!("f{}", row["rowKey"].as_str().unwrap()).into();
        row["subject"]["OU"] = "Plan".into();
        row["key"] = "RSA-2048".into();
        row["issueAuthority"] = "RSA".into();
        row
    }));
    // The same subject once more, in another slice.
    let mut twice = mixed[26].clone();
    twice["rowKey"] = "again".into();
    mixed.push(twice);
    let options = || options().with_artefacts(key_and_pem());
    let bench = Bench::new();
    let job = bench.job(&mixed);
    let mut before = BTreeMap::new();
    files(&bench.workspace(), &mut before);
    let planned = plan(&bench, &job, options()).unwrap();
    let mut after = BTreeMap::new();
    files(&bench.workspace(), &mut after);
    assert!(before == after, "the workspace has changed");
    assert_eq!(
        (planned.rows(), planned.issued(), planned.rejected()),
        (31, 26, 5)
    );
    let would_be = rejected(&bench.out().join("plan"));
    assert_eq!(would_be.last().unwrap()["rowKey"], "again");
    let mut left: Vec<_> = fs::read_dir(bench.out().join("plan"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["rejected.jsonl", "report.html", "report.json"]);
    // A second plan takes the place of the first, and the job itself goes beside it.
    plan(&bench, &job, options()).unwrap();
    let report = bench.run(&job, options(), &Disk::default()).unwrap();
    assert_eq!((report.issued(), report.rejected()), (26, 5));
    assert_eq!(report.by_rule(), planned.by_rule());
    assert_eq!(rejected(&bench.out()), would_be);
    // What is issued now is in the way of the same job elsewhere.
    fs::remove_dir_all(bench.out()).unwrap();
    assert_eq!(plan(&bench, &job, options()).unwrap().issued(), 0);
}

#[test]
fn a_plan_wants_a_rehearsal_and_touches_no_folder_of_others() {
    let bench = Bench::new();
    let job = bench.job(&rows(2));
    let error = bench.run(&job, options().with_plan(), &Disk::default());
    let error = error.unwrap_err();
    assert!(matches!(error, BatchError::Rehearsal { asked: true }));
    fs::create_dir_all(bench.out().join("plan")).unwrap();
    fs::write(bench.out().join("plan/notes.txt"), "mine").unwrap();
    let error = plan(&bench, &job, options()).unwrap_err();
    assert!(matches!(error, BatchError::OutNotEmpty { found, .. } if found == "notes.txt"));
}
