//! Certificates of ECGrid and AS2Expert as their users use them: an AS2 message is signed with one side's and sealed to
//! the other's, and comes back; between OpenSSL and itself, and between two stations of pyas2lib.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use certwright::bundle;
use certwright::bundle::p12::{P12Consumer, P12Draft, P12Password, p12};
use certwright::cert::Certificate;
use certwright::key::Passphrase;
use certwright::service::{Moment, Service};
use certwright::time::UnixSeconds;
use certwright::vendor::{as2expert, ecgrid};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tempfile::TempDir;

use crate::judges::{arg, dumpasn1, must, openssl_verify, pkilint, run, venv};

const PASSWORD: &str = "handed over on paper";

const CONFIG: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY AS2"
organization = "My Company"
[[as2expert.stations]]
id = 62
name = "My station"
email = "as2@example.com"
"#;

/// A workspace whose keys are `keys/ecgrid/1.pem` and `keys/as2expert/1.pem`, and the two certificates.
struct Sides {
    folder: TempDir,
}

impl Sides {
    fn new() -> Self {
        let sides = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let dir = sides.file("w");
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = UnixSeconds::new(now).unwrap();
        drop(Service::open_or_create(&dir, now, &mut rng).unwrap());
        fs::write(dir.join("certwright.toml"), CONFIG).unwrap();
        let mut service = Service::open(&dir).unwrap();
        let moment = Moment::at(now);
        let create = ecgrid::wire::CreateRequest::new(5001).with_partner("My station");
        let local = ecgrid::access::Caller::local();
        let made = service.ecgrid_create(&[create], &local, &moment, &mut rng);
        let made = made.unwrap().remove(0).unwrap();
        sides.write("ecgrid", &made.certificate, &mut service, now);
        let create = as2expert::wire::CreateRequest::new(62);
        let local = as2expert::access::Caller::local();
        let made = service.as2expert_create(&[create], &local, &moment, &mut rng);
        let made = made.unwrap().remove(0).unwrap();
        sides.write("as2expert", made.certificate(), &mut service, now);
        sides
    }

    /// What a station imports and what it gives to its partner: `.p12` and `.cer`; and `.pem` for OpenSSL.
    fn write(
        &self,
        vendor: &str,
        certificate: &Certificate,
        service: &mut Service,
        now: UnixSeconds,
    ) {
        let wanted = [(1, certificate)];
        let keys = service.export_keys(vendor, &wanted, "p12", now);
        let key = keys.unwrap().remove(0);
        let password = Passphrase::new(PASSWORD.to_owned()).unwrap();
        let draft = P12Draft {
            key: &key,
            leaf_first: std::slice::from_ref(certificate),
            alias: vendor,
        };
        let password = P12Password::Passphrase(&password);
        let pfx = p12(P12Consumer::Modern, &draft, password).unwrap();
        fs::write(self.file(&format!("{vendor}.p12")), pfx).unwrap();
        let cer = bundle::cer(certificate).unwrap();
        fs::write(self.file(&format!("{vendor}.cer")), cer).unwrap();
        fs::write(self.certificate(vendor), certificate.to_pem()).unwrap();
    }

