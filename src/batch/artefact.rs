//! What of an issued certificate is written.

use std::fmt;
use std::str::FromStr;

use crate::batch::error::BatchError;
use crate::bundle;

/// A form in which a certificate is handed out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Artefact {
    /// A file that consumers import.
    Bundle(bundle::Artefact),
    /// The private key, PKCS #8 PEM, where the vendor makes it.
    Key,
    /// The private key and the certificates under a password, where the vendor makes the key.
    #[cfg(feature = "p12")]
    P12,
    /// The vendor's reply body.
    Reply,
}

/// How an artefact stands in a line of text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Notation {
    /// As octets, in base64.
    Base64,
    /// As the JSON it is.
    Json,
    /// As the text it is.
    Text,
}

impl Artefact {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let bundles = bundle::Artefact::ALL.into_iter().map(Self::Bundle);
        bundles.chain([
            Self::Key,
            #[cfg(feature = "p12")]
            Self::P12,
            Self::Reply,
        ])
    }

    /// The ending of its files, without the first dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Bundle(bundle) => bundle.extension(),
            Self::Key => "key.pem",
            #[cfg(feature = "p12")]
            Self::P12 => "p12",
            Self::Reply => "reply.json",
        }
    }

    /// How it stands in a line of text.
    pub(super) fn notation(self) -> Notation {
        match self {
            Self::Bundle(
                bundle::Artefact::Chain | bundle::Artefact::P7bPem | bundle::Artefact::Pem,
            )
            | Self::Key => Notation::Text,
            Self::Reply => Notation::Json,
            _ => Notation::Base64,
        }
    }

    /// Whether the private key is in it.
    #[must_use]
    pub fn holds_key(self) -> bool {
        match self {
            Self::Bundle(_) | Self::Reply => false,
            Self::Key => true,
            #[cfg(feature = "p12")]
            Self::P12 => true,
        }
    }

    /// The names of those in which the private key is.
    pub(crate) fn key_forms(artefacts: &[Self]) -> String {
        let with_key = artefacts.iter().filter(|artefact| artefact.holds_key());
        let names: Vec<_> = with_key.map(Self::to_string).collect();
        names.join(", ")
    }

    /// Reads names with commas between them; each artefact is wanted once, whatever the order.
    ///
    /// # Errors
    /// [`BatchError::UnknownArtefact`].
    pub fn parse_list(text: &str) -> Result<Vec<Self>, BatchError> {
        let named = |name: &str| name.trim().parse();
        let wanted = text
            .split(',')
            .map(named)
            .collect::<Result<Vec<Self>, _>>()?;
        Ok(Self::all()
            .filter(|artefact| wanted.contains(artefact))
            .collect())
    }
}

impl fmt::Display for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundle(bundle) => bundle.fmt(f),
            Self::Key => f.write_str("key"),
            #[cfg(feature = "p12")]
            Self::P12 => f.write_str("p12"),
            Self::Reply => f.write_str("reply"),
        }
    }
}

impl FromStr for Artefact {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        let named = Self::all().find(|artefact| artefact.to_string() == text);
        named.ok_or_else(|| BatchError::UnknownArtefact {
            found: text.chars().take(80).collect(),
        })
    }
}

/// The names of all artefacts.
pub(super) fn names() -> String {
    Artefact::all()
        .map(|artefact| artefact.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_artefacts_is_read() {
        assert_eq!(
            Artefact::parse_list("reply, cer,pem,cer").unwrap(),
            [
                Artefact::Bundle(bundle::Artefact::Cer),
                Artefact::Bundle(bundle::Artefact::Pem),
                Artefact::Reply
            ]
        );
        for text in ["", "pem,", "PEM", "pfx"] {
            assert!(matches!(
                Artefact::parse_list(text),
                Err(BatchError::UnknownArtefact { .. })
            ));
        }
    }
}
