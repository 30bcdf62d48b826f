//! The fixtures are what `testdata/README.md` says they are.

use std::fs;
use std::path::{Path, PathBuf};

use certwright::pem::{Label, PemError, decode_one};

const MAX_OCTETS: usize = 65_536;

#[test]
fn every_fleet_file_holds_one_request() {
    let files = files(&testdata().join("enos/fleet"));
    assert!(files.len() >= 12, "{} files", files.len());
    for file in files {
        let text = fs::read(&file).unwrap();
        let block = decode_one(&text, &[Label::CertificateRequest], MAX_OCTETS);
        let label = block.map(|block| block.label());
        assert_eq!(label, Ok(Label::CertificateRequest), "{}", file.display());
    }
}

#[test]
fn faults_in_the_pem_text_are_told_apart() {
    let refusal = |name: &str| {
        let path = testdata().join(format!("enos/bad/{name}.csr.pem"));
        let text = fs::read(path).unwrap();
        decode_one(&text, &[Label::CertificateRequest], MAX_OCTETS).unwrap_err()
    };
    let expected = vec![Label::CertificateRequest];
    for name in ["empty", "not-pem"] {
        let expected = expected.clone();
        assert_eq!(refusal(name), PemError::Absent { expected });
    }
    for name in ["pem-cut", "pem-bad-base64"] {
        let refused = refusal(name);
        assert!(matches!(refused, PemError::Malformed { .. }), "{refused:?}");
    }
    let (found, allowed) = (2, 1);
    assert_eq!(
        refusal("pem-two-objects"),
        PemError::TooMany { found, allowed }
    );
    let found = "CERTIFICATE".to_owned();
    assert_eq!(
        refusal("pem-wrong-label"),
        PemError::UnexpectedLabel { found, expected }
    );
}

#[test]
fn every_fixture_is_accounted_for() {
    let readme = fs::read_to_string(testdata().join("README.md")).unwrap();
    for folder in ["emca", "enos/fleet", "enos/bad", "p12", "vendor/enos"] {
        for file in files(&testdata().join(folder)) {
            let name = file.file_name().unwrap().to_str().unwrap();
            let stem = name.trim_end_matches(".csr.pem");
            let told = [
                format!("`{stem}`"),
                format!("`{name}`"),
                format!("`{folder}/{name}`"),
            ];
            assert!(told.iter().any(|name| readme.contains(name)), "{name}");
        }
    }
}

#[test]
fn private_keys_are_in_their_folders_only() {
    let keys = [testdata().join("key"), testdata().join("workspaces")];
    let elsewhere = |file: &PathBuf| !keys.iter().any(|folder| file.starts_with(folder));
    for file in files(&testdata()).into_iter().filter(elsewhere) {
        let text = fs::read(&file).unwrap();
        let key = b"PRIVATE KEY-----\n";
        let found = text.windows(key.len()).any(|window| window == key);
        assert!(!found, "{}", file.display());
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// All files under a folder, in order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}
