//! Text of an object that is too long to be held: written as its octets come.

use std::fmt;
use std::io;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::pem::Label;

/// Writes one object as [`encode`](crate::pem::encode) does, to be ended with [`Writer::finish`].
pub struct Writer<W: Write> {
    out: W,
    label: Label,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins the object.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn new(label: Label, mut out: W) -> io::Result<Self> {
        writeln!(out, "-----BEGIN {label}-----")?;
        Ok(Self {
            out,
            label,
            line: Vec::with_capacity(LINE_OCTETS),
        })
    }

    /// Ends it.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_line()?;
        writeln!(self.out, "-----END {}-----", self.label)?;
        self.out.flush()
    }

    fn end_line(&mut self) -> io::Result<()> {
        if self.line.is_empty() {
            return Ok(());
        }
        let text = STANDARD.encode(&self.line);
        self.line.clear();
        writeln!(self.out, "{text}")
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut left = octets;
        while !left.is_empty() {
            let taken = left.len().min(LINE_OCTETS - self.line.len());
            let (now, later) = left.split_at(taken);
            self.line.extend_from_slice(now);
            left = later;
            if self.line.len() == LINE_OCTETS {
                self.end_line()?;
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({})", self.label)
    }
}

/// 64 columns (RFC 7468 §2).
const LINE_OCTETS: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pem;

    #[test]
    fn pieces_make_the_text_of_the_whole() {
        for length in [0, 1, 47, 48, 49, 96, 1000] {
            let octets: Vec<u8> = (0..=255).cycle().take(length).collect();
            let mut text = Vec::new();
            let mut writer = Writer::new(Label::Crl, &mut text).unwrap();
            octets
                .chunks(7)
                .for_each(|piece| writer.write_all(piece).unwrap());
            writer.finish().unwrap();
            if length > 0 {
                assert_eq!(text, pem::encode(Label::Crl, &octets).as_bytes());
            }
        }
    }
}
