//! Renewing a CA: same subject, new serial number and validity, the same key or a new one.
//!
//! With a new key come the two link certificates of RFC 4210 §4.4, so that who holds one key finds a path to what the other
//! has signed.

use rand_core::TryCryptoRng;

use super::make::{Draft, key, random_serial, validity};
use super::shape::{SignedBy, SubjectKey, like};
use super::{Addition, CertificateAuthority, IssuedFor, Part, Term, Workspace, WorkspaceError};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, Signer};
use crate::key::{KeyAlgorithm, KeyPair};
use crate::ledger::Supersedes;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::workspace::Family;

/// How a CA is renewed.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who renew")]
pub struct Renewal<'a> {
    /// The CA's name in the workspace.
    pub name: &'a str,
    /// The key of the new certificate.
    pub key: RenewalKey<'a>,
    /// How long the new certificate lasts.
    pub term: Term,
}

/// The key of a renewed CA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RenewalKey<'a> {
    /// The one in a PKCS #11 token that this `pkcs11:` URI names; see [`Workspace::key_at`].
    At(&'a str),
    /// A fresh one, of this kind or of that before.
    New(Option<KeyAlgorithm>),
    /// The one that it has.
    Same,
}

/// What came of the links between the two keys of a renewed CA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Links {
    /// None is needed: the key is the same.
    KeyKept,
    /// Both were made.
    Made,
    /// None is possible: the certificate before has ended, and its key vouches for nothing.
    OldEnded,
}

impl Workspace {
    /// Renews a CA. A root signs for itself, another is issued for by the newest certificate of its parent. Extensions stay
    /// as they are, but for what tells of the keys.
    ///
    /// # Errors
    /// As [`Workspace::issuing_authority`], for the CA and for its parent, [`WorkspaceError::KeyAbsent`],
    /// [`WorkspaceError::ParentElsewhere`], [`WorkspaceError::OtherFamily`], [`WorkspaceError::Findings`], and what files and
    /// ledger report; nothing is changed then.
    pub fn renew_authority<R: TryCryptoRng + ?Sized>(
        &mut self,
        renewal: &Renewal<'_>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Links, WorkspaceError> {
        let old = self.issuing_authority(renewal.name)?.clone();
        let parent = self.parent_for_renewal(&old)?;
        let old_signer = old.signer()?;
        let fresh = match renewal.key {
            RenewalKey::At(uri) => Some(self.key_at(uri)?),
            RenewalKey::New(algorithm) => Some(fresh_key(&old, algorithm, rng)?),
            RenewalKey::Same => None,
        };
        let fresh = fresh.map(|key| of_family(&old, key)).transpose()?;
        let validity = validity_of_renewal(&old, parent.as_ref(), renewal.term, now)?;
        let certificate = Renewed {
            old: &old,
            signer: fresh.as_ref().unwrap_or(&old_signer),
            validity,
        }
        .certificate(parent.as_ref(), rng)?;
        let (links, outcome) = match &fresh {
            None => (None, Links::KeyKept),
            Some(_) if old.certificate().validity().not_after() < now => (None, Links::OldEnded),
            Some(signer) => {
                let old = (old.certificate(), &old_signer);
                let pair = links(old, (&certificate, signer), rng)?;
                (Some(pair), Links::Made)
            }
        };
        let issued = self.issued_for(&old, parent.as_ref(), &certificate, links.as_ref())?;
        let addition = Addition {
            name: format!("{}.{}", old.ca(), old.generation() + 1),
            certificate,
            above: Vec::new(),
            key: Some(fresh.as_ref().unwrap_or(&old_signer).key()),
            parent: parent.as_ref().map(CertificateAuthority::id),
            renews: Some(old.id()),
            links,
            issued,
            part: Part::Spare,
        };
        self.add(addition, now)?;
        Ok(outcome)
    }

    /// Who issues for a CA at present: `None` for a root.
    fn parent_for_renewal(
        &self,
        old: &CertificateAuthority,
    ) -> Result<Option<CertificateAuthority>, WorkspaceError> {
        if old.certificate().is_self_issued() {
            return Ok(None);
        }
        let parent = old.parent();
        let mut all = self.authorities.iter();
        let parent = parent.and_then(|id| all.find(|authority| authority.id() == id));
        let parent = parent.ok_or_else(|| WorkspaceError::ParentElsewhere {
            name: old.ca().to_owned(),
            issuer: old.certificate().issuer().to_string(),
        })?;
        self.issuing_authority(parent.ca()).cloned().map(Some)
    }

