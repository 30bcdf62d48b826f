//! CA keys under a passphrase: given where they are made, and wherever they sign.

use std::fs;
use std::path::PathBuf;

use super::vendors::done;
use super::{Folder, fleet};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("pass", "correct horse\n");
    folder.write("wrong", "battery staple\n");
    folder
}

fn is_locked(folder: &Folder, ca: &str) -> bool {
    let path = PathBuf::from("certwright-workspace/ca")
        .join(ca)
        .join("key.pem");
    let text = String::from_utf8(folder.read(path.to_str().unwrap())).unwrap();
    text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

#[test]
fn a_workspace_that_was_made_under_a_passphrase_wants_it_wherever_a_ca_signs() {
    let folder = folder();
    done(folder.words("init --ca-passphrase-file pass"));
    assert!(is_locked(&folder, "rsa-root") && is_locked(&folder, "ecc-root"));
    fs::copy(fleet("sensor-03"), folder.path("a.csr")).unwrap();
    folder.write("rows/b.csr", fs::read(fleet("sensor-02")).unwrap());
    let unlocked = [
        "ca new plant --parent ecc-root --subject CN=plant --key-algorithm P-256",
        "ca renew ecc-root --new-key",
        "issue enos --csr a.csr --device-key s3 --issue-authority ECC --out a.pem",
        "batch rows --vendor enos --out OUT",
        "ca crl ecc-root --out c.crl",
    ];
    for words in unlocked {
        let run = folder.words(&words.replace("OUT", "out-1"));
        assert_ne!(run.code, 0, "{words}");
        assert!(run.err.contains("is encrypted"), "{words}: {}", run.err);
        let hint = "--ca-passphrase-file FILE";
        assert!(run.err.contains(hint), "{words}: {}", run.err);
        let wrong = format!("{words} --ca-passphrase-file wrong");
        let run = folder.words(&wrong.replace("OUT", "out-2"));
        assert_eq!(run.code, 1, "{words}");
        let told = "under another passphrase";
        assert!(run.err.contains(told), "{words}: {}", run.err);
    }
    assert_eq!(folder.listed().len(), 0);
    for words in unlocked {
        let right = format!("{words} --ca-passphrase-file pass");
        done(folder.words(&right.replace("OUT", "out-3")));
    }
    assert!(is_locked(&folder, "plant") && is_locked(&folder, "ecc-root.2"));
    let listed = folder.listed().into_iter();
    assert_eq!(listed.filter(|row| row["vendor"] == "enos").count(), 2);
}

#[test]
fn the_first_use_makes_the_workspace_under_the_passphrase_of_a_variable() {
    let folder = folder();
    fs::copy(fleet("sensor-03"), folder.path("a.csr")).unwrap();
    let words = "issue enos --csr a.csr --device-key s3 --issue-authority ECC --out a.pem --ca-passphrase-env";
    let mut command = folder.command();
    command
        .args(words.split(' '))
        .env("CERTWRIGHT_CA_PASSPHRASE", "correct horse");
    done(super::Run::of(&mut command));
    assert!(is_locked(&folder, "rsa-root"));
    done(folder.words("ca crl rsa-root --out c.crl --ca-passphrase-file pass"));
    // Questions need no key.
    assert_eq!(folder.listed().len(), 1);
    done(folder.words("ca show"));
}

#[test]
fn an_imported_key_is_kept_under_the_passphrase_of_the_workspace_not_its_own() {
    let folder = folder();
    done(folder.words("init --workspace other"));
    done(folder.words("init --ca-passphrase-file pass"));
    let from = "other/ca/rsa-root";
    let words = format!("ca import taken --cert {from}/certificate.pem --key {from}/key.pem");
    assert_eq!(folder.words(&words).code, 1);
    done(folder.words(&format!("{words} --ca-passphrase-file pass")));
    assert!(is_locked(&folder, "taken"));
    done(folder.words("ca crl taken --out t.crl --ca-passphrase-file pass"));
}

#[test]
fn a_backup_of_locked_keys_is_restored_locked() {
    let folder = folder();
    done(folder.words("init --ca-passphrase-file pass"));
    done(folder.words("backup --out b.age --passphrase-file wrong --work-factor 10"));
    let run = done(folder.words("restore b.age --workspace r --passphrase-file wrong --json"));
    assert_eq!(
        run.json()["lockedAuthorities"],
        serde_json::json!(["rsa-root", "ecc-root"])
    );
    assert_eq!(run.json()["signingAuthorities"], serde_json::json!([]));
    assert_eq!(
        folder
            .words("ca crl rsa-root --out c.crl --workspace r")
            .code,
        1
    );
    done(folder.words("ca crl rsa-root --out c.crl --workspace r --ca-passphrase-file pass"));
}
