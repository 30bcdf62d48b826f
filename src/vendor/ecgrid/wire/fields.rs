//! Fields by name, with the type that the vendor gives them, from JSON or from elements.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::CreateRequest;
use super::parameters::{
    BEGIN_USAGE, CERT, CERT_BASE64, COMM_ID, EXPIRES, PARTNER_AS2_ID, SECURE_HASH_ALGORITHM, USAGE,
};
use crate::lint::Finding;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::ecgrid::date;
use crate::vendor::ecgrid::enums::{Named, SecureHashAlgorithm};
use crate::vendor::ecgrid::error::{Fault, FaultKind, Parameter, Refusal};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::json;
use crate::vendor::json::NoObject;

/// Octets of the longest body that is read: a PKCS #12 in base64 fits many times.
pub const MAX_BODY_OCTETS: usize = 1 << 20;

/// A call: its fields, in the form in which they came.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Call<'a> {
    /// The elements of a SOAP body below the operation: names and texts.
    Elements(&'a [(&'a str, &'a str)]),
    /// The fields of the HTTP POST binding; dates may be in the culture of the client's machine.
    Form(&'a [(&'a str, &'a str)]),
    /// The JSON of REST; a row of a job has the same fields.
    Json(&'a Map<String, Value>),
}

/// The JSON object of a body.
///
/// # Errors
/// A [`Refusal`] of the wire stage when it is too long or no JSON object.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let refused = |found: String, expected: String| {
        let finding = Finding::error("ecgrid.body", SOURCE, "body", found, &*expected);
        let body = Parameter {
            rest: "body",
            soap: "body",
        };
        let message = format!("is not {expected}");
        let fault = Fault::new(FaultKind::InvalidParameter, body, &message, finding);
        Refusal::of(Stage::Wire, fault)
    };
    if body.len() > MAX_BODY_OCTETS {
        return Err(refused(
            format!("{} octets", body.len()),
            format!("at most {MAX_BODY_OCTETS} octets"),
        ));
    }
    json::object(body).map_err(|error| match error {
        NoObject::Repeated(names) => {
            let expected = format!("a JSON object with {}", json::EACH_ONCE);
            refused(json::repeated(&names), expected)
        }
        NoObject::Other(_) => refused("another JSON value".to_owned(), "a JSON object".to_owned()),
        NoObject::Malformed(error) => refused(error.to_string(), "a JSON object".to_owned()),
    })
}

/// The fields of a row of texts: whole numbers where a number belongs, empty texts left out.
#[must_use]
pub fn object_of_texts<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Map<String, Value> {
    let filled = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let field = |(name, text): (&str, &str)| {
        let number = NUMBER_NAMES
            .contains(&name)
            .then(|| text.parse::<i64>().ok())
            .flatten();
        let value = number.map_or_else(|| Value::from(text), Value::from);
        (name.to_owned(), value)
    };
    filled.map(field).collect()
}

/// A reader of fields that collects what is wrong with them.
pub(super) struct Fields<'a> {
    call: Call<'a>,
    source: &'static str,
    faults: Vec<Fault>,
}

