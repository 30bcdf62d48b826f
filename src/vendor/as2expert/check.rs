//! The request stage: what can be judged by the request alone, with the moment it came at.

use crate::general_name::Rfc822Name;
use crate::key::KeyAlgorithm;
use crate::lint::Finding;
use crate::name;
use crate::time::{Lifetime, Validity};
use crate::vendor::Stage;
use crate::vendor::as2expert::error::{Fault, FaultKind, PAGE, Refusal};
use crate::vendor::as2expert::terms::Terms;
use crate::vendor::as2expert::wire::CreateRequest;
use crate::vendor::as2expert::world::SubjectFields;
use crate::vendor::as2expert::{DEFAULT_DAYS, DEFAULT_KEY_BITS, HashAlgorithm};

/// A request that the request stage found nothing wrong with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedCreate {
    pub(super) station: i64,
    pub(super) subject: SubjectFields,
    pub(super) validity: Validity,
    pub(super) key_algorithm: KeyAlgorithm,
    pub(super) hash: HashAlgorithm,
}

impl CheckedCreate {
    /// `station`.
    #[must_use]
    pub fn station(&self) -> i64 {
        self.station
    }

    /// The subject fields that the request has.
    #[must_use]
    pub fn subject(&self) -> &SubjectFields {
        &self.subject
    }

    /// From now for `dias` days of 86,400 seconds.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The kind of key for `keybits`.
    #[must_use]
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm
    }

    /// `hash`.
    #[must_use]
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }
}

/// Checks a slice; each request stands or falls alone, in order.
#[must_use]
pub fn check(requests: &[CreateRequest], terms: &Terms) -> Vec<Result<CheckedCreate, Refusal>> {
    let one = |request: &CreateRequest| check_one(request, terms);
    requests.iter().map(one).collect()
}

fn check_one(request: &CreateRequest, terms: &Terms) -> Result<CheckedCreate, Refusal> {
    let CreateRequest {
        station,
        self_signed,
        subject,
        days,
        key_bits,
        hash: hash_name,
    } = request;
    let mut faults = Vec::new();
    if station.is_none() {
        faults.push(Fault::required("station"));
    }
    match self_signed {
        Some(true) => {}
        None => faults.push(Fault::required("selfSigned")),
        Some(false) => {
            let finding =
                Finding::error("as2expert.self-signed", PAGE, "selfSigned", "false", "true");
            faults.push(Fault::new(FaultKind::SelfSigned, finding));
        }
    }
    let (subject, more) = subject_fields(subject);
    faults.extend(more);
    let mut kept = |fault: Fault| faults.push(fault);
    let validity = validity(*days, terms).map_err(&mut kept).ok();
    let key_algorithm = key_algorithm(*key_bits).map_err(&mut kept).ok();
    let hash = hash(hash_name.as_deref(), terms).map_err(&mut kept).ok();
    let refusal = Refusal::from_faults(Stage::Request, faults);
    match (station, validity, key_algorithm, hash, refusal) {
        (Some(station), Some(validity), Some(key_algorithm), Some(hash), None) => {
            Ok(CheckedCreate {
                station: *station,
                subject,
                validity,
                key_algorithm,
                hash,
            })
        }
        (.., refusal) => {
            Err(refusal.unwrap_or_else(|| Refusal::of(Stage::Request, Fault::required("station"))))
        }
    }
}

/// `dias` from 1, 365 by default; nothing lasts past the year 9999.
fn validity(days: Option<i64>, terms: &Terms) -> Result<Validity, Fault> {
    let days = days.unwrap_or_else(|| i64::from(DEFAULT_DAYS));
    let lifetime = u32::try_from(days).ok();
    let lifetime = lifetime.and_then(|days| Lifetime::from_days(days).ok());
    let validity = lifetime.and_then(|days| Validity::starting(terms.not_before(), days).ok());
    let expected = "1 day or more, ending before the year 10000";
    validity.ok_or_else(|| Fault::invalid("dias", "as2expert.dias", &days.to_string(), expected))
}

fn key_algorithm(bits: Option<i64>) -> Result<KeyAlgorithm, Fault> {
    match bits.unwrap_or_else(|| i64::from(DEFAULT_KEY_BITS)) {
        2048 => Ok(KeyAlgorithm::Rsa2048),
        3072 => Ok(KeyAlgorithm::Rsa3072),
        4096 => Ok(KeyAlgorithm::Rsa4096),
        found => {
            let expected = "2048, 3072 or 4096";
            let found = found.to_string();
            Err(Fault::invalid(
                "keybits",
                "as2expert.keybits",
                &found,
                expected,
            ))
        }
    }
}

/// SHA-256 by default; SHA-1 only where the settings allow it.
pub(super) fn hash(name: Option<&str>, terms: &Terms) -> Result<HashAlgorithm, Fault> {
    let hash = HashAlgorithm::from_name(name.unwrap_or(HashAlgorithm::Sha256.as_str()));
    let allowed = hash.filter(|hash| terms.profile(*hash).is_some());
    allowed.ok_or_else(|| {
        let found = format!("{:?}", name.unwrap_or_default());
        let expected = format!("one of {}", terms.hash_names());
        Fault::invalid("hash", "as2expert.hash", &found, &expected)
    })
}

/// The subject fields, the country in upper case, and what is wrong with them: each has the length of its attribute
/// (RFC 5280 appendix A.1) and no control characters; the country two letters, the address an address.
pub(super) fn subject_fields(fields: &SubjectFields) -> (SubjectFields, Vec<Fault>) {
    let SubjectFields {
        country_name,
        province_name,
        locality_name,
        organization,
        organization_unit_name,
        common_name,
        email,
    } = fields;
    let mut faults = Vec::new();
    for (name, text, most) in [
        ("commonName", common_name, 64),
        ("localityName", locality_name, 128),
        ("provinceName", province_name, 128),
        ("organization", organization, 64),
        ("organizationUnitName", organization_unit_name, 64),
    ] {
        faults.extend(text.as_ref().and_then(|text| text_fault(name, text, most)));
    }
    faults.extend(email.as_deref().and_then(email_fault));
    let two_letters =
        |text: &&String| text.len() != 2 || !text.bytes().all(|octet| octet.is_ascii_alphabetic());
    if let Some(country) = country_name.as_ref().filter(two_letters) {
        let found = format!("{country:?}");
        let expected = "two letters (ISO 3166)";
        faults.push(Fault::invalid(
            "countryName",
            "as2expert.country",
            &found,
            expected,
        ));
    }
    let subject = SubjectFields {
        country_name: country_name.as_ref().map(|text| text.to_ascii_uppercase()),
        ..fields.clone()
    };
    (subject, faults)
}

/// Why a text does not fit an attribute of so many characters.
pub(super) fn text_fault(name: &'static str, text: &str, most: usize) -> Option<Fault> {
    let length = text.chars().count();
    let fits = (1..=most).contains(&length) && !text.chars().any(name::is_control);
    (!fits).then(|| {
        let found = if length > most {
            format!("{length} characters")
        } else {
            format!("{text:?}")
        };
        let expected = format!("1 to {most} characters, no control characters");
        Fault::invalid(name, "as2expert.subject", &found, &expected)
    })
}

/// PKCS #9 has `emailAddress` as an `IA5String` of at most 255 characters.
fn email_fault(email: &str) -> Option<Fault> {
    let good = email.len() <= 255 && Rfc822Name::new(email).is_ok();
    (!good).then(|| {
        let expected = "an address of at most 255 ASCII characters";
        Fault::invalid("email", "as2expert.email", &format!("{email:?}"), expected)
    })
}

#[cfg(test)]
mod tests;
