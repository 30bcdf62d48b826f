//! Fields by name, with the type that the vendor's page gives them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Action, ApplyRequest, MAX_BODY_OCTETS};
use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::enos::error::{Argument, Fault, FaultKind, PAGE, Refusal};
use crate::vendor::json;
use crate::vendor::json::NoObject;

/// The fields of a request: those of its JSON body, and of its query beside them.
///
/// The names that the vendor's pages locate in the query (`action`, `orgId`, `assetId`, `productKey`, `deviceKey`,
/// and in some versions `certSn` and `reason`) are taken from there, where they win over the body; an empty value is an
/// absent field. A request without a body (`list`) has only its query.
///
/// # Errors
/// A [`Refusal`] of the wire stage when the body is too long, is not UTF-8, or not a JSON object, and when a name stands
/// twice in the body or, filled, in the query: readers differ in which of the two they believe.
pub fn object(query: &[(&str, &str)], body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let mut object = if body.is_empty() && !query.is_empty() {
        Map::new()
    } else {
        object_of_body(body)?
    };
    let located = |(name, text): &(&str, &str)| QUERY_NAMES.contains(name) && !text.is_empty();
    let located: Vec<_> = query.iter().copied().filter(located).collect();
    let mut seen = BTreeSet::new();
    let twice = located.iter().filter(|(name, _)| !seen.insert(*name));
    let twice: BTreeSet<_> = twice.map(|(name, _)| (*name).to_owned()).collect();
    if !twice.is_empty() {
        return Err(repeated("query", &twice));
    }
    object.extend(object_of_texts(located));
    Ok(object)
}

/// The action that a query names, one of those that the method of the call allows.
///
/// # Errors
/// A [`Refusal`] of the wire stage.
pub fn action(query: &[(&str, &str)], allowed: &[Action]) -> Result<Action, Refusal> {
    let named: Vec<_> = query
        .iter()
        .filter(|(name, _)| *name == "action")
        .map(|(_, value)| *value)
        .collect();
    let found = match named.as_slice() {
        [name] => allowed.iter().find(|action| action.as_str() == *name),
        _ => None,
    };
    found.copied().ok_or_else(|| {
        let found = match named.as_slice() {
            [] => "nothing".to_owned(),
            names => format!("{:?}", names.join(", ")),
        };
        let allowed: Vec<_> = allowed.iter().map(|action| action.as_str()).collect();
        let allowed = format!("one of {}", allowed.join(", "));
        let finding = Finding::error("enos.field-type", PAGE, "action", found, allowed);
        let fault = Fault::new(FaultKind::CallParameters, "action is another", finding);
        Refusal::of(Stage::Wire, fault)
    })
}

/// The fields of a row of texts: whole numbers in decimal digits where a number belongs, empty texts left out.
#[must_use]
pub fn object_of_texts<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Map<String, Value> {
    let filled = texts.into_iter().filter(|(_, text)| !text.is_empty());
    filled
        .map(|(name, text)| {
            let number = NUMBER_NAMES
                .contains(&name)
                .then(|| text.parse::<i64>().ok())
                .flatten();
            let value = number.map_or_else(|| Value::from(text), Value::from);
            (name.to_owned(), value)
        })
        .collect()
}

fn object_of_body(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.len() > MAX_BODY_OCTETS {
        return Err(no_object(
            format!("{} octets", body.len()),
            format!("at most {MAX_BODY_OCTETS} octets"),
        ));
    }
    json::object(body).map_err(|error| {
        let found = match error {
            NoObject::Repeated(names) => return repeated("body", &names),
            NoObject::Other(other) => json::type_name(&other).to_owned(),
            NoObject::Malformed(error) => error.to_string(),
        };
        no_object(found, "a JSON object".to_owned())
    })
}

fn repeated(place: &str, names: &BTreeSet<String>) -> Refusal {
    let found = json::repeated(names);
    let rule = "enos.field-repeated";
    let finding = Finding::error(rule, PAGE, place, found, json::EACH_ONCE);
    let message = format!("the {place} names a field twice");
    let fault = Fault::new(FaultKind::CallParameters, &message, finding);
    Refusal::of(Stage::Wire, fault)
}

