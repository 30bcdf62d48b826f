//! Elements of a SOAP body, ready to be written under whatever namespace the caller used.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// An element: a name, and a text or children in the order of the vendor's schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Element {
    name: &'static str,
    content: Content,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Content {
    Children(Vec<Element>),
    Text(String),
}

impl Element {
    /// An element with a text.
    #[must_use]
    pub fn text(name: &'static str, text: impl ToString) -> Self {
        Self {
            name,
            content: Content::Text(text.to_string()),
        }
    }

    /// An element with children.
    #[must_use]
    pub fn of(name: &'static str, children: Vec<Self>) -> Self {
        Self {
            name,
            content: Content::Children(children),
        }
    }

    /// The same content under another name: an operation's result bears the operation's name.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The children, none of an element with a text.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match &self.content {
            Content::Children(children) => children,
            Content::Text(_) => &[],
        }
    }

    /// The text, `None` of an element with children.
    #[must_use]
    pub fn text_content(&self) -> Option<&str> {
        match &self.content {
            Content::Children(_) => None,
            Content::Text(text) => Some(text),
        }
    }

    /// The first child of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children().iter().find(|child| child.name == name)
    }

    /// The element as XML, in a namespace where there is one. Wiped when dropped: it may hold a PFX and its password.
    #[must_use]
    pub fn to_xml(&self, namespace: Option<&str>) -> Zeroizing<String> {
        let mut xml = Zeroizing::new(String::new());
        self.write(namespace, &mut xml);
        xml
    }

    fn write(&self, namespace: Option<&str>, xml: &mut String) {
        xml.push('<');
        xml.push_str(self.name);
        if let Some(namespace) = namespace {
            xml.push_str(" xmlns=\"");
            escape(namespace, xml);
            xml.push('"');
        }
        xml.push('>');
        match &self.content {
            Content::Children(children) => children.iter().for_each(|child| child.write(None, xml)),
            Content::Text(text) => escape(text, xml),
        }
        // Writing to a string cannot fail.
        write!(xml, "</{}>", self.name).unwrap_or_default();
    }
}

/// XML 1.0 §2.4; what §2.2 does not allow at all is left out.
pub(super) fn escape(text: &str, xml: &mut String) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\r' => xml.push_str("&#13;"),
            '\t' | '\n' => xml.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => xml.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_written_with_its_namespace_and_nothing_in_it_is_markup() {
        let element = Element::of(
            "A",
            vec![
                Element::text("B", "1 < 2 & \"3\"\u{1}"),
                Element::text("C", 7),
            ],
        );
        assert_eq!(
            *element.to_xml(Some("https://os.ecgrid.io/")),
            "<A xmlns=\"https://os.ecgrid.io/\"><B>1 &lt; 2 &amp; &quot;3&quot;</B><C>7</C></A>"
        );
        assert_eq!(
            element.child("C").and_then(Element::text_content),
            Some("7")
        );
        assert_eq!(element.named("D").name(), "D");
    }
}
