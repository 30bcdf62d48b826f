//! Readers who went away: the work is done all the same, and the exit code tells what came of it.

use std::process::{Command, Stdio};

use super::{Folder, Run, fleet, testdata};

/// A stream whose reader is gone: whoever writes to it is told so.
fn nobody() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn command(folder: &Folder, words: &str) -> Command {
    let mut command = folder.command();
    command.args(words.split_whitespace());
    command
}

#[test]
fn notes_that_nobody_hears_stop_nothing() {
    let folder = Folder::new();
    let csr = fleet("sensor-01");
    let words = format!(
        "issue enos --csr {} --issue-authority ECC --device-key s1",
        csr.display()
    );
    // The workspace is made and said to be made; then it goes on.
    let run = Run::of(command(&folder, &words).stderr(nobody()));
    assert_eq!(run.code, 0);
    assert!(run.text().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_eq!(folder.listed().len(), 1);

    let other = Folder::new();
    let words = format!(
        "batch {} --vendor enos --out out",
        testdata("enos/fleet").display()
    );
    let run = Run::of(command(&other, &words).stderr(nobody()));
    assert_eq!(run.code, 0);
    assert_eq!(other.listed().len(), 18);
}

#[test]
fn a_batch_ends_as_it_ended_although_nobody_reads_its_report() {
    let folder = Folder::new();
    folder.write("none.jsonl", "{}\n");
    for more in ["--out text", "--out json --json"] {
        let words = format!("batch none.jsonl --vendor enos {more}");
        let run = Run::of(command(&folder, &words).stdout(nobody()));
        assert_eq!(run.code, 4, "{}", run.err);
    }
    assert!(folder.path("json/report.json").exists());
}

#[test]
fn a_certificate_that_nobody_takes_is_a_failure_that_names_it() {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let csr = fleet("sensor-01");
    let words = format!(
        "issue enos --csr {} --issue-authority ECC --device-key s1 --serial 77",
        csr.display()
    );
    let run = Run::of(command(&folder, &words).stdout(nobody()));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("77"), "{}", run.err);
    assert_eq!(folder.listed().len(), 1);
    // A refusal stays one.
    let run = Run::of(command(&folder, &format!("{words} --reply")).stdout(nobody()));
    assert_eq!(run.code, 4, "{}", run.err);
}

#[test]
fn verdicts_do_not_need_a_reader_and_lists_may_be_left() {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    let bad = testdata("enos/bad/wrong-signer.csr.pem");
    let bad = bad.display();
    for (words, code) in [
        (format!("check --vendor enos {bad}"), 4),
        (format!("check --vendor enos {bad} --json"), 4),
        (format!("csr verify {bad}"), 4),
        (format!("csr verify {bad} --json"), 4),
        ("list --json".to_owned(), 0),
        ("ca show".to_owned(), 0),
        ("completions bash".to_owned(), 0),
    ] {
        let run = Run::of(command(&folder, &words).stdout(nobody()));
        assert_eq!((run.code, run.err.as_str()), (code, ""), "{words}");
    }
}