/// A field's value as it came.
enum Raw<'a> {
    Json(&'a Value),
    Text(&'a str),
}

impl<'a> Fields<'a> {
    pub(super) fn new(call: &Call<'a>, operation: Operation) -> Self {
        let soap = !matches!(call, Call::Json(_));
        Self {
            call: *call,
            source: operation.source(soap),
            faults: Vec::new(),
        }
    }

    pub(super) fn is_soap(&self) -> bool {
        !matches!(self.call, Call::Json(_))
    }

    /// The request, unless something was wrong with a field.
    pub(super) fn end<T>(self, request: impl FnOnce() -> Option<T>) -> Result<T, Refusal> {
        if let Some(refusal) = Refusal::from_faults(Stage::Wire, self.faults) {
            return Err(refusal);
        }
        let source = self.source;
        // Whatever is missing was required, and told.
        request().ok_or_else(|| Refusal::of(Stage::Wire, missing(COMM_ID, source)))
    }

    /// All that was wrong with the fields.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// A fault when the field is absent.
    pub(super) fn require(&mut self, parameter: Parameter) {
        if self.raw(parameter).is_none() {
            self.faults.push(missing(parameter, self.source));
        }
    }

    pub(super) fn text(&mut self, parameter: Parameter) -> Option<String> {
        match self.raw(parameter)? {
            Raw::Text(text) => Some(text.to_owned()),
            Raw::Json(Value::String(text)) => Some(text.clone()),
            Raw::Json(other) => self.wrong(parameter, &other.to_string(), "a string"),
        }
    }

    /// A text that holds a secret: what stands in its place is told by its type alone.
    pub(super) fn secret(&mut self, parameter: Parameter) -> Option<Zeroizing<String>> {
        match self.raw(parameter)? {
            Raw::Json(other) if !other.is_string() => {
                self.wrong(parameter, json::type_name(other), "a string")
            }
            _ => self.text(parameter).map(Zeroizing::new),
        }
    }

    /// An integer of 64 bits at the most; one beyond stays what it is to every rule: too great.
    pub(super) fn integer(&mut self, parameter: Parameter) -> Option<i64> {
        let (read, found) = match self.raw(parameter)? {
            Raw::Text(text) => (text.trim().parse().ok(), format!("{text:?}")),
            Raw::Json(Value::Number(number)) => {
                let beyond = number.as_u64().map(|_| i64::MAX);
                (number.as_i64().or(beyond), number.to_string())
            }
            Raw::Json(other) => (None, other.to_string()),
        };
        read.or_else(|| self.wrong(parameter, &found, "an integer"))
    }

    /// A positive number of 32 bits: the vendor's ids.
    pub(super) fn id(&mut self, parameter: Parameter) -> Option<i32> {
        let number = self.integer(parameter)?;
        let id = i32::try_from(number).ok().filter(|id| *id > 0);
        let expected = "a positive integer of 32 bits";
        id.or_else(|| self.wrong(parameter, &number.to_string(), expected))
    }

    /// An id whose 0 means none: SOAP cannot leave an `int` out.
    pub(super) fn id_or_zero(&mut self, parameter: Parameter) -> Option<i32> {
        let zero = match self.raw(parameter)? {
            Raw::Text(text) => text.trim() == "0",
            Raw::Json(value) => value.as_i64() == Some(0),
        };
        if zero { None } else { self.id(parameter) }
    }

    pub(super) fn date(&mut self, parameter: Parameter) -> Option<UnixSeconds> {
        let text = self.text(parameter)?;
        let read = match self.call {
            Call::Form(_) => date::culture(&text),
            Call::Elements(_) | Call::Json(_) => date::iso(&text),
        };
        let expected = "a time such as 2026-05-07T00:00:00Z, from 1970 to 9999";
        read.or_else(|| self.wrong(parameter, &format!("{text:?}"), expected))
    }

    pub(super) fn named<T: Named>(&mut self, parameter: Parameter) -> Option<T> {
        let read = if self.is_soap() {
            T::from_xml
        } else {
            T::from_json
        };
        self.enumerated(parameter, read)
    }

    /// The hash; XML has two spellings beside those of the pages.
    pub(super) fn hash(&mut self, parameter: Parameter) -> Option<SecureHashAlgorithm> {
        let read = if self.is_soap() {
            SecureHashAlgorithm::from_soap
        } else {
            SecureHashAlgorithm::from_json
        };
        self.enumerated(parameter, read)
    }

    fn enumerated<T: Named>(
        &mut self,
        parameter: Parameter,
        read: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(parameter)?;
        let expected = format!("one of {}", T::names());
        read(&text).or_else(|| self.wrong(parameter, &format!("{text:?}"), &expected))
    }

    pub(super) fn boolean(&mut self, parameter: Parameter) -> Option<bool> {
        let (read, found) = match self.raw(parameter)? {
            // XML Schema part 2 §3.2.2; the POST binding writes True and False.
            Raw::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => (Some(true), String::new()),
                "false" | "0" => (Some(false), String::new()),
                _ => (None, format!("{text:?}")),
            },
            Raw::Json(value) => (value.as_bool(), value.to_string()),
        };
        read.or_else(|| self.wrong(parameter, &found, "true or false"))
    }

    /// `cert`, base64 whichever form it came in; `CertBase64` is its name in the operations that end in A.
    pub(super) fn certificate_octets(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        let parameter = match self.raw(CERT) {
            None if self.raw(CERT_BASE64).is_some() => CERT_BASE64,
            _ => CERT,
        };
        self.require(parameter);
        let text = self.secret(parameter)?;
        let plain: String = text.split_ascii_whitespace().collect();
        let octets = STANDARD.decode(Zeroizing::new(plain).as_bytes()).ok();
        let found = format!("text of {} characters", text.len());
        octets
            .map(Zeroizing::new)
            .or_else(|| self.wrong(parameter, &found, "base64"))
    }

    /// The field, unless it is absent: `null` or an empty text.
    fn raw(&self, parameter: Parameter) -> Option<Raw<'a>> {
        match self.call {
            Call::Json(object) => match object.get(parameter.rest)? {
                Value::Null => None,
                Value::String(text) if text.trim().is_empty() => None,
                value => Some(Raw::Json(value)),
            },
            Call::Elements(pairs) | Call::Form(pairs) => {
                let named = |(name, _): &&(&str, &str)| *name == parameter.soap;
                let text = pairs.iter().find(named).map(|(_, text)| *text);
                text.filter(|text| !text.trim().is_empty()).map(Raw::Text)
            }
        }
    }

    fn wrong<T>(&mut self, parameter: Parameter, found: &str, expected: &str) -> Option<T> {
        let finding = Finding::error(
            "ecgrid.field-type",
            self.source,
            parameter.rest,
            found,
            expected,
        );
        let message = format!("is {}, {expected} is expected", finding.found());
        let kind = FaultKind::InvalidParameter;
        self.faults
            .push(Fault::new(kind, parameter, &message, finding));
        None
    }
}

