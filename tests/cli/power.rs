//! Batches whose machine loses its power: what a recorded run had written is replayed up to each moment, without what was
//! not forced to the disk by then, and the job goes on from there. `SIGKILL` keeps all that, the page cache being the
//! kernel's.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use certwright::key::{KeyPair, Passphrase};

use super::Folder;
use super::killed::{adds_up, job};
use disk::{Disk, Loss, State};

mod disk;
mod trace;

/// Every 7th row is bad.
const ROWS: usize = 28;

/// States of the disk that are gone on from at the most; `CERTWRIGHT_CUTS` asks for more or fewer.
const CUTS: usize = 400;

const WORDS: &str =
    "batch job.jsonl --vendor enos --out out --artefacts pem,key --plain-keys --resume --sink";

#[test]
#[ignore = "takes minutes, and needs strace"]
fn a_power_cut_at_any_moment_of_a_job_loses_nothing() {
    let cuts = std::env::var("CERTWRIGHT_CUTS").map_or(CUTS, |text| text.parse().unwrap());
    for sink in ["jsonl", "dir"] {
        let words = format!("{WORDS} {sink}");
        let begin = |folder: &Folder| {
            folder.write("job.jsonl", job(ROWS));
            assert_eq!(folder.words("init").code, 0);
        };
        let (before, calls) = recorded(&words, 3, begin);
        let mut found = 0_usize;
        each_state(&before, &calls, |_, _| found += 1);
        assert!(found > 200, "{sink}: {found} states");
        // All kinds and all times, where there are too many.
        let step = found.div_ceil(cuts).max(1);
        eprintln!("{sink}: one of {step} of {found} states of the disk");
        let mut at = 0_usize;
        each_state(&before, &calls, |moment, state| {
            at += 1;
            if at.is_multiple_of(step) {
                goes_on(sink, &words, &moment, &state);
            }
        });
    }
}

#[test]
#[ignore = "takes minutes, and needs strace"]
fn a_power_cut_at_any_moment_of_locking_leaves_each_key_old_or_new() {
    let lock = "ca lock --ca-passphrase-file pass";
    let change = format!("{lock} --new-passphrase-file new");
    let passphrases = ["correct horse", "paper lanterns"];
    for (words, init) in [(lock, "init"), (&change, "init --ca-passphrase-file pass")] {
        let begin = |folder: &Folder| {
            for (name, text) in ["pass", "new"].into_iter().zip(passphrases) {
                folder.write(name, text);
            }
            assert_eq!(folder.words(init).code, 0);
        };
        let (before, calls) = recorded(words, 0, begin);
        let mut states = 0_usize;
        each_state(&before, &calls, |moment, state| {
            states += 1;
            let folder = Folder::new();
            state.write(&folder.path(""));
            for ca in ["rsa-root", "ecc-root"] {
                let key = folder.read(&format!("certwright-workspace/ca/{ca}/key.pem"));
                let opens = |text: &str| {
                    let passphrase = Passphrase::new(text.to_owned()).unwrap();
                    KeyPair::from_pem(&key, Some(&passphrase)).is_ok()
                };
                assert!(passphrases.into_iter().any(opens), "{ca}, {moment}");
            }
            let run = folder.words(words);
            assert_eq!(run.code, 0, "{moment}: {}", run.err);
            assert_eq!(folder.words("audit verify").code, 0, "{moment}");
        });
        assert!(states > 10, "{words}: {states} states");
        eprintln!("{words}: {states} states of the disk");
    }
}

/// Every state that the disk may be in after a power cut at some moment, once.
fn each_state(before: &Folder, calls: &[trace::Call], mut look: impl FnMut(String, State)) {
    let mut disk = Disk::of(before.path(""));
    let mut seen = BTreeSet::new();
    for (at, call) in calls.iter().enumerate() {
        disk.take(call);
        for loss in [Loss::All, Loss::Names, Loss::Octets, Loss::Half] {
            let state = disk.after(loss);
            if seen.insert(state.digest()) {
                look(format!("{loss:?} behind call {at}, {call}"), state);
            }
        }
    }
}

fn goes_on(sink: &str, words: &str, moment: &str, state: &State) {
    let folder = Folder::new();
    state.write(&folder.path(""));
    let run = folder.words(words);
    assert_eq!(run.code, 3, "{sink}, {moment}: {}", run.err);
    match sink {
        "jsonl" => drop(adds_up(&folder, "out", ROWS)),
        _ => files_add_up(&folder, moment),
    }
}

/// A folder as it was before a command, and what the command did to it.
fn recorded(words: &str, code: i32, begin: impl FnOnce(&Folder)) -> (Folder, Vec<trace::Call>) {
    let (before, folder) = (Folder::new(), Folder::new());
    begin(&folder);
    copy(&folder.path(""), &before.path(""));
    let traced = folder.path("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-xx", "-s", "8388608", "-o"]);
    command.arg(&traced).args(["-e", trace::CALLS]);
    command.arg(env!("CARGO_BIN_EXE_certwright"));
    command.args(words.split_whitespace());
    command.current_dir(folder.path("")).stdin(Stdio::null());
    let run = super::Run::of(&mut command);
    assert_eq!(run.code, code, "{}", run.err);
    let text = fs::read_to_string(&traced).unwrap();
    (
        before,
        trace::read(&text, &folder.path("").canonicalize().unwrap()),
    )
}

/// A certificate and its key for each good row, all of them in the ledger.
fn files_add_up(folder: &Folder, moment: &str) {
    let mut names = BTreeSet::new();
    for fan in fs::read_dir(folder.path("out/certs")).unwrap() {
        for file in fs::read_dir(fan.unwrap().path()).unwrap() {
            names.insert(file.unwrap().file_name().into_string().unwrap());
        }
    }
    let good = (1..=ROWS).filter(|n| !n.is_multiple_of(7));
    let expected = good.flat_map(|n| [format!("dk{n}.key.pem"), format!("dk{n}.pem")]);
    assert_eq!(names, expected.collect(), "{moment}");
    let listed = folder.words("list --json --limit 1000").json();
    assert_eq!(
        listed.as_array().unwrap().len(),
        ROWS - ROWS / 7,
        "{moment}"
    );
    assert_eq!(folder.words("audit verify").code, 0, "{moment}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
