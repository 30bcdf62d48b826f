//! What is shown to a person and to a program alike: named fields in order, as indented text or as JSON.

use std::fmt::Write;

use serde::ser::{Serialize, SerializeMap, Serializer};

pub(super) use crate::bundle::text::{colon_hex, printable};

/// Named values in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields(Vec<(&'static str, Node)>);

/// A value that is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Yes or no.
    Flag(bool),
    /// Values below a name.
    Fields(Fields),
    /// A line to a person, fields to a program.
    Line(String, Fields),
    /// Values one below the other.
    List(Vec<Self>),
    /// A count, or a size in the unit that its name tells.
    Number(u64),
    /// One line of text.
    Text(String),
}

impl Fields {
    /// No fields yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// With one more field.
    pub(super) fn with(mut self, name: &'static str, node: impl Into<Node>) -> Self {
        self.0.push((name, node.into()));
        self
    }

    /// With one more field when there is a value.
    pub(super) fn with_some(self, name: &'static str, node: Option<impl Into<Node>>) -> Self {
        match node {
            Some(node) => self.with(name, node),
            None => self,
        }
    }

    /// With the fields of another after its own.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Lines of text, each indented by twice `depth` spaces.
    pub(super) fn to_text(&self, depth: usize) -> String {
        let mut text = String::new();
        self.write_text(depth, &mut text);
        text
    }

    fn write_text(&self, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        let width = self.0.iter().filter(|(_, node)| node.is_line());
        let width = width.map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, node) in &self.0 {
            match node.line() {
                Some(line) => push_line(text, format_args!("{indent}{name:width$}  {line}")),
                None => {
                    push_line(text, format_args!("{indent}{name}"));
                    node.write_text(depth + 1, text);
                }
            }
        }
    }
}

impl Node {
    fn is_line(&self) -> bool {
        self.line().is_some()
    }

    fn line(&self) -> Option<String> {
        match self {
            Self::Flag(true) => Some("yes".to_owned()),
            Self::Flag(false) => Some("no".to_owned()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(line) | Self::Line(line, _) => Some(printable(line)),
            Self::List(nodes) if nodes.is_empty() => Some("none".to_owned()),
            Self::Fields(_) | Self::List(_) => None,
        }
    }

    fn write_text(&self, depth: usize, text: &mut String) {
        match self {
            Self::Fields(fields) => fields.write_text(depth, text),
            Self::List(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    // Groups of fields would run into each other without a line of their own.
                    if matches!(node, Self::Fields(_)) {
                        push_line(text, format_args!("{}{}.", "  ".repeat(depth), index + 1));
                        node.write_text(depth + 1, text);
                    } else {
                        node.write_text(depth, text);
                    }
                }
            }
            Self::Flag(_) | Self::Line(..) | Self::Number(_) | Self::Text(_) => {
                let line = self.line().unwrap_or_default();
                push_line(text, format_args!("{}{line}", "  ".repeat(depth)));
            }
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, node) in &self.0 {
            map.serialize_entry(name, node)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Fields(fields) | Self::Line(_, fields) => fields.serialize(serializer),
            Self::List(nodes) => nodes.serialize(serializer),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u64> for Node {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Fields> for Node {
    fn from(fields: Fields) -> Self {
        Self::Fields(fields)
    }
}

impl From<Vec<Self>> for Node {
    fn from(nodes: Vec<Self>) -> Self {
        Self::List(nodes)
    }
}

/// Lower-case hexadecimal, two digits an octet.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn push_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _written = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_say_the_same_in_the_same_order() {
        let inner = Fields::new().with("z", 1).with("a", true);
        let fields = Fields::new()
            .with("name", "x")
            .with_some("absent", None::<String>)
            .with("inner", inner)
            .with("none", Vec::new())
            .with("list", vec![Node::from("one"), Node::from("two")]);
        let text =
            "  name  x\n  inner\n    z  1\n    a  yes\n  none  none\n  list\n    one\n    two\n";
        assert_eq!(fields.to_text(1), text);
        let json = r#"{"name":"x","inner":{"z":1,"a":true},"none":[],"list":["one","two"]}"#;
        assert_eq!(serde_json::to_string(&fields).unwrap(), json);
    }
}
