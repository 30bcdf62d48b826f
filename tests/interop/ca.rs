//! A root and an intermediate renewed under new keys: relying parties that hold the old root, the new one or either link
//! verify what was issued before and after.

use std::fs;
use std::path::{Path, PathBuf};

use certwright::cert::Certificate;
use certwright::key::KeyAlgorithm;
use certwright::service::{Moment, Service, full_chain};
use certwright::time::UnixSeconds;
use certwright::vendor::enos::wire::ApplyRequest;
use certwright::workspace::{NewAuthority, NewKey, Renewal, RenewalKey, Term};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustls_pki_types::UnixTime;

use crate::judges::{Verdict, certtool_path, java_path, nss_path, openssl_path, webpki_path};

/// A judge of paths: the anchor, the certificate, and what else there is, in the order of a chain.
type Judge = fn(&Path, &Path, &Path) -> Verdict;

const JUDGES: &[(&str, Judge)] = &[
    ("OpenSSL", openssl_path),
    ("GnuTLS", certtool_path),
    ("NSS", nss_path),
    ("Java", java_path),
    ("rustls-webpki", webpki_at_last),
];

fn webpki_at_last(anchor: &Path, leaf: &Path, others: &Path) -> Verdict {
    let at: UnixSeconds = AFTER.parse().unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at.seconds()));
    webpki_path(anchor, leaf, others, at)
}

const BEFORE: &str = "2026-01-02T03:04:05Z";
const AFTER: &str = "2026-01-03T03:04:05Z";

