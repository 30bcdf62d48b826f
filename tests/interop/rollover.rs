//! The files of a rollover before OpenSSL: the P12 and the P7B open, and the sheet's fingerprints are its own.

use std::fs;
use std::path::{Path, PathBuf};

use certwright::service::{Moment, Service};
use certwright::time::UnixSeconds;
use certwright::vendor::ecgrid::access::Caller;
use certwright::vendor::ecgrid::wire::CreateRequest;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::TempDir;

use crate::judges::{arg, der_of, must, openssl_p7b, openssl_verify, p12_openssl};

const CONFIG: &str = "[[ecgrid.comms]]\nid = 5001\nidentifier = \"MYCOMPANY AS2\"\n";

const PASSWORD: &str = "a password of ours";

/// A rollover into separate certificates for signing and encryption.
struct Next(TempDir);

impl Next {
    fn new() -> Self {
        let next = Self(tempfile::tempdir().unwrap());
        let (dir, password) = (next.file("w"), next.file("password"));
        let mut rng = ChaCha20Rng::from_seed([51; 32]);
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = UnixSeconds::new(now).unwrap();
        drop(Service::open_or_create(&dir, now, &mut rng).unwrap());
        fs::write(dir.join("certwright.toml"), CONFIG).unwrap();
        fs::write(&password, PASSWORD).unwrap();
        let mut service = Service::open(&dir).unwrap();
        let (create, moment) = ([CreateRequest::new(5001)], Moment::at(now));
        let made = service.ecgrid_create(&create, &Caller::local(), &moment, &mut rng);
        made.unwrap().remove(0).unwrap();
        drop(service);
        let out = next.file("next");
        let mut rollover = vec!["rollover", "ecgrid", "--comm", "5001", "--separate"];
        // An overlap over the whole of the present one: what is made begins now, and OpenSSL verifies it now.
        rollover.extend(["--overlap", "800", "--years", "3"]);
        rollover.extend(["--workspace", arg(&dir), "--out", arg(&out)]);
        rollover.extend(["--p12-password-file", arg(&password)]);
        must(env!("CARGO_BIN_EXE_certwright"), &rollover);
        next
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn fingerprint(certificate: &Path, hash: &str) -> String {
    let options = [
        "x509",
        "-inform",
        "DER",
        "-in",
        arg(certificate),
        "-noout",
        "-fingerprint",
    ];
    let said = must("openssl", &[&options[..], &[hash]].concat());
    said.trim().split_once('=').unwrap().1.to_owned()
}

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn openssl_reads_what_a_rollover_wrote() {
    let next = Next::new();
    let sheets = ["txt", "html"].map(|ending| {
        let sheet = next.file(&format!("next/partner/ecgrid-5001.handover.{ending}"));
        fs::read_to_string(sheet).unwrap()
    });
    for function in ["signing", "encryption"] {
        let file = |side: &str, ending: &str| {
            next.file(&format!("next/{side}/ecgrid-5001-{function}.{ending}"))
        };
        let cer = file("partner", "cer");
        let opened = p12_openssl(&file("own", "p12"), PASSWORD).unwrap();
        let alias = format!("friendlyName: ecgrid-5001-{function}\n");
        assert!(opened.text.contains(&alias), "{}", opened.text);
        let parts = pem::parse_many(&opened.text).unwrap();
        assert_eq!(parts[0].contents(), der_of(&cer));
        for side in ["own", "partner"] {
            assert_eq!(openssl_p7b(&file(side, "p7b")), 1);
        }
        let itself = next.file("itself.pem");
        must(
            "openssl",
            &[
                "x509",
                "-inform",
                "DER",
                "-in",
                arg(&cer),
                "-out",
                arg(&itself),
            ],
        );
        assert_eq!(
            openssl_verify(&itself, std::slice::from_ref(&itself)),
            Ok(())
        );
        for (name, hash) in [("SHA-1", "-sha1"), ("SHA-256", "-sha256")] {
            let fingerprint = fingerprint(&cer, hash);
            let row = format!("\n{name:13}  {fingerprint}\n");
            assert!(sheets[0].contains(&row), "{row}{}", sheets[0]);
            let row = format!("<th scope=\"row\">{name}</th><td>{fingerprint}</td>");
            assert!(sheets[1].contains(&row), "{row}");
        }
    }
}
