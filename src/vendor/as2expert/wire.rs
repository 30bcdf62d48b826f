//! The wire stage: the fields of each call, as JSON or as a row of texts.
//!
//! Fields that the vendor does not name are ignored; `null` and an empty text are an absent field. Numbers may come as
//! texts of digits, as ids do on the vendor's other routes.

use std::fmt;

use serde_json::{Map, Value};

use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::as2expert::error::{Fault, FaultKind, PAGE, Refusal};
use crate::vendor::as2expert::world::SubjectFields;
use crate::vendor::json;
use crate::vendor::json::NoObject;

/// Octets of the longest body that is read.
pub const MAX_BODY_OCTETS: usize = 1 << 16;

/// `POST /certificates/create`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CreateRequest {
    pub(super) station: Option<i64>,
    pub(super) self_signed: Option<bool>,
    pub(super) subject: SubjectFields,
    pub(super) days: Option<i64>,
    pub(super) key_bits: Option<i64>,
    pub(super) hash: Option<String>,
}

/// `POST /certificates/detail`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DetailRequest {
    pub(super) id: i64,
}

impl CreateRequest {
    /// A self-signed certificate for a station, with everything else as it is by default.
    #[must_use]
    pub fn new(station: i64) -> Self {
        Self {
            station: Some(station),
            self_signed: Some(true),
            ..Self::default()
        }
    }

    /// Reads the request's fields; what is missing the request stage tells. `self_signed`, the mode's name in the
    /// page's prose, is read too.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let (request, faults) = Self::read_all(object);
        Refusal::from_faults(Stage::Wire, faults).map_or(Ok(request), Err)
    }

    /// What could be read, and all that was wrong.
    pub(super) fn read_all(object: &Map<String, Value>) -> (Self, Vec<Fault>) {
        let mut fields = Fields::new(object);
        let mut request = Self {
            station: fields.integer("station"),
            self_signed: fields.boolean("selfSigned", "self_signed"),
            subject: SubjectFields::default(),
            days: fields.integer("dias"),
            key_bits: fields.integer("keybits"),
            hash: fields.text("hash"),
        };
        let SubjectFields {
            country_name,
            province_name,
            locality_name,
            organization,
            organization_unit_name,
            common_name,
            email,
        } = &mut request.subject;
        for (name, place) in [
            ("email", email),
            ("commonName", common_name),
            ("countryName", country_name),
            ("localityName", locality_name),
            ("provinceName", province_name),
            ("organization", organization),
            ("organizationUnitName", organization_unit_name),
        ] {
            *place = fields.text(name);
        }
        (request, fields.faults)
    }

    /// With these subject fields.
    #[must_use]
    pub fn with_subject(mut self, subject: SubjectFields) -> Self {
        self.subject = subject;
        self
    }

    /// With `dias`.
    #[must_use]
    pub fn with_days(mut self, days: i64) -> Self {
        self.days = Some(days);
        self
    }

    /// With `keybits`.
    #[must_use]
    pub fn with_key_bits(mut self, bits: i64) -> Self {
        self.key_bits = Some(bits);
        self
    }

    /// With `hash`.
    #[must_use]
    pub fn with_hash(mut self, hash: impl Into<String>) -> Self {
        self.hash = Some(hash.into());
        self
    }
}

impl DetailRequest {
    /// A certificate by its number.
    #[must_use]
    pub fn new(id: i64) -> Self {
        Self { id }
    }

    /// Reads the request's field, `id`; `certificate_id`, the same number's other name, is read too.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage: `Campo requerido: id`.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(object);
        let (id, other) = (fields.integer("id"), fields.integer("certificate_id"));
        let id = fields.one("id", id, other);
        if id.is_none() && fields.faults.is_empty() {
            fields.faults.push(Fault::required("id"));
        }
        // An id that was no number is a fault already, and the fields do not end well.
        fields.end(Self::new(id.unwrap_or(0)))
    }
}

/// `POST /stations` and `POST /stations/detail`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct StationRequest {
    pub(super) id: Option<i64>,
}

