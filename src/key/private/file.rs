//! Key files of a workspace: the key itself, or where it is.

use super::KeyPair;
use crate::key::error::KeyError;
use crate::key::pbes2::Passphrase;

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
