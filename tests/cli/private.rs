//! Secrets stay where they belong: modes whatever the umask, no core file, nothing in any output.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

use certwright::bundle::p12;
use certwright::bundle::p12::P12Password;
use certwright::key::{KeyPair, Passphrase};
use serde_json::{Value, json};

use super::examples::object;
use super::vendors::{CREATE, done, envelope};
use super::{Folder, Run, fleet};
use search::{Secrets, all, disguises, files, is_key_file};
use settings::{AES_KEY, PASSWORD, SECRETS, sealed, settings};

mod search;
mod served;
mod settings;

/// All commands that make, read or hand out keys, once well and once with what makes them fail; what they said.
struct FullRun {
    folder: Folder,
    said: Vec<u8>,
    /// Files of secrets that no command wrote.
    wrote: Vec<&'static str>,
}

impl FullRun {
    /// Runs a command with a umask that takes nothing away.
    fn run(&mut self, words: &str) -> i32 {
        let mut command = Command::new("sh");
        command
            .current_dir(self.folder.path(""))
            .stdin(Stdio::null());
        command
            .env("RUST_BACKTRACE", "full")
            .env("RUST_LOG", "trace");
        let script = "umask 000; exec \"$@\"";
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_certwright")]);
        let run = Run::of(command.args(words.split_whitespace()));
        self.said.extend(&run.out);
        self.said.extend(run.err.as_bytes());
        run.code
    }

    fn done(&mut self, words: &str) {
        let before = self.said.len();
        assert_eq!(
            self.run(words),
            0,
            "{words}: {}",
            String::from_utf8_lossy(&self.said[before..])
        );
    }

