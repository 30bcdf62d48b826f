//! The authentication stage: which application calls, by one of the vendor's three ways of signing a call.
//!
//! The newer way signs with SHA-256 and sends `apim-accesstoken`, `apim-timestamp` and `apim-signature`; the oldest with
//! SHA-1 in the query (`accessKey`, `requestTimestamp`, `sign`). The Python SDK encrypts its `apim-accesstoken` for a key
//! that only the vendor has: here its form is looked at, and no more. Where no application is configured there is no
//! secret to hold a signature against, and anyone may call.
//!
//! A signature passes once: the [`Gate`] remembers it for as long as its time would let it pass. It covers neither method
//! nor path, so who hears one call cannot make another of it. Tokens of the newer way are the gate's own ([`tokens`]).

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::lint::Finding;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::enos::access::repeats::{Admission, Repeats};
use crate::vendor::enos::access::tokens::Tokens;
use crate::vendor::enos::config::{AppConfig, EnosConfig};
use crate::vendor::enos::error::{Fault, FaultKind, Gateway, Refusal};

pub mod tokens;

mod repeats;

/// What the gateway remembers: the signatures that it let pass and the tokens that it gave. A process has one.
#[derive(Debug, Default)]
pub struct Gate {
    repeats: Repeats,
    tokens: Tokens,
}

/// What a call brings to say who sends it.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who receive"
)]
pub struct Credentials<'a> {
    /// The names and values of the query, decoded, in any order.
    pub query: &'a [(&'a str, &'a str)],
    /// The body as it came.
    pub body: &'a [u8],
    /// The header `apim-accesstoken`.
    pub access_token: Option<&'a str>,
    /// The header `apim-timestamp`: milliseconds since 1970.
    pub timestamp: Option<&'a str>,
    /// The header `apim-signature`.
    pub signature: Option<&'a str>,
}

/// Who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Caller {
    /// Nobody who could be told from others.
    Anyone,
    /// An application by its key.
    App(String),
}

/// Seconds that the time of a signed call may lie before or after this one's clock. The vendor publishes none.
pub const MAX_SKEW_SECONDS: u64 = 900;

/// Octets of the Python SDK's token: one block of RSA-2048.
const OPAQUE_OCTETS: usize = 256;

/// Finds out who calls.
///
/// # Errors
/// A [`Refusal`] of the authentication stage, with a code of the gateway's.
pub fn authenticate(
    credentials: &Credentials<'_>,
    settings: &EnosConfig,
    gate: &Gate,
    now: UnixSeconds,
) -> Result<Caller, Refusal> {
    let apps = settings.apps.as_slice();
    let value = |name| credentials.value(name);
    match (
        value("sign").or_else(|| value("accessKey")),
        credentials.signature,
        credentials.access_token,
    ) {
        (Some(_), _, _) if !apps.is_empty() => legacy(credentials, apps, gate, now),
        (None, Some(signature), _) if !apps.is_empty() => {
            signed(credentials, signature, apps, gate, now)
        }
        (None, None, Some(token)) => {
            opaque(token)?;
            match apps.is_empty() || settings.opaque_tokens {
                true => Ok(Caller::Anyone),
                false => Err(missing("apim-signature")),
            }
        }
        _ if apps.is_empty() => Ok(Caller::Anyone),
        _ => Err(missing("apim-accesstoken")),
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([elided])")
    }
}

impl<'a> Credentials<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let mut named = self.query.iter().filter(|(found, _)| *found == name);
        named.next().map(|(_, value)| *value)
    }
}

/// SHA-256 of token, query by rising name, body, time and secret, in lower-case hexadecimal.
fn signed(
    credentials: &Credentials<'_>,
    signature: &str,
    apps: &[AppConfig],
    gate: &Gate,
    now: UnixSeconds,
) -> Result<Caller, Refusal> {
    let token = credentials.access_token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| missing("apim-accesstoken"))?;
    let timestamp = credentials.timestamp.filter(|text| !text.is_empty());
    let timestamp = timestamp.ok_or_else(|| missing("apim-timestamp"))?;
    let milliseconds = check_time("apim-timestamp", timestamp, Gateway::Expired, now)?;
    let mut query = credentials.query.to_vec();
    query.sort_unstable();
    let mut start = Sha256::new();
    start.update(token);
    for (name, value) in query {
        start.update(name);
        start.update(value);
    }
    start.update(credentials.body);
    start.update(timestamp);
    let is_signed_by = |app: &&AppConfig| {
        let mut hash = start.clone();
        hash.update(app.app_secret.expose_secret());
        same(&hex(&hash.finalize()), signature)
    };
    let app = apps.iter().find(is_signed_by);
    let app = app.ok_or_else(|| wrong("apim-signature"))?;
    gate.tokens.check(&app.app_key, token, now)?;
    gate.pass("apim-signature", app, milliseconds, signature, now)?;
    Ok(Caller::App(app.app_key.clone()))
}

