//! `createPKCS12ById` and `createPKCS12`: subject, names, key and password stand in one signed text, `name=value` joined by `~`.

use std::error::Error;
use std::fmt;

use zeroize::Zeroizing;

use crate::general_name::GeneralName;
use crate::key::KeyAlgorithm;
use crate::lint::Finding;
use crate::oid;
use crate::oid::Oid;
use crate::vendor::Stage;
use crate::vendor::emca::Method;
use crate::vendor::emca::caller::Authenticated;
use crate::vendor::emca::check::Common;
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::content;
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE, Refusal, chain_text, kept};
use crate::vendor::emca::grammar;
use crate::vendor::emca::grammar::SubjectPart;
use crate::vendor::emca::wire::Transaction;

/// A call for a PFX that the request stage found nothing wrong with: what to generate, and what to certify.
#[derive(Debug)]
pub struct CheckedPkcs12 {
    pub(in crate::vendor::emca) transaction: Transaction,
    pub(in crate::vendor::emca) common: Common,
    pub(in crate::vendor::emca) subject: Vec<SubjectPart>,
    pub(in crate::vendor::emca) subject_alt_names: Vec<GeneralName>,
    key_algorithm: KeyAlgorithm,
    password: PfxPassword,
}

/// The password of a PFX.
pub struct PfxPassword(Zeroizing<String>);

impl CheckedPkcs12 {
    /// User and `applicationId`.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The key pair to generate.
    #[must_use]
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm
    }

    /// What protects the PFX.
    #[must_use]
    pub fn password(&self) -> &PfxPassword {
        &self.password
    }

    /// The password alone, once the rest is placed.
    #[must_use]
    pub fn into_password(self) -> PfxPassword {
        self.password
    }
}

impl PfxPassword {
    /// The text.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PfxPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PfxPassword([elided])")
    }
}

/// Checks a call for a PFX.
///
/// # Errors
/// A [`Refusal`] of the request stage.
pub fn check(call: &Authenticated<'_>, settings: &Emca) -> Result<CheckedPkcs12, Refusal> {
    let mut faults = Vec::new();
    let text = content::text(call.user, &call.parameters).map(Zeroizing::new);
    let text = kept(text, &mut faults);
    let common = Common::of(call, settings, &mut faults);
    let read = text.and_then(|text| kept(Text::read(&text), &mut faults));
    if let (Some(common), Some(read)) = (&common, &read) {
        faults.extend(refused_key(common, read.key_algorithm));
    }
    match (common, read) {
        (Some(common), Some(read)) if faults.is_empty() => Ok(CheckedPkcs12 {
            transaction: call.transaction.clone(),
            common,
            subject: read.subject,
            subject_alt_names: read.names,
            key_algorithm: read.key_algorithm,
            password: read.password,
        }),
        _ => Err(error::refused(Stage::Request, faults).of_call(call.method)),
    }
}

