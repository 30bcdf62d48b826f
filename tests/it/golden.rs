//! Golden octets: what a workspace from a fixed seed issues at a fixed moment, and what other decoders make of it.
//!
//! With `CERTWRIGHT_BLESS=1` in the environment the files are written anew; look at the difference before you commit it.

use std::fs;
use std::path::{Path, PathBuf};

use certwright::bundle;
use certwright::bundle::Artefact;
use certwright::cert::Certificate;
use certwright::service;
use certwright::service::{Moment, Service};
use certwright::vendor::enos::wire::{ApplyRequest, RevokeRequest};
use certwright::workspace::Family;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode, Encode};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustls_pki_types::UnixTime;
use webpki::{EndEntityCert, KeyUsage};

const NOW: &str = "2026-01-02T03:04:05Z";
const NEXT_UPDATE: &str = "2026-02-01T03:04:05Z";

/// Device, authority, and its request among the fixtures.
const DEVICES: &[(&str, &str)] = &[("boiler-01", "RSA"), ("sensor-01", "ECC")];

struct Golden {
    _folder: tempfile::TempDir,
    service: Service,
    /// Leaf first, in the order of [`DEVICES`].
    chains: Vec<Vec<Certificate>>,
}

impl Golden {
    fn issue() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = folder.path().join("workspace");
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let now = NOW.parse().unwrap();
        let (mut service, _) = Service::open_or_create(&workspace, now, &mut rng).unwrap();
        let request = |(device, authority): &(&str, &str)| {
            let file = testdata().join(format!("enos/fleet/{device}.csr.pem"));
            ApplyRequest::new()
                .with_org_id("o1")
                .with_product_key("open")
                .with_device_key(*device)
                .with_issue_authority(*authority)
                .with_valid_day(250)
                .with_csr_octets(fs::read(file).unwrap())
        };
        let moment = Moment {
            serial_start: Some("32720".parse().unwrap()),
            ..Moment::at(now)
        };
        let answers = service.enos_apply(DEVICES.iter().map(request).collect(), &moment);
        let chain = |issued: Result<service::EnosIssued, _>| {
            let issued = issued.unwrap();
            service::full_chain(&issued.certificate, &issued.chain)
        };
        let chains = answers.unwrap().into_iter().map(chain).collect();
        Self {
            _folder: folder,
            service,
            chains,
        }
    }

    fn crl(&mut self) -> Vec<u8> {
        let (now, next_update) = (NOW.parse().unwrap(), NEXT_UPDATE.parse().unwrap());
        let revoke = RevokeRequest::new("32721", "open", "sensor-01")
            .or_org_id("o1")
            .with_reason(1);
        let answers = self.service.enos_revoke(&[revoke], now, "golden").unwrap();
        assert!(answers.iter().all(Result::is_ok));
        let name = self
            .service
            .workspace()
            .current(Family::Ecc)
            .unwrap()
            .name()
            .to_owned();
        let (crl, _) = self.service.crl(&name, now, next_update).unwrap();
        crl.as_der().to_vec()
    }
}

#[test]
fn octets_are_those_of_the_golden_files() {
    let mut golden = Golden::issue();
    for ((device, _), chain) in DEVICES.iter().zip(&golden.chains) {
        hold(
            &format!("{device}.cer"),
            &bundle::write(Artefact::Cer, chain).unwrap(),
        );
        hold(
            &format!("{device}.chain.pem"),
            &bundle::write(Artefact::Chain, chain).unwrap(),
        );
        hold(
            &format!("{device}.p7b"),
            &bundle::write(Artefact::P7b, chain).unwrap(),
        );
    }
    hold("ecc-root.crl", &golden.crl());
}

#[test]
fn other_decoders_read_the_same() {
    for chain in Golden::issue().chains {
        for certificate in &chain {
            let decoded = x509_cert::Certificate::from_der(certificate.as_der()).unwrap();
            assert_eq!(decoded.to_der().unwrap(), certificate.as_der());
            let tbs = decoded.tbs_certificate();
            let serial = tbs.serial_number().as_bytes();
            let significant = serial.iter().position(|octet| *octet != 0).unwrap();
            assert_eq!(&serial[significant..], certificate.serial().as_be_bytes());
            assert_eq!(
                tbs.subject().to_der().unwrap(),
                certificate.subject().as_der()
            );
            let not_after = tbs.validity().not_after.to_unix_duration().as_secs();
            assert_eq!(not_after, certificate.validity().not_after().seconds());
            assert_eq!(
                tbs.extensions().map_or(0, Vec::len),
                certificate.extensions().len()
            );
        }
        let p7b = bundle::write(Artefact::P7b, &chain).unwrap();
        let info = ContentInfo::from_der(&p7b).unwrap();
        let signed_data: SignedData = info.content.decode_as().unwrap();
        assert_eq!(signed_data.certificates.unwrap().0.len(), chain.len());
        assert_eq!(signed_data.signer_infos.0.len(), 0);
    }
}

#[test]
fn webpki_builds_the_chains() {
    for chain in Golden::issue().chains {
        let root = chain.last().unwrap().as_der().into();
        let anchor = webpki::anchor_from_trusted_cert(&root).unwrap();
        let leaf = chain[0].as_der().into();
        let leaf = EndEntityCert::try_from(&leaf).unwrap();
        let verify = |at: &str| {
            let at = at
                .parse::<certwright::time::UnixSeconds>()
                .unwrap()
                .seconds();
            let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
            let algorithms = webpki::ALL_VERIFICATION_ALGS;
            let usage = KeyUsage::client_auth();
            leaf.verify_for_usage(
                algorithms,
                std::slice::from_ref(&anchor),
                &[],
                at,
                usage,
                None,
                None,
            )
            .map(|_| ())
        };
        assert_eq!(verify("2026-01-02T03:04:05Z"), Ok(()));
        assert_eq!(verify("2026-09-09T03:04:05Z"), Ok(()), "the last second");
        assert!(verify("2026-09-09T03:04:06Z").is_err());
        assert!(verify("2026-01-02T03:04:04Z").is_err());
    }
}

/// Compares with a golden file, or writes it when it is to be blessed.
pub(crate) fn hold(name: &str, octets: &[u8]) {
    let path = testdata().join("golden").join(name);
    if std::env::var_os("CERTWRIGHT_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, octets).unwrap();
    }
    assert!(fs::read(&path).unwrap() == octets, "{name} differs");
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}