impl StationRequest {
    pub(super) fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut fields = Fields::new(object);
        let id = fields.integer("id");
        fields.end(Self { id })
    }

    pub(super) fn required(self) -> Result<i64, Refusal> {
        let required = || Refusal::of(Stage::Wire, Fault::required("id"));
        self.id.ok_or_else(required)
    }
}

/// The JSON object of a body; one without octets is taken for `{}`, which the vendor's lists are asked with.
///
/// # Errors
/// A [`Refusal`] of the wire stage.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let refused = |found: String| {
        let expected = format!(
            "a JSON object of at most {MAX_BODY_OCTETS} octets, {}",
            json::EACH_ONCE
        );
        let finding = Finding::error("as2expert.body", PAGE, "body", found, expected);
        Refusal::of(Stage::Wire, Fault::new(FaultKind::Body, finding))
    };
    if body.len() > MAX_BODY_OCTETS {
        return Err(refused(format!("{} octets", body.len())));
    }
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    json::object(body).map_err(|error| match error {
        NoObject::Repeated(names) => refused(json::repeated(&names)),
        NoObject::Other(_) => refused("another JSON value".to_owned()),
        NoObject::Malformed(error) => refused(error.to_string()),
    })
}

/// The fields of a row of texts; `true` and `false` stand for themselves, empty texts are left out.
#[must_use]
pub fn object_of_texts<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Map<String, Value> {
    let filled = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let field = |(name, text): (&str, &str)| {
        let truth = match (name, text) {
            ("selfSigned" | "self_signed", "true") => Some(Value::Bool(true)),
            ("selfSigned" | "self_signed", "false") => Some(Value::Bool(false)),
            _ => None,
        };
        (name.to_owned(), truth.unwrap_or_else(|| Value::from(text)))
    };
    filled.map(field).collect()
}

/// A reader of fields that collects what is wrong with them.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a Map<String, Value>) -> Self {
        Self {
            object,
            faults: Vec::new(),
        }
    }

    pub(super) fn end<T>(self, request: T) -> Result<T, Refusal> {
        Refusal::from_faults(Stage::Wire, self.faults).map_or(Ok(request), Err)
    }

    /// Whether there is something in a field, of whatever type.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    fn raw(&self, name: &str) -> Option<&'a Value> {
        match self.object.get(name)? {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            value => Some(value),
        }
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.raw(name)? {
            Value::String(text) => Some(text.trim().to_owned()),
            other => self.wrong(name, other, "a string"),
        }
    }

    /// An integer; one beyond 64 bits stays what it is to every rule: too great.
    pub(super) fn integer(&mut self, name: &'static str) -> Option<i64> {
        let value = self.raw(name)?;
        let read = match value {
            Value::Number(number) => {
                let beyond = number.as_u64().map(|_| i64::MAX);
                number.as_i64().or(beyond)
            }
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        read.or_else(|| self.wrong(name, value, "an integer"))
    }

    fn boolean(&mut self, name: &'static str, alias: &'static str) -> Option<bool> {
        let [read, other] = [name, alias].map(|under| {
            let value = self.raw(under)?;
            let read = value.as_bool();
            read.or_else(|| self.wrong(name, value, "true or false"))
        });
        self.one(name, read, other)
    }

    /// What a field and its other name say: nobody can tell which of two values is meant.
    fn one<T: Eq + fmt::Display>(
        &mut self,
        name: &'static str,
        read: Option<T>,
        other: Option<T>,
    ) -> Option<T> {
        match (read, other) {
            (Some(read), Some(other)) if read != other => {
                let found = format!("{read} and {other}");
                let rule = "as2expert.field-type";
                self.faults
                    .push(Fault::invalid(name, rule, &found, "one value"));
                None
            }
            (read, other) => read.or(other),
        }
    }

    fn wrong<T>(&mut self, name: &'static str, found: &Value, expected: &str) -> Option<T> {
        let found = found.to_string();
        let fault = Fault::invalid(name, "as2expert.field-type", &found, expected);
        self.faults.push(fault);
        None
    }
}

#[cfg(test)]
mod tests;