/// A three-level chain of one family before and after the renewal of both CAs.
struct Chains {
    folder: PathBuf,
    /// Old root, new root, new with old, old with new.
    anchors: [(&'static str, Certificate); 4],
    /// Issued before, with all that stands above it now, and issued after.
    leaves: [(&'static str, Vec<Certificate>); 2],
}

impl Chains {
    fn new(name: &str, algorithm: KeyAlgorithm, root_path_len: Option<u8>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ca-{name}-{algorithm}"));
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let mut rng = ChaCha20Rng::from_seed([77; 32]);
        let (before, after) = (BEFORE.parse().unwrap(), AFTER.parse().unwrap());
        let dir = folder.join("workspace");
        let (mut service, _) = Service::open_or_create(&dir, before, &mut rng).unwrap();
        for (name, parent) in [("plant-root", None), ("plant-1", Some("plant-root"))] {
            let new = NewAuthority {
                name,
                subject: format!("CN={name},O=Acme,C=DE").parse().unwrap(),
                key: NewKey::Fresh(algorithm),
                parent,
                profile: None,
                path_len: if parent.is_some() {
                    Some(0)
                } else {
                    root_path_len
                },
                permitted: Vec::new(),
                excluded: vec!["dns:example.com".to_owned()],
                term: Term::Default,
                current: true,
            };
            service
                .workspace_mut()
                .new_authority(&new, before, &mut rng)
                .unwrap();
        }
        let first = issue(&mut service, "01", algorithm, before);
        for name in ["plant-root", "plant-1"] {
            let renewal = Renewal {
                name,
                key: RenewalKey::New(None),
                term: Term::Default,
            };
            service
                .workspace_mut()
                .renew_authority(&renewal, after, &mut rng)
                .unwrap();
        }
        let second = issue(&mut service, "02", algorithm, after);
        let workspace = service.workspace();
        let [old, new] =
            ["plant-root.1", "plant-root"].map(|name| workspace.authority(name).unwrap());
        let old_sub = workspace.authority("plant-1.1").unwrap();
        let anchors = [
            ("the old root", old.certificate().clone()),
            ("the new root", new.certificate().clone()),
            ("new with old", new.new_with_old().unwrap().clone()),
            ("old with new", new.old_with_new().unwrap().clone()),
        ];
        let first = full_chain(first.first().unwrap(), &old_sub.bundle_chain(after));
        Self {
            folder,
            anchors,
            leaves: [("before", first), ("after", second)],
        }
    }

    fn write(&self, name: &str, certificates: &[Certificate]) -> PathBuf {
        let path = self.folder.join(format!("{name}.pem"));
        let text: String = certificates.iter().map(Certificate::to_pem).collect();
        fs::write(&path, text).unwrap();
        path
    }

    /// All verdicts that are not the expected one.
    fn wrong(
        &self,
        judge: (&str, Judge),
        others: impl Fn(&[Certificate]) -> Vec<Certificate>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let (judge_name, judge) = judge;
        for (when, chain) in &self.leaves {
            let (leaf, above) = chain.split_first().unwrap();
            let leaf = self.write(when, std::slice::from_ref(leaf));
            let others = self.write(&format!("{when}-others"), &others(above));
            for (held, anchor) in &self.anchors {
                let anchor = self.write(&held.replace(' ', "-"), std::slice::from_ref(anchor));
                if let Err(said) = judge(&anchor, &leaf, &others) {
                    wrong.push(format!(
                        "{judge_name}: issued {when}, held is {held}: {said}"
                    ));
                }
            }
        }
        wrong
    }
}

fn issue(
    service: &mut Service,
    device: &str,
    algorithm: KeyAlgorithm,
    at: UnixSeconds,
) -> Vec<Certificate> {
    let (authority, device) = match algorithm {
        KeyAlgorithm::P256 => ("ECC", format!("sensor-{device}")),
        _ => ("RSA", format!("meter-{device}")),
    };
    let csr =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/enos/fleet/{device}.csr.pem"));
    let request = ApplyRequest::new()
        .with_org_id("local")
        .with_product_key("open")
        .with_device_key(device)
        .with_issue_authority(authority)
        .with_csr_octets(fs::read(csr).unwrap());
    let issued = service.enos_apply(vec![request], &Moment::at(at)).unwrap();
    let issued = issued.into_iter().next().unwrap().unwrap();
    full_chain(&issued.certificate, &issued.chain)
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS, NSS and a JDK; run by .ci/run"]
fn old_and_new_relying_parties_build_a_path() {
    for algorithm in [KeyAlgorithm::P256, KeyAlgorithm::Rsa2048] {
        let chains = Chains::new("links", algorithm, None);
        let links = [chains.anchors[2].1.clone(), chains.anchors[3].1.clone()];
        for judge in JUDGES {
            // Intermediate, then both links, as they are published.
            let wrong = chains.wrong(*judge, |chain| {
                let mut others = vec![chain[0].clone()];
                others.extend_from_slice(&links);
                others
            });
            // The JDK's builder takes the link back for the one step that it may make between certificates of one subject,
            // and then has none left for the root that it holds. In a bundle there is only the link that leads on.
            let expected = if judge.0 == "Java" { 2 } else { 0 };
            assert_eq!(wrong.len(), expected, "{algorithm}: {wrong:?}");
        }
    }
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS, NSS and a JDK; run by .ci/run"]
fn a_bundle_alone_is_enough_for_either_root() {
    let chains = Chains::new("bundle", KeyAlgorithm::P256, None);
    for judge in JUDGES {
        let wrong = chains.wrong(*judge, <[Certificate]>::to_vec);
        assert_eq!(wrong, [""; 0]);
    }
}

#[test]
#[ignore = "needs OpenSSL, GnuTLS, NSS and a JDK; run by .ci/run"]
fn without_a_link_the_other_root_is_a_stranger() {
    let chains = Chains::new("alone", KeyAlgorithm::P256, None);
    for judge in JUDGES {
        let wrong = chains.wrong(*judge, |chain| vec![chain[0].clone()]);
        assert_eq!(wrong.len(), 4, "{wrong:?}");
    }
}

/// RFC 5280 §4.2.1.9 leaves self-issued certificates out of the count, GnuTLS does not: who wants links to be of use to it
/// sets the path length in the intermediates.
#[test]
#[ignore = "needs OpenSSL, GnuTLS, NSS and a JDK; run by .ci/run"]
fn gnutls_alone_counts_a_link_towards_the_path_length_of_a_root() {
    let chains = Chains::new("length", KeyAlgorithm::P256, Some(1));
    for judge in JUDGES {
        let wrong = chains.wrong(*judge, <[Certificate]>::to_vec);
        let expected = if judge.0 == "GnuTLS" { 4 } else { 0 };
        assert_eq!(wrong.len(), expected, "{wrong:?}");
    }
}