/// SHA-1 of key, names and values by rising name, body and secret, in upper-case hexadecimal. Of the query only the
/// organization and the time are signed.
fn legacy(
    credentials: &Credentials<'_>,
    apps: &[AppConfig],
    gate: &Gate,
    now: UnixSeconds,
) -> Result<Caller, Refusal> {
    let value = |name| {
        let value = credentials.value(name).filter(|text| !text.is_empty());
        value.ok_or_else(|| missing(name))
    };
    let (key, timestamp) = (value("accessKey")?, value("requestTimestamp")?);
    let (sign, org_id) = (value("sign")?, value("orgId")?);
    let milliseconds = check_time("requestTimestamp", timestamp, Gateway::Expired, now)?;
    let app = app_of(apps, "accessKey", key)?;
    let fields = BTreeMap::from([("orgId", org_id), ("requestTimestamp", timestamp)]);
    let mut hash = Sha1::new();
    hash.update(key);
    for (name, value) in fields {
        hash.update(name);
        hash.update(value);
    }
    hash.update(credentials.body);
    hash.update(app.app_secret.expose_secret());
    if !same(&hex(&hash.finalize()).to_ascii_uppercase(), sign) {
        return Err(wrong("sign"));
    }
    gate.pass("sign", app, milliseconds, sign, now)?;
    Ok(Caller::App(app.app_key.clone()))
}

impl Gate {
    /// Lets a right signature of an application pass once.
    fn pass(
        &self,
        field: &'static str,
        app: &AppConfig,
        milliseconds: u64,
        signature: &str,
        now: UnixSeconds,
    ) -> Result<(), Refusal> {
        let window = MAX_SKEW_SECONDS;
        let admission = self
            .repeats
            .admit(&app.app_key, milliseconds, signature, window, now);
        let found = milliseconds.to_string();
        match admission {
            Admission::First => Ok(()),
            Admission::Repeated => {
                let expected = "a call that is signed anew, with a time of its own";
                Err(refused(Gateway::Repeated, field, &found, expected))
            }
            Admission::Forgotten => {
                let expected = "a later time: calls of this one are forgotten";
                Err(refused(Gateway::Expired, field, &found, expected))
            }
        }
    }
}

/// The application of this key.
fn app_of<'a>(
    apps: &'a [AppConfig],
    field: &'static str,
    key: &str,
) -> Result<&'a AppConfig, Refusal> {
    let app = apps.iter().find(|app| app.app_key == key);
    app.ok_or_else(|| {
        let found = format!("{:?}", key.chars().take(80).collect::<String>());
        let expected = "the key of an application";
        refused(Gateway::AppAbsent, field, &found, expected)
    })
}

fn opaque(token: &str) -> Result<(), Refusal> {
    let octets = STANDARD.decode(token).map(|octets| octets.len());
    if octets == Ok(OPAQUE_OCTETS) {
        return Ok(());
    }
    let found = match octets {
        Ok(octets) => format!("{octets} octets"),
        Err(_) => format!("{} characters", token.chars().count()),
    };
    let expected = format!("base64 of {OPAQUE_OCTETS} octets, or a signature beside it");
    Err(refused(
        Gateway::Parameter,
        "apim-accesstoken",
        &found,
        &expected,
    ))
}

/// A call's time, which is about now; another is answered `late`.
fn check_time(
    field: &'static str,
    found: &str,
    late: Gateway,
    now: UnixSeconds,
) -> Result<u64, Refusal> {
    let milliseconds = found.parse::<u64>().map_err(|_| {
        let found = format!("{:?}", found.chars().take(40).collect::<String>());
        refused(Gateway::Parameter, field, &found, "milliseconds since 1970")
    })?;
    let at = milliseconds / 1000;
    if at.abs_diff(now.seconds()) <= MAX_SKEW_SECONDS {
        return Ok(milliseconds);
    }
    let expected = format!("at most {MAX_SKEW_SECONDS} seconds from {}", now.seconds());
    Err(refused(late, field, &at.to_string(), &expected))
}

fn same(computed: &str, found: &str) -> bool {
    computed.as_bytes().ct_eq(found.as_bytes()).into()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn missing(field: &'static str) -> Refusal {
    refused(Gateway::Missing, field, "nothing", "a value")
}

fn wrong(field: &'static str) -> Refusal {
    let expected = "the signature of an application over this call";
    refused(Gateway::Signature, field, "another signature", expected)
}

fn refused(gateway: Gateway, field: &'static str, found: &str, expected: &str) -> Refusal {
    let finding = Finding::error("enos.gateway", SOURCE, field, found, expected);
    let fault = Fault::new(FaultKind::Gateway(gateway), "", finding);
    Refusal::of(Stage::Authentication, fault)
}

const SOURCE: &str = "EnOS, Invoke API with the Access Token";

#[cfg(test)]
mod tests;
