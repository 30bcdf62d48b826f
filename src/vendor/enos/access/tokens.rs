//! The vendor's token service: `POST /apim-token-service/v2.0/token/get` and `/refresh`.
//!
//! An application proves that it has its secret by `encryption`, the SHA-256 of key, time and secret, and gets the token
//! that calls of the newer way are signed with. The same one is given until it ends. A token that was refreshed goes on
//! until its own end, as calls may be under way with it. Where no application is configured, anyone is given one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Gate, app_of, check_time, hex, missing, refused, same, wrong};
use crate::time::UnixSeconds;
use crate::vendor::enos::config::{AppConfig, EnosConfig};
use crate::vendor::enos::error::{Gateway, Refusal};
use crate::vendor::enos::wire;

/// What is asked of the token service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenCall {
    /// The token of an application.
    Get,
    /// A new token for one that has not ended.
    Refresh,
}

/// Who asks for a token, and whether there is one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Asked {
    /// The application has one.
    Has(Granted),
    /// It is to be given a new one ([`Gate::give`]), which it will have from then on.
    Needs(Taker),
}

/// An application that is to be given a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Taker {
    app_key: String,
    /// Whether calls will be held against the token; not so where no application is configured.
    is_held: bool,
}

/// A token that is handed out.
pub struct Granted {
    token: Zeroizing<String>,
    /// Seconds that it lasts from now.
    seconds: u64,
}

/// The tokens that were given and have not ended, the newest last.
#[derive(Default)]
pub(super) struct Tokens(Mutex<BTreeMap<String, Vec<Given>>>);

struct Given {
    token: Zeroizing<String>,
    /// The first second in which it is good no more.
    ends: UnixSeconds,
}

/// The reply body of the token service.
#[derive(Serialize)]
struct Reply<'a> {
    status: u32,
    msg: &'a str,
    business: &'static str,
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(rename = "accessToken")]
    access_token: &'a str,
    expire: u64,
}

impl Gate {
    /// Judges a call of the token service.
    ///
    /// # Errors
    /// A [`Refusal`]: of the wire stage when the body cannot be read; 1202 for a field that is not there, 1002 for an
    /// unknown application, 1004 for a time that cannot be, 1003 for another `encryption`, 1001 for one that came before,
    /// 1204 for a token that cannot be refreshed.
    pub fn ask(
        &self,
        call: TokenCall,
        body: &[u8],
        settings: &EnosConfig,
        now: UnixSeconds,
    ) -> Result<Asked, Refusal> {
        let fields = wire::object(&[], body)?;
        let text = |name: &'static str| {
            let value = match fields.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let value = value.filter(|text| !text.is_empty());
            value.ok_or_else(|| missing(name))
        };
        let (key, encryption, timestamp) =
            (text("appKey")?, text("encryption")?, text("timestamp")?);
        let old = match call {
            TokenCall::Get => None,
            TokenCall::Refresh => Some(Zeroizing::new(text("accessToken")?)),
        };
        if settings.apps.is_empty() {
            return Ok(Asked::Needs(Taker::new(key, false)));
        }
        let app = app_of(&settings.apps, "appKey", &key)?;
        let milliseconds = check_time("timestamp", &timestamp, Gateway::Parameter, now)?;
        if !same(&encryption_of(app, &timestamp), &encryption) {
            return Err(wrong("encryption"));
        }
        // The ciphertext is the same for both calls of a millisecond; a client that asks for both is no repeater.
        let once = format!("{call:?} {encryption}");
        self.pass("encryption", app, milliseconds, &once, now)?;
        if let Some(old) = old {
            return match self.tokens.is_good(&key, &old, now) {
                true => Ok(Asked::Needs(Taker::new(key, true))),
                false => Err(no_token(Gateway::Refresh, "accessToken")),
            };
        }
        match self.tokens.current(&key, now) {
            Some(granted) => Ok(Asked::Has(granted)),
            None => Ok(Asked::Needs(Taker::new(key, true))),
        }
    }

    /// Gives a token of these octets, which nobody may guess. It lasts for [`TOKEN_SECONDS`].
    pub fn give(&self, taker: &Taker, random: [u8; 32], now: UnixSeconds) -> Granted {
        let granted = Granted {
            token: Zeroizing::new(hex(&random)),
            seconds: TOKEN_SECONDS,
        };
        if taker.is_held {
            let ends = now.seconds().saturating_add(TOKEN_SECONDS);
            let ends = UnixSeconds::new(ends).unwrap_or(UnixSeconds::MAX);
            self.tokens.keep(&taker.app_key, &granted.token, ends, now);
        }
        granted
    }
}

