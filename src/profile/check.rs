//! From what someone wrote to a profile that does not contradict itself.

use std::fmt::Display;
use std::str::FromStr;

use super::config::NetscapeEncodingConfig;
use super::{
    ExtensionConfig, ExtensionRule, Profile, ProfileConfig, ProfileError, SerialConfig, subject,
};
use crate::ext::netscape::{NetscapeComment, NetscapeEncoding};
use crate::ext::{
    BasicConstraints, Criticality, ExtendedKeyUsage, Extension, ExtensionError, KeyUsage,
    KeyUsageBit, NameConstraints, Subtree, key_purpose_from_name,
};
use crate::lint;
use crate::oid;
use crate::oid::Oid;
use crate::serial::{SerialNumber, SerialNumberError, SerialPolicy};
use crate::time::Lifetime;

/// Checks a whole profile.
pub(super) fn profile(config: ProfileConfig) -> Result<Profile, ProfileError> {
    let ProfileConfig {
        name,
        serial,
        subject_keys,
        signature_algorithms,
        accepted_findings,
        validity,
        subject,
        extensions,
    } = config;
    let days = |days| {
        Lifetime::from_days(days).map_err(|source| ProfileError::Time {
            profile: name.clone(),
            source,
        })
    };
    let default_lifetime = days(validity.default_days)?;
    let maximum_lifetime = validity.maximum_days.map(days).transpose()?;
    if maximum_lifetime.is_some_and(|maximum| maximum < default_lifetime) {
        return Err(contradiction(
            &name,
            "the default lifetime exceeds the maximum",
        ));
    }
    let unknown = accepted_findings.iter().find(|rule| !lint::is_known(rule));
    if let Some(found) = unknown {
        return Err(ProfileError::Unknown {
            profile: name,
            what: "an accepted finding",
            found: found.clone(),
            allowed: lint::rules().collect::<Vec<_>>().join(", "),
        });
    }
    Ok(Profile {
        serial: serial_policy(&name, serial)?,
        subject_keys: names(&name, "a subject key", &subject_keys)?,
        signature_algorithms: names(&name, "a signature algorithm", &signature_algorithms)?,
        subject: subject::rules(&name, &subject, &accepted_findings)?,
        extensions: extension_rules(&name, &extensions)?,
        default_lifetime,
        maximum_lifetime,
        accepted_findings,
        name,
    })
}

fn serial_policy(profile: &str, config: SerialConfig) -> Result<SerialPolicy, ProfileError> {
    let refused = |source| ProfileError::Serial {
        profile: profile.to_owned(),
        source,
    };
    match config {
        SerialConfig::Random { octets } if !(9..=20).contains(&octets) => {
            Err(refused(SerialNumberError::PolicyOctets { octets }))
        }
        SerialConfig::Random { octets } => Ok(SerialPolicy::Random { octets }),
        SerialConfig::Sequence { first } => {
            SerialNumber::from_u64(first).map_err(refused)?;
            Ok(SerialPolicy::Sequence { first })
        }
    }
}

