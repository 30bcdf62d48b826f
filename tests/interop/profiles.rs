//! pkilint's PKIX linter over what each vendor's profiles issue: by default it has nothing to say, and what a profile does
//! against RFC 5280 for the vendor's sake is a switch, named here and in docs/vendors.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use certwright::cert::Certificate;
use certwright::service::{EmcaAnswer, EmcaBody, EmcaCall, Moment, Service};
use certwright::time::UnixSeconds;
use certwright::vendor::ecgrid::enums::CertificateUsage;
use certwright::vendor::emca::Method;
use certwright::vendor::emca::caller::Caller;
use certwright::vendor::emca::wire::Request;
use certwright::vendor::enos::wire::ApplyRequest;
use certwright::vendor::{as2expert, ecgrid};
use certwright::workspace::Family;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::json;
use tempfile::TempDir;

use crate::judges::{arg, must, openssl_verify, pkilint};

const AES_KEY: &str = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";

/// Workspaces and files of one test.
struct Workshop {
    folder: TempDir,
    now: UnixSeconds,
    rng: ChaCha20Rng,
}

impl Workshop {
    fn new() -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        Self {
            folder: tempfile::tempdir().unwrap(),
            now: UnixSeconds::new(now).unwrap(),
            rng: ChaCha20Rng::from_seed([5; 32]),
        }
    }

    fn service(&mut self, name: &str, settings: &str) -> Service {
        let dir = self.folder.path().join(name);
        drop(Service::open_or_create(&dir, self.now, &mut self.rng).unwrap());
        fs::write(dir.join("certwright.toml"), settings).unwrap();
        Service::open(&dir).unwrap()
    }

    fn file(&self, name: &str, certificate: &Certificate) -> PathBuf {
        let file = self.folder.path().join(format!("{name}.pem"));
        fs::write(&file, certificate.to_pem()).unwrap();
        file
    }

    fn root(&self, service: &Service, family: Family) -> PathBuf {
        let authority = service.workspace().current(family).unwrap();
        self.file(authority.ca(), authority.certificate())
    }

    /// PEM of a request with a fresh key.
    fn request(&self, key: &[&str], subject: &str) -> String {
        let (private, out) = (
            self.folder.path().join("key"),
            self.folder.path().join("csr"),
        );
        let new = ["req", "-new", "-nodes", "-sha256", "-subj", subject];
        let files = ["-keyout", arg(&private), "-out", arg(&out)];
        must("openssl", &[&new[..], &files, &["-newkey"], key].concat());
        fs::read_to_string(&out).unwrap()
    }
}

