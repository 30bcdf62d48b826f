//! A backup before another program for age files: it opens with its passphrase, another one does not open it, and what is
//! inside is a tar that anyone reads.

use std::fs;

use certwright::cert::Certificate;

use crate::judges::{arg, must, run, venv};

/// Opens an age file and writes what is in it.
const OPEN: &str = "
import sys, pyrage
sealed, passphrase, out = sys.argv[1:]
opened = pyrage.passphrase.decrypt(open(sealed, 'rb').read(), passphrase)
open(out, 'wb').write(opened)
";

#[test]
#[ignore = "needs pyrage and GNU tar; run by .ci/run"]
fn another_program_for_age_files_opens_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (workspace, passphrase) = (file("w"), file("passphrase"));
    fs::write(&passphrase, "correct horse").unwrap();
    let certwright = |arguments: &[&str]| {
        let options = ["--workspace", arg(&workspace)];
        must(
            env!("CARGO_BIN_EXE_certwright"),
            &[arguments, &options].concat(),
        )
    };
    let fleet = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/enos/fleet.jsonl");
    let out = file("out");
    certwright(&["batch", fleet, "--vendor", "enos", "--out", arg(&out)]);
    let (sealed, opened) = (file("b.age"), file("b.tar"));
    certwright(&[
        "backup",
        "--out",
        arg(&sealed),
        "--passphrase-file",
        arg(&passphrase),
        "--work-factor",
        "12",
    ]);

    let python = venv("python");
    let with = |phrase: &str| {
        let arguments = ["-c", OPEN, arg(&sealed), phrase, arg(&opened)];
        run(&python, &arguments)
    };
    let refused = with("correct horses");
    assert!(!refused.ok && !opened.exists(), "{}", refused.text);
    let done = with("correct horse");
    assert!(done.ok, "{}", done.text);

    let inside = file("inside");
    fs::create_dir(&inside).unwrap();
    must("tar", &["-xf", arg(&opened), "-C", arg(&inside)]);
    let manifest = fs::read(inside.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["certificates"], 18);
    let ca = |at: &str| {
        let file = format!("{at}/ca/rsa-root/certificate.pem");
        Certificate::from_pem(&fs::read(folder.path().join(file)).unwrap()).unwrap()
    };
    assert_eq!(ca("inside"), ca("w"));
}