impl Taker {
    fn new(app_key: String, is_held: bool) -> Self {
        Self { app_key, is_held }
    }

    /// The application whose calls the token will let pass; `None` where no call is held against one.
    #[must_use]
    pub fn held(&self) -> Option<&str> {
        self.is_held.then_some(self.app_key.as_str())
    }
}

impl Granted {
    /// The reply body in one line.
    ///
    /// # Errors
    /// None for what this crate writes.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Reply {
            status: 0,
            msg: "SUCCESS",
            business: BUSINESS,
            data: Some(Data {
                access_token: &self.token,
                expire: self.seconds,
            }),
        })
    }
}

/// The reply body of a refusal in one line.
///
/// # Errors
/// None for what this crate writes.
pub fn refused_to_json(refusal: &Refusal) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Reply {
        status: refusal.code(),
        msg: refusal.msg(),
        business: BUSINESS,
        data: None,
    })
}

/// The service itself failed: 1005. Why is for whoever runs it, and not for the caller.
#[must_use]
pub fn failed() -> Refusal {
    refused(Gateway::Internal, "service", "no answer", "an answer")
}

impl Tokens {
    /// Whether a call may come with this token.
    pub(super) fn check(
        &self,
        app_key: &str,
        token: &str,
        now: UnixSeconds,
    ) -> Result<(), Refusal> {
        match self.is_good(app_key, token, now) {
            true => Ok(()),
            false => Err(no_token(Gateway::Expired, "apim-accesstoken")),
        }
    }

    fn is_good(&self, app_key: &str, token: &str, now: UnixSeconds) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut given = all.get(app_key).into_iter().flatten();
        given.any(|given| given.ends > now && same(&given.token, token))
    }

    fn current(&self, app_key: &str, now: UnixSeconds) -> Option<Granted> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = all.get(app_key)?.last()?;
        let seconds = given.ends.seconds().checked_sub(now.seconds())?;
        (seconds > 0).then(|| Granted {
            token: given.token.clone(),
            seconds,
        })
    }

    pub(super) fn keep(&self, app_key: &str, token: &str, ends: UnixSeconds, now: UnixSeconds) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = all.entry(app_key.to_owned()).or_default();
        given.retain(|given| given.ends > now);
        if given.len() >= MOST_TOKENS {
            given.remove(0);
        }
        given.push(Given {
            token: Zeroizing::new(token.to_owned()),
            ends,
        });
    }
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Granted([elided])")
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens([elided])")
    }
}

fn encryption_of(app: &AppConfig, timestamp: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(&app.app_key);
    hash.update(timestamp);
    hash.update(app.app_secret.expose_secret());
    hex(&hash.finalize())
}

fn no_token(gateway: Gateway, field: &'static str) -> Refusal {
    let expected = "a token that the token service gave and that has not ended";
    refused(gateway, field, "another", expected)
}

/// Seconds that a token lasts (*Get Access Token*, `expire`).
pub const TOKEN_SECONDS: u64 = 7200;

/// Tokens of one application that are good at once: the current one and those that were refreshed.
const MOST_TOKENS: usize = 16;

const BUSINESS: &str = "apim-token-service";

#[cfg(test)]
mod tests;