impl CreateRequest {
    /// What could be read, and all that was wrong; in place of a number that could not stands the least.
    pub(in crate::vendor::ecgrid) fn read_all(call: &Call<'_>) -> (Self, Vec<Fault>) {
        let mut fields = Fields::new(call, Operation::CreatePrivate);
        let comm_id = fields.id(COMM_ID);
        let begin_usage = fields.date(BEGIN_USAGE);
        let usage = fields.named(USAGE);
        let secure_hash_algorithm = fields.hash(SECURE_HASH_ALGORITHM);
        let partner_as2_id = fields.text(PARTNER_AS2_ID);
        let expires = fields.date(EXPIRES);
        fields.require(COMM_ID);
        if fields.is_soap() {
            for parameter in [BEGIN_USAGE, USAGE, SECURE_HASH_ALGORITHM, EXPIRES] {
                fields.require(parameter);
            }
        }
        let request = Self {
            comm_id: comm_id.unwrap_or(1),
            begin_usage,
            usage,
            secure_hash_algorithm,
            partner_as2_id,
            expires,
        };
        (request, fields.into_faults())
    }
}

fn missing(parameter: Parameter, source: &'static str) -> Fault {
    let finding = Finding::error(
        "ecgrid.missing",
        source,
        parameter.rest,
        "nothing",
        "a value",
    );
    Fault::new(
        FaultKind::MissingParameter,
        parameter,
        "is required",
        finding,
    )
}

/// A body that is no object is read before its operation.
const SOURCE: &str = "ECGrid, REST API";

const NUMBER_NAMES: &[&str] = &[
    "certKeyId",
    "commId",
    "mailboxId",
    "networkId",
    "overlapDays",
    "partnerCommId",
    "years",
];
