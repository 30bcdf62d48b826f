//! Drives the real command: results, exit codes, and that nothing is left behind where something is refused.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an answer of another form must fail the test"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

mod at_rest;
mod audit;
mod backup;
mod batch;
mod ca;
mod check;
mod convert;
mod crl;
mod examples;
#[cfg(target_os = "linux")]
mod full_disk;
mod gone;
mod help;
mod issue;
mod keys;
mod killed;
mod ledger;
mod life;
mod near_miss;
#[cfg(target_os = "linux")]
mod power;
#[cfg(target_os = "linux")]
mod private;
mod refused;
mod rollover;
mod vendors;

/// A folder in which commands run.
struct Folder(TempDir);

/// What a command left.
struct Run {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, octets).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certwright"));
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        Run::of(self.command().args(args))
    }

    /// As [`Folder::run`], of words with spaces between them.
    fn words(&self, words: &str) -> Run {
        self.run(words.split_whitespace())
    }

    /// Issues for a request and expects it to succeed; the answer of `--json`.
    fn issue(&self, csr: &Path, more: &str) -> Value {
        let mut args = vec!["issue", "enos", "--json", "--csr", csr.to_str().unwrap()];
        args.extend(more.split_whitespace());
        let run = self.run(args);
        assert_eq!(run.code, 0, "{}", run.err);
        run.json()
    }

    /// Rows of the ledger.
    fn listed(&self) -> Vec<Value> {
        let run = self.words("list --json");
        assert_eq!(run.code, 0, "{}", run.err);
        run.json().as_array().unwrap().clone()
    }

    /// Names in the folder but for the workspace, in order.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "certwright-workspace")
            .collect();
        names.sort();
        names
    }
}

impl Run {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap()
    }

    /// The error as `--json` tells it on standard error.
    fn error(&self) -> Value {
        serde_json::from_str(&self.err).unwrap()
    }

    /// The rules of a refusal, in order.
    fn rules(&self) -> Vec<String> {
        let error = self.error();
        let faults = error["details"]["faults"].as_array().unwrap();
        let rule = |fault: &Value| fault["finding"]["rule"].as_str().unwrap().to_owned();
        faults.iter().map(rule).collect()
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name)
}

fn fleet(name: &str) -> PathBuf {
    testdata("enos/fleet").join(format!("{name}.csr.pem"))
}
