//! The judges themselves: each accepts what is good and refuses what is not, or its verdicts are worth nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;
use rustls_pki_types::UnixTime;
use tempfile::TempDir;

use crate::devices;
use crate::judges::{
    Keystore, arg, certtool_crl, certtool_request, certtool_verify, dumpasn1, keytool_certificates,
    must, openssl_p7b, openssl_request, openssl_verify, openssl_verify_at, openssl_verify_crl,
    pkilint, pkilint_crl, webpki_verify,
};

/// A small CA of OpenSSL's in a folder of its own: `ca.pem`, `leaf.pem`, `crl.pem` (which revokes `revoked.pem`),
/// `bundle.p7b`, and `other.pem`, a CA that issued none of them.
struct Ca {
    folder: TempDir,
}

impl Ca {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = Self { folder };
        fs::write(ca.file("config"), ca.config()).unwrap();
        fs::write(ca.file("index"), "").unwrap();
        fs::write(ca.file("number"), "01\n").unwrap();
        fs::write(ca.file("serial"), "1000\n").unwrap();
        for name in ["ca", "other"] {
            let subject = format!("/CN={name}");
            let mut request = vec!["req", "-x509", "-days", "30", "-subj", &subject];
            request.extend(["-extensions", "ca_extensions"]);
            ca.openssl_with_key(name, &request);
        }
        for name in ["leaf", "revoked", "unidentified"] {
            let subject = format!("/CN={name}");
            ca.openssl_with_key(name, &["req", "-new", "-subj", &subject]);
            let (request, out) = (ca.file(name), ca.file(name));
            let section = if name == "unidentified" {
                "bare"
            } else {
                "leaf_extensions"
            };
            let mut issue = vec!["ca", "-batch", "-notext", "-days", "20"];
            issue.extend([
                "-extensions",
                section,
                "-in",
                arg(&request),
                "-out",
                arg(&out),
            ]);
            ca.openssl(&issue);
        }
        let (revoked, crl) = (ca.file("revoked"), ca.file("crl"));
        ca.openssl(&["ca", "-revoke", arg(&revoked)]);
        ca.openssl(&["ca", "-gencrl", "-crldays", "7", "-out", arg(&crl)]);
        let (leaf, root, bundle) = (
            ca.file("leaf"),
            ca.file("ca"),
            ca.folder.path().join("bundle.p7b"),
        );
        let mut p7b = vec![
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            arg(&leaf),
            "-certfile",
            arg(&root),
        ];
        p7b.extend(["-outform", "DER", "-out", arg(&bundle)]);
        must("openssl", &p7b);
        ca
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.pem"))
    }

    fn openssl(&self, arguments: &[&str]) {
        let (verb, rest) = arguments.split_first().unwrap();
        let config = self.file("config");
        must(
            "openssl",
            &[&[*verb, "-config", arg(&config)], rest].concat(),
        );
    }

    fn openssl_with_key(&self, name: &str, arguments: &[&str]) {
        let (key, out) = (self.file(&format!("{name}.key")), self.file(name));
        let curve = "ec_paramgen_curve:P-256";
        let fresh = ["-newkey", "ec", "-pkeyopt", curve, "-nodes", "-sha256"];
        let files = ["-keyout", arg(&key), "-out", arg(&out)];
        self.openssl(&[arguments, &fresh, &files].concat());
    }

    fn config(&self) -> String {
        let folder = arg(self.folder.path());
        format!(
            "[req]\ndistinguished_name = name\n[name]\n[ca]\ndefault_ca = all\n[all]\n\
             database = {folder}/index.pem\nserial = {folder}/serial.pem\ncrlnumber = {folder}/number.pem\n\
             new_certs_dir = {folder}\ncertificate = {folder}/ca.pem\nprivate_key = {folder}/ca.key.pem\n\
             default_md = sha256\npolicy = any\ncrl_extensions = crl_extensions\n[any]\ncommonName = supplied\n\
             [ca_extensions]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\n\
             subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n\
             [leaf_extensions]\nbasicConstraints = CA:FALSE\nsubjectKeyIdentifier = hash\n\
             authorityKeyIdentifier = keyid\n[crl_extensions]\nauthorityKeyIdentifier = keyid\n\
             [bare]\nbasicConstraints = CA:FALSE\nsubjectKeyIdentifier = none\nauthorityKeyIdentifier = none\n"
        )
    }
}

#[test]
#[ignore = "needs OpenSSL and GnuTLS; run by .ci/run"]
fn chain_judges_tell_the_issuer_from_another() {
    let ca = Ca::new();
    let (root, other, leaf) = (ca.file("ca"), ca.file("other"), ca.file("leaf"));
    let leaves = std::slice::from_ref(&leaf);
    assert_eq!(openssl_verify(&root, leaves), Ok(()));
    assert_eq!(certtool_verify(&root, &leaf), Ok(()));
    assert_eq!(webpki_verify(&root, &leaf, UnixTime::now()), Ok(()));
    assert!(openssl_verify(&other, leaves).is_err());
    assert!(certtool_verify(&other, &leaf).is_err());
    assert!(webpki_verify(&other, &leaf, UnixTime::now()).is_err());
}

