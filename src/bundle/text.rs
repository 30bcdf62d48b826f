//! What a stranger's certificate says, as text for a person.

/// One line in which nothing steers a terminal: a stranger's text may hold escape sequences.
pub(crate) fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks that turn the direction of writing can make a text look like another one.
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

/// Upper-case hexadecimal with colons between the octets, as fingerprints are compared by eye.
pub(crate) fn colon_hex(octets: &[u8]) -> String {
    let pairs: Vec<_> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shown_steers_a_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc"), "a\\u{1b}[31mb\\u{d}\\u{a}c");
        assert_eq!(printable("ab\u{202e}ba"), "ab\\u{202e}ba");
        assert_eq!(printable("Zürich 上海"), "Zürich 上海");
    }
}