const KEYS: [(Family, &str, &[&str]); 2] = [
    (Family::Rsa, "RSA", &["rsa:2048"]),
    (
        Family::Ecc,
        "ECC",
        &["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ),
];

#[test]
#[ignore = "needs OpenSSL and pkilint; run by .ci/run"]
fn certificates_of_enos_are_clean_in_either_encoding_of_its_strings() {
    let mut workshop = Workshop::new();
    for encoding in ["bare", "ia5String"] {
        let settings = format!(
            "[enos]\nnetscape_encoding = '{encoding}'\n[[enos.products]]\nproduct_key = 'p'\nmaximum_days = 3650\n\
             bidirectional = true\nopen = true\n"
        );
        let mut service = workshop.service(encoding, &settings);
        for (family, authority, key) in KEYS {
            let subject = format!("/C=CN/ST=Shanghai/L=Shanghai/O=Example/OU=lab/CN={authority}");
            let body = json!({
                "csr": workshop.request(key, &subject), "issueAuthority": authority,
                "productKey": "p", "deviceKey": authority, "orgId": "o",
            });
            let request = ApplyRequest::from_object(body.as_object().unwrap()).unwrap();
            let moment = Moment::at(workshop.now);
            let issued = service.enos_apply(vec![request], &moment).unwrap();
            let issued = issued.into_iter().next().unwrap().unwrap();
            let leaf = workshop.file("leaf", &issued.certificate);
            let root = workshop.root(&service, family);
            let leaves = std::slice::from_ref(&leaf);
            assert_eq!(openssl_verify(&root, leaves), Ok(()));
            // The linter does not look into the Netscape extensions, bare or not; our own lints do.
            assert_eq!(
                pkilint(&root, leaves),
                BTreeSet::new(),
                "{encoding} {authority}"
            );
        }
    }
}

/// What a switch of an emCA profile, or a name that the contract allows, does against RFC 5280, by pkilint's names.
const EMCA_DEPARTURES: &[(&str, &str, &[&str])] = &[
    ("", "www.example.com", &[]),
    // RFC 5280 §4.2.1.6 leaves wildcards to others; pkilint takes the asterisk for no letter of the preferred name syntax.
    ("", "*.example.com", &["pkix.invalid_domain_name_syntax"]),
    (
        "critical_key_identifiers = true",
        "www.example.com",
        &[
            "pkix.authority_key_identifier_critical",
            "pkix.certificate_skid_extension_critical",
        ],
    ),
    ("any_extended_key_usage = true", "www.example.com", &[]),
];

#[test]
#[ignore = "needs OpenSSL and pkilint; run by .ci/run"]
fn certificates_of_emca_depart_from_rfc_5280_by_their_switches_only() {
    let mut workshop = Workshop::new();
    for (at, (switch, host, departures)) in EMCA_DEPARTURES.iter().enumerate() {
        let settings = format!(
            "[[emca.users]]\nname = 'u'\npassword = 'p'\naes_key = '{AES_KEY}'\nunsigned_requests = true\n\
             [[emca.profiles]]\nid = '3'\nname = 'tls'\n{switch}\n"
        );
        let mut service = workshop.service(&format!("emca-{at}"), &settings);
        let root = workshop.root(&service, Family::Rsa);
        for (_, kind, key) in KEYS {
            let object = json!({
                "csrData": workshop.request(key, "/CN=any"), "userName": "u", "password": "p", "profileID": "3",
                "subscriberId": "s", "isP7BRequest": "false", "applicationId": kind,
                "sANValues": format!("dNSName={host}|rfc822Name=test@example.com|iPAddress=127.0.0.1"),
                "subjectDNOids": "2.5.4.3|www.example.com~2.5.4.10|Example~2.5.4.8|Delhi~2.5.4.6|IN",
            });
            let method = Method::CreateCustomCertificateById;
            let request = Request::from_object(method, object.as_object().unwrap()).unwrap();
            let call = EmcaCall {
                method,
                body: EmcaBody::Opened(Box::new(request)),
                caller: Caller::Local,
            };
            let moment = Moment::at(workshop.now);
            let answers = service.emca_create(vec![call], &moment, &mut workshop.rng);
            let answer = answers.unwrap().into_iter().next().unwrap().unwrap();
            let EmcaAnswer::Issued(issued) = answer else {
                panic!("{answer:?}")
            };
            let leaf = workshop.file("leaf", &issued.certificate);
            let found = pkilint(&root, std::slice::from_ref(&leaf));
            let known: BTreeSet<_> = departures.iter().map(|code| (*code).to_owned()).collect();
            assert_eq!(found, known, "{switch:?} {host} {kind}");
        }
    }
}

#[test]
#[ignore = "needs pkilint; run by .ci/run"]
fn self_signed_certificates_are_clean_for_every_usage_and_role() {
    let mut workshop = Workshop::new();
    let settings =
        "[[ecgrid.comms]]\nid = 5001\nidentifier = 'MYCOMPANY AS2'\norganization = 'My Company'\n";
    let mut service = workshop.service("self-signed", settings);
    let moment = Moment::at(workshop.now);
    let local = ecgrid::access::Caller::local();
    let usages = [
        CertificateUsage::Ssl,
        CertificateUsage::Encryption,
        CertificateUsage::Signature,
        CertificateUsage::EncryptionAndSignature,
    ];
    for usage in usages {
        let create = ecgrid::wire::CreateRequest::new(5001);
        let create = create.with_usage(usage).with_partner("Partner 1");
        let made = service.ecgrid_create(&[create], &local, &moment, &mut workshop.rng);
        let made = made.unwrap().remove(0).unwrap();
        clean(
            &workshop.file("ecgrid", &made.certificate),
            &usage.to_string(),
        );
    }
    for role in ["end-entity", "ca"] {
        let settings = format!(
            "[as2expert]\nrole = '{role}'\n[[as2expert.stations]]\nid = 62\nname = 'My station'\n\
             email = 'as2@example.com'\n"
        );
        let mut service = workshop.service(role, &settings);
        let local = as2expert::access::Caller::local();
        let create = as2expert::wire::CreateRequest::new(62);
        let made = service.as2expert_create(&[create], &local, &moment, &mut workshop.rng);
        let made = made.unwrap().remove(0).unwrap();
        clean(&workshop.file("as2expert", made.certificate()), role);
    }
}

/// A certificate that is its own root.
fn clean(certificate: &Path, what: &str) {
    let found = pkilint(certificate, &[certificate.to_owned()]);
    assert_eq!(found, BTreeSet::new(), "{what}");
}
