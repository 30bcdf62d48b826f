//! What this vendor would refuse of a file, or would have done otherwise.
//!
//! A body is the decrypted object of `createCustomCertificateById`. Where nobody is registered it is taken for one of a
//! user whose certificate is the signer's in the message, and who may leave the signature out.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::cert::TbsCertificate;
use crate::cms::{SignedMessage, WeakDigest};
use crate::issuer::IssuerName;
use crate::key::weak;
use crate::lint::Finding;
use crate::name::{Name, StringType};
use crate::oid;
use crate::order::Order;
use crate::pem;
use crate::profile::ProfileError;
use crate::request::{CertificationRequest, RequestError};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::emca::Method;
use crate::vendor::emca::caller;
use crate::vendor::emca::caller::{Authenticated, Caller};
use crate::vendor::emca::check;
use crate::vendor::emca::check::Checked;
use crate::vendor::emca::config::{Emca, User};
use crate::vendor::emca::envelope;
use crate::vendor::emca::envelope::{AesKey, CipherMode, EmKey, Sealed};
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE, Refusal, chain_text};
use crate::vendor::emca::order;
use crate::vendor::emca::order::Terms;
use crate::vendor::emca::shape;
use crate::vendor::emca::shape::RULES;
use crate::vendor::emca::sibling::pkcs12;
use crate::vendor::emca::wire::{Request, Transaction};
use crate::vendor::judge::{Judge, join};
use crate::vendor::shape::Issuer;
use crate::vendor::specimen::Specimen;

/// Judges a slice at a moment; all findings for each, in order.
///
/// # Errors
/// None: profiles were checked with the settings.
pub fn judge(
    specimens: Vec<Specimen>,
    at: UnixSeconds,
    settings: &Emca,
) -> Result<Vec<Vec<Finding>>, ProfileError> {
    let of_tbs = |tbs: &TbsCertificate| shape::nearest(tbs, settings);
    let certificates = Judge {
        at,
        rules: &RULES,
        issuer: Issuer::Authority,
        shape: &of_tbs,
    };
    let one = |specimen| match specimen {
        Specimen::Body(octets) => Ok(body(&octets, at, settings)),
        Specimen::Request(octets) => Ok(request(&octets, at, settings)),
        other => certificates.findings(&other),
    };
    specimens.into_iter().map(one).collect()
}

fn body(octets: &[u8], at: UnixSeconds, settings: &Emca) -> Vec<Finding> {
    let object = match envelope::object(octets, FaultKind::InputData) {
        Ok(object) if Sealed::is_sealed(&object) => return vec![sealed()],
        Ok(object) => object,
        Err(refusal) => return told(refusal.faults()),
    };
    let method = meant(&object);
    let read = || Request::read_all(method, &object);
    let (request, faults) = read();
    let mut findings = told(&faults);
    let anyone = someone(&request);
    // Whoever is not known, or not believed, would still be told of the rest once that is mended.
    let mut user = &anyone;
    if !settings.config().users.is_empty() {
        if let Err(refusal) = caller::authenticate(read().0, Caller::Local, settings) {
            join(&mut findings, told(refusal.faults()));
        }
        user = settings.user(&request.user_name).unwrap_or(user);
    }
    let call = Authenticated {
        user,
        method,
        transaction: Transaction {
            user_name: request.user_name,
            application_id: request.application_id,
        },
        parameters: request.fields,
    };
    match answered(call, at, settings) {
        Ok(warnings) => findings.extend(warnings),
        Err(refusal) => join(&mut findings, told(refusal.faults())),
    }
    findings
}

/// The request stage and what can be said of the profile's.
fn answered(
    call: Authenticated<'_>,
    at: UnixSeconds,
    settings: &Emca,
) -> Result<Vec<Finding>, Refusal> {
    if call.method.makes_key() {
        return pkcs12::check(&call, settings).map(|_| Vec::new());
    }
    let answer = check::check(vec![call], settings).pop();
    let checked = answer.unwrap_or_else(|| Err(error::refused(Stage::Request, Vec::new())))?;
    placed(checked, at)
}

/// An object does not say whose it is. One without any field of the custom call whose signed content begins as the text of
/// a PFX is for one; all others are taken for the custom call.
fn meant(object: &Map<String, Value>) -> Method {
    let (request, _) = Request::read_all(Method::CreateCustomCertificateById, object);
    let fields = &request.fields;
    let custom = [
        &fields.san_values,
        &fields.subject_dn_oids,
        &fields.is_p7b_request,
    ];
    let signed = fields.signature.as_ref();
    let signed = signed.and_then(|signed| message(signed.expose_secret()));
    let begins_with_oid =
        |message: SignedMessage| message.content().first().is_some_and(u8::is_ascii_digit);
    let is_pfx = custom.into_iter().all(Option::is_none) && signed.is_some_and(begins_with_oid);
    match (is_pfx, &fields.profile_id) {
        (true, None) if fields.profile_name.is_some() => Method::CreatePkcs12,
        (true, _) => Method::CreatePkcs12ById,
        (false, _) => Method::CreateCustomCertificateById,
    }
}

