//! What the vendor's page and its guide *Creating your CSR* demand of a certification request: key, signature, subject.
//!
//! Attributes that neither names (and all extensions that a request asks for) are no fault: the subject is certified
//! octet for octet, requested extensions are left out.

use crate::key::weak;
use crate::key::weak::{Seen, Weakness};
use crate::key::{KeyAlgorithm, KeyError, PublicKey, PublicKeyKind, SignatureAlgorithm};
use crate::lint::Finding;
use crate::name;
use crate::name::{Attribute, Name};
use crate::oid;
use crate::oid::Oid;
use crate::request;
use crate::request::{
    CertificationRequest, RequestError, RequestSignatureAlgorithm, VerifiedRequest,
};
use crate::vendor::enos::Authority;
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, chain_text};
use crate::vendor::enos::wire::Csr;

/// A request that was read, and the authority that is to certify it; `None` when the authority named is none.
#[derive(Debug)]
pub(super) struct Unproven {
    pub(super) request: CertificationRequest,
    pub(super) authority: Option<Authority>,
}

/// Reads a request in the form it came.
pub(super) fn read(csr: &Csr) -> Result<CertificationRequest, Fault> {
    let read = match csr {
        Csr::Pem(text) => CertificationRequest::from_pem(text.as_bytes()),
        Csr::Octets(octets) => CertificationRequest::from_bytes(octets),
    };
    read.map_err(|error| unreadable(&error))
}

/// Judges a slice: proof of possession, key, signature algorithm and subject; each stands or falls alone, in order,
/// but for moduli that share a factor with another of the slice, or of those seen before.
pub(super) fn judge(
    drafts: Vec<Unproven>,
    seen: &mut Seen,
) -> Vec<Result<VerifiedRequest, Vec<Fault>>> {
    let keys: Vec<_> = drafts
        .iter()
        .map(|draft| draft.request.public_key())
        .collect();
    let weaknesses = weak::weaknesses_after(&keys, seen);
    drop(keys);
    let mut judged = Vec::with_capacity(drafts.len());
    let mut to_prove = Vec::new();
    for (draft, weaknesses) in drafts.into_iter().zip(weaknesses) {
        let mut faults = Fit::of(&draft).faults(draft.request.public_key());
        // A key or an algorithm that is refused anyway need not be one that a signature can be checked with.
        let provable = faults.is_empty();
        let weak = !weaknesses.is_empty();
        faults.extend(weaknesses.iter().map(weakness_fault));
        faults.extend(subject_faults(draft.request.subject()));
        if provable {
            to_prove.push(draft.request);
        }
        judged.push((faults, provable, weak));
    }
    let mut proofs = request::verify_all(to_prove).into_iter();
    let settle = |(mut faults, provable, weak): (Vec<Fault>, bool, bool)| {
        let proof = if provable { proofs.next() } else { None };
        match proof {
            Some(Ok(verified)) if faults.is_empty() => return Ok(verified),
            Some(Err(error)) if !(weak && is_about_the_key(&error)) => {
                faults.push(unreadable(&error));
            }
            _ => {}
        }
        Err(faults)
    };
    judged.into_iter().map(settle).collect()
}

fn weakness_fault(weakness: &Weakness) -> Fault {
    let found = match weakness {
        // Its place among the requests that could be read tells a person nothing.
        Weakness::SharedFactor { .. } => {
            "the RSA modulus shares a prime with that of another request".to_owned()
        }
        other => other.to_string(),
    };
    let finding = Finding::error(
        "enos.weak-key",
        "RFC 8017 §3.1",
        "subjectPublicKeyInfo",
        found,
        "a key that is hard to factor",
    );
    invalid("public key is weak", finding)
}

/// A weak key may be one that no verifier takes; then its weakness has been told already.
fn is_about_the_key(error: &RequestError) -> bool {
    !matches!(
        error,
        RequestError::ProofOfPossession(KeyError::SignatureInvalid)
    )
}

