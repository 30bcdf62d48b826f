//! Batches on a disk that fills up.

use std::process::Command;

use super::killed::{adds_up, job};
use super::{Folder, Run};

/// Makes a small disk that is its own, fills it with a workspace and a batch, makes room, and goes on.
const SCRIPT: &str = r#"
mount -t tmpfs -o size="$1" none small
cd small
"$0" init >/dev/null 2>&1
batch="batch ../job.jsonl --vendor enos --sink jsonl --artefacts pem,key --plain-keys --out out --resume"
code=0
"$0" $batch >/dev/null 2>../told || code=$?
echo "$code"
mount -o remount,size=200m "$PWD"
"$0" $batch >/dev/null 2>../told-after || echo "$?"
cp -a certwright-workspace out ..
"#;

fn on_a_disk_of(size: &str, rows: usize, folder: &Folder) -> Run {
    folder.write("job.jsonl", job(rows));
    std::fs::create_dir(folder.path("small")).unwrap();
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-euc", SCRIPT]);
    command.args([env!("CARGO_BIN_EXE_certwright"), size]);
    Run::of(command.current_dir(folder.path("")))
}

/// Whether this machine lets one have a disk of one's own.
fn may_mount() -> bool {
    let mount = "mount -t tmpfs -o size=1m none /mnt";
    let tried = Command::new("unshare")
        .args(["-Urm", "sh", "-c", mount])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn a_disk_that_fills_up_is_told_and_the_job_goes_on_when_there_is_room() {
    if !may_mount() {
        eprintln!("no batch on a full disk: this machine lets nobody have a disk of his own");
        return;
    }
    for size in ["1200k", "2m", "3m"] {
        let folder = Folder::new();
        let rows = 2100;
        let run = on_a_disk_of(size, rows, &folder);
        assert_eq!(run.text(), "1\n3\n", "{size}: {}", run.err);
        let told = String::from_utf8(folder.read("told")).unwrap();
        let is_clear = ["No space left on device", "disk is full"];
        assert!(
            is_clear.iter().any(|text| told.contains(text)),
            "{size}: {told}"
        );
        adds_up(&folder, "out", rows);
    }
}