fn sealed() -> Finding {
    let expected = "the decrypted object: the key is the user's";
    Finding::error("emca.body", PAGE, "requestData", "a sealed body", expected)
}

fn told(faults: &[Fault]) -> Vec<Finding> {
    let one = |fault: &Fault| fault.finding().clone().answered(None, fault.message());
    faults.iter().map(one).collect()
}

/// A user that the request would be believed of.
fn someone(request: &Request) -> User {
    let password = request.password.expose_secret();
    let message = request.fields.signature.as_ref();
    let message = message.and_then(|signed| self::message(signed.expose_secret()));
    User {
        name: request.user_name.clone(),
        em_key: EmKey::of(&request.user_name, password),
        aes_key: AesKey::from_octets([0; 32]),
        mode: CipherMode::default(),
        signer: message.and_then(|message| message.certificates().first().cloned()),
        source_addresses: Vec::new(),
        em_key_required: false,
        unsigned_requests: true,
        weak_digest: WeakDigest::Refuse,
    }
}

fn message(text: &str) -> Option<SignedMessage> {
    if pem::is_pem(text.as_bytes()) {
        return SignedMessage::from_pem(text.as_bytes()).ok();
    }
    let octets = envelope::decode_base64(text).ok()?;
    SignedMessage::from_bytes(&octets).ok()
}

/// The profile stage. Which CA issues is not known here: one that lasts for ever stands in for it.
fn placed(checked: Checked, at: UnixSeconds) -> Result<Vec<Finding>, Refusal> {
    let profile = Arc::clone(&checked.common.profile);
    let request = checked.request().clone();
    let shape = Arc::clone(profile.shape(request.public_key()));
    let internal = |error: &(dyn std::error::Error + 'static)| Refusal::internal(error);
    let name = [(oid::COMMON_NAME, StringType::Utf8String, "CA")];
    let name = Name::from_attributes(&name).map_err(|error| internal(&error))?;
    let serial = SerialNumber::from_u64(1).map_err(|error| internal(&error))?;
    let validity = shape.validity(at, None);
    let validity = validity.map_err(|finding| Refusal::from_findings(&finding.into()))?;
    let authority = Order::from_request(&request, shape, validity).with_subject(name);
    let issuer = IssuerName::of_subject(&authority, &serial);
    let terms = Terms::new(at).with_issuer(profile.ca(), issuer.clone());
    let placed = order::order(checked, &terms)?;
    let prepared = issuer.prepare(placed.order(), serial);
    let prepared = prepared.map_err(|findings| Refusal::from_findings(&findings))?;
    Ok(prepared.warnings().to_vec())
}

/// A bare request: its form, its proof, its key. Subject and names come with the call.
fn request(octets: &[u8], at: UnixSeconds, settings: &Emca) -> Vec<Finding> {
    let read = CertificationRequest::from_bytes(octets);
    let proven = read.and_then(|request| {
        let findings = nearest_key(&request, at, settings);
        request.verify().map(|_| findings)
    });
    match proven {
        Ok(findings) => findings,
        Err(error) => {
            let (rule, expected) = match error {
                RequestError::ProofOfPossession(_) => {
                    ("emca.csr-proof", "a request signed with its own key")
                }
                _ => ("emca.csr", "a PKCS #10 request"),
            };
            vec![Finding::error(
                rule,
                PAGE,
                "request",
                chain_text(&error),
                expected,
            )]
        }
    }
}

/// What the profile that the key comes nearest to says of it.
fn nearest_key(request: &CertificationRequest, at: UnixSeconds, settings: &Emca) -> Vec<Finding> {
    let key = request.public_key();
    let of_profiles = settings.profiles().iter().map(|profile| {
        let shape = profile.shape(key);
        let validity = shape.validity(at, None);
        validity.map_or_else(
            |finding| vec![finding],
            |validity| shape.findings(key, validity),
        )
    });
    let mut findings = of_profiles.min_by_key(Vec::len).unwrap_or_default();
    let weaknesses = weak::weaknesses(&[key]).into_iter().flatten();
    findings.extend(weaknesses.map(|weakness| {
        let expected = "a key that is hard to factor";
        let (rule, source) = (RULES.weak_key, "RFC 8017 §3.1");
        let field = "subjectPublicKeyInfo";
        Finding::error(rule, source, field, weakness.to_string(), expected)
    }));
    findings
}

#[cfg(test)]
mod tests;
