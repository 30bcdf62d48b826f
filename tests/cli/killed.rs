//! Batches that are killed at random moments, and go on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Folder, Run};

/// How often a job is killed here; `CERTWRIGHT_KILLS` asks for more.
const KILLS: u32 = 12;

/// Small numbers in no order: moments need not be drawn twice alike, only to differ.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn kills() -> u32 {
    let asked = std::env::var("CERTWRIGHT_KILLS").ok();
    asked.map_or(KILLS, |text| text.parse().unwrap())
}

/// `n` rows, each asking for a key; every seventh is bad.
pub(super) fn job(n: usize) -> String {
    let row = |n: usize| {
        let subject = format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN");
        let days = if n.is_multiple_of(7) { 1_000_000 } else { 100 };
        let row = json!({
            "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "key": "P-256", "subject": subject,
            "validDay": days,
        });
        format!("{row}\n")
    };
    (1..=n).map(row).collect()
}

fn start(folder: &Folder, words: &str) -> Child {
    let mut command = folder.command();
    command.args(words.split_whitespace());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Every row is in the results once, in the ledger once if it was issued, and in the report.
pub(super) fn adds_up(folder: &Folder, out: &str, rows: usize) -> BTreeMap<String, String> {
    let mut issued = BTreeMap::new();
    let mut serials = BTreeSet::new();
    let text = String::from_utf8(folder.read(&format!("{out}/issued.jsonl"))).unwrap();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        assert!(serials.insert(text("serial")), "{line}");
        assert!(
            issued.insert(text("rowKey"), text("serial")).is_none(),
            "{line}"
        );
    }
    let text = String::from_utf8(folder.read(&format!("{out}/rejected.jsonl"))).unwrap();
    let mut rejected = BTreeSet::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let key = row["rowKey"].as_str().unwrap().to_owned();
        assert!(!issued.contains_key(&key) && rejected.insert(key), "{line}");
    }
    assert_eq!(issued.len() + rejected.len(), rows);
    assert_eq!(rejected.len(), rows / 7);
    let report: Value =
        serde_json::from_slice(&folder.read(&format!("{out}/report.json"))).unwrap();
    assert_eq!(report["issued"], issued.len());
    assert_eq!(report["rejected"], rejected.len());
    let listed = folder.words("list --json --limit 100000");
    let listed: BTreeMap<_, _> = listed
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let device = row["device"].as_str().unwrap();
            let key = device.split_once('/').unwrap().1.to_owned();
            (key, row["serialNumber"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(listed, issued, "in the ledger");
    assert_eq!(folder.words("audit verify").code, 0);
    issued
}

#[test]
fn a_job_that_is_killed_at_random_moments_adds_up() {
    let mut left = kills();
    let mut moments = Moments(u64::from(std::process::id()));
    while left > 0 {
        let folder = Folder::new();
        let rows = 2100;
        folder.write("job.jsonl", job(rows));
        folder.words("init");
        let words = "batch job.jsonl --vendor enos --out out --sink jsonl --artefacts pem,key --plain-keys --resume";
        // As long as a job takes that nobody disturbs, so that the moments fall into all of it.
        let mut finished = false;
        while !finished {
            let mut child = start(&folder, words);
            let begun = Instant::now();
            let patience = Duration::from_millis(moments.next(1500));
            finished = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    assert_eq!(status.code(), Some(3), "{status}");
                    break true;
                }
                if left > 0 && begun.elapsed() >= patience {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    left -= 1;
                    break false;
                }
                thread::sleep(Duration::from_millis(1));
            };
        }
        let issued = adds_up(&folder, "out", rows);
        let again = folder.words(words);
        assert_eq!(again.code, 3);
        assert!(
            again.err.contains("nothing was done again"),
            "{}",
            again.err
        );
        assert_eq!(adds_up(&folder, "out", rows), issued);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_what_is_in_work_and_tells_how_to_go_on() {
    let folder = Folder::new();
    let rows = 6300;
    folder.write("job.jsonl", job(rows));
    folder.words("init");
    let words =
        "batch job.jsonl --vendor enos --out out --sink jsonl --artefacts pem,key --plain-keys";
    let child = start(&folder, words);
    let journal = folder.path("out/journal.jsonl");
    // Two lines are what the job is, and where it begins.
    while fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 3 {
        thread::sleep(Duration::from_millis(2));
    }
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let told = String::from_utf8(output.stderr).unwrap();
    let resume = told.lines().last().unwrap();
    assert!(resume.ends_with("--plain-keys --resume"), "{told}");
    let run = folder.words(words);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--resume"), "{}", run.err);
    let words: Vec<_> = resume.split_whitespace().skip(2).collect();
    assert_eq!(folder.run(words).code, 3);
    adds_up(&folder, "out", rows);
}

#[test]
fn standard_input_goes_on_by_its_rows() {
    let folder = Folder::new();
    let rows = job(1400);
    let words = "batch - --format jsonl --vendor enos --out out --sink jsonl --artefacts pem,key --plain-keys --resume";
    let feed = |text: &str| {
        folder.write("input", text);
        let input = fs::File::open(folder.path("input")).unwrap();
        Run::of(folder.command().args(words.split_whitespace()).stdin(input))
    };
    folder.words("init");
    folder.write("input", &rows);
    let input = fs::File::open(folder.path("input")).unwrap();
    let mut command = folder.command();
    command.args(words.split_whitespace()).stdin(input);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = folder.path("out/journal.jsonl");
    while fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 3 {
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let other = feed(&rows.replacen("\"dk3\"", "\"other\"", 1));
    assert_eq!(other.code, 1);
    assert!(other.err.contains("the job has changed"), "{}", other.err);
    assert_eq!(feed(&rows).code, 3);
    adds_up(&folder, "out", 1400);
    assert_eq!(feed(&rows).code, 3);
    let more = feed(&job(1401));
    assert!(more.err.contains("the job has changed"), "{}", more.err);
    adds_up(&folder, "out", 1400);
}

#[test]
fn a_workspace_in_use_is_told_with_who_holds_it() {
    let folder = Folder::new();
    folder.write("job.jsonl", job(20_000));
    folder.words("init");
    let words = "batch job.jsonl --vendor enos --sink jsonl --artefacts pem,key --plain-keys --out";
    let mut first = start(&folder, &format!("{words} out"));
    while !folder.path("out/journal.jsonl").exists() {
        thread::sleep(Duration::from_millis(2));
    }
    let second = folder.words(&format!("{words} out2"));
    let holder = format!("process {}", first.id());
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, 1);
    assert!(second.err.contains(&holder), "{}", second.err);
    assert!(!folder.path("out2").exists());
}

#[cfg(unix)]
#[test]
fn a_ledger_and_results_that_cannot_be_written_are_told_and_nothing_is_lost() {
    use std::os::unix::fs::PermissionsExt;

    if !is_root() {
        return;
    }
    let folder = Folder::new();
    folder.write("job.jsonl", job(70));
    folder.words("init");
    let as_nobody = |words: &str| as_nobody(&folder, words);
    let words = "batch job.jsonl --vendor enos --sink jsonl --artefacts pem,key --plain-keys --out";
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(folder.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    let run = as_nobody(&format!("{words} out"));
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("ermission denied"), "{}", run.err);
    assert_eq!(folder.listed().len(), 0);

    // The workspace is theirs, the place for the results is not.
    let chown = |name: &str| chown(&folder, name);
    chown("certwright-workspace");
    let run = as_nobody(&format!("{words} out"));
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.err.contains("out") && run.err.contains("ermission denied"),
        "{}",
        run.err
    );
    assert_eq!(folder.listed().len(), 0);

    // A ledger that may only be read.
    mode("certwright-workspace/ledger.sqlite", 0o400);
    folder.write("out/.keep", "");
    fs::remove_file(folder.path("out/.keep")).unwrap();
    chown("out");
    let run = as_nobody(&format!("{words} out"));
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("ledger"), "{}", run.err);
    // SQLite gave the files beside it the same mode.
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let name = format!("certwright-workspace/{name}");
        if folder.path(&name).exists() {
            mode(&name, 0o600);
        }
    }
    let run = as_nobody(&format!("{words} out --resume"));
    assert_eq!(run.code, 3, "{}", run.err);
    adds_up(&folder, "out", 70);
}

/// Root writes everywhere; another user does not.
#[cfg(unix)]
fn as_nobody(folder: &Folder, words: &str) -> Run {
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    command.arg(env!("CARGO_BIN_EXE_certwright"));
    command.args(words.split_whitespace());
    Run::of(command.current_dir(folder.path("")).stdin(Stdio::null()))
}

#[cfg(unix)]
fn chown(folder: &Folder, name: &str) {
    let mut command = std::process::Command::new("chown");
    command.args(["-R", "65534", name]);
    let status = command.current_dir(folder.path("")).status();
    assert!(status.unwrap().success());
}

#[cfg(unix)]
fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}
