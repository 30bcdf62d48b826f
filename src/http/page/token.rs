//! Tokens that stand in forms, so that only a page of this server can have led to what a form asks for.

use std::fmt;
use std::sync::OnceLock;

use hkdf::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::http::clock;
use crate::time::UnixSeconds;

/// The key of this process's tokens; a form of an earlier process is refused.
#[derive(Default)]
pub(in crate::http) struct FormTokens(OnceLock<Zeroizing<[u8; 64]>>);

impl FormTokens {
    /// A token for what a form asks for, on behalf of an operator.
    pub(super) fn issue(
        &self,
        form: &str,
        operator: &str,
        now: UnixSeconds,
    ) -> Result<String, getrandom::Error> {
        let seconds = now.seconds();
        let mac = self.mac(form, operator, seconds)?;
        Ok(format!("{seconds}-{mac}"))
    }

    /// Whether a token was given out for this, in the last hour.
    pub(super) fn fits(&self, token: &str, form: &str, operator: &str, now: UnixSeconds) -> bool {
        let Some((seconds, mac)) = token.split_once('-') else {
            return false;
        };
        let Some(issued) = seconds
            .parse()
            .ok()
            .and_then(|at| UnixSeconds::new(at).ok())
        else {
            return false;
        };
        let age = now.seconds().checked_sub(issued.seconds());
        let is_fresh = age.is_some_and(|age| age <= LASTING_SECONDS);
        let expected = self.mac(form, operator, issued.seconds());
        let fits = expected.is_ok_and(|expected| expected.as_bytes().ct_eq(mac.as_bytes()).into());
        is_fresh && fits
    }

    /// HMAC-SHA-256 (RFC 2104) over the parts, each with its length before it.
    fn mac(&self, form: &str, operator: &str, seconds: u64) -> Result<String, getrandom::Error> {
        let mut mac = Hmac::<Sha256>::new((self.key()?).into());
        mac.update(&seconds.to_be_bytes());
        for part in [form, operator] {
            mac.update(part.len().to_string().as_bytes());
            mac.update(b":");
            mac.update(part.as_bytes());
        }
        let octets = mac.finalize().into_bytes();
        Ok(octets.iter().map(|octet| format!("{octet:02x}")).collect())
    }

    fn key(&self) -> Result<&[u8; 64], getrandom::Error> {
        let key = match self.0.get() {
            Some(key) => key,
            None => {
                let drawn = Zeroizing::new(clock::random()?);
                self.0.get_or_init(|| drawn)
            }
        };
        Ok(key)
    }
}

impl fmt::Debug for FormTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormTokens([elided])")
    }
}

const LASTING_SECONDS: u64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_form_its_operator_and_an_hour() {
        let tokens = FormTokens::default();
        let at = |seconds| UnixSeconds::new(seconds).unwrap();
        let token = tokens.issue("p12 1", "me", at(1000)).unwrap();
        assert!(tokens.fits(&token, "p12 1", "me", at(1000)));
        assert!(tokens.fits(&token, "p12 1", "me", at(4600)));
        assert!(!tokens.fits(&token, "p12 1", "me", at(4601)));
        assert!(!tokens.fits(&token, "p12 1", "me", at(999)));
        assert!(!tokens.fits(&token, "p12 2", "me", at(1000)));
        assert!(!tokens.fits(&token, "p12 1", "you", at(1000)));
        let later = token.replacen("1000", "1001", 1);
        assert!(!tokens.fits(&later, "p12 1", "me", at(1001)));
        assert!(!FormTokens::default().fits(&token, "p12 1", "me", at(1000)));
        assert!(!tokens.fits("", "p12 1", "me", at(1000)));
    }
}