/// A request that cannot be read or believed: the field that is at fault, as far as the reader came.
fn unreadable(error: &RequestError) -> Fault {
    let (rule, field, message, expected) = match error {
        RequestError::Pem(_) => (
            "enos.csr-pem",
            "csr",
            "certification request is not valid PEM",
            "one PEM object CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST",
        ),
        RequestError::ProofOfPossession(_) => (
            "enos.proof-of-possession",
            "signature",
            "proof of possession failed",
            "a signature by the key in the request",
        ),
        RequestError::PublicKey(_) => (
            "enos.key",
            "subjectPublicKeyInfo",
            "public key is not well formed",
            "RSA-2048 or P-256",
        ),
        RequestError::SignatureAlgorithm { .. } => (
            "enos.signature-algorithm",
            "signatureAlgorithm",
            "signature algorithm of the request is not well formed",
            SIGNATURES,
        ),
        RequestError::Subject(_) => (
            "enos.subject",
            "subject",
            "subject is not well formed",
            "a name whose strings are valid for their types",
        ),
        _ => (
            "enos.csr",
            "csr",
            "certification request is not well formed",
            "the DER of one PKCS #10 request",
        ),
    };
    // Where there is a cause, it says what was found; the error itself says what the message says.
    let found = std::error::Error::source(error).map_or_else(|| error.to_string(), chain_text);
    invalid(message, Finding::error(rule, PAGE, field, found, expected))
}

fn invalid(message: &str, finding: Finding) -> Fault {
    Fault::new(FaultKind::InvalidCertRequest, message, finding)
}

/// What is wrong with a request whose key is yet to be made, as far as its octets do not decide: what [`judge`] would find.
pub(super) fn unkeyed_faults(
    key: KeyAlgorithm,
    authority: Option<Authority>,
    subject: &Name,
) -> Vec<Fault> {
    let (kind, algorithm) = match key.modulus_bits() {
        None => (PublicKeyKind::P256, SignatureAlgorithm::EcdsaWithSha256),
        Some(modulus_bits) => {
            let kind = PublicKeyKind::Rsa { modulus_bits };
            (kind, SignatureAlgorithm::Sha256WithRsa)
        }
    };
    let fit = Fit {
        kind: &kind,
        algorithm: &RequestSignatureAlgorithm::Known(algorithm),
        authority,
    };
    let faults = [fit.key_fault(), fit.signature_fault()];
    let mut faults: Vec<_> = faults.into_iter().flatten().collect();
    faults.extend(subject_faults(subject));
    faults
}

/// Whether key and signature of a request fit the authority that is asked for. The page's *Certificate Type Description*:
/// RSA of 2048 bits with `SHA256withRSA`, prime256v1 with `SHA256withECDSA`.
struct Fit<'a> {
    kind: &'a PublicKeyKind,
    algorithm: &'a RequestSignatureAlgorithm,
    authority: Option<Authority>,
}

impl<'a> Fit<'a> {
    fn of(draft: &'a Unproven) -> Self {
        Self {
            kind: draft.request.public_key().kind(),
            algorithm: draft.request.signature_algorithm(),
            authority: draft.authority,
        }
    }

    fn faults(&self, key: &PublicKey) -> Vec<Fault> {
        let of_key = self.key_fault().or_else(|| compressed_fault(key));
        let faults = [of_key, self.signature_fault()];
        faults.into_iter().flatten().collect()
    }

    /// The authority whose kind of key it is.
    fn of_key(&self) -> Option<Authority> {
        match self.kind {
            PublicKeyKind::P256 => Some(Authority::Ecc),
            PublicKeyKind::Rsa { modulus_bits: 2048 } => Some(Authority::Rsa),
            _ => None,
        }
    }

    fn key_fault(&self) -> Option<Fault> {
        let of_key = self.of_key();
        if of_key.is_some() && self.authority.is_none_or(|asked| of_key == Some(asked)) {
            return None;
        }
        let asked = self.authority.map_or("RSA or ECC", Authority::as_str);
        let expected = match self.authority {
            Some(Authority::Rsa) if of_key.is_some() => {
                format!("{RSA_KEY}, or issueAuthority ECC")
            }
            Some(Authority::Rsa) => RSA_KEY.to_owned(),
            Some(Authority::Ecc) if of_key.is_some() => {
                format!("{ECC_KEY}, or issueAuthority RSA")
            }
            Some(Authority::Ecc) => ECC_KEY.to_owned(),
            None => format!("{RSA_KEY} or {ECC_KEY}"),
        };
        let finding = Finding::error(
            "enos.key",
            PAGE,
            "subjectPublicKeyInfo",
            self.kind.to_string(),
            expected,
        );
        let message = format!("public key does not fit issueAuthority {asked}");
        Some(invalid(&message, finding))
    }

