//! Key files of a workspace: the key itself, or where it is.

use super::KeyPair;
use crate::key::error::KeyError;
use crate::key::pbes2::Passphrase;
#[cfg(feature = "pkcs11")]
use crate::key::token;

impl KeyPair {
    /// What a key file says: PEM as [`KeyPair::from_pem`] reads it, or the `pkcs11:` URI of a key in a token, whose PIN is
    /// the passphrase where the URI names no file for it.
    ///
    /// # Errors
    /// Those of [`KeyPair::from_pem`] and [`KeyPair::from_uri`].
    pub(crate) fn from_key_file(
        text: &str,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, KeyError> {
        if Self::is_in_token(text) {
            return Self::from_uri(text.trim_end(), passphrase);
        }
        Self::from_pem(text.as_bytes(), passphrase)
    }

    /// Whether a key file says where the key is, rather than what it is.
    pub(crate) fn is_in_token(text: &str) -> bool {
        text.starts_with(URI_SCHEME)
    }

    /// Whether a key file names a key in a token, and no file for the PIN: then the passphrase is the PIN.
    pub(crate) fn has_passphrase_for_pin(text: &str) -> bool {
        // As the reader of URIs takes them apart; in a build without tokens there is none.
        let query = text.split_once('?').map_or("", |(_, query)| query);
        let mut attributes = query.split('&');
        Self::is_in_token(text) && !attributes.any(|one| one.starts_with(PIN_SOURCE))
    }

    /// Whether a passphrase is the PIN of the token that a key file leads to; asked of the token, which counts wrong ones.
    ///
    /// # Errors
    /// Those of [`KeyPair::from_uri`], and [`KeyError::Token`] where a login of this process stands in the way.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn check_pin(text: &str, pin: &Passphrase) -> Result<(), KeyError> {
        token::check_pin(&text.trim_end().parse()?, pin)
    }

    /// As it is with the feature `pkcs11`.
    #[cfg(not(feature = "pkcs11"))]
    pub(crate) fn check_pin(_: &str, _: &Passphrase) -> Result<(), KeyError> {
        Err(KeyError::TokensNotBuilt)
    }

    /// A key in a token, also where none can be reached.
    ///
    /// # Errors
    /// [`KeyError::TokenUri`] and [`KeyError::Token`], or [`KeyError::TokensNotBuilt`] without the feature `pkcs11`.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn from_uri(uri: &str, pin: Option<&Passphrase>) -> Result<Self, KeyError> {
        Self::from_token(&uri.parse()?, pin)
    }

    /// As it is with the feature `pkcs11`.
    #[cfg(not(feature = "pkcs11"))]
    pub(crate) fn from_uri(_: &str, _: Option<&Passphrase>) -> Result<Self, KeyError> {
        Err(KeyError::TokensNotBuilt)
    }

    /// Where the key is, if it is in a token.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn uri(&self) -> Option<String> {
        self.token().map(ToString::to_string)
    }

    /// As it is with the feature `pkcs11`.
    #[cfg(not(feature = "pkcs11"))]
    pub(crate) fn uri(&self) -> Option<String> {
        None
    }
}

/// RFC 7512 §2.3.
const URI_SCHEME: &str = "pkcs11:";

/// RFC 7512 §2.4.
const PIN_SOURCE: &str = "pin-source=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passphrase_is_the_pin_where_a_uri_names_no_file_of_it() {
        for (text, expected) in [
            ("pkcs11:object=a?module-path=/m\n", true),
            ("pkcs11:object=a?module-path=/m&pin-source=/pin\n", false),
            ("pkcs11:object=a?pin-source=/pin&module-path=/m\n", false),
            (
                "pkcs11:object=pin-source=b?module-path=/pin-source=\n",
                true,
            ),
            ("-----BEGIN PRIVATE KEY-----\n", false),
        ] {
            assert_eq!(KeyPair::has_passphrase_for_pin(text), expected, "{text}");
            #[cfg(feature = "pkcs11")]
            if let Ok(uri) = text.trim_end().parse::<token::TokenUri>() {
                assert_eq!(uri.pin_source().is_none(), expected, "{text}");
            }
        }
    }
}
