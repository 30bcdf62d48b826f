//! The life of a CA: made or taken in, renewed, in charge of its family or not, retired.

use rand_core::TryCryptoRng;

use super::authority::{Addition, IssuedFor, Part, check_name};
use super::{CertificateAuthority, Family, Workspace, WorkspaceError};
use crate::cert::Certificate;
use crate::issuer::limits::First;
use crate::issuer::{Signer, limits};
use crate::key::{KeyAlgorithm, KeyPair};
use crate::ledger::{AuditKind, AuditNote};
use crate::lint::Findings;
use crate::name::Name;
use crate::profile::ProfileConfig;
use crate::time::{Lifetime, TimeError, UnixSeconds};

pub use renew::{Links, Renewal, RenewalKey};
pub use revoke::RevokedAuthority;
pub use shape::ca_profile;

pub(super) use make::make_root;

mod make;
mod renew;
mod revoke;
mod shape;
#[cfg(test)]
mod tests;

/// A CA that is to be made.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who make one"
)]
pub struct NewAuthority<'a> {
    /// Its name in the workspace: 1 to 64 of a-z, 0-9 and `-`.
    pub name: &'a str,
    /// Its subject.
    pub subject: Name,
    /// Its key.
    pub key: NewKey<'a>,
    /// The CA of the workspace that issues for it; without one it is a root.
    pub parent: Option<&'a str>,
    /// The shape of its certificate; [`ca_profile`] without it.
    pub profile: Option<ProfileConfig>,
    /// How many CAs may follow it in a path, in the place of what the profile says.
    pub path_len: Option<u8>,
    /// Subtrees such as `dns:example.com` that it is confined to, beside those of the profile.
    pub permitted: Vec<String>,
    /// Subtrees that it keeps out of, beside those of the profile.
    pub excluded: Vec<String>,
    /// How long it lasts.
    pub term: Term,
    /// Whether it issues for its family from now on.
    pub current: bool,
}

/// The key of a CA that is to be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NewKey<'a> {
    /// The one in a PKCS #11 token that this `pkcs11:` URI names; see [`Workspace::key_at`].
    At(&'a str),
    /// A fresh one of this kind.
    Fresh(KeyAlgorithm),
}

/// How long a CA lasts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// As long as the profile says, or the certificate that is renewed lasted; no longer than the parent.
    #[default]
    Default,
    /// So long.
    For(Lifetime),
    /// So many calendar years.
    Years(u16),
}

/// A CA that was made elsewhere.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who import")]
pub struct ImportedAuthority<'a> {
    /// Its name in the workspace: 1 to 64 of a-z, 0-9 and `-`.
    pub name: &'a str,
    /// Its certificate.
    pub certificate: Certificate,
    /// The certificates above it, each the issuer of one before it.
    pub above: Vec<Certificate>,
    /// Its key; without one it signs elsewhere.
    pub key: Option<&'a KeyPair>,
    /// Whether it issues for its family from now on.
    pub current: bool,
}

impl Workspace {
    /// Makes a CA: a root, or one under a CA of the workspace.
    ///
    /// # Errors
    /// [`WorkspaceError::Name`], [`WorkspaceError::AuthorityExists`], [`WorkspaceError::Profile`], [`WorkspaceError::Key`],
    /// those of the parent, and [`WorkspaceError::Findings`] for what the profile, RFC 5280 or the parent do not allow; nothing is changed then.
    pub fn new_authority<R: TryCryptoRng + ?Sized>(
        &mut self,
        new: &NewAuthority<'_>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<&CertificateAuthority, WorkspaceError> {
        check_name(new.name)?;
        self.check_name_absent(new.name)?;
        let profile = shape::of_new(new)?;
        let parent = match new.parent {
            Some(name) => Some(self.issuing_authority(name)?.clone()),
            None => None,
        };
        let end = new.term.end(now, profile.default_lifetime());
        let end = end.map_err(WorkspaceError::Time)?;
        let validity = make::validity(now, end, new.term, parent.as_ref())?;
        let serial = self.ca_serial(profile.serial(), parent.as_ref(), rng)?;
        let key = match new.key {
            NewKey::At(uri) => self.key_at(uri)?,
            NewKey::Fresh(algorithm) => make::key(algorithm, rng)?,
        };
        let signer = Signer::new(key);
        let draft = make::Draft {
            subject: new.subject.clone(),
            profile,
            validity,
            serial,
        };
        let certificate = match &parent {
            None => draft.self_signed(&signer)?,
            Some(parent) => draft.signed(parent.issuer_name(), &parent.signer()?, signer.key())?,
        };
        let issued = parent.as_ref().map(|parent| IssuedFor {
            certificate: certificate.clone(),
            issuer: Some(parent.id()),
            supersedes: None,
        });
        let addition = Addition {
            name: new.name.to_owned(),
            certificate,
            above: Vec::new(),
            key: Some(signer.key()),
            parent: parent.as_ref().map(CertificateAuthority::id),
            renews: None,
            links: None,
            issued: issued.into_iter().collect(),
            part: Part::of(new.current),
        };
        self.add(addition, now)?;
        self.authority(new.name)
    }

