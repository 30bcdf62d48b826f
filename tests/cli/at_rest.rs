//! CA keys under a passphrase: given where they are made, and wherever they sign.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use certwright::cert::Certificate;
use certwright::key::{KeyPair, Passphrase};
use serde_json::json;

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
        json!(["rsa-root", "ecc-root"])
    );
    assert_eq!(run.json()["signingAuthorities"], json!([]));
    assert_eq!(
        folder
            .words("ca crl rsa-root --out c.crl --workspace r")
            .code,
        1
    );
    done(folder.words("ca crl rsa-root --out c.crl --workspace r --ca-passphrase-file pass"));
}

/// The octets of the key files.
fn keys(folder: &Folder) -> Vec<Vec<u8>> {
    CAS.map(|ca| folder.read(&format!("certwright-workspace/ca/{ca}/key.pem")))
        .to_vec()
}

#[test]
fn plain_keys_are_locked_where_they_are_and_it_is_told() {
    let folder = folder();
    done(folder.words("init"));
    let plain = keys(&folder);
    assert_eq!(folder.words("ca lock").code, 2, "no passphrase");
    let unknown = folder.words("ca lock nobody --ca-passphrase-file pass");
    assert_eq!(unknown.code, 1, "{}", unknown.err);
    assert_eq!(keys(&folder), plain);
    let told = done(folder.words("ca lock ecc-root --ca-passphrase-file pass --json")).json();
    assert_eq!(told["locked"], json!(["ecc-root"]));
    assert!(!is_locked(&folder, "rsa-root") && is_locked(&folder, "ecc-root"));
    let half = keys(&folder);
    let wrong = folder.words("ca lock --ca-passphrase-file wrong");
    assert_eq!(wrong.code, 1, "{}", wrong.err);
    assert_eq!(keys(&folder), half);
    let told = done(folder.words("ca lock --ca-passphrase-file pass --json")).json();
    let expected = json!({
        "locked": ["rsa-root"], "changed": [], "alreadyLocked": ["ecc-root"], "inToken": [], "elsewhere": [],
    });
    assert_eq!(told, expected);
    assert!(is_locked(&folder, "rsa-root"));
    #[cfg(unix)]
    for ca in CAS {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path(&format!("certwright-workspace/ca/{ca}"));
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path.join("key.pem")), 0o600);
        assert_eq!(
            fs::read_dir(path).unwrap().count(),
            2,
            "key and certificate"
        );
    }
    let told = done(folder.words("audit show --kind keys-locked --json")).json();
    let texts: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["text"])
        .collect();
    assert_eq!(
        texts,
        [
            "under a passphrase: ecc-root",
            "under a passphrase: rsa-root"
        ]
    );
    done(folder.words("audit verify"));
    assert_eq!(folder.words("ca crl rsa-root --out c.crl").code, 1);
    done(folder.words("ca crl rsa-root --out c.crl --ca-passphrase-file pass"));
}

#[test]
fn a_new_passphrase_is_for_all_keys_and_a_change_that_was_stopped_goes_on() {
    let folder = folder();
    folder.write("new", "paper lanterns\n");
    folder.write("rows/b.csr", fs::read(fleet("sensor-02")).unwrap());
    done(folder.words("init --ca-passphrase-file pass"));
    let before = keys(&folder);
    let change = "ca lock --new-passphrase-file new --json --ca-passphrase-file";
    assert_eq!(folder.words(&format!("{change} wrong")).code, 1);
    assert_eq!(folder.words(&format!("{change} pass rsa-root")).code, 2);
    assert_eq!(keys(&folder), before);
    let told = done(folder.words(&format!("{change} pass"))).json();
    assert_eq!(told["changed"], json!(CAS));
    // As if it had been stopped between the two, with what it had not put in place.
    let stopped = "certwright-workspace/ca/rsa-root/key.pem";
    fs::write(folder.path(stopped), &before[0]).unwrap();
    folder.write(&format!("{stopped}.new"), "half a k");
    let half = keys(&folder);
    for words in [
        "ca lock",
        "ca crl ecc-root --out half.crl",
        "batch rows --vendor enos --out half",
    ] {
        let run = folder.words(&format!("{words} --ca-passphrase-file new"));
        assert_eq!(run.code, 1, "{words}");
        let told = "opens the key of CA \"ecc-root\" and not that of CA \"rsa-root\"";
        assert!(run.err.contains(told), "{words}: {}", run.err);
    }
    assert_eq!(keys(&folder), half);
    let told = done(folder.words(&format!("{change} pass"))).json();
    assert_eq!(
        (&told["changed"], &told["alreadyLocked"]),
        (&json!(["rsa-root"]), &json!(["ecc-root"]))
    );
    assert!(!folder.path(&format!("{stopped}.new")).exists());
    for ca in CAS {
        let crl = format!("ca crl {ca} --out {ca}.crl --ca-passphrase-file");
        assert_eq!(folder.words(&format!("{crl} pass")).code, 1);
        done(folder.words(&format!("{crl} new")));
    }
}

#[test]
fn locking_that_is_killed_loses_no_key() {
    let folder = folder();
    folder.write("new", "paper lanterns\n");
    done(folder.words("init"));
    let passphrases =
        ["correct horse", "paper lanterns"].map(|text| Passphrase::new(text.to_owned()).unwrap());
    let certified = CAS.map(|ca| done(folder.words(&format!("ca show {ca} --pem"))).out);
    let certified = certified.map(|pem| Certificate::from_pem(&pem).unwrap());
    let lock = "ca lock --ca-passphrase-file pass";
    let change = "ca lock --ca-passphrase-file pass --new-passphrase-file new";
    for (round, words) in [lock, lock, lock, change, change, change]
        .into_iter()
        .enumerate()
    {
        let mut command = folder.command();
        command
            .args(words.split(' '))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_millis([40, 210, 380][round % 3]));
        let _gone = child.kill();
        child.wait().unwrap();
        for (key, certificate) in keys(&folder).iter().zip(&certified) {
            let mut read = passphrases
                .iter()
                .map(|one| KeyPair::from_pem(key, Some(one)));
            let read = read.find_map(Result::ok).unwrap();
            assert_eq!(read.public_key(), certificate.public_key(), "round {round}");
        }
    }
    done(folder.words(change));
    done(folder.words("audit verify"));
    done(folder.words("ca crl rsa-root --out c.crl --ca-passphrase-file new"));
}

const CAS: [&str; 2] = ["rsa-root", "ecc-root"];
