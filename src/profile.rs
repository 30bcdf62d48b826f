//! Certificate profiles: the shape of a certificate as data (TOML), checked once.
//!
//! A [`ProfileConfig`] is what someone wrote; a [`Profile`] is one that does not contradict itself. A vendor's own
//! profiles live in the vendor's folder.

use crate::key::{KeyAlgorithm, PublicKey, SignatureAlgorithm};
use crate::lint::Finding;
use crate::oid::Oid;
use crate::serial::SerialPolicy;
use crate::time::{Lifetime, UnixSeconds, Validity};

pub use config::{
    ExtensionConfig, NetscapeEncodingConfig, ProfileConfig, SerialConfig, SubjectAttributeConfig,
    ValidityConfig,
};
pub use error::ProfileError;
pub use rule::ExtensionRule;

use subject::SubjectRule;

mod check;
mod config;
mod error;
mod rule;
mod subject;

/// The shape of a certificate.
///
/// Invariant: no extension stands twice, every rule can be encoded, a CA may sign certificates and nothing else may,
/// the default lifetime is within the maximum, at least one key and one signature algorithm are allowed, and the string
/// type that a subject's attribute is written in is one that is allowed.
#[derive(Clone, Debug)]
pub struct Profile {
    name: String,
    serial: SerialPolicy,
    subject_keys: Vec<KeyAlgorithm>,
    signature_algorithms: Vec<SignatureAlgorithm>,
    default_lifetime: Lifetime,
    maximum_lifetime: Option<Lifetime>,
    subject: Vec<SubjectRule>,
    extensions: Vec<ExtensionRule>,
    accepted_findings: Vec<String>,
}

impl Profile {
    /// Reads and checks a profile.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        Self::from_config(ProfileConfig::from_toml(text)?)
    }

    /// Checks a profile.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn from_config(config: ProfileConfig) -> Result<Self, ProfileError> {
        check::profile(config)
    }

    /// The same shape signed with one of the profile's own algorithms, for issuers that let the request choose.
    ///
    /// # Errors
    /// [`ProfileError::Contradiction`] for an algorithm that the profile does not allow.
    pub fn with_signature_algorithm(
        mut self,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, ProfileError> {
        if !self.signature_algorithms.contains(&algorithm) {
            let allowed = self.signature_algorithm_names();
            return Err(ProfileError::Contradiction {
                reason: format!("{algorithm} is to sign, allowed {allowed}"),
                profile: self.name,
            });
        }
        self.signature_algorithms = vec![algorithm];
        Ok(self)
    }

    /// The profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How serial numbers are drawn.
    #[must_use]
    pub fn serial(&self) -> SerialPolicy {
        self.serial
    }

    /// The lifetime of a certificate when none is asked for.
    #[must_use]
    pub fn default_lifetime(&self) -> Lifetime {
        self.default_lifetime
    }

    /// The longest lifetime that may be asked for.
    #[must_use]
    pub fn maximum_lifetime(&self) -> Option<Lifetime> {
        self.maximum_lifetime
    }

    /// The extensions, in the order of their encoding.
    #[must_use]
    pub fn extensions(&self) -> &[ExtensionRule] {
        &self.extensions
    }

    /// The kinds of subject keys allowed.
    #[must_use]
    pub fn subject_keys(&self) -> &[KeyAlgorithm] {
        &self.subject_keys
    }

    /// Names of lints whose findings are meant: departures from RFC 5280 for a vendor's sake.
    #[must_use]
    pub fn accepted_findings(&self) -> &[String] {
        &self.accepted_findings
    }

    /// The first allowed algorithm that a key of the issuer can sign with.
    #[must_use]
    pub fn signature_algorithm(&self, issuer_key: &PublicKey) -> Option<SignatureAlgorithm> {
        let mut allowed = self.signature_algorithms.iter().copied();
        allowed.find(|algorithm| algorithm.fits(issuer_key))
    }

    /// The allowed signature algorithms, for a message.
    #[must_use]
    pub fn signature_algorithm_names(&self) -> String {
        joined(&self.signature_algorithms)
    }

    /// Whether an extension of this type has a place in the profile.
    #[must_use]
    pub fn has_extension(&self, oid: Oid) -> bool {
        self.extensions.iter().any(|rule| rule.oid() == oid)
    }

    /// The validity that begins at `not_before` and lasts as long as asked for, or the default.
    ///
    /// # Errors
    /// A finding when it would end past the year 9999; the maximum is held by [`Profile::findings`].
    pub fn validity(
        &self,
        not_before: UnixSeconds,
        lifetime: Option<Lifetime>,
    ) -> Result<Validity, Finding> {
        let lifetime = lifetime.unwrap_or(self.default_lifetime);
        Validity::starting(not_before, lifetime).map_err(|error| {
            Finding::error(
                "profile.validity",
                "RFC 5280 §4.1.2.5",
                "notAfter",
                error.to_string(),
                "a time before the year 10000",
            )
        })
    }

    /// What the profile does not allow about a key and a validity.
    #[must_use]
    pub fn findings(&self, key: &PublicKey, validity: Validity) -> Vec<Finding> {
        let mut findings = Vec::new();
        let allowed = key
            .algorithm()
            .is_some_and(|algorithm| self.subject_keys.contains(&algorithm));
        if !allowed {
            findings.push(Finding::error(
                "profile.subject-key",
                "certificate profile",
                "subjectPublicKeyInfo",
                key.kind().to_string(),
                joined(&self.subject_keys),
            ));
        }
        let lifetime = validity.not_after().since(validity.not_before());
        if let (Some(maximum), Some(lifetime)) = (self.maximum_lifetime, lifetime)
            && lifetime > maximum
        {
            findings.push(Finding::error(
                "profile.maximum-lifetime",
                "certificate profile",
                "validity",
                format!("{} seconds", lifetime.seconds()),
                format!("at most {} seconds", maximum.seconds()),
            ));
        }
        findings
    }
}

fn joined<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(T::to_string).collect();
    items.join(", ")
}

#[cfg(test)]
mod tests;
