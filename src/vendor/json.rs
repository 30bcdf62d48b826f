//! Bodies of the vendors' calls: a JSON object in which no name stands twice. Readers differ in which of two they believe,
//! so nobody could tell what was asked.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Why a body is no such object.
pub(super) enum NoObject {
    /// It is no JSON.
    Malformed(serde_json::Error),
    /// It is another JSON value.
    Other(Value),
    /// A name stands in it more than once.
    Repeated(BTreeSet<String>),
}

/// The fields of a body.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, NoObject> {
    match serde_json::from_slice(body) {
        Ok(Body { fields, repeated }) if repeated.is_empty() => Ok(fields),
        Ok(Body { repeated, .. }) => Err(NoObject::Repeated(repeated)),
        // Where it is JSON, its type tells more than where the reader stopped.
        Err(error) => match serde_json::from_slice(body) {
            Ok(other) => Err(NoObject::Other(other)),
            Err(_) => Err(NoObject::Malformed(error)),
        },
    }
}

/// What was found of names that stand more than once.
pub(super) fn repeated(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    format!("more than once: {}", names.join(", "))
}

/// The type of a value, for who must not be shown the value: a secret may stand in it.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a JSON boolean",
        Value::Number(_) => "a JSON number",
        Value::String(_) => "a JSON string",
        Value::Array(_) => "a JSON array",
        Value::Object(_) => "a JSON object",
    }
}

/// What a name that stands more than once should do.
pub(super) const EACH_ONCE: &str = "each name once";

/// A JSON object, and the names that stand in it more than once.
struct Body {
    fields: Map<String, Value>,
    repeated: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut fields = Map::new();
        let mut repeated = BTreeSet::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if fields.contains_key(&name) {
                repeated.insert(name);
            } else {
                fields.insert(name, value);
            }
        }
        Ok(Body { fields, repeated })
    }
}
