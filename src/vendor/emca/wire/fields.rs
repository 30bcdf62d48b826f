//! Fields by name, with the type that the vendor's pages give them.

use serde_json::{Map, Value};

use super::Transaction;
use crate::lint::Finding;
use crate::vendor::emca::error::{Fault, FaultKind, HOWTO, PAGE};
use crate::vendor::json;

/// A reader of fields that collects what is wrong with them.
pub(super) struct Fields<'a> {
    fields: Vec<(String, &'a Value)>,
    faults: Vec<Fault>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a Map<String, Value>) -> Self {
        let named = object.iter().map(|(name, value)| {
            let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
            (name, value)
        });
        Self {
            fields: named.filter(|(_, value)| !value.is_null()).collect(),
            faults: Vec::new(),
        }
    }

    /// All that was wrong with the fields.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// A string under one of its names.
    pub(super) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        let value = self.value(names)?;
        match value {
            Value::String(text) => Some(text.clone()),
            other => {
                let name = names.first().copied().unwrap_or_default();
                self.fault(name, json::type_name(other), "a JSON string");
                None
            }
        }
    }

    /// A string; a blank one is absent.
    pub(super) fn filled(&mut self, names: &[&'static str]) -> Option<String> {
        self.text(names).filter(|text| !text.trim().is_empty())
    }

    /// A string that must be there; its value is never quoted.
    pub(super) fn mandatory(&mut self, name: &'static str) -> String {
        let before = self.faults.len();
        let text = self.filled(&[name]);
        if text.is_none() && self.faults.len() == before {
            self.missing(name);
        }
        text.unwrap_or_default()
    }

    /// A string that must be there and can name something.
    pub(super) fn name(&mut self, name: &'static str) -> String {
        let text = self.mandatory(name);
        let characters = text.chars().count();
        if characters > Transaction::MAX_CHARACTERS {
            let expected = format!("at most {} characters", Transaction::MAX_CHARACTERS);
            self.fault(name, &format!("{characters} characters"), &expected);
        } else if text.chars().any(char::is_control) {
            self.fault(name, &format!("{text:?}"), "no control characters");
        }
        text
    }

    /// `"true"` or `"false"` as the page has it; a JSON boolean says the same. Which texts are allowed is a rule of the
    /// request stage.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<String> {
        match self.value(&[name])? {
            Value::Bool(flag) => Some(flag.to_string()),
            Value::String(text) => Some(text.clone()),
            other => {
                self.fault(name, json::type_name(other), "\"true\" or \"false\"");
                None
            }
        }
    }

    /// Decimal digits as a string, or a JSON integer.
    pub(super) fn digits(&mut self, name: &'static str) -> Option<String> {
        match self.value(&[name])? {
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.clone()),
            other => {
                self.fault(name, json::type_name(other), "a number as a JSON string");
                None
            }
        }
    }

    /// The value under any of a field's names; two that differ are a fault, for nobody can tell which one is meant.
    fn value(&mut self, names: &[&'static str]) -> Option<&'a Value> {
        let mut found = self
            .fields
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| *value);
        let first = found.next()?;
        if found.any(|other| other != first) {
            let name = names.first().copied().unwrap_or_default();
            self.fault(name, "two values", "one value");
            return None;
        }
        Some(first)
    }

    fn missing(&mut self, name: &'static str) {
        self.faults.push(missing(name));
    }

    fn fault(&mut self, name: &'static str, found: &str, expected: &str) {
        let finding = Finding::error("emca.field-type", PAGE, name, found, expected);
        self.faults.push(Fault::new(FaultKind::Parameter, finding));
    }
}

/// A mandatory field that is not there.
pub(in crate::vendor::emca) fn missing(name: &'static str) -> Fault {
    let finding = Finding::error("emca.parameter", HOWTO, name, "nothing", "a value");
    Fault::new(FaultKind::Parameter, finding)
}