    /// A message as a station of OpenSSL's would send it: a MIME entity, signed, sealed, under AS2's headers.
    fn openssl_message(&self, from: &str, to: &str) {
        let [entity, signed, sealed] =
            ["entity", "signed.eml", "sealed.der"].map(|name| self.file(name));
        let data = "ISA*00*          *00*          *ZZ*MYCOMPANY      ~";
        let text = format!("Content-Type: application/edi-consent\r\n\r\n{data}\r\n");
        fs::write(&entity, text).unwrap();
        let (signer, key) = (self.certificate(from), self.key(from));
        let sign = ["cms", "-sign", "-binary", "-md", "sha256"];
        let with = ["-signer", arg(&signer), "-inkey", arg(&key)];
        let files = ["-in", arg(&entity), "-out", arg(&signed)];
        must("openssl", &[&sign[..], &with, &files].concat());
        let recipient = self.certificate(to);
        let seal = ["cms", "-encrypt", "-binary", "-aes-256-cbc"];
        let files = ["-in", arg(&signed), "-out", arg(&sealed)];
        let to_whom = ["-outform", "DER", "-recip", arg(&recipient)];
        must("openssl", &[&seal[..], &to_whom, &files].concat());
        let [from, name] = [from, to].map(|side| match side {
            "ecgrid" => "MYCOMPANY AS2",
            _ => "My station",
        });
        let headers = format!(
            "AS2-Version: 1.2\r\nAS2-From: \"{from}\"\r\nAS2-To: \"{name}\"\r\nMessage-ID: <1@example.com>\r\n\
             Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\
             Content-Transfer-Encoding: binary\r\n\r\n"
        );
        let message = [headers.as_bytes(), &fs::read(&sealed).unwrap()].concat();
        fs::write(self.file(&format!("openssl-{to}.as2")), message).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn certificate(&self, vendor: &str) -> PathBuf {
        self.file(&format!("{vendor}.pem"))
    }

    fn key(&self, vendor: &str) -> PathBuf {
        self.file(&format!("w/keys/{vendor}/1.pem"))
    }

    /// Signed by one side and sealed to the other; then opened and verified.
    fn exchange(&self, from: &str, to: &str, opens: &str) -> Option<Vec<u8>> {
        let [plain, signed, sealed, opened, read] =
            ["plain", "signed", "sealed", "opened", "read"].map(|name| self.file(name));
        fs::write(&plain, "ISA*00*~\n").unwrap();
        let step = |options: &[&str], input: &Path, output: &Path| {
            let mut all = vec!["cms", "-binary", "-in", arg(input), "-out", arg(output)];
            all.extend(options);
            run("openssl", &all).ok
        };
        let (from_certificate, from_key) = (self.certificate(from), self.key(from));
        let (to_certificate, key) = (self.certificate(to), self.key(opens));
        let with = ["-signer", arg(&from_certificate), "-inkey", arg(&from_key)];
        assert!(step(
            &[&["-sign", "-nodetach"], &with[..]].concat(),
            &plain,
            &signed
        ));
        let seal = ["-encrypt", "-aes-256-cbc", "-recip", arg(&to_certificate)];
        assert!(step(&seal, &signed, &sealed));
        let open = [
            "-decrypt",
            "-inkey",
            arg(&key),
            "-recip",
            arg(&to_certificate),
        ];
        if !step(&open, &sealed, &opened) {
            return None;
        }
        // The signer's certificate is its own root.
        let trust = [
            "-verify",
            "-CAfile",
            arg(&from_certificate),
            "-purpose",
            "any",
        ];
        assert!(step(&trust, &opened, &read));
        Some(fs::read(&read).unwrap())
    }
}

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn a_message_goes_from_each_side_to_the_other() {
    let sides = Sides::new();
    let message = Some(b"ISA*00*~\n".to_vec());
    assert_eq!(sides.exchange("ecgrid", "as2expert", "as2expert"), message);
    assert_eq!(sides.exchange("as2expert", "ecgrid", "ecgrid"), message);
}

#[test]
#[ignore = "needs OpenSSL and pyas2lib; run by .ci/run"]
fn two_stations_of_pyas2lib_send_each_other_messages_and_receipts() {
    let sides = Sides::new();
    sides.openssl_message("ecgrid", "as2expert");
    sides.openssl_message("as2expert", "ecgrid");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/as2.py");
    let folder = sides.folder.path();
    let said = must(venv("python"), &[arg(&script), arg(folder), PASSWORD]);
    for way in ["ecgrid to as2expert", "as2expert to ecgrid"] {
        assert!(
            said.contains(&format!("{way}: message and receipt")),
            "{said}"
        );
    }
}

#[test]
#[ignore = "needs OpenSSL and dumpasn1; run by .ci/run"]
fn a_self_signed_certificate_verifies_and_holds_its_names() {
    let sides = Sides::new();
    for vendor in ["ecgrid", "as2expert"] {
        let certificate = sides.certificate(vendor);
        let itself = std::slice::from_ref(&certificate);
        assert_eq!(openssl_verify(&certificate, itself), Ok(()));
        assert_eq!(dumpasn1(&certificate), Ok(()));
    }
    let file = sides.certificate("ecgrid");
    let options = [
        "x509",
        "-in",
        arg(&file),
        "-noout",
        "-subject",
        "-ext",
        "subjectAltName",
    ];
    let text = must("openssl", &options);
    assert!(
        text.contains("O = My Company, CN = MYCOMPANY AS2"),
        "{text}"
    );
    assert!(text.contains("DirName:/CN=My station"), "{text}");
}

#[test]
#[ignore = "needs pkilint; run by .ci/run"]
fn pkilint_has_nothing_to_say() {
    let sides = Sides::new();
    for vendor in ["ecgrid", "as2expert"] {
        let certificate = sides.certificate(vendor);
        let found = pkilint(&certificate, std::slice::from_ref(&certificate));
        assert_eq!(found, BTreeSet::new(), "{vendor}");
    }
}
