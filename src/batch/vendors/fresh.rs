//! Rows that ask for a key to be made: `"key": "P-256"` and `"subject": {"CN": "dk1"}` in place of a request.

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::rows::{Place, Read, Reader, Refused};
use super::{Means, Terms};
use crate::batch::error::BatchError;
use crate::batch::fresh::Wanted;
use crate::batch::job::ROW_RULES;
use crate::ext::Extensions;
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::lint::Finding;
use crate::name;
use crate::name::{Name, StringType};
use crate::oid::Oid;
use crate::request;
use crate::request::{CertificationRequest, RequestDraft};

/// What a row asks for.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) algorithm: KeyAlgorithm,
    pub(super) subject: Name,
}

/// What fields ask for, which are taken out of them; nothing when they ask for no key.
///
/// # Errors
/// A finding when they ask for a key that cannot be made, for none that could be handed out, or bring a request too.
pub(super) fn wish(
    fields: &mut Map<String, Value>,
    request_fields: &[&str],
    terms: &Terms,
) -> Result<Option<Wish>, Finding> {
    let taken = FIELDS.map(|field| fields.remove(field).filter(|value| !value.is_null()));
    let (algorithm, subject) = match taken {
        [None, None] => return Ok(None),
        [None, Some(subject)] => {
            let expected = "a key beside it: a request has a subject of its own";
            return Err(fault(
                "batch.subject",
                SUBJECT,
                subject.to_string(),
                expected,
            ));
        }
        [Some(algorithm), subject] => (algorithm, subject),
    };
    let found = || algorithm.to_string();
    if request_fields.is_empty() {
        let expected = format!("none: {} makes the key of every row", terms.vendor);
        return Err(fault("batch.key", KEY, found(), &expected));
    }
    let filled = |name: &&&str| {
        fields
            .get(**name)
            .is_some_and(|value| *value != Value::Null && *value != "")
    };
    if let Some(other) = request_fields.iter().find(filled) {
        let expected = format!("one of {KEY} and {other}");
        return Err(fault(
            "batch.key",
            KEY,
            format!("{} beside {other}", found()),
            &expected,
        ));
    }
    if !terms.wants_key() {
        let expected = "an artefact that hands the key out: key or p12";
        return Err(fault("batch.key-artefact", KEY, found(), expected));
    }
    let mut artefacts = terms.artefacts.iter();
    if artefacts.any(|artefact| terms.forms.lack(*artefact)) {
        let expected = "a password for its P12, which the job has not";
        return Err(fault("batch.key-artefact", KEY, found(), expected));
    }
    if !terms.keys_are_kept {
        let expected = "a request, for a key that was generated and kept before: nobody keeps this one before its certificate is \
                        recorded, as the command batch does; an issuer that records nothing makes keys too";
        return Err(fault("batch.key-kept", KEY, found(), expected));
    }
    let named = algorithm.as_str().and_then(|text| text.parse().ok());
    let algorithm = named.ok_or_else(|| {
        let names = KeyAlgorithm::ALL.map(|algorithm| algorithm.to_string());
        fault("batch.key", KEY, found(), &names.join(", "))
    })?;
    let subject = subject_of(subject.unwrap_or(Value::Null))?;
    Ok(Some(Wish { algorithm, subject }))
}

/// A name as an object of short names, or as one text (RFC 4514).
///
/// # Errors
/// A finding when it is neither.
pub(in crate::batch) fn subject_of(value: Value) -> Result<Name, Finding> {
    let refused = |found: String, expected: &str| fault("batch.subject", SUBJECT, found, expected);
    match value {
        Value::String(text) => text.parse().map_err(|error: name::NameError| {
            refused(format!("{text:?}: {error}"), "a name (RFC 4514)")
        }),
        Value::Object(parts) if !parts.is_empty() => {
            let attributes = attributes(&parts)?;
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(oid, string_type, text)| (*oid, *string_type, text.as_str()))
                .collect();
            Name::from_attributes(&attributes)
                .map_err(|error| refused(format!("{}: {error}", Value::Object(parts)), "a name"))
        }
        other => Err(refused(
            other.to_string(),
            "an object of short names such as {\"C\": \"IN\", \"O\": \"Acme\", \"CN\": \"dk1\"}, or a text such as \
             CN=dk1,O=Acme,C=IN",
        )),
    }
}

type Attribute = (Oid, StringType, String);

