//! A server that every vendor's clients call, well and wrongly: what is secret is in the answers that are meant to carry it,
//! and in no other, no log, no page and no file.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::bundle::p12;
use certwright::bundle::p12::P12Password;
use certwright::key::{KeyPair, Passphrase};
use serde_json::Value;

use super::search::{Secrets, files, is_key_file};
use super::settings::{AES_KEY, PASSWORD, SECRETS, settings};
use crate::Folder;
use crate::vendors::done;

mod clients;

/// A server, and what it answered to whom.
struct Served {
    folder: Folder,
    child: Child,
    address: String,
    /// What was asked, what came back, and the secrets that it is meant to carry.
    answers: Vec<(String, String, Vec<&'static str>)>,
    secrets: Secrets,
}

impl Served {
    fn new() -> Self {
        let folder = Folder::new();
        folder.write("ca-pass", SECRETS[0].1);
        done(folder.words("init --ca-passphrase-file ca-pass"));
        let settings = format!("{SERVER}{}", settings());
        folder.write("certwright-workspace/certwright.toml", settings);
        let words = "serve --listen 127.0.0.1:0 --tls off --json --ca-passphrase-file ca-pass";
        let log = fs::File::create(folder.path("log")).unwrap();
        let mut command = folder.command();
        command.args(words.split(' ')).env("RUST_LOG", "trace");
        command.env("RUST_BACKTRACE", "full");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        let mut secrets = Secrets::default();
        for (name, secret) in KNOWN.into_iter().chain([SECRETS[0]]) {
            secrets.add(name, secret.as_bytes());
        }
        secrets.add("AES key", &AES_KEY);
        Self {
            folder,
            child,
            address,
            answers: Vec::new(),
            secrets,
        }
    }

    /// The answer, head and all.
    fn ask(
        &mut self,
        call: &str,
        headers: &[(&str, &str)],
        body: &str,
        may: &[&'static str],
    ) -> String {
        let mut text = format!(
            "{call} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.address
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        self.answers
            .push((call.to_owned(), answer.clone(), may.to_vec()));
        answer
    }

    fn good(
        &mut self,
        call: &str,
        headers: &[(&str, &str)],
        body: &str,
        may: &[&'static str],
    ) -> String {
        let answer = self.ask(call, headers, body, may);
        assert!(answer.starts_with("HTTP/1.1 200"), "{call}: {answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn json(
        &mut self,
        call: &str,
        headers: &[(&str, &str)],
        body: &Value,
        may: &[&'static str],
    ) -> Value {
        let body = self.good(call, headers, &body.to_string(), may);
        serde_json::from_str(&body).unwrap()
    }

    /// A PFX that came, and its key from now on among what is looked for.
    fn take(&mut self, pfx: &str, password: &str, name: &str) {
        let octets = STANDARD.decode(pfx).unwrap();
        let password = Passphrase::new(password.to_owned()).unwrap();
        let pfx = p12::read_p12(&octets, P12Password::Passphrase(&password)).unwrap();
        self.secrets
            .add_key(name, &pfx.key().to_pkcs8_der().unwrap());
    }

    /// Ends it as systemd does, and what a person asks of the workspace afterwards.
    fn stop(&mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
        for words in [
            "audit show --json",
            "list --json",
            "stats --json",
            "lifecycle --json",
            "show 1 --json",
        ] {
            let run = self.folder.words(words);
            self.answers.push((
                words.to_owned(),
                format!("{}{}", run.text(), run.err),
                Vec::new(),
            ));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[test]
fn a_server_shows_secrets_to_those_whose_they_are_and_in_no_log_page_or_file() {
    let mut served = Served::new();
    served.enos();
    served.ecgrid();
    served.as2expert();
    served.emca();
    served.operator();
    served.stop();
    let workspace = files(&served.folder.path(""));
    let mut keys = 0;
    for path in workspace.iter().filter(|path| is_key_file(path)) {
        let ca = Passphrase::new(SECRETS[0].1.to_owned()).unwrap();
        let Ok(key) = KeyPair::from_pem(&fs::read(path).unwrap(), Some(&ca)) else {
            continue;
        };
        let name = path
            .strip_prefix(served.folder.path(""))
            .unwrap()
            .display()
            .to_string();
        served.secrets.add_key(&name, &key.to_pkcs8_der().unwrap());
        keys += 1;
    }
    // Two CAs, a Comm's two and a station's.
    assert!(keys >= 5, "{keys} keys: {workspace:?}");
    let (mut carried, mut wrong) = (BTreeSet::new(), Vec::new());
    for (call, answer, may) in &served.answers {
        let shown = served.secrets.shown_in(answer.as_bytes());
        for name in shown {
            match may.contains(&name.as_str()) {
                true => drop(carried.insert(name)),
                false => wrong.push(format!("{name} in the answer to {call}: {answer}")),
            }
        }
    }
    let ours =
        ["ca-pass", "certwright-workspace/certwright.toml"].map(|name| served.folder.path(name));
    let mut seen = 0;
    for path in workspace
        .iter()
        .filter(|path| !is_key_file(path) && !ours.contains(path))
    {
        seen += 1;
        for name in served.secrets.shown_in(&fs::read(path).unwrap()) {
            wrong.push(format!("{name} in {}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(seen >= 5, "{workspace:?}");
    let expected = ["PFX password of ECGrid", "access token", "session"].map(str::to_owned);
    assert_eq!(
        carried,
        BTreeSet::from(expected),
        "of {:?}",
        served.secrets.names()
    );
    let log = String::from_utf8(served.folder.read("log")).unwrap();
    assert!(log.lines().count() >= served.answers.len() - 5, "{log}");
}

const APP_SECRET: &str = "Grey-herons-wade-slowly";
const API_KEY: &str = "Amber-lantern-hums-19";
const LOGIN: &str = "Tall-barley-whispers-42";
const TOKEN: &str = "Nine-quiet-harbours-sleep";
const OPERATOR: &str = "Brisk-walnut-mornings";
const PASSPHRASE: &str = "Copper-robins-cross-rivers";

const KNOWN: [(&str, &str); 8] = [
    ("application's secret", APP_SECRET),
    ("API key", API_KEY),
    ("password of ECGrid's user", LOGIN),
    ("bearer token", TOKEN),
    ("operator's password", OPERATOR),
    ("passphrase of the page's P12", PASSPHRASE),
    ("password of emCA's user", PASSWORD),
    ("password of the signed text", "secret@1"),
];

const SERVER: &str = r#"
[[server.operators]]
name = "op"
password = "Brisk-walnut-mornings"
[[enos.apps]]
app_key = "app-1"
app_secret = "Grey-herons-wade-slowly"
[[as2expert.tokens]]
token = "Nine-quiet-harbours-sleep"
scopes = ["read", "write"]
"#;
