//! A power cut: what was not forced to the disk may be gone, or half there.
//!
//! Before each step, everything below the folder is copied as the system holds it. Of each copy is then taken away what no
//! power cut leaves for certain: octets after a file's last sync, files of the sink that no flush has covered, names in a
//! folder that was not synced. The ledger forces its own commits to the disk and is taken as it is.

use super::*;

/// How much is lost of what was not forced to the disk.
#[derive(Clone, Copy, Debug)]
enum Loss {
    All,
    /// The last octets; and what should be there is zeros.
    Half,
}

struct Recorder {
    root: PathBuf,
    copies: PathBuf,
    state: Mutex<State>,
    turn: Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    steps: usize,
    /// Octets of each file that are on the disk.
    synced: BTreeMap<PathBuf, u64>,
    /// Octets of each file as far as written.
    written: BTreeMap<PathBuf, u64>,
    /// Names that may be lost.
    unnamed: BTreeSet<PathBuf>,
    moments: Vec<(Step, Self)>,
}

impl Watch for Recorder {
    fn before(&self, step: Step) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        copy(&self.root, &self.copies.join(state.steps.to_string()));
        let here = State {
            moments: Vec::new(),
            ..state.clone()
        };
        state.moments.push((step.clone(), here));
        state.steps += 1;
        match step {
            Step::Append { path, octets, at } => {
                let end = at + u64::try_from(octets).unwrap();
                state.synced.entry(path.clone()).or_insert(at);
                state.written.insert(path, end);
            }
            Step::Cut { path, octets } => {
                state.unnamed.insert(path.clone());
                state.synced.insert(path, octets);
            }
            Step::Sync { path } => {
                let end = state.written.get(&path).copied().unwrap_or(0);
                state.synced.insert(path, end);
            }
            Step::Rename { to } => {
                state.unnamed.insert(to);
            }
            Step::SyncFolder { path } => {
                state.unnamed.retain(|file| file.parent() != Some(&path));
            }
            Step::Remove { .. } | Step::Committed | Step::Put | Step::Flush | Step::FinishSink => {}
        }
        Ok(())
    }

    /// A copy that is made while another thread renames has neither name.
    fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        Some(self.turn.lock().unwrap())
    }
}

#[test]
fn a_power_cut_before_any_step_loses_nothing() {
    let rows = rows(20);
    for sink in [SinkKind::Jsonl, SinkKind::Dir] {
        let options = || options().with_sink(sink);
        cut_before_every_step(&rows, &options);
    }
}

#[test]
fn a_power_cut_before_any_step_loses_no_key() {
    let options = || options().with_artefacts(key_and_pem());
    cut_before_every_step(&fresh_rows(13), &options);
}

fn cut_before_every_step(rows: &[Value], options: &dyn Fn() -> Options) {
    let bench = Bench::new();
    let job = bench.job(rows);
    let copies = tempfile::tempdir().unwrap();
    let recorder = Arc::new(Recorder {
        root: bench.folder.path().to_owned(),
        copies: copies.path().to_owned(),
        state: Mutex::default(),
        turn: Mutex::default(),
    });
    let disk = Disk::watched(recorder.clone());
    bench.run(&job, options(), &disk).unwrap();
    let expected = bench.left(&options());
    let moments = std::mem::take(&mut recorder.state.lock().unwrap().moments);
    assert!(moments.len() > 30);
    for (at, (step, state)) in moments.iter().enumerate() {
        for loss in [Loss::All, Loss::Half] {
            let after = Bench {
                folder: tempfile::tempdir().unwrap(),
            };
            copy(&copies.path().join(at.to_string()), after.folder.path());
            cut(bench.folder.path(), after.folder.path(), state, loss);
            let job = after.folder.path().join("job.jsonl");
            after
                .run(&job, options().with_resume(), &Disk::default())
                .unwrap_or_else(|error| panic!("step {at}, {step:?}, {loss:?}: {error:?}"));
            // Rows are the same ones, certificates may be others where none was recorded yet.
            let left = after.left(&options());
            assert!(
                left.issued.keys().eq(expected.issued.keys()) && left.rejected == expected.rejected,
                "step {at}, {step:?}, {loss:?}"
            );
        }
    }
}

/// Takes away what a power cut may take.
fn cut(root: &Path, copy: &Path, state: &State, loss: Loss) {
    let there = |path: &Path| copy.join(path.strip_prefix(root).unwrap());
    for (path, synced) in &state.synced {
        let path = there(path);
        let Ok(file) = fs::OpenOptions::new().write(true).open(&path) else {
            continue;
        };
        let length = file.metadata().unwrap().len();
        let lost = length.saturating_sub(*synced);
        match loss {
            Loss::All => file.set_len(*synced).unwrap(),
            Loss::Half => file.set_len(length - lost / 2).unwrap(),
        }
    }
    if matches!(loss, Loss::All) {
        for path in &state.unnamed {
            drop(fs::remove_file(there(path)));
        }
    }
    // Of the sink is certain what the journal says; a folder's files of later slices have their names before they are
    // forced to the disk only in part.
    let out = copy.join("out");
    let Some(at) = journaled(&out) else { return };
    for name in ["issued.jsonl.partial", "issued.jsonl"] {
        if let Ok(file) = fs::OpenOptions::new().write(true).open(out.join(name)) {
            let length = file.metadata().unwrap().len();
            let lost = length.saturating_sub(at);
            let kept = match loss {
                Loss::All => 0,
                Loss::Half => lost / 2,
            };
            file.set_len(at + kept).unwrap();
        }
    }
}

/// Where the sink stands, by the journal's last whole line.
fn journaled(out: &Path) -> Option<u64> {
    let text = fs::read_to_string(out.join("journal.jsonl")).ok()?;
    let whole = text.rsplit_once('\n')?.0;
    let done = whole
        .lines()
        .rev()
        .find(|line| line.starts_with("{\"done\""))?;
    let line: Value = serde_json::from_str(done).unwrap();
    line["done"]["sink"]["octets"].as_u64()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            // Keeps the mode: a key that others may read is refused.
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
