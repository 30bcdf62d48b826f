//! A certificate profile of the vendor's: its id and name, its own settings, and the shape of what it issues.
//!
//! The vendor keeps one profile for keys of any kind; RFC 8813 does not let a key on a curve encipher, so each profile
//! has a shape for either family.

use std::sync::Arc;

#[cfg(feature = "p12")]
use crate::bundle::p12::P12Consumer;
use crate::key::{KeyAlgorithm, PublicKey, PublicKeyKind};
use crate::name;
use crate::name::StringType;
use crate::oid::Oid;
use crate::profile::{ExtensionConfig, Profile, ProfileConfig, ProfileError};
use crate::vendor::emca::config::{ConfigError, EmcaProfileConfig, PastCa};
use crate::vendor::emca::grammar::UtcOffset;

/// The shape as it is written, for those who vary it.
pub const CERTIFICATE_TOML: &str = include_str!("certificate.toml");

/// A profile, checked.
#[derive(Clone, Debug)]
pub struct EmcaProfile {
    config: EmcaProfileConfig,
    rsa: Arc<Profile>,
    ec: Arc<Profile>,
    string_types: Vec<(Oid, StringType)>,
    mandatory: Vec<Oid>,
}

/// The two families of subject keys.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Family {
    Ec,
    Rsa,
}

impl EmcaProfile {
    /// Checks a profile.
    ///
    /// # Errors
    /// [`ConfigError::Attribute`], [`ConfigError::Profile`] and [`ConfigError::StringType`].
    pub fn from_config(config: &EmcaProfileConfig) -> Result<Self, ConfigError> {
        let shape = |family| {
            shape(config, family)
                .map(Arc::new)
                .map_err(|source| ConfigError::Profile {
                    id: config.id.clone(),
                    source,
                })
        };
        let (rsa, ec) = (shape(Family::Rsa)?, shape(Family::Ec)?);
        let attribute = |found: &String| {
            let known = Oid::from_attribute_name(found).or_else(|| found.parse().ok());
            known.ok_or_else(|| ConfigError::Attribute {
                profile: config.id.clone(),
                found: found.clone(),
            })
        };
        let string_type = |(kind, found): (&String, &String)| {
            let known = WRITTEN
                .into_iter()
                .find(|known| known.to_string() == *found);
            let string_type = known.ok_or_else(|| ConfigError::StringType {
                profile: config.id.clone(),
                found: found.clone(),
            })?;
            Ok((attribute(kind)?, string_type))
        };
        let string_types: Result<_, _> = config.string_types.iter().map(string_type).collect();
        let mandatory: Result<_, _> = config.mandatory_attributes.iter().map(attribute).collect();
        Ok(Self {
            string_types: string_types?,
            mandatory: mandatory?,
            config: config.clone(),
            rsa,
            ec,
        })
    }

    /// `profileID`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.config.id
    }

    /// The profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The CA that issues, by name.
    #[must_use]
    pub fn ca(&self) -> Option<&str> {
        self.config.ca.as_deref()
    }

    /// The settings as they were written.
    #[must_use]
    pub fn config(&self) -> &EmcaProfileConfig {
        &self.config
    }

    /// The zone of `validFrom`.
    #[must_use]
    pub fn utc_offset(&self) -> UtcOffset {
        self.config.utc_offset
    }

    /// What happens when a certificate would outlive its CA.
    #[must_use]
    pub fn past_ca(&self) -> PastCa {
        self.config.past_ca
    }

    /// The shape of a certificate for a key; what keys are allowed is the shape's own rule.
    #[must_use]
    pub fn shape(&self, key: &PublicKey) -> &Arc<Profile> {
        match key.kind() {
            PublicKeyKind::Rsa { .. } => &self.rsa,
            _ => &self.ec,
        }
    }

    /// The shape of a certificate for a key pair that is made here.
    #[must_use]
    pub fn shape_for(&self, key: KeyAlgorithm) -> &Arc<Profile> {
        match key.modulus_bits() {
            Some(_) => &self.rsa,
            None => &self.ec,
        }
    }

    /// Who imports the PFX files of keys that are made here.
    #[cfg(feature = "p12")]
    #[must_use]
    pub fn p12_consumer(&self) -> P12Consumer {
        self.config.p12_for.consumer()
    }

    /// The string type that an attribute is written with.
    #[must_use]
    pub fn string_type(&self, attribute: Oid) -> StringType {
        let own = self.string_types.iter().find(|(oid, _)| *oid == attribute);
        own.map_or_else(
            || name::default_string_type(attribute),
            |(_, string_type)| *string_type,
        )
    }

    /// Attributes that a subject must have.
    #[must_use]
    pub fn mandatory_attributes(&self) -> &[Oid] {
        &self.mandatory
    }
}