    /// One for the tests that run beside each other.
    fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<FullRun>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let run = Arc::new(Self::new());
            *shared = Arc::downgrade(&run);
            run
        })
    }

    fn new() -> Self {
        let mut run = Self {
            folder: Folder::new(),
            said: Vec::new(),
            wrote: vec!["certwright.toml", "pfx.json"],
        };
        for (name, secret) in SECRETS {
            run.folder.write(name, format!("{secret}\n"));
            run.wrote.push(name);
        }
        run.done("init --ca-passphrase-file ca-pass");
        run.folder
            .write("certwright-workspace/certwright.toml", settings());
        run.issue();
        run.call_emca();
        run.batch();
        run.work_on_cas();
        run.fail();
        run.lock();
        run
    }

    fn issue(&mut self) {
        fs::copy(fleet("sensor-03"), self.folder.path("a.csr")).unwrap();
        self.folder
            .write("create.json", r#"{"commId": 5001, "usage": "Signature"}"#);
        self.folder
            .write("create.xml", envelope("CertificateCreate", CREATE));
        self.folder
            .write("as2.json", r#"{"station": 62, "selfSigned": true}"#);
        for words in [
            "issue enos --csr a.csr --product-key pk1 --device-key s3 --issue-authority ECC --out a.pem --ca-passphrase-file ca-pass --json",
            "issue ecgrid --request create.json --user admin --out e.pem --artefacts key,pem,p12 --p12-password-file p12-pass --json",
            "issue as2expert --request as2.json --out s.pem --artefacts key,pem",
            "key new P-256 --out k.pem --passphrase-file key-pass --json",
            "key new RSA-2048 --out r.pem",
            "csr new --subject CN=a --key k.pem --passphrase-file key-pass --out k.csr",
            "inspect a.pem e.pem k.csr --json",
            "keypool fill RSA-2048 --to 2",
        ] {
            self.done(words);
        }
        self.run("issue ecgrid --request create.xml --reply");
    }

    /// Sealed bodies, and the PFX of a key that was made for one; and the same that cannot be opened or are not allowed.
    fn call_emca(&mut self) {
        let locked = "--ca-passphrase-file ca-pass";
        let request = |changes: Value| sealed(&object("ber.p7", changes));
        let wrong = json!({"applicationId": "app-9", "password": "Wooden-spoons-clatter"});
        let pfx = object("pfx-text.p7", json!({"applicationId": "app-2"}));
        for (name, body) in [
            ("sealed.json", request(json!({}))),
            ("sealed-pfx.json", sealed(&pfx)),
            (
                "sealed-again.json",
                request(json!({"applicationId": "app-3"})),
            ),
            (
                "sealed-text.json",
                sealed(&object("pfx-text.p7", json!({"applicationId": "app-4"}))),
            ),
            ("sealed-wrong.json", request(wrong)),
            (
                "sealed-array.json",
                request(json!({"applicationId": "app-5", "password": [PASSWORD]})),
            ),
        ] {
            self.folder.write(name, body);
        }
        self.folder.write("pfx.json", pfx.to_string());
        let method = "--method createPKCS12ById";
        for words in [
            "issue emca --request sealed.json --out m.pem --artefacts pem,chain,reply --json"
                .to_owned(),
            format!(
                "issue emca --request sealed-pfx.json {method} --out f.pem --artefacts pem,p12,reply --json"
            ),
            format!(
                "issue emca --request pfx.json {method} --user apiuser --out g.pem --artefacts pem,p12 --json"
            ),
        ] {
            self.done(&format!("{words} {locked}"));
        }
        for words in [
            "issue emca --request sealed-wrong.json --out q.pem --json",
            "issue emca --request sealed-array.json --out q.pem --json",
            "issue emca --request sealed-again.json --method createPKCS12ById --out q.pem --json",
            "issue emca --request sealed-text.json --out q.pem --json",
            "issue emca --request r.pem --user apiuser --out q.pem --json",
        ] {
            assert_ne!(self.run(&format!("{words} {locked}")), 0, "{words}");
        }
        self.done("near-miss --vendor emca --out near-misses");
        self.run("check --vendor emca pfx.json sealed-pfx.json --json");
    }

    fn batch(&mut self) {
        let row = |n: usize| {
            let row = json!({
                "orgId": "o1", "productKey": "open", "deviceKey": format!("dk{n}"), "key": "P-256",
                "subject": format!("CN=d{n},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN"),
                "validDay": if n == 3 { 1_000_000 } else { 100 },
            });
            format!("{row}\n")
        };
        self.folder
            .write("job.jsonl", (0..6).map(row).collect::<String>());
        let locked = "--passphrase-file key-pass --ca-passphrase-file ca-pass";
        let words = format!(
            "batch job.jsonl --vendor enos --out out --artefacts pem,key {locked} --progress line"
        );
        assert_eq!(
            self.run(&words),
            3,
            "{}",
            String::from_utf8_lossy(&self.said)
        );
        let words = format!(
            "batch job.jsonl --vendor enos --out out2 --sink jsonl --artefacts pem,key {locked} --plan"
        );
        self.run(&words);
    }

    fn work_on_cas(&mut self) {
        for words in [
            "ca new plant --subject CN=plant --key-algorithm RSA-2048",
            "ca renew plant --new-key",
            "ca crl rsa-root --out c.crl --json",
        ] {
            self.done(&format!("{words} --ca-passphrase-file ca-pass"));
        }
        for words in [
            "backup --out b.age --passphrase-file key-pass --work-factor 10",
            "restore b.age --workspace restored --passphrase-file key-pass --json",
            "list --json",
            "ca show --json",
            "stats --json",
            "audit show --json",
        ] {
            self.done(words);
        }
    }

    /// What goes wrong is told at greater length.
    fn fail(&mut self) {
        let key = "certwright-workspace/ca/rsa-root/key.pem";
        for words in [
            "issue enos --csr r.pem --device-key x --json",
            "issue enos --csr a.csr --device-key x --ca-passphrase-file key-pass --json",
            "issue ecgrid --request p12-pass --user admin --out q.pem --artefacts p12 --p12-password-file p12-pass",
            "csr new --subject CN=a --key k.pem --passphrase-file p12-pass --out q.csr",
            "check --vendor enos r.pem ca-pass --json",
            "check --vendor ecgrid create.xml e.p12 --json",
            "restore b.age --workspace q --passphrase-file p12-pass",
            "convert r.pem --out q.pem",
            "ca import q --cert r.pem --key k.pem --passphrase-file p12-pass",
        ] {
            assert_ne!(self.run(words), 0, "{words}");
        }
        self.run(&format!("inspect {key}"));
        self.done("inspect r.pem --json");
    }

    /// Keys that were plain, and keys that were under another passphrase; and all that is refused.
    fn lock(&mut self) {
        let change = "--ca-passphrase-file ca-pass --new-passphrase-file new-pass";
        let plain = "--workspace plain --ca-passphrase-file new-pass";
        self.done("init --workspace plain");
        for words in [
            format!("ca lock {plain} rsa-root --json"),
            format!("ca lock {plain} --json"),
            format!("ca lock --workspace restored {change} --json"),
            "audit show --workspace restored --json".to_owned(),
        ] {
            self.done(&words);
        }
        // One of the keys is under the passphrase that was before, as after a change that was stopped half way.
        let [old, new] = ["certwright-workspace", "restored"]
            .map(|workspace| self.folder.path(workspace).join("ca/rsa-root/key.pem"));
        fs::copy(old, new).unwrap();
        for words in [
            "ca lock --workspace restored --ca-passphrase-file new-pass",
            "ca lock --workspace restored --ca-passphrase-file ca-pass",
            "ca lock --workspace restored --ca-passphrase-file new-pass --new-passphrase-file new-pass",
            "ca lock --ca-passphrase-file new-pass --json",
            "ca lock --new-passphrase-file new-pass --json",
            "ca lock --ca-passphrase-file key-pass --new-passphrase-file new-pass",
            "ca lock --ca-passphrase-file ca-pass --new-passphrase-file new-pass rsa-root",
            "ca lock --ca-passphrase-file new-pass nobody",
        ] {
            assert_ne!(self.run(words), 0, "{words}");
        }
    }

    /// Private keys that this run made, decrypted, as PKCS #8.
    fn keys(&self) -> Vec<Vec<u8>> {
        let passphrases = SECRETS.map(|(_, text)| Passphrase::new(text.to_owned()).unwrap());
        let mut keys = Vec::new();
        for path in files(&self.folder.path("")) {
            let text = fs::read(&path).unwrap();
            if !is_key_file(&path) || !text.windows(11).any(|part| part == b"PRIVATE KEY") {
                continue;
            }
            let mut read = passphrases
                .iter()
                .map(|passphrase| KeyPair::from_pem(&text, Some(passphrase)));
            let key = read
                .find_map(Result::ok)
                .unwrap_or_else(|| panic!("{}", path.display()));
            keys.push(key.to_pkcs8_der().unwrap().to_vec());
        }
        // The key that was made for emCA's user is in the PFX alone.
        let password = Passphrase::new("secret@1".to_owned()).unwrap();
        let pfx = self.folder.read("f.p12");
        let pfx = p12::read_p12(&pfx, P12Password::Passphrase(&password)).unwrap();
        keys.push(pfx.key().to_pkcs8_der().unwrap().to_vec());
        keys
    }
}

#[test]
fn no_output_of_a_full_run_shows_a_private_key_or_a_password() {
    let run = FullRun::shared();
    let mut secrets = Secrets::default();
    for (name, secret) in SECRETS {
        secrets.add(name, secret.as_bytes());
    }
    secrets.add("password of emCA's user", PASSWORD.as_bytes());
    secrets.add("password of the signed text", b"secret@1");
    secrets.add("AES key", &AES_KEY);
    let keys = run.keys();
    assert!(keys.len() >= 16, "{} keys", keys.len());
    for (at, key) in keys.iter().enumerate() {
        secrets.add_key(&format!("private key {at}"), key);
    }
    // It finds what there is to find.
    for secret in [&keys[0], SECRETS[0].1.as_bytes(), &AES_KEY] {
        for form in disguises(secret) {
            assert!(!secrets.shown_in(&form).is_empty());
        }
    }
    let shown = secrets.shown_in(&run.said);
    let said = String::from_utf8_lossy(&run.said);
    assert!(shown.is_empty(), "{shown:?}: {said}");
    let mut seen = 0;
    for path in files(&run.folder.path("")) {
        if is_key_file(&path) || run.wrote.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        seen += 1;
        let shown = secrets.shown_in(&fs::read(&path).unwrap());
        assert!(shown.is_empty(), "{}: {shown:?}", path.display());
    }
    assert!(seen > 20, "{seen} files");
}

#[test]
fn whatever_the_umask_keys_are_their_owners_alone() {
    let run = FullRun::shared();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for workspace in ["certwright-workspace", "restored", "plain"] {
        let workspace = run.folder.path(workspace);
        assert_eq!(mode(&workspace), 0o700);
        for path in all(&workspace) {
            let (allowed, path_mode) = (if path.is_dir() { 0o700 } else { 0o600 }, mode(&path));
            // The test wrote the settings itself.
            if !path.ends_with("certwright-workspace/certwright.toml") {
                assert_eq!(path_mode, allowed, "{}: {path_mode:03o}", path.display());
            }
        }
    }
    let outside = files(&run.folder.path("")).into_iter();
    let keys: Vec<_> = outside.filter(|path| is_key_file(path)).collect();
    for path in &keys {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    assert!(keys.len() > 10, "{keys:?}");
}

#[test]
fn a_process_that_is_aborted_leaves_no_core() {
    let folder = Folder::new();
    done(folder.words("init"));
    // A command that waits for its input is there long enough to be struck.
    let script = "ulimit -c unlimited; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_certwright")]);
    command.args([
        "batch", "-", "--format", "jsonl", "--vendor", "enos", "--out", "out",
    ]);
    command.current_dir(folder.path("")).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let is_off = |text: &str| {
        let mut lines = text
            .lines()
            .filter(|line| line.starts_with("Max core file size"));
        lines.all(|line| {
            line.split_whitespace()
                .skip(4)
                .take(2)
                .all(|limit| limit == "0")
        })
    };
    let begun = std::time::Instant::now();
    while !is_off(&fs::read_to_string(&limits).unwrap()) {
        assert!(
            begun.elapsed().as_secs() < 30,
            "{}",
            fs::read_to_string(&limits).unwrap()
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let killed = Command::new("kill")
        .args(["-ABRT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped());
}