/// At least one name, each of which exists.
fn names<T>(profile: &str, what: &'static str, names: &[String]) -> Result<Vec<T>, ProfileError>
where
    T: FromStr,
    T::Err: Display,
{
    if names.is_empty() {
        return Err(contradiction(
            profile,
            &format!("{what} is not allowed at all"),
        ));
    }
    let parse = |found: &String| {
        found
            .parse()
            .map_err(|error: T::Err| ProfileError::Unknown {
                profile: profile.to_owned(),
                what,
                found: found.clone(),
                allowed: error.to_string(),
            })
    };
    names.iter().map(parse).collect()
}

fn extension_rules(
    profile: &str,
    configs: &[ExtensionConfig],
) -> Result<Vec<ExtensionRule>, ProfileError> {
    let mut rules: Vec<ExtensionRule> = Vec::with_capacity(configs.len());
    for config in configs {
        let rule = extension_rule(profile, config)?;
        if rules.iter().any(|other| other.oid() == rule.oid()) {
            return Err(ProfileError::DuplicateExtension {
                profile: profile.to_owned(),
                oid: rule.oid(),
            });
        }
        rules.push(rule);
    }
    check_role(profile, configs)?;
    Ok(rules)
}

fn extension_rule(profile: &str, config: &ExtensionConfig) -> Result<ExtensionRule, ProfileError> {
    let refused = |source| ProfileError::Extension {
        profile: profile.to_owned(),
        source: Box::new(source),
    };
    let rule = match config {
        ExtensionConfig::AuthorityKeyIdentifier {
            issuer_and_serial,
            critical,
        } => ExtensionRule::AuthorityKeyIdentifier {
            issuer_and_serial: *issuer_and_serial,
            critical: *critical,
        },
        ExtensionConfig::CrlDistributionPoints {} => ExtensionRule::CrlDistributionPoints,
        ExtensionConfig::NetscapeCaRevocationUrl { encoding } => {
            ExtensionRule::NetscapeCaRevocationUrl {
                encoding: netscape(*encoding),
            }
        }
        ExtensionConfig::SubjectAltName {} => ExtensionRule::SubjectAltName,
        ExtensionConfig::SubjectKeyIdentifier { critical } => ExtensionRule::SubjectKeyIdentifier {
            critical: *critical,
        },
        ExtensionConfig::Raw {
            oid,
            critical,
            value,
        } => raw(profile, oid, *critical, value)?,
        fixed => ExtensionRule::Fixed(fixed_extension(profile, fixed)?.map_err(refused)?),
    };
    Ok(rule)
}

/// The extensions that are the same in every certificate of the profile.
fn fixed_extension(
    profile: &str,
    config: &ExtensionConfig,
) -> Result<Result<Extension, ExtensionError>, ProfileError> {
    let extension = match config {
        ExtensionConfig::BasicConstraints {
            ca,
            path_len,
            critical,
        } => {
            let constraints = match (ca, path_len) {
                (true, path_len) => BasicConstraints::ca(path_len.map(u32::from)),
                (false, None) => BasicConstraints::end_entity(),
                (false, Some(_)) => {
                    return Err(contradiction(profile, "path_len needs ca = true"));
                }
            };
            Ok(constraints.to_extension(criticality(*critical)))
        }
        ExtensionConfig::KeyUsage { bits, critical } => {
            let bits: Vec<KeyUsageBit> = names(profile, "a key usage bit", bits)?;
            KeyUsage::new(&bits).map(|usage| usage.to_extension(criticality(*critical)))
        }
        ExtensionConfig::ExtendedKeyUsage { purposes, critical } => {
            let purposes = key_purposes(profile, purposes)?;
            ExtendedKeyUsage::new(purposes).map(|usage| usage.to_extension(criticality(*critical)))
        }
        ExtensionConfig::NameConstraints {
            permitted,
            excluded,
        } => name_constraints(permitted, excluded).map(|constraints| constraints.to_extension()),
        ExtensionConfig::NetscapeComment { text, encoding } => {
            NetscapeComment::new(text, netscape(*encoding)).map(|comment| comment.to_extension())
        }
        _ => return Err(contradiction(profile, "an extension that is not fixed")),
    };
    Ok(extension)
}

fn name_constraints(
    permitted: &[String],
    excluded: &[String],
) -> Result<NameConstraints, ExtensionError> {
    let subtrees = |side: &[String]| {
        let parsed = side.iter().map(|text| text.parse::<Subtree>());
        parsed.collect::<Result<Vec<_>, _>>()
    };
    NameConstraints::new(subtrees(permitted)?, subtrees(excluded)?)
}

/// Purposes by name or by dotted identifier.
fn key_purposes(profile: &str, names: &[String]) -> Result<Vec<Oid>, ProfileError> {
    let purpose = |found: &String| {
        let known = key_purpose_from_name(found).or_else(|| found.parse().ok());
        known.ok_or_else(|| ProfileError::Unknown {
            profile: profile.to_owned(),
            what: "a key purpose",
            found: found.clone(),
            allowed: "names of RFC 5280 §4.2.1.12 such as serverAuth, and dotted identifiers"
                .to_owned(),
        })
    };
    names.iter().map(purpose).collect()
}

fn criticality(critical: bool) -> Criticality {
    if critical {
        Criticality::Critical
    } else {
        Criticality::NonCritical
    }
}

fn raw(
    profile: &str,
    text: &str,
    critical: bool,
    value: &str,
) -> Result<ExtensionRule, ProfileError> {
    let oid: Oid = text.parse().map_err(|source| ProfileError::Oid {
        profile: profile.to_owned(),
        source,
    })?;
    let octets = hex_octets(value).ok_or_else(|| ProfileError::Unknown {
        profile: profile.to_owned(),
        what: "the value of a raw extension",
        found: value.to_owned(),
        allowed: "hexadecimal digits, two an octet".to_owned(),
    })?;
    Ok(ExtensionRule::Fixed(Extension::raw(
        oid,
        criticality(critical),
        octets,
    )))
}

fn hex_octets(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let octet = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits?.chunks(2).map(octet).collect()
}

/// RFC 5280 §4.2.1.9: keyCertSign and cA TRUE go together or not at all.
fn check_role(profile: &str, configs: &[ExtensionConfig]) -> Result<(), ProfileError> {
    let is_ca = configs
        .iter()
        .any(|config| matches!(config, ExtensionConfig::BasicConstraints { ca: true, .. }));
    let usage = configs.iter().find_map(|config| match config {
        ExtensionConfig::KeyUsage { bits, .. } => Some(bits),
        _ => None,
    });
    let constrains_names = configs
        .iter()
        .any(|config| matches!(config, ExtensionConfig::NameConstraints { .. }));
    let signs = usage.map(|bits| bits.iter().any(|bit| bit == "keyCertSign"));
    match (is_ca, signs) {
        (true, Some(false)) => Err(contradiction(
            profile,
            "a CA without keyCertSign in its key usage",
        )),
        (true, None) => Err(contradiction(profile, "a CA without key usage")),
        (false, Some(true)) => Err(contradiction(profile, "keyCertSign without ca = true")),
        _ if !is_ca && constrains_names => {
            Err(contradiction(profile, "nameConstraints without ca = true"))
        }
        _ if is_ca && configs_lack(configs, oid::SUBJECT_KEY_IDENTIFIER) => {
            Err(contradiction(profile, "a CA without subjectKeyIdentifier"))
        }
        _ => Ok(()),
    }
}

/// RFC 5280 §4.2.1.2: the subject key identifier MUST be in every CA certificate.
fn configs_lack(configs: &[ExtensionConfig], oid: Oid) -> bool {
    let found = configs.iter().any(|config| match config {
        ExtensionConfig::SubjectKeyIdentifier { .. } => oid == oid::SUBJECT_KEY_IDENTIFIER,
        _ => false,
    });
    !found
}

fn netscape(encoding: NetscapeEncodingConfig) -> NetscapeEncoding {
    match encoding {
        NetscapeEncodingConfig::Bare => NetscapeEncoding::Bare,
        NetscapeEncodingConfig::Ia5String => NetscapeEncoding::Ia5String,
    }
}

pub(super) fn contradiction(profile: &str, reason: &str) -> ProfileError {
    ProfileError::Contradiction {
        profile: profile.to_owned(),
        reason: reason.to_owned(),
    }
}
