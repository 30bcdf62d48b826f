//! A token whose PIN is the passphrase of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use crate::judges::{Answer, arg, must, run};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A token with one key and the PIN of the file `pin`, and a place for a workspace.
struct Token {
    folder: tempfile::TempDir,
    conf: String,
}

impl Token {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let tokens = at("tokens");
        fs::create_dir(&tokens).unwrap();
        let text = format!("directories.tokendir = {}\n", arg(&tokens));
        fs::write(at("softhsm2.conf"), text).unwrap();
        fs::write(at("pin"), "86420135\n").unwrap();
        fs::write(at("other"), "correct horse\n").unwrap();
        let conf = format!("SOFTHSM2_CONF={}", arg(&at("softhsm2.conf")));
        let init = "softhsm2-util --init-token --free --label T --so-pin 1357 --pin 86420135";
        let make = "pkcs11-tool --module MODULE --token-label T --pin 86420135 --keypairgen --key-type rsa:2048 --label rsa --id 01";
        for line in [init, &make.replace("MODULE", MODULE)] {
            let words: Vec<_> = line.split(' ').collect();
            must("env", &[&[conf.as_str()], &words[..]].concat());
        }
        Self { folder, conf }
    }

    fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command on the workspace; names of files after `@`.
    fn certwright(&self, words: &str) -> Answer {
        let named = |word: &str| match word.strip_prefix('@') {
            Some(name) => arg(&self.file(name)).to_owned(),
            None => word.to_owned(),
        };
        let words: Vec<_> = words
            .split(' ')
            .chain(["--workspace", "@w"])
            .map(named)
            .collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let command = [self.conf.as_str(), env!("CARGO_BIN_EXE_certwright")];
        run("env", &[&command[..], &words].concat())
    }

    fn done(&self, words: &str) {
        let answer = self.certwright(words);
        assert!(answer.ok, "{words}: {}", answer.text);
    }

    fn refused(&self, words: &str, expected: &str) {
        let Answer { ok, text } = self.certwright(words);
        assert!(!ok && text.contains(expected), "{words}: {text}");
        assert!(!text.contains("86420135"), "{text}");
    }

    fn key(&self, ca: &str) -> String {
        fs::read_to_string(self.file("w/ca").join(ca).join("key.pem")).unwrap()
    }
}

#[test]
#[ignore = "needs SoftHSM and OpenSC; run by ci/full"]
fn keys_of_cas_whose_pin_is_the_passphrase_are_not_locked_out() {
    let token = Token::new();
    let cas = ["rsa-root", "ecc-root", "vault"];
    let uri = format!("pkcs11:token=T;object=rsa?module-path={MODULE}");
    token.done("init");
    token.done(&format!(
        "ca new vault --subject CN=vault --key-uri {uri} --ca-passphrase-file @pin"
    ));
    let plain = cas.map(|ca| token.key(ca));
    let change = "ca lock --ca-passphrase-file @pin --new-passphrase-file @other";
    let asked = "that to lock keys with does not open it";
    token.refused("ca lock --ca-passphrase-file @other", asked);
    token.refused("ca lock --new-passphrase-file @other", asked);
    token.refused(change, "that is to be another");
    assert_eq!(cas.map(|ca| token.key(ca)), plain);

    token.done("ca lock --ca-passphrase-file @pin");
    let under_pin = cas.map(|ca| token.key(ca));
    for key in &under_pin[..2] {
        assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    }
    token.refused(change, "name a file that holds the PIN as pin-source");
    assert_eq!(cas.map(|ca| token.key(ca)), under_pin);
    for ca in cas {
        token.done(&format!(
            "ca crl {ca} --out @{ca}.crl --ca-passphrase-file @pin"
        ));
    }

    // With a file of its own for the PIN, the passphrase is free.
    let own = format!("{uri}&pin-source={}\n", arg(&token.file("pin")));
    fs::write(token.file("w/ca/vault/key.pem"), own).unwrap();
    token.done(change);
    for ca in cas {
        token.done(&format!(
            "ca crl {ca} --out @{ca}-2.crl --ca-passphrase-file @other"
        ));
    }
}
