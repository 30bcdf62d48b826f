//! The CAs of a workspace: certificates from the ledger, keys from their files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Family, Workspace, WorkspaceError, files};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, Signer};
use crate::key::{KeyError, KeyPair, Passphrase};
use crate::ledger::IssuerId;
use crate::pem::Label;
use crate::time::UnixSeconds;

pub(super) use add::{Addition, IssuedFor, Part, check_key, check_name};

mod add;
mod read;

/// A certificate of a CA of the workspace; its private key stays in its file until it signs.
///
/// A CA that was renewed has several, its generations: the newest issues, those before still sign CRLs and stand in
/// the chains of what they issued.
#[derive(Clone, Debug)]
pub struct CertificateAuthority {
    id: IssuerId,
    ca: String,
    generation: u32,
    is_newest: bool,
    chain: Vec<Certificate>,
    certificate: Certificate,
    parent: Option<IssuerId>,
    new_with_old: Option<Certificate>,
    old_with_new: Option<Certificate>,
    links: RootLinks,
    issuer_name: IssuerName,
    family: Family,
    retired_at: Option<UnixSeconds>,
    key_path: PathBuf,
    /// What its key is decrypted with.
    passphrase: Option<Arc<Passphrase>>,
}

/// Certificates of a root's key by other keys of the same root, each with the second from which it was there, and signed
/// by the key of the next.
#[derive(Clone, Debug, Default)]
struct RootLinks {
    /// Since when there is a later generation.
    superseded_at: Option<UnixSeconds>,
    /// To the generations before.
    back: Vec<(UnixSeconds, Certificate)>,
    /// To those after.
    onward: Vec<(UnixSeconds, Certificate)>,
}

impl CertificateAuthority {
    /// Its row in the ledger.
    #[must_use]
    pub fn id(&self) -> IssuerId {
        self.id
    }

    /// The name of the CA in this workspace, the same for all its generations.
    #[must_use]
    pub fn ca(&self) -> &str {
        &self.ca
    }

    /// The name that means this certificate: that of the CA for its newest, `NAME.N` for an earlier one.
    #[must_use]
    pub fn name(&self) -> String {
        if self.is_newest {
            return self.ca.clone();
        }
        numbered(&self.ca, self.generation)
    }

    /// 1 for the first certificate of the CA, one more for each renewal.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether no renewal has taken its place.
    #[must_use]
    pub fn is_newest(&self) -> bool {
        self.is_newest
    }

    /// Since when the CA issues no more.
    #[must_use]
    pub fn retired_at(&self) -> Option<UnixSeconds> {
        self.retired_at
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The row of the CA certificate that it was issued under, if that is one of this workspace.
    #[must_use]
    pub fn parent(&self) -> Option<IssuerId> {
        self.parent
    }

    /// Its certificate and those above it, as far as the workspace knows them.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// What goes into a bundle behind a certificate that it issued: its chain, and before the root at its end the links that
    /// lead to other keys of that root, as far as they were there and valid `at` that second.
    ///
    /// With the newest root stands what older relying parties need (new key with old), with an earlier one what newer
    /// ones need (old key with new). The links stand first because some who build paths try certificates of one subject in
    /// their order, and go no further from one that is self-signed.
    #[must_use]
    pub fn bundle_chain(&self, at: UnixSeconds) -> Vec<Certificate> {
        let RootLinks {
            superseded_at,
            back,
            onward,
        } = &self.links;
        let links = match superseded_at {
            Some(since) if *since <= at => onward,
            _ => back,
        };
        let valid = links
            .iter()
            .take_while(|(since, link)| *since <= at && link.validity().contains(at));
        let valid = valid.map(|(_, link)| link.clone());
        let mut chain = self.chain.clone();
        let root = chain.pop();
        chain.extend(valid);
        chain.extend(root);
        chain
    }

    /// Its key, certified by the key before (RFC 4210 §4.4), when a renewal changed the key.
    #[must_use]
    pub fn new_with_old(&self) -> Option<&Certificate> {
        self.new_with_old.as_ref()
    }

    /// The key before, certified by its key (RFC 4210 §4.4), when a renewal changed the key.
    #[must_use]
    pub fn old_with_new(&self) -> Option<&Certificate> {
        self.old_with_new.as_ref()
    }

    /// What its certificates will name.
    #[must_use]
    pub fn issuer_name(&self) -> &IssuerName {
        &self.issuer_name
    }

    /// Whether it has an RSA or a P-256 key.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// Whether it signs here.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key_path.is_file()
    }

