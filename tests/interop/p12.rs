//! PKCS #12 files, before the programs that import them: each consumer's file opens with its password, holds the key and
//! the chain, and does not open with another.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::judges::{arg, der_of, must, p12_certtool, p12_keytool, p12_nss, p12_openssl};

static CONSUMERS: [&str; 6] = [
    "modern",
    "windows-2016",
    "java-8",
    "macos",
    "openssl-3",
    "fips",
];

/// In lower case, since Java has no other.
const ALIAS: &str = "as2 key 1";

const PASSWORD: &str = "a password of ours";

/// A chain of OpenSSL's, the leaf's key RSA or P-256, and a P12 of ours for each consumer.
struct Files {
    folder: PathBuf,
    consumers: &'static [&'static str],
}

impl Files {
    fn new(folder: &Path, kind: &str, consumers: &'static [&'static str]) -> Self {
        let files = Self {
            folder: folder.join(kind),
            consumers,
        };
        fs::create_dir_all(&files.folder).unwrap();
        fs::write(files.path("password"), PASSWORD).unwrap();
        files.self_signed();
        files.leaf(kind);
        for consumer in consumers {
            files.write_p12(consumer);
        }
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn self_signed(&self) {
        let (key, out) = (self.path("ca.key"), self.path("ca.pem"));
        let mut request = vec![
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        ];
        request.extend([
            "-subj",
            "/CN=test CA",
            "-keyout",
            arg(&key),
            "-out",
            arg(&out),
        ]);
        must("openssl", &request);
    }

    fn leaf(&self, kind: &str) {
        let (ca, ca_key) = (self.path("ca.pem"), self.path("ca.key"));
        let (key, out) = (self.path("key.pem"), self.path("leaf.pem"));
        let fresh = match kind {
            "rsa" => vec!["-newkey", "rsa:2048"],
            _ => vec!["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        };
        let mut request = vec![
            "req",
            "-x509",
            "-nodes",
            "-days",
            "20",
            "-subj",
            "/O=Acme/CN=as2",
        ];
        request.extend(["-CA", arg(&ca), "-CAkey", arg(&ca_key)]);
        request.extend(["-addext", "basicConstraints=critical,CA:FALSE"]);
        request.extend(["-keyout", arg(&key), "-out", arg(&out)]);
        must("openssl", &[request, fresh].concat());
    }

    fn write_p12(&self, consumer: &str) {
        let (leaf, ca) = (self.path("leaf.pem"), self.path("ca.pem"));
        let (key, password) = (self.path("key.pem"), self.path("password"));
        let out = self.p12(consumer);
        let mut convert = vec!["convert", arg(&leaf), arg(&ca), "--key", arg(&key)];
        convert.extend([
            "--out",
            arg(&out),
            "--p12-for",
            consumer,
            "--p12-alias",
            ALIAS,
        ]);
        convert.extend(["--p12-password-file", arg(&password)]);
        must(env!("CARGO_BIN_EXE_certwright"), &convert);
    }

    fn p12(&self, consumer: &str) -> PathBuf {
        self.path(&format!("{consumer}.p12"))
    }

    /// Hands each consumer's file to a judge.
    fn each(&self, judge: impl Fn(&Path, &str) + Sync) {
        self.consumers
            .par_iter()
            .for_each(|consumer| judge(&self.p12(consumer), consumer));
    }
}

/// Every consumer's file with an RSA key, and one of each cipher with a P-256 key.
fn both_kinds(judge: impl Fn(&Files) + Sync) {
    let folder = tempfile::tempdir().unwrap();
    let kinds: [(&str, &'static [&'static str]); 2] =
        [("rsa", &CONSUMERS), ("p256", &["modern", "macos"])];
    kinds
        .par_iter()
        .for_each(|(kind, consumers)| judge(&Files::new(folder.path(), kind, consumers)));
}

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn openssl_opens_each_consumers_p12() {
    both_kinds(|files| {
        files.each(|p12, consumer| {
            let opened = p12_openssl(p12, PASSWORD).unwrap();
            assert!(
                opened.text.contains(&format!("friendlyName: {ALIAS}\n")),
                "{consumer}: {}",
                opened.text
            );
            // The key as it was, and the chain leaf first.
            let parts = pem::parse_many(&opened.text).unwrap();
            let octets: Vec<_> = parts.iter().map(pem::Pem::contents).collect();
            let expected = ["leaf.pem", "ca.pem", "key.pem"].map(|name| der_of(&files.path(name)));
            assert_eq!(octets, expected, "{consumer}");
            assert!(p12_openssl(p12, "another password").is_err(), "{consumer}");
            assert!(p12_openssl(p12, "").is_err(), "{consumer}");
        });
    });
}

#[test]
#[ignore = "needs a JRE and OpenSSL; run by .ci/run"]
fn keytool_opens_each_consumers_p12_and_signs_with_its_key() {
    both_kinds(|files| {
        files.each(|p12, consumer| {
            let said = p12_keytool(p12, PASSWORD, ALIAS).unwrap();
            let entry = format!("Alias name: {ALIAS}\n");
            for expected in [&*entry, "PrivateKeyEntry", "Certificate chain length: 2"] {
                assert!(said.contains(expected), "{consumer}: {said}");
            }
            assert!(
                p12_keytool(p12, "another password", ALIAS).is_err(),
                "{consumer}"
            );
        });
    });
}

#[test]
#[ignore = "needs NSS and OpenSSL; run by .ci/run"]
fn nss_imports_each_consumers_p12() {
    both_kinds(|files| {
        files.each(|p12, consumer| {
            assert_eq!(p12_nss(p12, PASSWORD), Ok(()), "{consumer}");
            assert!(p12_nss(p12, "another password").is_err(), "{consumer}");
        });
    });
}

#[test]
#[ignore = "needs GnuTLS and OpenSSL; run by .ci/run"]
fn gnutls_opens_each_consumers_p12() {
    both_kinds(|files| {
        files.each(|p12, consumer| {
            let said = p12_certtool(p12, PASSWORD).unwrap();
            let certificates = said.matches("BEGIN CERTIFICATE").count();
            let keys = said.matches("BEGIN ENCRYPTED PRIVATE KEY").count();
            assert_eq!((certificates, keys), (2, 1), "{consumer}: {said}");
            assert!(p12_certtool(p12, "another password").is_err(), "{consumer}");
        });
    });
}
