//! HTML in the making. Whatever is written is escaped, since there is no other way to write; names are the program's own.
//!
//! The result is well-formed XML too: every element is closed, every attribute has a value in quotation marks.

use crate::bundle::text::printable;

/// A page or a part of one.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// A document of one element.
    pub(super) fn document(
        attributes: &[(&'static str, &str)],
        inside: impl FnOnce(&mut Self),
    ) -> String {
        let mut html = Self("<!DOCTYPE html>\n".to_owned());
        html.element("html", attributes, inside);
        html.0
    }

    /// An element, and in it what `inside` writes.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        if BLOCKS.contains(&name) {
            self.0.push('\n');
        }
    }

    /// An element with nothing but text in it.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// An element that has no content.
    pub(super) fn void(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.open(name, attributes);
        self.0.push_str("/>");
    }

    /// Text; what would steer the reader's eye or terminal is written out.
    pub(super) fn text(&mut self, text: &str) {
        for c in printable(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
    }

    fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
    }
}

/// Elements after which a line ends, so that the source of a page can be read.
const BLOCKS: [&str; 14] = [
    "body", "dd", "div", "form", "h1", "h2", "head", "header", "li", "main", "p", "section", "tr",
    "title",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_written_becomes_markup() {
        let hostile = "</p><script>alert('1')</script>\" onload=\"x&amp;\u{202e}\u{0}\n";
        let text = Html::document(&[("lang", hostile)], |html| html.leaf("p", &[], hostile));
        let (_, xml) = text.split_once('\n').unwrap();
        let document = roxmltree::Document::parse(xml).unwrap();
        let names: Vec<_> = document
            .descendants()
            .filter(roxmltree::Node::is_element)
            .map(|node| node.tag_name().name())
            .collect();
        assert_eq!(names, ["html", "p"]);
        let shown = "</p><script>alert('1')</script>\" onload=\"x&amp;\\u{202e}\\u{0}\\u{a}";
        let root = document.root_element();
        assert_eq!(root.attribute("lang"), Some(shown));
        assert_eq!(root.attributes().count(), 1);
        let paragraph = root.first_element_child().unwrap();
        assert_eq!(paragraph.text(), Some(shown));
    }
}
