//! What EnOS would issue, before the judges: a fleet of devices goes through the command once, then each judge speaks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use rustls_pki_types::UnixTime;

use crate::devices::{self, Device, Key};
use crate::judges::{
    Keystore, arg, certtool_crl, certtool_verify, dumpasn1, keytool_certificates, must,
    openssl_p7b, openssl_verify, openssl_verify_crl, pkilint, pkilint_crl, webpki_verify,
};

/// What pkilint has against certificates that EnOS issues, with the reason why it stays; a stale line fails.
const DEPARTURES: &[(&str, &str)] = &[
    (
        "pkix.invalid_email_address_syntax",
        "the subject is copied from the request, and the vendor's Java sample has an e-mail address without @",
    ),
    (
        "pkix.subject_email_address_not_in_san",
        "the subject is copied from the request, and EnOS writes no subjectAltName to repeat the address in",
    ),
];

/// The fleet's certificates, issued once for all tests.
struct Issued {
    folder: PathBuf,
    devices: Vec<Device>,
}

impl Issued {
    fn get() -> &'static Self {
        static ISSUED: OnceLock<Issued> = OnceLock::new();
        ISSUED.get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-enos");
            if folder.exists() {
                fs::remove_dir_all(&folder).unwrap();
            }
            let devices = devices::fleet(&folder.join("requests"));
            let issued = Self { folder, devices };
            let (job, out) = (issued.folder.join("requests"), issued.folder.join("out"));
            let mut arguments = vec!["batch", arg(&job), "--vendor", "enos", "--out", arg(&out)];
            arguments.extend(["--artefacts", "pem,p7b"]);
            issued.certwright(&arguments);
            for key in Key::ALL {
                issued.show_root(key);
            }
            issued
        })
    }

    /// Runs the command on this fleet's workspace; it must succeed.
    fn certwright(&self, arguments: &[&str]) -> String {
        let workspace = self.folder.join("workspace");
        let options = ["--workspace", arg(&workspace)];
        must(
            env!("CARGO_BIN_EXE_certwright"),
            &[arguments, &options].concat(),
        )
    }

    fn show_root(&self, key: Key) {
        let pem = self.certwright(&["ca", "show", ca(key), "--pem"]);
        fs::write(self.root(key), pem).unwrap();
    }

    /// The root that signs for keys of this kind.
    fn root(&self, key: Key) -> PathBuf {
        self.folder.join(format!("{}.pem", authority(key)))
    }

    /// The device's file among the batch's artefacts, in whichever of the folders named by a hash it lies.
    fn artefact(&self, device: &Device, ending: &str) -> PathBuf {
        let name = format!("{}.{ending}", device.name);
        let folders = fs::read_dir(self.folder.join("out/certs")).unwrap();
        let mut found: Vec<PathBuf> = folders
            .map(|folder| folder.unwrap().path().join(&name))
            .filter(|file| file.exists())
            .collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found.remove(0)
    }

    fn certificates(&self, key: Key) -> Vec<PathBuf> {
        let of_kind = self.devices.iter().filter(|device| device.key == key);
        of_kind.map(|device| self.artefact(device, "pem")).collect()
    }

    /// One device of each variety and kind of key, for judges that take long.
    fn sample(&self) -> Vec<&Device> {
        let mut seen = Vec::new();
        let first_of_its_kind = |device: &&Device| {
            let kind = (device.variety, authority(device.key));
            let fresh = !seen.contains(&kind);
            seen.push(kind);
            fresh
        };
        self.devices.iter().filter(first_of_its_kind).collect()
    }
}

fn authority(key: Key) -> &'static str {
    match key {
        Key::P256 => "ecc",
        Key::Rsa => "rsa",
    }
}

/// The name of the root in the workspace.
fn ca(key: Key) -> &'static str {
    match key {
        Key::P256 => "ecc-root",
        Key::Rsa => "rsa-root",
    }
}

#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn openssl_accepts_the_whole_fleet() {
    let issued = Issued::get();
    let mut accepted = 0;
    for key in Key::ALL {
        let certificates = issued.certificates(key);
        assert_eq!(openssl_verify(&issued.root(key), &certificates), Ok(()));
        accepted += certificates.len();
    }
    assert!(accepted >= 200, "{accepted} certificates");
    assert_eq!(accepted, issued.devices.len());
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS and a JRE; run by .ci/run"]
fn gnutls_accepts_the_whole_fleet() {
    let issued = Issued::get();
    issued.devices.par_iter().for_each(|device| {
        let certificate = issued.artefact(device, "pem");
        let verdict = certtool_verify(&issued.root(device.key), &certificate);
        assert_eq!(verdict, Ok(()), "{}", device.name);
    });
}

/// The profile has no subjectAltName, so a server cannot be named; as a TLS client the device passes.
#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn webpki_accepts_the_whole_fleet() {
    let issued = Issued::get();
    for device in &issued.devices {
        let certificate = issued.artefact(device, "pem");
        let root = issued.root(device.key);
        let verdict = webpki_verify(&root, &certificate, UnixTime::now());
        assert_eq!(verdict, Ok(()), "{}", device.name);
    }
}

