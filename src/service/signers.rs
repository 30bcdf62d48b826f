//! Whose key signed: of the CAs of one name the signature tells which.

use crate::cert;
use crate::cert::Certificate;
use crate::workspace::CertificateAuthority;

/// The CA that signed each certificate of a slice; `None` for one that no CA of these signed.
///
/// Almost every issuer name has one key, so one round of signatures answers nearly all.
pub(super) fn signers<'a>(
    certificates: &[&Certificate],
    authorities: &'a [CertificateAuthority],
) -> Vec<Option<&'a CertificateAuthority>> {
    let mut found: Vec<Option<&CertificateAuthority>> = vec![None; certificates.len()];
    let named = |certificate: &Certificate, nth| {
        let of_name =
            |ca: &&CertificateAuthority| ca.certificate().subject() == certificate.issuer();
        authorities.iter().filter(of_name).nth(nth)
    };
    for nth in 0..authorities.len() {
        let open = certificates
            .iter()
            .zip(&mut found)
            .filter(|(_, found)| found.is_none());
        let open: Vec<_> = open
            .filter_map(|(certificate, found)| {
                Some((*certificate, named(certificate, nth)?, found))
            })
            .collect();
        if open.is_empty() {
            break;
        }
        let jobs = open
            .iter()
            .map(|(certificate, ca, _)| (*certificate, ca.certificate().public_key()));
        let verified = cert::verify_signatures(&jobs.collect::<Vec<_>>());
        for ((_, ca, found), verified) in open.into_iter().zip(verified) {
            *found = verified.is_ok().then_some(ca);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::time::UnixSeconds;
    use crate::workspace::{Renewal, RenewalKey, Term, Workspace};

    #[test]
    fn of_the_keys_of_one_name_the_one_that_signed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let now: UnixSeconds = "2026-01-02T03:04:05Z".parse().unwrap();
        let made = |name, seed| {
            let mut rng = ChaCha20Rng::from_seed([seed; 32]);
            Workspace::create(&folder.path().join(name), now, &mut rng).unwrap()
        };
        let (mut workspace, other) = (made("one", 1), made("other", 2));
        let renewal = Renewal {
            name: "ecc-root",
            key: RenewalKey::New(None),
            term: Term::Default,
        };
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        workspace.renew_authority(&renewal, now, &mut rng).unwrap();
        // Roots: each is signed by its own key, and the two of the renewed one have one name.
        let roots: Vec<_> = workspace
            .authorities()
            .iter()
            .map(CertificateAuthority::certificate)
            .collect();
        assert_eq!(roots.len(), 3);
        let stranger = other.authorities().first().unwrap().certificate();
        let asked = [roots.as_slice(), &[stranger], &roots].concat();
        let told = signers(&asked, workspace.authorities());
        let told: Vec<_> = told
            .into_iter()
            .map(|ca| ca.map(CertificateAuthority::id))
            .collect();
        let own: Vec<_> = workspace
            .authorities()
            .iter()
            .map(|ca| Some(ca.id()))
            .collect();
        assert_eq!(told, [own.as_slice(), &[None], &own].concat());
    }
}