fn no_object(found: String, expected: String) -> Refusal {
    let finding = Finding::error("enos.body", PAGE, "body", found, expected);
    let message = "the body cannot be read";
    Refusal::of(
        Stage::Wire,
        Fault::new(FaultKind::CallParameters, message, finding),
    )
}

/// A reader of fields that collects what is wrong with them.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    faults: Vec<Fault>,
}

impl ApplyRequest {
    /// What could be read, and all that was wrong.
    pub(in crate::vendor::enos) fn read_all(object: &Map<String, Value>) -> (Self, Vec<Fault>) {
        let mut fields = Fields::new(object, Action::Apply);
        let request = Self::from_fields(&mut fields);
        (request, fields.into_faults())
    }
}

impl<'a> Fields<'a> {
    /// Reads the fields of one action; an `action` among them must be this one.
    pub(super) fn new(object: &'a Map<String, Value>, action: Action) -> Self {
        let mut fields = Self {
            object,
            faults: Vec::new(),
        };
        let asked = fields.text("action", FaultKind::CallParameters);
        if let Some(asked) = asked.filter(|asked| asked != action.as_str()) {
            fields.fault(
                "action",
                FaultKind::CallParameters,
                "action is another",
                format!("{asked:?}"),
                action.as_str(),
            );
        }
        fields
    }

    /// All that was wrong with the fields.
    fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// The request, unless a field was of the wrong type.
    pub(super) fn end<T>(self, request: T) -> Result<T, Refusal> {
        Refusal::from_faults(Stage::Wire, self.faults).map_or(Ok(request), Err)
    }

    /// A string.
    pub(super) fn text(&mut self, name: &'static str, kind: FaultKind) -> Option<String> {
        match self.object.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => {
                let message = message(name, &kind, "is not a string");
                self.fault(name, kind, &message, other.to_string(), "a JSON string");
                None
            }
        }
    }

    /// A string that names something; an empty one names nothing.
    pub(super) fn identifier(&mut self, name: &'static str, kind: FaultKind) -> Option<String> {
        self.text(name, kind).filter(|text| !text.trim().is_empty())
    }

    /// An integer. One beyond 64 bits stays what it is to every rule: too great.
    pub(super) fn integer(&mut self, name: &'static str, kind: FaultKind) -> Option<i64> {
        match self.object.get(name)? {
            Value::Null => None,
            Value::Number(number) if number.is_i64() => number.as_i64(),
            Value::Number(number) if number.is_u64() => Some(i64::MAX),
            other => {
                let message = message(name, &kind, "is not an integer");
                self.fault(name, kind, &message, other.to_string(), "a JSON integer");
                None
            }
        }
    }

    /// `certSn`: an integer, or its decimal digits as a string, as replies carry it under the name `certSN`.
    pub(super) fn serial(&mut self) -> Option<String> {
        let name = ["certSn", "certSN"]
            .into_iter()
            .find(|name| self.object.get(*name).is_some_and(|value| !value.is_null()))?;
        match self.object.get(name)? {
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            Value::String(text) if text.is_empty() => None,
            Value::String(text) if is_integer(text) => Some(text.clone()),
            other => {
                self.fault(
                    name,
                    FaultKind::Argument(Argument::CertSn),
                    "is not an integer",
                    other.to_string(),
                    "a JSON integer, or its decimal digits as a string",
                );
                None
            }
        }
    }

    fn fault(
        &mut self,
        name: &'static str,
        kind: FaultKind,
        message: &str,
        found: String,
        expected: &str,
    ) {
        let finding = Finding::error("enos.field-type", PAGE, name, found, expected);
        self.faults.push(Fault::new(kind, message, finding));
    }
}

/// `Invalid Argument` names the field itself, other sentences do not.
fn message(name: &str, kind: &FaultKind, what: &str) -> String {
    match kind {
        FaultKind::Argument(_) => what.to_owned(),
        _ => format!("{name} {what}"),
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
}

const QUERY_NAMES: &[&str] = &[
    "action",
    "orgId",
    "assetId",
    "productKey",
    "deviceKey",
    "certSn",
    "certSN",
    "reason",
];

const NUMBER_NAMES: &[&str] = &["certSn", "certSN", "reason", "validDay"];
