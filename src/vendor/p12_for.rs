//! Who imports the PFX files that a vendor's service hands out, as settings have it.

use serde::{Deserialize, Serialize};

#[cfg(feature = "p12")]
use crate::bundle::p12::P12Consumer;

/// A consumer of PFX files, by the name that the command's `--p12-for` has: what is kept up to date when none is said.
///
/// Without feature `p12` no PFX is written, and settings that name a consumer are refused.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(not(feature = "p12"), derive(Default))]
#[serde(into = "String", try_from = "String")]
pub struct P12For(#[cfg(feature = "p12")] P12Consumer);

impl P12For {
    /// The consumer.
    #[cfg(feature = "p12")]
    #[must_use]
    pub fn consumer(self) -> P12Consumer {
        self.0
    }

    /// Whether it is what is meant when nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(feature = "p12")]
impl Default for P12For {
    fn default() -> Self {
        Self(P12Consumer::Modern)
    }
}

#[cfg(feature = "p12")]
impl TryFrom<String> for P12For {
    type Error = crate::bundle::p12::P12Error;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse().map(Self)
    }
}

#[cfg(not(feature = "p12"))]
impl TryFrom<String> for P12For {
    type Error = &'static str;

    fn try_from(_: String) -> Result<Self, Self::Error> {
        Err("p12_for is set, and a build without feature p12 writes no PKCS #12")
    }
}

impl From<P12For> for String {
    #[cfg(feature = "p12")]
    fn from(consumer: P12For) -> Self {
        consumer.0.to_string()
    }

    #[cfg(not(feature = "p12"))]
    fn from(_: P12For) -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<P12For, String> {
        #[derive(Deserialize)]
        struct Settings {
            #[serde(default)]
            p12_for: P12For,
        }
        let settings = toml::from_str(toml);
        settings
            .map(|settings: Settings| settings.p12_for)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    #[cfg(feature = "p12")]
    fn a_consumer_goes_by_its_name() {
        assert_eq!(read("").unwrap().consumer(), P12Consumer::Modern);
        let found = read("p12_for = 'java-8'").unwrap();
        assert_eq!(found.consumer(), P12Consumer::Java8);
        assert!(!found.is_default());
        assert_eq!(
            read("p12_for = 'java'").unwrap_err(),
            "\"java\" is no consumer of PKCS #12 files, allowed modern, windows-2016, java-8, macos, openssl-3, fips"
        );
    }

    #[test]
    #[cfg(not(feature = "p12"))]
    fn a_build_without_p12_refuses_to_be_told_of_a_consumer() {
        assert!(read("").unwrap().is_default());
        assert_eq!(
            read("p12_for = 'modern'").unwrap_err(),
            "p12_for is set, and a build without feature p12 writes no PKCS #12"
        );
    }
}