    /// Of a key that fits nothing the signature is judged by what was asked for.
    fn signature_fault(&self) -> Option<Fault> {
        let (expected, fits) = match self.of_key().or(self.authority) {
            Some(signer) => {
                let expected = match signer {
                    Authority::Rsa => SignatureAlgorithm::Sha256WithRsa,
                    Authority::Ecc => SignatureAlgorithm::EcdsaWithSha256,
                };
                let fits = *self.algorithm == RequestSignatureAlgorithm::Known(expected);
                (expected.to_string(), fits)
            }
            // Neither key nor authority is one: what could be verified may be as it is.
            None => {
                let fits = matches!(self.algorithm, RequestSignatureAlgorithm::Known(_));
                (SIGNATURES.to_owned(), fits)
            }
        };
        let finding = || {
            Finding::error(
                "enos.signature-algorithm",
                PAGE,
                "signatureAlgorithm",
                self.algorithm.to_string(),
                expected,
            )
        };
        let message = "signature algorithm of the request is not allowed";
        (!fits).then(|| invalid(message, finding()))
    }
}

/// Keys are told apart by their octets, so that a point may have one form only. It is the one that the vendor's clients
/// send: neither OpenSSL nor keytool compresses a point unless it is told to.
fn compressed_fault(key: &PublicKey) -> Option<Fault> {
    let finding = || {
        Finding::error(
            "enos.key",
            "RFC 5480 §2.2",
            "subjectPublicKeyInfo",
            format!("{} with a compressed point", key.kind()),
            format!("{ECC_KEY} with an uncompressed point"),
        )
    };
    key.is_point_compressed()
        .then(|| invalid("public key has a compressed point", finding()))
}

/// C, ST, L, O, OU and CN: each once, neither empty nor longer than 64 characters, C of two letters. No attribute holds
/// a control character.
pub(super) fn subject_faults(subject: &Name) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (oid, name) in MANDATORY {
        let mut values = subject
            .attributes()
            .filter(|attribute| attribute.oid() == *oid);
        let Some(first) = values.next() else {
            faults.push(subject_fault(
                name,
                "is missing",
                "no such attribute".to_owned(),
            ));
            continue;
        };
        let others = values.count();
        if others > 0 {
            faults.push(subject_fault(
                name,
                "stands more than once",
                format!("{} times", others + 1),
            ));
        }
        let text = first.value().text();
        faults.extend(value_fault(*oid, name, text.as_deref()));
    }
    faults.extend(subject.attributes().filter_map(control_fault));
    faults
}

/// Of any attribute, mandatory or not: what reads a name up to a NUL, or shows it on a terminal, sees another one.
fn control_fault(attribute: &Attribute) -> Option<Fault> {
    let text = attribute.value().text()?;
    if !text.chars().any(name::is_control) {
        return None;
    }
    let oid = attribute.oid();
    let name = oid
        .attribute_name()
        .map_or_else(|| oid.to_string(), str::to_owned);
    let finding = Finding::error(
        "enos.subject",
        "RFC 4518 §2.2",
        format!("subject.{name}"),
        format!("{text:?}"),
        "text without control characters",
    );
    let message = format!("subject attribute {name} holds a control character");
    Some(invalid(&message, finding))
}

fn value_fault(oid: Oid, name: &str, text: Option<&str>) -> Option<Fault> {
    let Some(text) = text else {
        let found = "a value that is no string".to_owned();
        return Some(subject_fault(name, "is not text", found));
    };
    let found = || format!("{text:?}");
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Some(subject_fault(name, "is empty", found()));
    }
    if length > MAX_CHARACTERS {
        let found = format!("{length} characters");
        return Some(subject_fault(name, "is too long", found));
    }
    let two_letters = length == 2 && text.bytes().all(|octet| octet.is_ascii_alphabetic());
    let good = oid != oid::COUNTRY || two_letters;
    (!good).then(|| subject_fault(name, "is not two letters", found()))
}

fn subject_fault(name: &str, what: &str, found: String) -> Fault {
    let expected = match name {
        "C" => "once, two letters".to_owned(),
        _ => format!("once, 1 to {MAX_CHARACTERS} characters"),
    };
    let finding = Finding::error(
        "enos.subject",
        "EnOS, Creating your CSR",
        format!("subject.{name}"),
        found,
        expected,
    );
    invalid(&format!("subject attribute {name} {what}"), finding)
}

const MAX_CHARACTERS: usize = 64;

const RSA_KEY: &str = "RSA-2048";

const ECC_KEY: &str = "P-256";

const SIGNATURES: &str = "sha256WithRSAEncryption for RSA or ecdsa-with-SHA256 for ECC";

/// In the order in which the vendor's guide names them.
const MANDATORY: &[(Oid, &str)] = &[
    (oid::COUNTRY, "C"),
    (oid::STATE_OR_PROVINCE, "ST"),
    (oid::LOCALITY, "L"),
    (oid::ORGANIZATION, "O"),
    (oid::ORGANIZATIONAL_UNIT, "OU"),
    (oid::COMMON_NAME, "CN"),
];
