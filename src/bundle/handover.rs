//! The sheet that goes to a partner with new certificates: what they are, which file to import where, when to switch.
//!
//! Text and HTML are two writings of one sheet and say the same. The HTML is one file that fetches nothing, follows
//! light and dark, and prints; whatever a name holds is text in it, never markup.

use crate::bundle::text::colon_hex;
use crate::cert::{Certificate, TbsCertificate};
use crate::ext::{KeyUsage, KeyUsageBit};
use crate::oid;
use crate::time::UnixSeconds;

mod render;

/// What a certificate's key does for messages, by its key usage (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "there is no third function")]
pub enum Purpose {
    /// Its owner signs with it, and others encrypt to it.
    Both,
    /// Others encrypt to it (`keyEncipherment`).
    Encryption,
    /// Its owner signs with it (`digitalSignature`).
    Signing,
}

/// What goes to a partner.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who hand over"
)]
pub struct Handover<'a> {
    /// Whose certificates they are, as the partner knows the owner.
    pub owner: &'a str,
    /// The partner, where the sheet is for one.
    pub partner: Option<&'a str>,
    /// When the sheet is made.
    pub made_at: UnixSeconds,
    /// The certificates.
    pub items: &'a [HandoverItem<'a>],
}

/// One new certificate.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who hand over"
)]
pub struct HandoverItem<'a> {
    /// The new certificate.
    pub next: &'a Certificate,
    /// The one whose place it takes.
    pub current: Option<&'a Certificate>,
    /// The name of the `.cer` file.
    pub cer: &'a str,
    /// The name of the `.p7b` file.
    pub p7b: &'a str,
}

impl Purpose {
    /// What a certificate states; both when it states neither.
    #[must_use]
    pub fn of(tbs: &TbsCertificate) -> Self {
        let usage = key_usage(tbs);
        let has = |bit| usage.is_none_or(|usage| usage.contains(bit));
        match (
            has(KeyUsageBit::DigitalSignature),
            has(KeyUsageBit::KeyEncipherment),
        ) {
            (true, false) => Self::Signing,
            (false, true) => Self::Encryption,
            _ => Self::Both,
        }
    }

    /// For a heading: `signing and encryption`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Both => "signing and encryption",
            Self::Encryption => "encryption",
            Self::Signing => "signing",
        }
    }
}

impl Handover<'_> {
    /// The sheet as text, lines that end in LF.
    #[must_use]
    pub fn to_text(&self) -> String {
        render::text(&self.sheet())
    }

    /// The sheet as an HTML document.
    #[must_use]
    pub fn to_html(&self) -> String {
        render::html(&self.sheet())
    }

    fn sheet(&self) -> Sheet {
        let Self {
            owner,
            partner,
            made_at,
            items,
        } = self;
        let mut facts = vec![("From", (*owner).to_owned())];
        facts.extend(partner.map(|partner| ("To", partner.to_owned())));
        facts.push(("Made", made_at.to_string()));
        facts.push(("Times", "UTC".to_owned()));
        let section = |item: &HandoverItem<'_>| item.section(owner, *made_at);
        Sheet {
            title: format!("New certificates of {owner}"),
            facts,
            sections: items.iter().map(section).collect(),
        }
    }
}

impl HandoverItem<'_> {
    fn section(&self, owner: &str, made_at: UnixSeconds) -> Section {
        let purpose = Purpose::of(self.next.tbs());
        Section {
            title: format!("Certificate for {}", purpose.as_str()),
            facts: facts(self.next),
            files: vec![
                ("Certificate (DER)", self.cer.to_owned()),
                ("The same as PKCS #7", self.p7b.to_owned()),
            ],
            replaced: self.current.map(replaced).unwrap_or_default(),
            steps: self.steps(purpose, owner, made_at),
        }
    }

    /// Who verifies holds both while they overlap; who encrypts changes over at one moment of that time.
    fn steps(&self, purpose: Purpose, owner: &str, made_at: UnixSeconds) -> Vec<String> {
        let Self {
            next,
            current,
            cer,
            p7b,
        } = self;
        let use_it = match purpose {
            Purpose::Both => "verifies our signatures and encrypts to us",
            Purpose::Encryption => "encrypts to us",
            Purpose::Signing => "verifies our signatures",
        };
        let begin = next.validity().not_before();
        let when = if begin <= made_at {
            "At once".to_owned()
        } else {
            format!("Before {begin}")
        };
        let mut steps = vec![
            "Compare the fingerprints above with those of the file you got, and ask us for them by another way than \
             the one it came by."
                .to_owned(),
            format!(
                "{when}: import {cer}, or {p7b} where your software wants PKCS #7, as a certificate of {owner}, at the \
                 place where your software {use_it}."
            ),
        ];
        let Some(current) = current else {
            steps.push(format!("From {begin} on: use it."));
            return steps;
        };
        let end = current.validity().not_after();
        steps.push("Leave our present certificate where it is: both hold for a time.".to_owned());
        let both = format!("From {begin} until {end}:");
        if purpose != Purpose::Encryption {
            steps.push(format!(
                "{both} accept signatures by either of the two; we sign with the present one until it ends."
            ));
        }
        if purpose != Purpose::Signing {
            steps.push(format!(
                "{both} change over to the new one for encrypting, at a time of your choice; we decrypt with either."
            ));
        }
        steps.push(format!(
            "After {end}: use the new one alone, and remove the old one."
        ));
        steps
    }
}

/// What is written.
struct Sheet {
    title: String,
    facts: Facts,
    sections: Vec<Section>,
}

struct Section {
    title: String,
    facts: Facts,
    files: Facts,
    replaced: Facts,
    steps: Vec<String>,
}

/// Names of our own, and values that may be anyone's.
type Facts = Vec<(&'static str, String)>;

fn facts(certificate: &Certificate) -> Facts {
    let issuer = if certificate.is_self_issued() {
        "itself".to_owned()
    } else {
        certificate.issuer().to_string()
    };
    let usage = key_usage(certificate.tbs());
    let validity = certificate.validity();
    vec![
        ("Subject", certificate.subject().to_string()),
        ("Issuer", issuer),
        ("Serial number", certificate.serial().to_hex()),
        ("Not before", validity.not_before().to_string()),
        ("Not after", validity.not_after().to_string()),
        ("Key", certificate.public_key().kind().to_string()),
        (
            "Key usage",
            usage.map_or_else(|| "any".to_owned(), |usage| usage.to_string()),
        ),
        ("Signature", certificate.signature_algorithm().to_string()),
        ("SHA-1", colon_hex(&certificate.sha1())),
        ("SHA-256", colon_hex(&certificate.sha256())),
    ]
}

fn replaced(certificate: &Certificate) -> Facts {
    vec![
        ("Serial number", certificate.serial().to_hex()),
        ("Not after", certificate.validity().not_after().to_string()),
        ("SHA-256", colon_hex(&certificate.sha256())),
    ]
}

fn key_usage(tbs: &TbsCertificate) -> Option<KeyUsage> {
    let extension = tbs.extensions().find(oid::KEY_USAGE)?;
    KeyUsage::from_extension_value(extension.value()).ok()
}

#[cfg(test)]
mod tests;
