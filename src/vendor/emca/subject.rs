//! From the parts of a subject to a name, by the string types and the mandatory attributes of a profile.

use crate::lint::Finding;
use crate::name::{Name, NameError};
use crate::oid;
use crate::oid::Oid;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE};
use crate::vendor::emca::grammar::SubjectPart;
use crate::vendor::emca::profile::EmcaProfile;

/// A name of these parts, in their order.
pub(super) fn name(profile: &EmcaProfile, parts: &[SubjectPart]) -> Result<Name, Vec<Fault>> {
    let attributes: Vec<_> = parts
        .iter()
        .map(|part| (part.oid, profile.string_type(part.oid), part.value.as_str()))
        .collect();
    let mut faults: Vec<_> = attributes
        .iter()
        .zip(parts)
        .filter_map(|(attribute, part)| {
            let error = Name::from_attributes(std::slice::from_ref(attribute)).err()?;
            Some(refused(&error, part))
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    Name::from_attributes(&attributes).map_err(|error| {
        faults.push(data_fault("emca.subject", error.to_string(), "a name"));
        faults
    })
}

/// What a profile asks of a subject beyond RFC 5280, whose bounds are held when the certificate is put together.
pub(super) fn faults(profile: &EmcaProfile, subject: &Name) -> Vec<Fault> {
    let absent = profile
        .mandatory_attributes()
        .iter()
        .filter(|oid| subject.first(**oid).is_none())
        .map(|oid| data_fault("emca.mandatory-attribute", "nothing", label(*oid)));
    let long = subject.attributes().filter_map(|attribute| {
        let (oid, bound) = UPPER_BOUNDS
            .iter()
            .find(|(oid, _)| *oid == attribute.oid())?;
        let characters = attribute.value().text()?.chars().count();
        let expected = format!("{} of 1 to {bound} characters", label(*oid));
        let found = format!("{characters} characters");
        (characters > *bound).then(|| data_fault("emca.attribute-length", found, expected))
    });
    let bits = subject.attributes().filter(|attribute| {
        attribute.oid() == oid::UNIQUE_IDENTIFIER && attribute.value().text().is_some()
    });
    let bits = bits.map(|attribute| {
        let found = attribute.value().string_type().to_string();
        let expected = format!(
            "no {}: X.520 has a BIT STRING there, no text",
            attribute.oid()
        );
        data_fault("emca.string-type", found, expected)
    });
    absent.chain(long).chain(bits).collect()
}

fn refused(error: &NameError, part: &SubjectPart) -> Fault {
    let SubjectPart {
        oid,
        value,
        position,
    } = part;
    let found = format!("at character {position}: {error}, in {value:?}");
    let expected = format!("{} in the profile's string type", label(*oid));
    data_fault("emca.string-type", found, expected)
}

fn data_fault(rule: &'static str, found: impl Into<String>, expected: impl Into<String>) -> Fault {
    let finding = Finding::error(rule, PAGE, "subjectDNOids", found, expected);
    Fault::new(FaultKind::Data, finding)
}

fn label(oid: Oid) -> String {
    oid.attribute_name()
        .map_or_else(|| oid.to_string(), str::to_owned)
}

/// X.520's bounds for attributes that RFC 5280 appendix A.1 does not list, in characters.
const UPPER_BOUNDS: &[(Oid, usize)] = &[
    (oid::STREET_ADDRESS, 128),
    (oid::BUSINESS_CATEGORY, 128),
    (oid::POSTAL_CODE, 40),
    (oid::TELEPHONE_NUMBER, 32),
    (oid::HOUSE_IDENTIFIER, 128),
    (oid::DN_QUALIFIER, 64),
    (oid::USER_ID, 256),
];