#[test]
#[ignore = "needs OpenSSL, a JRE and dumpasn1; run by .ci/run"]
fn every_certificate_is_der() {
    let issued = Issued::get();
    issued.devices.par_iter().for_each(|device| {
        let verdict = dumpasn1(&issued.artefact(device, "pem"));
        assert_eq!(verdict, Ok(()), "{}", device.name);
    });
    for key in Key::ALL {
        assert_eq!(dumpasn1(&issued.root(key)), Ok(()));
    }
}

#[test]
#[ignore = "needs OpenSSL, a JRE and pkilint; run by .ci/run"]
fn pkilint_finds_the_known_departures_only() {
    let issued = Issued::get();
    let mut found = BTreeSet::new();
    for key in Key::ALL {
        let of_kind = issued.sample().into_iter().filter(|it| it.key == key);
        let leaves: Vec<PathBuf> = of_kind.map(|it| issued.artefact(it, "pem")).collect();
        found.extend(pkilint(&issued.root(key), &leaves));
    }
    let known: BTreeSet<String> = DEPARTURES
        .iter()
        .map(|(code, _reason)| (*code).to_owned())
        .collect();
    assert_eq!(found, known);
}

#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn subject_and_key_are_those_of_the_request() {
    let issued = Issued::get();
    // The string types are shown too, so that a PrintableString made UTF8String is a difference.
    let options = [
        "-noout",
        "-pubkey",
        "-subject",
        "-nameopt",
        "RFC2253,show_type",
    ];
    issued.devices.par_iter().for_each(|device| {
        let certificate = issued.artefact(device, "pem");
        let told = |verb, file| {
            must(
                "openssl",
                &[&[verb, "-in", arg(file)], &options[..]].concat(),
            )
        };
        let asked = told("req", &device.request);
        assert_eq!(told("x509", &certificate), asked, "{}", device.name);
    });
}

#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn a_p7b_holds_the_certificate_and_its_root() {
    let issued = Issued::get();
    issued.sample().into_par_iter().for_each(|device| {
        let bundle = issued.artefact(device, "p7b");
        assert_eq!(openssl_p7b(&bundle), 2, "{}", device.name);
        assert_eq!(keytool_certificates(&bundle), 2, "{}", device.name);
    });
}

/// What an operator does: key and request in the JDK's keystore, the reply onto the key.
#[test]
#[ignore = "needs OpenSSL and a JRE; run by .ci/run"]
fn keytool_installs_the_p7b_onto_its_key() {
    let issued = Issued::get();
    let folder = tempfile::tempdir().unwrap();
    for key in Key::ALL {
        let device = format!("operator-{}", authority(key));
        let subject = format!("CN={device}, OU=Fleet, O=EnOS, L=Shanghai, ST=Shanghai, C=CN");
        let store = folder.path().join(&device);
        let keystore = Keystore::generate(&store, &key.keytool(), &subject);
        let request = folder.path().join("request.csr.pem");
        let reply = folder.path().join(format!("{device}.p7b"));
        keystore.request(&request);
        issue(issued, key, &device, &request, &reply);
        assert_eq!(keystore.install(&reply), Ok(()), "{device}");
    }
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS, a JRE and pkilint; run by .ci/run"]
fn a_revoked_certificate_is_refused_by_its_crl() {
    let issued = Issued::get();
    let folder = tempfile::tempdir().unwrap();
    for key in Key::ALL {
        let root = issued.root(key);
        let made = devices::one(folder.path(), key);
        let revoked = folder.path().join(format!("{}.pem", made.name));
        issue(issued, key, &made.name, &made.request, &revoked);
        assert_eq!(
            openssl_verify(&root, std::slice::from_ref(&revoked)),
            Ok(())
        );
        revoke(issued, &made.name, &revoked);
        let crl = folder.path().join(format!("{}.crl.pem", authority(key)));
        issued.certwright(&["ca", "crl", ca(key), "--pem", "--out", arg(&crl)]);
        let valid = issued.certificates(key);
        assert_eq!(openssl_verify_crl(&root, &crl, &valid), Ok(()));
        let said = openssl_verify_crl(&root, &crl, &[revoked]).unwrap_err();
        assert!(said.contains("certificate revoked"), "{said}");
        assert_eq!(certtool_crl(&root, &crl), Ok(()));
        assert_eq!(dumpasn1(&crl), Ok(()));
        assert_eq!(pkilint_crl(&crl), BTreeSet::new());
    }
}

/// One certificate for one device; what is written follows from the ending of `out`.
fn issue(issued: &Issued, key: Key, device: &str, request: &Path, out: &Path) {
    let artefact = out.extension().unwrap().to_str().unwrap();
    let mut arguments = vec!["issue", "enos", "--csr", arg(request)];
    arguments.extend(["--device-key", device, "--issue-authority", authority(key)]);
    arguments.extend(["--out", arg(out), "--artefacts", artefact]);
    issued.certwright(&arguments);
}

fn revoke(issued: &Issued, device: &str, certificate: &Path) {
    let serial = must(
        "openssl",
        &["x509", "-in", arg(certificate), "-noout", "-serial"],
    );
    let hex = serial.trim().trim_start_matches("serial=");
    let decimal = u64::from_str_radix(hex, 16).unwrap().to_string();
    let named = ["--cert-sn", &decimal, "--device-key", device];
    issued.certwright(&[&["revoke", "enos", "--reason", "1"], &named[..]].concat());
}