/// A name or a password that no PFX for the profile's consumer can have.
#[must_use]
pub fn refused(error: &(dyn Error + 'static)) -> Refusal {
    let expected = "a CN of at most 255 characters and a password in printable ASCII";
    let finding = Finding::error("emca.pfx", PAGE, "signature", chain_text(error), expected);
    Refusal::of(Stage::Profile, Fault::new(FaultKind::Data, finding)).of_call(KEYED)
}

/// This build writes no PKCS #12.
#[must_use]
pub fn unsupported() -> Refusal {
    let (found, expected) = ("a build without feature p12", "one with it");
    let finding = Finding::error("emca.pfx-unsupported", PAGE, "method", found, expected);
    Refusal::of(Stage::Request, Fault::new(FaultKind::Internal, finding)).of_call(KEYED)
}

/// A key that the profile would refuse is not made.
fn refused_key(common: &Common, key_algorithm: KeyAlgorithm) -> Option<Fault> {
    let allowed = common.profile.shape_for(key_algorithm).subject_keys();
    if allowed.contains(&key_algorithm) {
        return None;
    }
    let allowed: Vec<_> = allowed.iter().map(KeyAlgorithm::to_string).collect();
    Some(fault(&format!("key {key_algorithm}"), &allowed.join(", ")))
}

/// The signed text, read.
struct Text {
    subject: Vec<SubjectPart>,
    names: Vec<GeneralName>,
    key_algorithm: KeyAlgorithm,
    password: PfxPassword,
}

impl Text {
    /// Reads `CN=Test~E=test@example.com~dNSName=…~KeyAlogirthmAndSize=RSA-2048~Password=…`, the vendor's spelling and
    /// the right one of the last but one. The password is the last part and may hold anything.
    fn read(text: &str) -> Result<Self, Fault> {
        let (parts, password) = text
            .rsplit_once("~Password=")
            .ok_or_else(|| fault("no Password= at its end", "~Password=… as the last part"))?;
        if password.is_empty() {
            return Err(fault("an empty password", "a password"));
        }
        let mut subject = Vec::new();
        let mut names = Vec::new();
        let mut key_algorithm = None;
        let mut position = 0;
        for part in parts.split('~') {
            let start = position;
            position += part.chars().count() + 1;
            let (kind, value) = part
                .split_once('=')
                .ok_or_else(|| fault(&format!("no = at character {start}"), "name=value"))?;
            let at = start + kind.chars().count() + 1;
            let (kind, value) = (kind.trim(), value.trim());
            if KEY_NAMES.contains(&kind) {
                key_algorithm = Some(key(value)?);
            } else if let Some(oid) = attribute(kind) {
                if value.is_empty() {
                    let found = format!("no value of {kind} at character {at}");
                    return Err(fault(&found, "a value"));
                }
                subject.push(SubjectPart {
                    oid,
                    value: value.to_owned(),
                    position: at,
                });
            } else {
                let one = grammar::subject_alt_names(&format!("{kind}={value}"));
                let one = one.map_err(|error| {
                    let found = format!("{error}, counted from character {start}");
                    fault(&found, "an attribute or a name")
                })?;
                names.extend(one);
            }
        }
        if !subject.iter().any(|part| part.oid == oid::COMMON_NAME) {
            return Err(fault("no CN", "CN=…"));
        }
        let key_algorithm = key_algorithm
            .ok_or_else(|| fault("no KeyAlogirthmAndSize", "KeyAlogirthmAndSize=RSA-2048"))?;
        Ok(Self {
            subject,
            names,
            key_algorithm,
            password: PfxPassword(Zeroizing::new(password.to_owned())),
        })
    }
}

/// The vendor's short names, else RFC 4514's and dotted identifiers.
fn attribute(name: &str) -> Option<Oid> {
    let own = ATTRIBUTES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, oid)| *oid);
    own.or_else(|| Oid::from_attribute_name(name))
        .or_else(|| name.parse().ok())
}

fn key(value: &str) -> Result<KeyAlgorithm, Fault> {
    value.parse().map_err(|_| {
        // The page offers RSA-1024 as well, which nothing accepts any more.
        fault(
            &format!("key {value:?}"),
            "RSA-2048, RSA-3072, RSA-4096 or P-256",
        )
    })
}

fn fault(found: &str, expected: &str) -> Fault {
    let finding = Finding::error("emca.pfx-text", PAGE, "signature", found, expected);
    Fault::new(FaultKind::Data, finding)
}

/// The call that is meant where it is not known which of the two it is; they share a page.
const KEYED: Method = Method::CreatePkcs12ById;

const KEY_NAMES: [&str; 2] = ["KeyAlogirthmAndSize", "KeyAlgorithmAndSize"];

const ATTRIBUTES: &[(&str, Oid)] = &[
    ("E", oid::EMAIL_ADDRESS),
    ("S", oid::STATE_OR_PROVINCE),
    ("PHONE", oid::TELEPHONE_NUMBER),
    ("T", oid::TITLE),
];

#[cfg(test)]
mod tests;
