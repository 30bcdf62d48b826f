//! Keys and requests: made, read, protected.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use super::{Folder, Run, testdata};

#[test]
fn a_key_makes_a_request_that_verifies() {
    let folder = Folder::new();
    for algorithm in ["P-256", "RSA-2048"] {
        let (key, csr) = (
            format!("{algorithm}.key.pem"),
            format!("{algorithm}.csr.pem"),
        );
        let run = folder.words(&format!("key new {algorithm} --out {key} --json"));
        assert_eq!(run.code, 0, "{}", run.err);
        let made = run.json();
        assert_eq!(made["algorithm"], algorithm);
        assert_eq!(made["encrypted"], false);
        let subject = "CN=dk1,O=Acme,C=CN";
        let run = folder.words(&format!(
            "csr new --subject {subject} --key {key} --out {csr}"
        ));
        assert_eq!(run.code, 0, "{}", run.err);
        let run = folder.words(&format!("csr verify {csr} --json"));
        assert_eq!(run.code, 0, "{}", run.err);
        let verified = &run.json()[0];
        assert_eq!(verified["verified"], true);
        assert_eq!(verified["subject"], subject);
        assert_eq!(verified["publicKey"], algorithm);
        assert_eq!(verified["spkiSha256"], made["spkiSha256"]);
    }
}

#[cfg(unix)]
#[test]
fn private_keys_are_0600_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    for (umask, key) in [("0", "open"), ("777", "closed")] {
        let script = format!(
            "umask {umask}; \"$0\" key new P-256 --out {key}.pem && \
             \"$0\" csr new --subject CN=a --new-key P-256 --key-out {key}-2.pem --json"
        );
        let mut shell = Command::new("sh");
        shell.current_dir(folder.0.path());
        let run = Run::of(shell.args(["-c", &script, env!("CARGO_BIN_EXE_certwright")]));
        assert_eq!(run.code, 0, "{}", run.err);
        for name in [format!("{key}.pem"), format!("{key}-2.pem")] {
            let mode = folder.path(&name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}

#[test]
fn a_passphrase_comes_from_a_file_or_the_environment() {
    let folder = Folder::new();
    folder.write("passphrase", "open sesame\nsecond line\n");
    let run = folder.words("key new P-256 --out k.pem --passphrase-file passphrase --json");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["encrypted"], true);
    let text = String::from_utf8(folder.read("k.pem")).unwrap();
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));

    let csr = "csr new --subject CN=a --key k.pem --json";
    let run = folder.words(csr);
    assert_eq!(run.code, 2, "{}", run.err);
    let error = "the private key in k.pem is encrypted";
    assert_eq!(run.error()["error"], error);
    let args = format!("{csr} --passphrase-env");
    let with_environment = |value: &OsStr| {
        let mut command = folder.command();
        Run::of(
            command
                .args(args.split(' '))
                .env("CERTWRIGHT_PASSPHRASE", value),
        )
    };
    assert_eq!(with_environment("open sesame".as_ref()).code, 0);
    // Neither one that does not fit nor one that is no text is quoted.
    for (value, why) in [
        (&b"guessed"[..], "passphrase"),
        (b"guessed\xFF", "it is not UTF-8 text"),
    ] {
        let run = with_environment(OsStr::from_bytes(value));
        assert_eq!(run.code, 1);
        assert!(run.err.contains(why), "{}", run.err);
        assert!(!run.err.contains("guessed"), "{}", run.err);
    }
    assert_eq!(
        folder
            .words(&format!("{csr} --passphrase-file nowhere"))
            .code,
        1
    );
}

#[test]
fn a_file_that_is_there_stays() {
    let folder = Folder::new();
    folder.write("k.pem", "mine");
    let new = "key new P-256 --out k.pem";
    let run = folder.words(&format!("{new} --json"));
    assert_eq!(run.code, 1);
    assert_eq!(run.error()["error"], "k.pem exists and is not overwritten");
    assert_eq!(folder.read("k.pem"), b"mine");
    // A request that cannot be written leaves no key behind either.
    let run = folder.words("csr new --subject CN=a --new-key P-256 --key-out new.pem --out k.pem");
    assert_eq!(run.code, 1);
    assert_eq!(folder.names(), ["k.pem"]);
    assert_eq!(folder.words(&format!("{new} --force")).code, 0);
    assert!(
        folder
            .read("k.pem")
            .starts_with(b"-----BEGIN PRIVATE KEY-----\n")
    );
    assert_eq!(folder.names(), ["k.pem"], "no temporary file is left");
}

#[test]
fn some_and_no_requests_that_verify_are_told_apart() {
    let folder = Folder::new();
    let good = testdata("vendor/enos/request.csr.pem");
    let bad = testdata("enos/bad/wrong-signature.csr.pem");
    let verify = |files: &[&std::path::PathBuf]| {
        let files = files.iter().map(|file| file.to_str().unwrap());
        folder.run(["csr", "verify", "--json"].into_iter().chain(files))
    };
    assert_eq!(verify(&[&good]).code, 0);
    assert_eq!(verify(&[&bad]).code, 4);
    let run = verify(&[&good, &bad]);
    assert_eq!(run.code, 3);
    let answers = run.json();
    assert_eq!(
        answers[0]["subject"],
        "CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
    );
    assert_eq!(answers[1]["verified"], false);
    assert_eq!(answers[1]["because"][1], "the signature does not verify");
    assert_eq!(verify(&[&testdata("none")]).code, 1);
}