    /// Takes in a CA made elsewhere, with the certificates above it.
    ///
    /// # Errors
    /// [`WorkspaceError::Name`], [`WorkspaceError::AuthorityExists`], [`WorkspaceError::Issuer`],
    /// [`WorkspaceError::Unchained`] when a certificate above signed none before it, [`WorkspaceError::Findings`] when one
    /// breaks a limit of those above it, [`WorkspaceError::Sign`] when the key is another's, and what files and ledger
    /// report; nothing is changed then.
    pub fn import(
        &mut self,
        imported: ImportedAuthority<'_>,
        now: UnixSeconds,
    ) -> Result<&CertificateAuthority, WorkspaceError> {
        let ImportedAuthority {
            name,
            certificate,
            above,
            key,
            current,
        } = imported;
        check_name(name)?;
        self.check_name_absent(name)?;
        check_chained(&certificate, &above)?;
        let parent = self.parent_of(&certificate);
        // What stands above a CA of the workspace, the workspace knows.
        let is_parent = |first: &Certificate| {
            parent.is_some_and(|parent| parent.certificate().public_key() == first.public_key())
        };
        let is_known = parent.is_some() && above.first().is_none_or(is_parent);
        let known = parent.filter(|_| is_known).map(CertificateAuthority::chain);
        check_limits(&certificate, known.unwrap_or(&above))?;
        let parent = parent.filter(|_| is_known).map(CertificateAuthority::id);
        let addition = Addition {
            name: name.to_owned(),
            certificate,
            above: if is_known { Vec::new() } else { above },
            key,
            parent,
            renews: None,
            links: None,
            issued: Vec::new(),
            part: Part::of(current),
        };
        self.add(addition, now)?;
        self.authority(name)
    }

    /// Takes in a CA made elsewhere; without a key it signs elsewhere too. It issues from now on when `current` says so.
    ///
    /// # Errors
    /// As [`Workspace::import`].
    pub fn import_authority(
        &mut self,
        name: &str,
        certificate: Certificate,
        key: Option<&KeyPair>,
        current: bool,
        now: UnixSeconds,
    ) -> Result<&CertificateAuthority, WorkspaceError> {
        let imported = ImportedAuthority {
            name,
            certificate,
            above: Vec::new(),
            key,
            current,
        };
        self.import(imported, now)
    }

    /// Lets a CA issue for its family from now on, in the place of the one that did.
    ///
    /// # Errors
    /// As [`Workspace::issuing_authority`], and [`WorkspaceError::Ledger`].
    pub fn make_current(&mut self, name: &str, now: UnixSeconds) -> Result<Family, WorkspaceError> {
        let authority = self.issuing_authority(name)?;
        let (ca, family) = (authority.ca().to_owned(), authority.family());
        self.ledger.set_current(family.meta_key(), &ca, now)?;
        Ok(family)
    }

    /// Lets a CA issue no more; its CRLs it goes on signing. Gives the family that no CA issues for from now on, if it was
    /// the current one.
    ///
    /// # Errors
    /// As [`Workspace::issuing_authority`], and [`WorkspaceError::Ledger`].
    pub fn retire_authority(
        &mut self,
        name: &str,
        now: UnixSeconds,
    ) -> Result<Option<Family>, WorkspaceError> {
        let authority = self.issuing_authority(name)?.clone();
        let (ca, family) = (authority.ca(), authority.family());
        let was_current = self.ledger.meta(family.meta_key())?.as_deref() == Some(ca);
        let generations = self.authorities.iter();
        let generations: Vec<_> = generations
            .filter(|other| other.ca() == ca)
            .map(CertificateAuthority::id)
            .collect();
        let keys = was_current.then(|| family.meta_key());
        let mut text = format!("{ca} issues no more");
        if was_current {
            text.push_str(&format!(", and no other {family} CA does"));
        }
        let note = AuditNote {
            at: now,
            kind: AuditKind::AuthorityChanged,
            certificate: None,
            sha256: Some(authority.certificate().sha256()),
            text,
        };
        let keys: Vec<_> = keys.into_iter().collect();
        self.ledger.retire_issuers(&generations, &keys, &note)?;
        self.authorities = self.read_authorities()?;
        Ok(was_current.then_some(family))
    }
}

impl Part {
    fn of(current: bool) -> Self {
        if current { Self::Current } else { Self::Spare }
    }
}

impl Term {
    fn end(self, now: UnixSeconds, default: Lifetime) -> Result<UnixSeconds, TimeError> {
        match self {
            Self::Default => now.plus(default),
            Self::For(lifetime) => now.plus(lifetime),
            Self::Years(years) => now.plus_years(years),
        }
    }
}

/// No certificate breaks a limit of those above it: whoever relies on the chain would refuse what the CA issues. That it may
/// itself be the end of a path helps no one.
fn check_limits(certificate: &Certificate, above: &[Certificate]) -> Result<(), WorkspaceError> {
    let chain = [std::slice::from_ref(certificate), above].concat();
    let broken = limits::broken(&chain, First::Intermediate).into_iter();
    let findings = Findings::from_vec(broken.map(|(_, finding)| finding).collect());
    findings.map_or(Ok(()), |findings| Err(WorkspaceError::Findings(findings)))
}

/// Each certificate above signed one that stands before it.
fn check_chained(certificate: &Certificate, above: &[Certificate]) -> Result<(), WorkspaceError> {
    let mut before = vec![certificate];
    for issuer in above {
        let signed = |below: &&Certificate| {
            below.issuer() == issuer.subject()
                && below.verify_signature(issuer.public_key()).is_ok()
        };
        if !before.iter().any(signed) {
            return Err(WorkspaceError::Unchained {
                subject: issuer.subject().to_string(),
            });
        }
        before.push(issuer);
    }
    Ok(())
}