/// From the widest to the narrowest, whatever the order of an object; several texts of one type in theirs.
fn attributes(parts: &Map<String, Value>) -> Result<Vec<Attribute>, Finding> {
    let mut ranked = Vec::new();
    for (name, value) in parts {
        let Some(oid) = Oid::from_attribute_name(name) else {
            let expected = format!("{} or another short name", ORDER.join(", "));
            return Err(fault("batch.subject", SUBJECT, name.clone(), &expected));
        };
        let texts = match value {
            Value::Array(texts) => texts.as_slice(),
            one => std::slice::from_ref(one),
        };
        let rank = ORDER
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name));
        for text in texts {
            let Some(text) = text.as_str().filter(|text| !text.is_empty()) else {
                let found = format!("{name}: {text}");
                return Err(fault(
                    "batch.subject",
                    SUBJECT,
                    found,
                    "a JSON string, not empty",
                ));
            };
            let attribute = (oid, name::default_string_type(oid), text.to_owned());
            ranked.push((rank.unwrap_or(ORDER.len()), attribute));
        }
    }
    // Stable, so that what has no rank keeps the order of its names.
    ranked.sort_by_key(|(rank, _)| *rank);
    Ok(ranked.into_iter().map(|(_, attribute)| attribute).collect())
}

/// Has the keys made and kept that rows wish for, and puts requests for them among their fields.
///
/// # Errors
/// [`BatchError`] of whoever keeps the keys, [`BatchError::Key`].
pub(super) fn give<Q: Send, F: Refused>(
    rows: &mut [(Place<F>, Read<Q, F>)],
    reader: &impl Reader<Q, F>,
    means: &mut Means<'_>,
) -> Result<(), BatchError> {
    let wanted = rows.iter().filter_map(|(place, read)| match read {
        Read::Wish(_, wish) => Some(Wanted {
            row: place.row,
            algorithm: wish.algorithm,
        }),
        _ => None,
    });
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut keys = means.keys.give(&wanted, means.rng)?.into_iter();
    let wishing = rows
        .iter_mut()
        .filter(|(_, read)| matches!(read, Read::Wish(..)));
    let paired: Vec<_> = wishing.map_while(|row| Some((row, keys.next()?))).collect();
    let put = |((place, read), key): (&mut (Place<F>, Read<Q, F>), KeyPair)| {
        if let Read::Wish(fields, wish) = read {
            match sign(&key, &wish.subject) {
                Ok(request) => reader.put_request(fields, &request),
                Err(error) => {
                    let found = error.to_string();
                    let finding = fault("batch.subject", SUBJECT, found, "a request can be made");
                    *read = Read::Refused(F::unreadable(finding));
                }
            }
            place.private = Some(key);
        }
    };
    paired.into_par_iter().for_each(put);
    Ok(())
}

fn sign(key: &KeyPair, subject: &Name) -> Result<CertificationRequest, request::RequestError> {
    let algorithm = match SignatureAlgorithm::default_for(key.public_key()) {
        Some(algorithm) => algorithm,
        None => SignatureAlgorithm::Sha256WithRsa,
    };
    let draft = RequestDraft {
        subject,
        key,
        algorithm,
        extensions: &Extensions::default(),
    };
    let mut signed = request::sign(&[draft]);
    // One draft, one answer.
    signed.pop().unwrap_or_else(|| {
        Err(request::RequestError::Malformed {
            reason: "no request was made".to_owned(),
        })
    })
}

/// A vendor that answers a transaction as before gives a certificate for the key of that time.
pub(super) fn answered_before() -> Finding {
    let found = "a certificate for another key: the request was answered before";
    fault(
        "batch.key",
        KEY,
        found.to_owned(),
        "a certificate for the key made here",
    )
}

fn fault(rule: &'static str, field: &str, found: String, expected: &str) -> Finding {
    Finding::error(rule, ROW_RULES, field, found, expected)
}

/// The row's own fields: the kind of key, and whom it is for.
pub(in crate::batch) const FIELDS: [&str; 2] = [KEY, SUBJECT];

const KEY: &str = "key";
pub(in crate::batch) const SUBJECT: &str = "subject";

/// The order of a name that is given as an object.
const ORDER: [&str; 9] = [
    "C",
    "ST",
    "L",
    "STREET",
    "O",
    "OU",
    "UID",
    "CN",
    "emailAddress",
];
