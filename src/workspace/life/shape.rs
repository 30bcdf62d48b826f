//! The shapes of CA certificates: the profile of a new one, and the shape that a renewal keeps.

use super::NewAuthority;
use crate::cert::Certificate;
use crate::ext::{AuthorityKeyIdentifier, Extension, SubjectKeyIdentifier};
use crate::lint;
use crate::lint::Finding;
use crate::oid;
use crate::profile::{ExtensionConfig, Profile, ProfileConfig, SerialConfig, ValidityConfig};
use crate::workspace::WorkspaceError;

/// The built-in profile of a CA: the extensions of the sample CA of the EnOS documentation, in their order.
///
/// # Errors
/// [`WorkspaceError::Profile`], which would be a fault of this crate.
pub fn ca_profile() -> Result<ProfileConfig, WorkspaceError> {
    ProfileConfig::from_toml(CA_PROFILE).map_err(WorkspaceError::Profile)
}

/// The profile of a new CA, with what was asked for beside it.
pub(super) fn of_new(new: &NewAuthority<'_>) -> Result<Profile, WorkspaceError> {
    let mut config = match &new.profile {
        Some(config) => config.clone(),
        None => ca_profile()?,
    };
    let constraints = config
        .extensions
        .iter_mut()
        .find_map(|extension| match extension {
            ExtensionConfig::BasicConstraints {
                ca: true, path_len, ..
            } => Some(path_len),
            _ => None,
        });
    match (constraints, new.path_len) {
        (None, _) => {
            return Err(WorkspaceError::NotACaProfile {
                profile: config.name,
            });
        }
        (Some(path_len), Some(asked)) => *path_len = Some(asked),
        (Some(_), None) => {}
    }
    constrain_names(&mut config, &new.permitted, &new.excluded);
    Profile::from_config(config).map_err(WorkspaceError::Profile)
}

/// Adds subtrees to those of the profile.
fn constrain_names(config: &mut ProfileConfig, permit: &[String], exclude: &[String]) {
    if permit.is_empty() && exclude.is_empty() {
        return;
    }
    for extension in &mut config.extensions {
        if let ExtensionConfig::NameConstraints {
            permitted,
            excluded,
        } = extension
        {
            permitted.extend_from_slice(permit);
            excluded.extend_from_slice(exclude);
            return;
        }
    }
    config.extensions.push(ExtensionConfig::NameConstraints {
        permitted: permit.to_vec(),
        excluded: exclude.to_vec(),
    });
}

/// Whether a certificate of the same shape is for the same key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SubjectKey {
    Another,
    Same,
}

/// Who signs a certificate of the same shape.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SignedBy {
    Another,
    Itself,
}

/// The shape of a certificate as it is: the same extensions, but for what tells of the two keys. What RFC 5280 finds in it
/// was accepted once, and is again.
pub(super) fn like(
    certificate: &Certificate,
    key: SubjectKey,
    signed_by: SignedBy,
) -> Result<Profile, WorkspaceError> {
    let mut extensions: Vec<_> = certificate
        .extensions()
        .iter()
        .map(|extension| match (extension.oid(), key, signed_by) {
            (oid::SUBJECT_KEY_IDENTIFIER, SubjectKey::Another, _) => {
                ExtensionConfig::SubjectKeyIdentifier {
                    critical: extension.critical(),
                }
            }
            (oid::AUTHORITY_KEY_IDENTIFIER, SubjectKey::Same, SignedBy::Itself) => {
                own_identifier(certificate, extension)
            }
            (oid::AUTHORITY_KEY_IDENTIFIER, ..) => authority_key_identifier(extension),
            _ => raw(extension),
        })
        .collect();
    let lacks = |oid| certificate.extensions().find(oid).is_none();
    if lacks(oid::AUTHORITY_KEY_IDENTIFIER) && signed_by == SignedBy::Another {
        extensions.push(ExtensionConfig::AuthorityKeyIdentifier {
            issuer_and_serial: false,
            critical: false,
        });
    }
    let found = lint::run(certificate.tbs(), &[]);
    let mut accepted_findings: Vec<String> =
        found.iter().map(Finding::rule).map(str::to_owned).collect();
    accepted_findings.dedup();
    let mut signature_algorithms = SIGNATURE_ALGORITHMS.map(str::to_owned).to_vec();
    let before = certificate.signature_algorithm().to_string();
    if STRONGER.contains(&before.as_str()) {
        signature_algorithms.insert(0, before);
    }
    let config = ProfileConfig {
        name: certificate.subject().to_string(),
        serial: SerialConfig::Random { octets: 16 },
        subject_keys: SUBJECT_KEYS.map(str::to_owned).to_vec(),
        signature_algorithms,
        accepted_findings,
        validity: ValidityConfig {
            default_days: 1,
            maximum_days: None,
        },
        subject: std::collections::BTreeMap::new(),
        extensions,
    };
    Profile::from_config(config).map_err(WorkspaceError::Profile)
}

/// With issuer and serial number where they stood before.
fn authority_key_identifier(extension: &Extension) -> ExtensionConfig {
    let identifier = AuthorityKeyIdentifier::from_extension_value(extension.value());
    ExtensionConfig::AuthorityKeyIdentifier {
        issuer_and_serial: identifier.is_ok_and(|found| found.issuer_and_serial().is_some()),
        critical: extension.critical(),
    }
}

/// That of a key that stays. Its identifier need not be the one that this crate would give it: then the certificates below
/// name it as it is, and so must this one.
fn own_identifier(certificate: &Certificate, extension: &Extension) -> ExtensionConfig {
    let own = certificate.extensions().find(oid::SUBJECT_KEY_IDENTIFIER);
    let own = own.and_then(|own| SubjectKeyIdentifier::from_extension_value(own.value()).ok());
    let usual = SubjectKeyIdentifier::from(certificate.public_key().key_identifier());
    match own {
        Some(own) if own != usual => raw(&Extension::raw(
            extension.oid(),
            extension.criticality(),
            AuthorityKeyIdentifier::new(own)
                .to_extension()
                .value()
                .to_vec(),
        )),
        _ => authority_key_identifier(extension),
    }
}

fn raw(extension: &Extension) -> ExtensionConfig {
    ExtensionConfig::Raw {
        oid: extension.oid().to_string(),
        critical: extension.critical(),
        value: extension
            .value()
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect(),
    }
}

const CA_PROFILE: &str = include_str!("ca.toml");

const SUBJECT_KEYS: [&str; 4] = ["RSA-2048", "RSA-3072", "RSA-4096", "P-256"];

const SIGNATURE_ALGORITHMS: [&str; 2] = ["sha256WithRSAEncryption", "ecdsa-with-SHA256"];

/// Algorithms that a renewal keeps.
const STRONGER: [&str; 2] = ["sha384WithRSAEncryption", "sha512WithRSAEncryption"];