    /// Whether its key is here and encrypted. A key that cannot be read is not said to be: who reads it will say why.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        let text = files::read_text(&self.key_path).map(Zeroizing::new);
        text.is_ok_and(|text| text.contains(Label::EncryptedPrivateKey.as_str()))
    }

    /// Where its key is, if it is here.
    pub(super) fn key_path(&self) -> &Path {
        &self.key_path
    }

    /// Why its key cannot be read.
    pub(super) fn key_error(&self, error: KeyError) -> WorkspaceError {
        let name = self.name();
        match error {
            KeyError::PassphraseMissing => WorkspaceError::Locked { name },
            KeyError::Decryption => WorkspaceError::Passphrase { name },
            error => WorkspaceError::Key(error),
        }
    }

    pub(super) fn set_passphrase(&mut self, passphrase: Option<Arc<Passphrase>>) {
        self.passphrase = passphrase;
    }

    /// Reads its key, to sign with; one that is encrypted, with the passphrase that the workspace was unlocked with. Of a key
    /// in a token the file holds the URI alone, and the passphrase is the PIN where the URI names no file for it.
    ///
    /// # Errors
    /// [`WorkspaceError::KeyAbsent`], [`WorkspaceError::KeyMode`], [`WorkspaceError::Locked`],
    /// [`WorkspaceError::Passphrase`], and what file and key report.
    pub fn signer(&self) -> Result<Signer, WorkspaceError> {
        if !self.has_key() {
            return Err(WorkspaceError::KeyAbsent { name: self.name() });
        }
        let key = self.key(self.passphrase.as_deref())?;
        Signer::for_certificate(&self.certificate, key).map_err(WorkspaceError::Sign)
    }

    /// What its key file says, with this passphrase.
    pub(super) fn key(&self, passphrase: Option<&Passphrase>) -> Result<KeyPair, WorkspaceError> {
        let text = self.key_text()?;
        let key = KeyPair::from_key_file(&text, passphrase);
        key.map_err(|error| self.key_error(error))
    }

    /// Its key file, which must be its owner's alone.
    pub(super) fn key_text(&self) -> Result<Zeroizing<String>, WorkspaceError> {
        files::check_private(&self.key_path)?;
        files::read_text(&self.key_path).map(Zeroizing::new)
    }

    /// Refuses a CA that issues no more, and a certificate of one that has a newer one.
    ///
    /// # Errors
    /// [`WorkspaceError::Retired`], [`WorkspaceError::Superseded`].
    pub fn check_issues(&self) -> Result<(), WorkspaceError> {
        if let Some(at) = self.retired_at {
            let name = self.ca.clone();
            return Err(WorkspaceError::Retired { name, at });
        }
        if self.is_newest {
            return Ok(());
        }
        Err(WorkspaceError::Superseded {
            name: self.name(),
            by: self.ca.clone(),
        })
    }
}

impl Workspace {
    /// The CA of this name, in its newest certificate; `NAME.N` is its N-th.
    ///
    /// # Errors
    /// [`WorkspaceError::UnknownAuthority`].
    pub fn authority(&self, name: &str) -> Result<&CertificateAuthority, WorkspaceError> {
        let has_name = |authority: &&CertificateAuthority| {
            let CertificateAuthority { ca, generation, .. } = authority;
            (authority.is_newest && ca == name) || numbered(ca, *generation) == name
        };
        let known = || self.authorities.iter().map(CertificateAuthority::name);
        self.authorities
            .iter()
            .find(has_name)
            .ok_or_else(|| WorkspaceError::UnknownAuthority {
                found: name.to_owned(),
                allowed: known().collect::<Vec<_>>().join(", "),
            })
    }

    /// The CA of this name, to issue with.
    ///
    /// # Errors
    /// [`WorkspaceError::UnknownAuthority`], and as [`CertificateAuthority::check_issues`].
    pub fn issuing_authority(&self, name: &str) -> Result<&CertificateAuthority, WorkspaceError> {
        let authority = self.authority(name)?;
        authority.check_issues()?;
        Ok(authority)
    }

    /// The CA of a family that issues at present.
    ///
    /// # Errors
    /// [`WorkspaceError::NoCurrentAuthority`].
    pub fn current(&self, family: Family) -> Result<&CertificateAuthority, WorkspaceError> {
        let absent = || WorkspaceError::NoCurrentAuthority { family };
        let name = self.ledger.meta(family.meta_key())?.ok_or_else(absent)?;
        let authority = self.authority(&name)?;
        authority.check_issues().map_err(|_| absent())?;
        Ok(authority)
    }

    /// The CA that signed a CA certificate, if it is one of this workspace: of several, the latest.
    pub(super) fn parent_of(&self, certificate: &Certificate) -> Option<&CertificateAuthority> {
        if certificate.is_self_issued() {
            return None;
        }
        let signed = |authority: &&CertificateAuthority| {
            authority.certificate.subject() == certificate.issuer()
                && certificate
                    .verify_signature(authority.certificate.public_key())
                    .is_ok()
        };
        self.authorities.iter().rev().find(signed)
    }
}

/// The name of one certificate of a CA. No name that is chosen has a dot in it.
fn numbered(ca: &str, generation: u32) -> String {
    format!("{ca}.{generation}")
}

fn family(certificate: &Certificate) -> Result<Family, WorkspaceError> {
    Family::of(certificate).ok_or_else(|| WorkspaceError::UnsupportedKey {
        found: certificate.public_key().kind().to_string(),
    })
}

const CA_FOLDER: &str = "ca";
const KEY_FILE: &str = "key.pem";