    /// What the ledger is to hold of certificates that CAs of the workspace issued here; a root's own is none.
    fn issued_for(
        &self,
        old: &CertificateAuthority,
        parent: Option<&CertificateAuthority>,
        certificate: &Certificate,
        links: Option<&(Certificate, Certificate)>,
    ) -> Result<Vec<IssuedFor>, WorkspaceError> {
        let mut issued = Vec::new();
        if let Some(parent) = parent {
            let before = self
                .ledger
                .find_by_fingerprint(&old.certificate().sha256())?;
            issued.push(IssuedFor {
                certificate: certificate.clone(),
                issuer: Some(parent.id()),
                supersedes: before.first().map(|record| Supersedes {
                    certificate: record.id,
                    revocation: None,
                }),
            });
        }
        if let Some((new_with_old, old_with_new)) = links {
            let link = |certificate: &Certificate, issuer| IssuedFor {
                certificate: certificate.clone(),
                issuer,
                supersedes: None,
            };
            issued.push(link(new_with_old, Some(old.id())));
            issued.push(link(old_with_new, None));
        }
        Ok(issued)
    }
}

fn fresh_key<R: TryCryptoRng + ?Sized>(
    old: &CertificateAuthority,
    algorithm: Option<KeyAlgorithm>,
    rng: &mut R,
) -> Result<KeyPair, WorkspaceError> {
    let before = old.certificate().public_key();
    let unsupported = || WorkspaceError::UnsupportedKey {
        found: before.kind().to_string(),
    };
    let algorithm = algorithm.or_else(|| before.algorithm());
    let algorithm = algorithm.ok_or_else(unsupported)?;
    check_family(old, algorithm)?;
    key(algorithm, rng)
}

fn of_family(old: &CertificateAuthority, key: KeyPair) -> Result<Signer, WorkspaceError> {
    check_family(old, key.algorithm())?;
    Ok(Signer::new(key))
}

/// A CA stays in its family: its certificates are found by it.
fn check_family(old: &CertificateAuthority, found: KeyAlgorithm) -> Result<(), WorkspaceError> {
    let expected = old.family();
    if Family::of_key(found) == expected {
        return Ok(());
    }
    Err(WorkspaceError::OtherFamily { found, expected })
}

/// From now on, as long as the certificate before lasted, unless another term is asked for.
fn validity_of_renewal(
    old: &CertificateAuthority,
    parent: Option<&CertificateAuthority>,
    term: Term,
    now: UnixSeconds,
) -> Result<Validity, WorkspaceError> {
    let before = old.certificate().validity();
    let lasted = before.not_after().since(before.not_before());
    let lasted = lasted.map_or_else(|| Lifetime::from_seconds(1), Ok);
    let end = lasted.and_then(|lasted| term.end(now, lasted));
    let end = end.map_err(WorkspaceError::Time)?;
    validity(now, end, term, parent)
}

/// A certificate in the place of another.
struct Renewed<'a> {
    old: &'a CertificateAuthority,
    /// With the key of the new certificate.
    signer: &'a Signer,
    validity: Validity,
}

impl Renewed<'_> {
    fn certificate<R: TryCryptoRng + ?Sized>(
        &self,
        parent: Option<&CertificateAuthority>,
        rng: &mut R,
    ) -> Result<Certificate, WorkspaceError> {
        let before = self.old.certificate();
        let key = if self.signer.public_key() == before.public_key() {
            SubjectKey::Same
        } else {
            SubjectKey::Another
        };
        let signed_by = match parent {
            None => SignedBy::Itself,
            Some(_) => SignedBy::Another,
        };
        let draft = Draft {
            subject: before.subject().clone(),
            profile: like(before, key, signed_by)?,
            validity: self.validity,
            serial: random_serial(rng)?,
        };
        match parent {
            None => draft.self_signed(self.signer),
            Some(parent) => {
                draft.signed(parent.issuer_name(), &parent.signer()?, self.signer.key())
            }
        }
    }
}

/// The new key certified by the old one, and the old key by the new one. RFC 4210 §4.4.1: the first from the time of the new
/// key on, both no longer than the old certificate; nor can the second outlast the new one, which it stands under.
fn links<R: TryCryptoRng + ?Sized>(
    old: (&Certificate, &Signer),
    new: (&Certificate, &Signer),
    rng: &mut R,
) -> Result<(Certificate, Certificate), WorkspaceError> {
    let (old_validity, new_validity) = (old.0.validity(), new.0.validity());
    let end = old_validity.not_after().min(new_validity.not_after());
    let mut link = |subject: (&Certificate, &Signer), issuer: (&Certificate, &Signer), start| {
        let issuer_name = IssuerName::of_certificate(issuer.0).map_err(WorkspaceError::Issuer)?;
        let draft = Draft {
            subject: subject.0.subject().clone(),
            profile: like(subject.0, SubjectKey::Same, SignedBy::Another)?,
            validity: Validity::new(start, end).map_err(WorkspaceError::Time)?,
            serial: random_serial(rng)?,
        };
        draft.signed(&issuer_name, issuer.1, subject.1.key())
    };
    let new_with_old = link(new, old, new_validity.not_before())?;
    let old_with_new = link(old, new, old_validity.not_before())?;
    Ok((new_with_old, old_with_new))
}
