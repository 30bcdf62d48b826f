//! Secrets stay where they belong: modes whatever the umask, no core file, nothing in any output.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use certwright::key::{KeyPair, Passphrase};
use serde_json::json;

use super::vendors::{CREATE, EMCA, done, envelope};
use super::{Folder, Run, fleet, testdata};

/// All commands that make, read or hand out keys, once well and once with what makes them fail; what they said.
struct FullRun {
    folder: Folder,
    said: Vec<u8>,
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

    fn new() -> Self {
        let mut run = Self {
            folder: Folder::new(),
            said: Vec::new(),
        };
        for (name, secret) in SECRETS {
            run.folder.write(name, format!("{secret}\n"));
        }
        run.done("init --ca-passphrase-file ca-pass");
        let signer = fs::read_to_string(testdata("emca/signer.cert.pem")).unwrap();
        let settings = format!("{}{VENDORS}", EMCA.replace("SIGNER", &signer));
        run.folder
            .write("certwright-workspace/certwright.toml", settings);
        run.issue();
        run.batch();
        run.work_on_cas();
        run.fail();
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
        keys
    }
}

#[test]
fn no_output_of_a_full_run_shows_a_private_key_or_a_password() {
    let run = FullRun::new();
    let keys = run.keys();
    assert!(keys.len() >= 15, "{} keys", keys.len());
    let needles = Needles::of(&keys);
    // It finds what there is to find.
    for form in [
        keys[0].clone(),
        hex(&keys[0]).into_bytes(),
        base64(&keys[0][1..]),
    ] {
        assert!(
            needles.found_in(&form),
            "{}",
            String::from_utf8_lossy(&form)
        );
    }
    let shown = |octets: &[u8]| -> Option<&str> {
        let password = SECRETS
            .iter()
            .find(|(_, text)| contains_in_any_form(octets, text.as_bytes()));
        let key = needles.found_in(octets).then_some("a private key");
        password.map(|(name, _)| *name).or(key)
    };
    assert_eq!(
        shown(&run.said),
        None,
        "{}",
        String::from_utf8_lossy(&run.said)
    );
    let mut seen = 0;
    for path in files(&run.folder.path("")) {
        let ours = SECRETS.iter().any(|(name, _)| path.ends_with(name));
        if is_key_file(&path) || ours {
            continue;
        }
        seen += 1;
        let octets = fs::read(&path).unwrap();
        assert_eq!(shown(&octets), None, "{}", path.display());
    }
    assert!(seen > 20, "{seen} files");
}

#[test]
fn whatever_the_umask_keys_are_their_owners_alone() {
    let run = FullRun::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for workspace in ["certwright-workspace", "restored"] {
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

/// Runs of octets of private keys that do not stand in the public half.
struct Needles(HashSet<[u8; RUN]>);

impl Needles {
    fn of(keys: &[Vec<u8>]) -> Self {
        let mut runs = HashSet::new();
        for key in keys {
            let pair = KeyPair::from_pkcs8_der(key).unwrap();
            let public: HashSet<_> = windows(pair.public_key().spki_der()).collect();
            // What every key of a kind begins with is no secret.
            let private = windows(key).skip(40);
            runs.extend(private.filter(|run| !public.contains(run)));
        }
        Self(runs)
    }

    /// Whether a run stands in the octets: raw, hexadecimal or base64 in any alignment.
    fn found_in(&self, octets: &[u8]) -> bool {
        forms(octets)
            .iter()
            .any(|form| windows(form).any(|run| self.0.contains(&run)))
    }
}

/// The octets, and what stands in them as text in other forms.
fn forms(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![octets.to_vec()];
    let dense: Vec<u8> = octets
        .iter()
        .copied()
        .filter(|octet| !b" \r\n:,_".contains(octet))
        .collect();
    for part in dense.split(|octet| !octet.is_ascii_hexdigit()) {
        for part in [part, part.get(1..).unwrap_or_default()] {
            let digit = |octet: u8| u8::try_from(char::from(octet).to_digit(16).unwrap()).unwrap();
            forms.push(
                part.chunks_exact(2)
                    .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
                    .collect(),
            );
        }
    }
    let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/".contains(octet);
    for part in dense
        .split(|octet| !is_base64(octet))
        .filter(|part| part.len() >= RUN)
    {
        for skipped in 0..4 {
            let part = part.get(skipped..).unwrap_or_default();
            let whole = &part[..part.len() / 4 * 4];
            forms.extend(ENGINE.decode(whole).ok());
        }
    }
    forms
}

fn contains_in_any_form(octets: &[u8], secret: &[u8]) -> bool {
    forms(octets)
        .iter()
        .any(|form| form.windows(secret.len()).any(|part| part == secret))
}

fn windows(octets: &[u8]) -> impl Iterator<Item = [u8; RUN]> {
    octets.windows(RUN).map(|run| run.try_into().unwrap())
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}:")).collect()
}

fn base64(octets: &[u8]) -> Vec<u8> {
    let text = ENGINE.encode(octets).into_bytes();
    text.chunks(64).collect::<Vec<_>>().join(&b'\n')
}

/// Files that are meant to hold keys.
fn is_key_file(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let of_keys = path.components().any(|part| part.as_os_str() == "keys");
    let keys = ["key.pem", "k.pem", "r.pem", "b.age"];
    of_keys || keys.contains(&name) || name.ends_with(".key.pem") || name.ends_with(".p12")
}

/// Everything below a folder.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all(&path));
        }
        found.push(path);
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    all(folder)
        .into_iter()
        .filter(|path| path.is_file())
        .collect()
}

/// Octets of a key that are looked for in one piece.
const RUN: usize = 12;

/// Base64 without regard to how it ends.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Files with passphrases and passwords, and what is in them.
const SECRETS: [(&str, &str); 3] = [
    ("ca-pass", "Quiet-otters-fold-9-maps"),
    ("key-pass", "Seven-lamps-drift-uphill"),
    ("p12-pass", "Plain-copper-kettles-sing"),
];

const VENDORS: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.users]]
login = "admin"
api_key = "k3y"
level = "MailboxAdmin"
[[as2expert.stations]]
id = 62
name = "My station"
as2id = "MYCOMPANY"
[[enos.products]]
product_key = "pk1"
org_id = "o1"
maximum_days = 3650
devices = [{ asset_id = "a3", device_key = "s3" }]
[[enos.products]]
product_key = "open"
maximum_days = 3650
open = true
"#;