/// The shape for one family of keys, after the profile's settings.
fn shape(config: &EmcaProfileConfig, family: Family) -> Result<Profile, ProfileError> {
    if let Some(own) = &config.certificate {
        return Profile::from_config(own.clone());
    }
    let mut shape: ProfileConfig =
        toml::from_str(CERTIFICATE_TOML).map_err(|error| ProfileError::Syntax {
            reason: error.to_string(),
        })?;
    shape.name = format!("emca-{}", config.name);
    shape.validity.default_days = config.default_days;
    shape.validity.maximum_days = config.maximum_days;
    if !config.subject_keys.is_empty() {
        shape.subject_keys.clone_from(&config.subject_keys);
    }
    if !config.signature_algorithms.is_empty() {
        shape
            .signature_algorithms
            .clone_from(&config.signature_algorithms);
    }
    let of_family = |name: &String| {
        let key: Result<KeyAlgorithm, _> = name.parse();
        // A name of no key stays, so that the shape is refused for it.
        key.map_or(true, |key| {
            key.modulus_bits().is_none() == (family == Family::Ec)
        })
    };
    // A profile without a key of this family refuses it by the keys that it has.
    if shape.subject_keys.iter().any(of_family) {
        shape.subject_keys.retain(of_family);
    }
    if config.lenient_country {
        shape.accepted_findings.push("rfc5280.country".to_owned());
    }
    if config.critical_key_identifiers {
        let departures = ["rfc5280.aki-critical", "rfc5280.ski-critical"];
        shape
            .accepted_findings
            .extend(departures.map(str::to_owned));
    }
    if !config.subject_alt_names {
        let is_names =
            |extension: &ExtensionConfig| matches!(extension, ExtensionConfig::SubjectAltName {});
        shape.extensions.retain(|extension| !is_names(extension));
    }
    for extension in &mut shape.extensions {
        vary(extension, config, family);
    }
    Profile::from_config(shape)
}

fn vary(extension: &mut ExtensionConfig, config: &EmcaProfileConfig, family: Family) {
    match extension {
        ExtensionConfig::AuthorityKeyIdentifier { critical, .. }
        | ExtensionConfig::SubjectKeyIdentifier { critical } => {
            *critical = config.critical_key_identifiers;
        }
        // RFC 8813 §3: no keyEncipherment and no dataEncipherment with id-ecPublicKey.
        ExtensionConfig::KeyUsage { bits, .. } if family == Family::Ec => {
            bits.retain(|bit| bit == "digitalSignature");
        }
        ExtensionConfig::ExtendedKeyUsage { purposes, .. } if config.any_extended_key_usage => {
            purposes.push(crate::oid::ANY_EXTENDED_KEY_USAGE.to_string());
        }
        _ => {}
    }
}

/// The string types that can be asked for.
const WRITTEN: [StringType; 5] = [
    StringType::BmpString,
    StringType::Ia5String,
    StringType::NumericString,
    StringType::PrintableString,
    StringType::Utf8String,
];

#[cfg(test)]
mod tests;
