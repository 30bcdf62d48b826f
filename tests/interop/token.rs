//! CAs whose keys are in a PKCS #11 token, made there by another program: they issue, renew and publish, and no key is a file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::judges::{Answer, arg, must, run};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "97531864";

/// A token in a folder of its own, and a workspace beside it.
struct Vault {
    folder: tempfile::TempDir,
}

impl Vault {
    fn new() -> Self {
        let vault = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(vault.file("tokens")).unwrap();
        let tokens = format!("directories.tokendir = {}\n", arg(&vault.file("tokens")));
        fs::write(vault.file("softhsm2.conf"), tokens).unwrap();
        fs::write(vault.file("pin"), format!("{PIN}\n")).unwrap();
        fs::write(vault.file("other-pin"), "11111111\n").unwrap();
        let so_pin = ["--so-pin", "8642", "--pin", PIN];
        let token = ["--init-token", "--free", "--label", "CA keys"];
        vault.must("softhsm2-util", &[&token[..], &so_pin].concat());
        vault
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command<'a>(&self, program: &'a str, arguments: &[&'a str]) -> Answer {
        let conf = format!("SOFTHSM2_CONF={}", arg(&self.file("softhsm2.conf")));
        run("env", &[&[conf.as_str(), program], arguments].concat())
    }

    fn must(&self, program: &str, arguments: &[&str]) -> String {
        let answer = self.command(program, arguments);
        assert!(answer.ok, "{program} {arguments:?}: {}", answer.text);
        answer.text
    }

    /// A key pair that the token makes for itself.
    fn generate(&self, kind: &str, label: &str, id: &str) {
        let module = ["--module", MODULE, "--token-label", "CA keys", "--pin", PIN];
        let key = ["--keypairgen", "--key-type", kind, "--label", label];
        self.must("pkcs11-tool", &[&module[..], &key, &["--id", id]].concat());
    }

    fn uri(&self, key: &str, pin: &str) -> String {
        let pin = self.file(pin);
        format!(
            "pkcs11:token=CA%20keys;{key}?module-path={MODULE}&pin-source={}",
            arg(&pin)
        )
    }

    fn certwright(&self, arguments: &[&str]) -> Answer {
        let workspace = self.file("w");
        let place = ["--workspace", arg(&workspace)];
        let command = env!("CARGO_BIN_EXE_certwright");
        self.command(command, &[arguments, &place].concat())
    }

    fn done(&self, arguments: &[&str]) -> String {
        let answer = self.certwright(arguments);
        assert!(answer.ok, "{arguments:?}: {}", answer.text);
        answer.text
    }

    fn new_ca(&self, name: &str, uri: &str) -> Answer {
        let subject = format!("CN={name},O=Acme");
        let key = ["--key-uri", uri, "--current"];
        let new = ["ca", "new", name, "--subject", &subject];
        self.certwright(&[&new[..], &key].concat())
    }
}

#[test]
#[ignore = "needs SoftHSM and OpenSC; run by ci/full"]
fn keys_of_cas_stay_in_their_token() {
    let vault = Vault::new();
    vault.generate("rsa:2048", "rsa", "01");
    vault.generate("EC:prime256v1", "ecc", "02");
    vault.generate("EC:secp384r1", "foreign", "03");
    vault.generate("rsa:2048", "next", "04");
    vault.done(&["init"]);
    refusals(&vault);
    for key in ["rsa", "ecc"] {
        let made = vault.new_ca(key, &vault.uri(&format!("object={key}"), "pin"));
        assert!(made.ok, "{}", made.text);
    }

    // Vendors' devices by both CAs, judged from outside.
    let fleet = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/enos/fleet.jsonl");
    let out = vault.file("out");
    vault.done(&["batch", fleet, "--vendor", "enos", "--out", arg(&out)]);
    let roots = ["rsa", "ecc"].map(|ca| vault.done(&["ca", "show", ca, "--pem"]));
    let root = vault.file("roots.pem");
    fs::write(&root, roots.concat()).unwrap();
    let certificates = pems(&out.join("certs"));
    assert_eq!(certificates.len(), 18);
    for certificate in &certificates {
        must(
            "openssl",
            &["verify", "-CAfile", arg(&root), arg(certificate)],
        );
    }

    // Renewed under another key of the token: links join the two, and the CRL is signed.
    let next = vault.uri("id=%04", "pin");
    vault.done(&["ca", "renew", "rsa", "--key-uri", &next]);
    let links = vault.done(&["ca", "show", "rsa", "--pem", "--links"]);
    assert_eq!(links.matches("BEGIN CERTIFICATE").count(), 2);
    let renewed = vault.file("renewed.pem");
    fs::write(&renewed, vault.done(&["ca", "show", "rsa", "--pem"])).unwrap();
    let crl = vault.file("rsa.crl");
    vault.done(&["ca", "crl", "rsa", "--out", arg(&crl)]);
    let judged = ["crl", "-inform", "DER", "-noout", "-CAfile"];
    let said = must(
        "openssl",
        &[&judged[..], &[arg(&renewed), "-in", arg(&crl)]].concat(),
    );
    assert!(said.contains("verify OK"), "{said}");

    locking_leaves_them(&vault);
    nothing_of_it_is_here(&vault);
}

/// A passphrase encrypts the keys that are files and passes over those that are not; they sign without it.
fn locking_leaves_them(vault: &Vault) {
    let pass = vault.file("pass");
    fs::write(&pass, "correct horse\n").unwrap();
    let text = vault.done(&["ca", "lock", "--ca-passphrase-file", arg(&pass), "--json"]);
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let locked = serde_json::json!(["rsa-root", "ecc-root"]);
    assert_eq!(told.get("locked"), Some(&locked));
    let in_token = serde_json::json!(["rsa.1", "ecc", "rsa"]);
    assert_eq!(told.get("inToken"), Some(&in_token));
    for (ca, signs) in [("rsa", true), ("ecc", true), ("rsa-root", false)] {
        let crl = vault.file(&format!("{ca}-locked.crl"));
        let answer = vault.certwright(&["ca", "crl", ca, "--out", arg(&crl)]);
        assert_eq!(answer.ok, signs, "{ca}: {}", answer.text);
    }
}

/// What is wrong is told, and no CA comes of it.
fn refusals(vault: &Vault) {
    for (uri, expected) in [
        (vault.uri("object=rsa", "other-pin"), "cannot log in"),
        (
            vault.uri("object=rsa", "absent"),
            "cannot read the file of the PIN",
        ),
        (
            vault.uri("object=none", "pin"),
            "none of this label and identifier",
        ),
        (vault.uri("object=foreign", "pin"), "P-384"),
        (
            vault.uri("object=rsa;serial=1", "pin"),
            "none is that of the URI",
        ),
        (
            format!("pkcs11:token=CA%20keys;object=rsa?module-path={MODULE}"),
            "no passphrase was given",
        ),
        (
            "pkcs11:object=rsa?module-path=/nowhere.so".to_owned(),
            "cannot open the library of the token",
        ),
        (
            format!("pkcs11:object=rsa?module-path={MODULE}&pin-value={PIN}"),
            "pin-source names a file",
        ),
    ] {
        let refused = vault.new_ca("vault", &uri);
        assert!(
            !refused.ok && refused.text.contains(expected),
            "{uri}: {}",
            refused.text
        );
        assert!(!refused.text.contains(PIN), "{}", refused.text);
    }
    let known = vault.done(&["ca", "show"]);
    assert!(!known.contains("vault"), "{known}");
}

/// The key files hold URIs; neither PIN nor key is in the workspace.
fn nothing_of_it_is_here(vault: &Vault) {
    for (ca, key) in [
        ("rsa", "object=rsa"),
        ("rsa.2", "id=%04"),
        ("ecc", "object=ecc"),
    ] {
        let text = fs::read_to_string(vault.file("w/ca").join(ca).join("key.pem")).unwrap();
        assert_eq!(text, format!("{}\n", vault.uri(key, "pin")));
    }
    let found = run("grep", &["-rlaF", PIN, arg(&vault.file("w"))]);
    assert!(!found.ok, "the PIN is in {}", found.text);
}

fn pems(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(pems(&path));
        } else if path.extension().is_some_and(|extension| extension == "pem") {
            found.push(path);
        }
    }
    found
}