#[test]
#[ignore = "needs OpenSSL and GnuTLS; run by .ci/run"]
fn revocation_judges_tell_the_revoked_from_the_valid() {
    let ca = Ca::new();
    let (root, crl) = (ca.file("ca"), ca.file("crl"));
    assert_eq!(openssl_verify_crl(&root, &crl, &[ca.file("leaf")]), Ok(()));
    assert!(openssl_verify_crl(&root, &crl, &[ca.file("revoked")]).is_err());
    assert_eq!(certtool_crl(&root, &crl), Ok(()));
    assert!(certtool_crl(&ca.file("other"), &crl).is_err());
}

#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn bundle_judges_count_certificates() {
    let ca = Ca::new();
    let bundle = ca.folder.path().join("bundle.p7b");
    assert_eq!(openssl_p7b(&bundle), 2);
    assert_eq!(keytool_certificates(&bundle), 2);
}

#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn a_keystore_takes_no_reply_for_another_key() {
    let ca = Ca::new();
    let store = ca.folder.path().join("store");
    let options = ["-keyalg", "EC", "-groupname", "secp256r1"];
    let keystore = Keystore::generate(&store, &options, "CN=device");
    let said = keystore.install(&ca.folder.path().join("bundle.p7b"));
    assert!(said.unwrap_err().contains("does not contain public key"));
}

#[test]
#[ignore = "needs OpenSSL and pkilint; run by .ci/run"]
fn pkilint_names_what_is_missing() {
    let ca = Ca::new();
    let root = ca.file("ca");
    assert_eq!(pkilint(&root, &[ca.file("leaf")]), BTreeSet::new());
    let found = pkilint(&root, &[ca.file("unidentified")]);
    assert!(
        found.contains("pkix.authority_key_identifier_extension_absent"),
        "{found:?}"
    );
    assert_eq!(pkilint_crl(&ca.file("crl")), BTreeSet::new());
}

#[test]
#[ignore = "needs dumpasn1; run by .ci/run"]
fn dumpasn1_tells_der_from_ber() {
    assert_eq!(dumpasn1(&testdata("vendor/enos/device.cert.pem")), Ok(()));
    assert!(dumpasn1(&testdata("enos/bad/trailing-octets.csr.pem")).is_err());
    assert!(dumpasn1(&testdata("enos/bad/truncated.csr.pem")).is_err());
}

#[test]
#[ignore = "needs OpenSSL and GnuTLS; run by .ci/run"]
fn request_judges_read_more_than_the_exit_code() {
    let (good, bad) = (
        testdata("enos/fleet/boiler-01.csr.pem"),
        testdata("enos/bad/wrong-signature.csr.pem"),
    );
    assert_eq!(openssl_request(&good), Ok(()));
    assert_eq!(certtool_request(&good), Ok(()));
    assert!(openssl_request(&bad).is_err());
    assert!(certtool_request(&bad).is_err());
}

/// What the judges say of the vendor's own certificate is the measure for ours.
#[test]
#[ignore = "needs OpenSSL and pkilint; run by .ci/run"]
fn the_vendors_own_sample_passes() {
    let root = testdata("vendor/enos/ca.cert.pem");
    let leaves = [testdata("vendor/enos/device.cert.pem")];
    let seconds = 1_580_515_200; // 2020-02-01, within its validity
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    assert_eq!(openssl_verify_at(&root, &leaves, seconds), Ok(()));
    assert_eq!(webpki_verify(&root, &leaves[0], at), Ok(()));
    // The root's subject holds an e-mail address, and it has no subjectAltName to repeat it in.
    let email = "pkix.subject_email_address_not_in_san".to_owned();
    assert_eq!(pkilint(&root, &leaves), BTreeSet::from([email]));
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS and a JRE; run by .ci/run"]
fn the_devices_requests_are_good() {
    let folder = tempfile::tempdir().unwrap();
    let devices = devices::fleet(folder.path());
    devices.par_iter().for_each(|device| {
        assert_eq!(openssl_request(&device.request), Ok(()), "{}", device.name);
        assert_eq!(certtool_request(&device.request), Ok(()), "{}", device.name);
    });
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (new, plain) = (
        "-----BEGIN NEW CERTIFICATE REQUEST",
        "-----BEGIN CERTIFICATE REQUEST",
    );
    assert!(text("keytool-rsa-000.csr.pem").starts_with(new));
    assert!(text("rcgen-p256-000.csr.pem").starts_with(plain));
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name)
}
