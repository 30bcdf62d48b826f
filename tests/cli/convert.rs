//! Forms of certificates and keys, one into another.

use super::{Folder, Run, testdata};

const PASSWORD: &str = "certwright test";

/// A folder with the chain of a P12 that OpenSSL wrote as `leaf.cer` and `chain.pem`, its key as `key.pem`, and the
/// password as `password`.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("password", format!("{PASSWORD}\n"));
    folder.write("new", "another password\n");
    let p12 = testdata("p12/openssl-modern.p12");
    std::fs::copy(p12, folder.path("openssl.p12")).unwrap();
    convert(
        &folder,
        "openssl.p12 --p12-password-file password --out chain.chain.pem --key-out key.pem",
    );
    convert(&folder, "chain.chain.pem --out leaf.cer");
    folder
}

/// Converts and expects it to succeed.
fn convert(folder: &Folder, words: &str) -> Run {
    let run = folder.words(&format!("convert {words}"));
    assert_eq!(run.code, 0, "{words}: {}", run.err);
    run
}

#[test]
fn a_p12_comes_apart_and_together_again() {
    let folder = folder();
    let pem = String::from_utf8(folder.read("chain.chain.pem")).unwrap();
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
    let key = std::fs::read(testdata("key/rsa2048-pkcs8.pem")).unwrap();
    assert_eq!(folder.read("key.pem"), key);
    let run = convert(
        &folder,
        "chain.chain.pem --key key.pem --out new.p12 --p12-for java-8 --p12-password-file new --json",
    );
    let said = run.json();
    assert_eq!(said["consumer"], "java-8");
    assert_eq!(said["alias"], "as2.example.com");
    assert_eq!(said["iterations"], 50_000);
    assert_eq!(said["certificates"][1], "CN=certwright test CA");
    // For another consumer, from one password to another; the alias stays unless a new one is named.
    convert(
        &folder,
        "new.p12 --passphrase-file new --out again.pfx --p12-password-file password --p12-alias AS2",
    );
    let run = convert(
        &folder,
        "again.pfx --p12-password-file password --out third.p12 --json",
    );
    assert_eq!(run.json()["alias"], "AS2");
    convert(
        &folder,
        "third.p12 --p12-password-file password --out chain2.chain.pem",
    );
    assert_eq!(folder.read("chain2.chain.pem"), pem.as_bytes());
}

#[test]
fn every_form_of_a_chain_leads_to_every_other() {
    let folder = folder();
    let forms = ["cer", "pem", "chain.pem", "p7b", "pem.p7b"];
    for form in forms {
        convert(&folder, &format!("chain.chain.pem --out first.{form}"));
        // What holds the leaf alone gives the leaf alone.
        let whole = !["cer", "pem"].contains(&form);
        for to in forms {
            convert(&folder, &format!("first.{form} --out second.{to} --force"));
            let second = folder.read(&format!("second.{to}"));
            if whole || ["cer", "pem"].contains(&to) {
                convert(
                    &folder,
                    &format!("chain.chain.pem --out direct.{to} --force"),
                );
                assert_eq!(
                    second,
                    folder.read(&format!("direct.{to}")),
                    "{form} to {to}"
                );
            }
        }
    }
    let run = convert(&folder, "chain.chain.pem --to cer --out one --json");
    assert_eq!(run.json()["leftOut"][0], "CN=certwright test CA");
    assert_eq!(folder.read("one"), folder.read("leaf.cer"));
}

#[cfg(unix)]
#[test]
fn a_file_with_a_key_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    convert(
        &folder,
        "leaf.cer --key key.pem --out a.p12 --p12-password-file password",
    );
    for (name, expected) in [("a.p12", 0o600), ("key.pem", 0o600)] {
        let mode = folder.path(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{name}");
    }
}

#[test]
fn what_cannot_be_converted_leaves_nothing_behind() {
    let folder = folder();
    folder.write("short", "short");
    folder.write("umlaut", "Schlüssel");
    folder.write("none", "");
    let before = folder.names();
    let key = "leaf.cer --key key.pem --out x.p12";
    for (code, words) in [
        (2, "leaf.cer --out x".to_owned()),
        (2, "leaf.cer --out x.doc".to_owned()),
        (2, "leaf.cer --to p8 --out x".to_owned()),
        (
            2,
            "leaf.cer --out x.p12 --p12-password-file password".to_owned(),
        ),
        (2, "leaf.cer --out x.pem --key-out y".to_owned()),
        (2, "leaf.cer --out x.pem --p12-for macos".to_owned()),
        (2, "openssl.p12 --out x.pem".to_owned()),
        (2, key.to_owned()),
        (
            2,
            format!("{key} --p12-password-file password --p12-password-empty"),
        ),
        (
            2,
            format!("{key} --p12-password-file password --p12-for aes"),
        ),
        (1, format!("{key} --p12-password-file none")),
        (1, format!("{key} --p12-password-file umlaut")),
        (1, format!("{key} --p12-password-file short --p12-for fips")),
        (1, format!("{key} --p12-password-env=CERTWRIGHT_TEST_UNSET")),
        (
            1,
            "openssl.p12 --p12-password-file new --out x.pem".to_owned(),
        ),
        (1, "password --out x.pem".to_owned()),
        (1, "leaf.cer --out leaf.cer".to_owned()),
    ] {
        let run = folder.words(&format!("convert {words}"));
        assert_eq!(run.code, code, "{words}: {}", run.err);
        assert!(run.out.is_empty(), "{words}");
        assert!(!run.err.contains("Schlüssel"), "{words}: {}", run.err);
        assert_eq!(folder.names(), before, "{words}");
    }
    // The empty password is taken when it is asked for by name.
    convert(&folder, &format!("{key} --p12-password-empty"));
    convert(&folder, "x.p12 --p12-password-empty --out x.pem");
    assert_eq!(
        folder
            .words("convert x.p12 --p12-password-file new --out y.pem")
            .code,
        1
    );
}

#[test]
fn a_password_comes_from_the_environment() {
    let folder = folder();
    let mut command = folder.command();
    command.env("CERTWRIGHT_P12_PASSWORD", PASSWORD);
    let words = "convert openssl.p12 --out - --to pem --p12-password-env";
    let run = Run::of(command.args(words.split(' ')));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.text().starts_with("-----BEGIN CERTIFICATE-----\n"));
}
