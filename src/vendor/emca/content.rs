//! What was signed: the content of the user's PKCS #7, and the certification request or the text in it.

use crate::cms::SignedMessage;
use crate::lint::Finding;
use crate::pem;
use crate::request::CertificationRequest;
use crate::vendor::emca::Method;
use crate::vendor::emca::config::User;
use crate::vendor::emca::envelope;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE, chain_text};
use crate::vendor::emca::grammar;
use crate::vendor::emca::wire::{Parameters, missing};

/// The certification request of a call: signed by the user's registered certificate, or bare where the user may.
///
/// With `signature` there, it must verify. Without it `csrData` is the signed message when `isSignedData` says so, and a
/// bare request otherwise; the page has no word for the refusal of a bare one, and it is not signed. The eSign call's own
/// sample has a bare request for its `signature`, which the same users may send.
pub(super) fn request(
    user: &User,
    method: Method,
    parameters: &Parameters,
) -> Result<CertificationRequest, Fault> {
    let Parameters {
        signature,
        csr_data,
        is_signed_data,
        ..
    } = parameters;
    match (signature, csr_data) {
        (Some(signature), bare) => {
            let signature = signature.expose_secret();
            let may_be_bare =
                user.unsigned_requests && method == Method::CreateEsignCustomCertificateById;
            let request = match bare_request(signature) {
                Ok(request) if may_be_bare => request,
                _ => read(&signed(user, "signature", signature)?)?,
            };
            match bare {
                Some(bare) => same(request, &bare_request(bare)?),
                None => Ok(request),
            }
        }
        (None, Some(data)) => {
            let is_signed = is_signed_data.as_deref().map_or(Ok(false), grammar::flag);
            let is_signed = is_signed.map_err(|error| {
                let found = error.to_string();
                let finding = Finding::error(
                    "emca.is-signed-data",
                    PAGE,
                    "isSignedData",
                    found,
                    "true or false",
                );
                Fault::new(FaultKind::Parameter, finding)
            })?;
            if is_signed {
                return read(&signed(user, "csrData", data)?);
            }
            if user.unsigned_requests {
                return bare_request(data);
            }
            Err(unbelieved("csrData", "a bare request"))
        }
        (None, None) => Err(missing("signature")),
    }
}

/// The signed text of a call that takes no certification request.
pub(super) fn text(user: &User, parameters: &Parameters) -> Result<String, Fault> {
    let signature = parameters.signature.as_ref();
    let signature = signature.ok_or_else(|| missing("signature"))?;
    let content = signed(user, "signature", signature.expose_secret())?;
    let text = String::from_utf8(content).map_err(|_| {
        let (found, expected) = ("octets that are no text", "signed text in UTF-8");
        data_fault("emca.signed-text", found, expected)
    })?;
    Ok(text.trim().to_owned())
}

/// The content of a message, once the registered certificate's key is found to have signed it.
fn signed(user: &User, field: &'static str, text: &str) -> Result<Vec<u8>, Fault> {
    let Some(signer) = user.signer() else {
        return Err(unbelieved(field, "a user without a registered certificate"));
    };
    let message = if pem::is_pem(text.as_bytes()) {
        SignedMessage::from_pem(text.as_bytes())
    } else {
        let octets = envelope::decode_base64(text).map_err(|found| unbelieved(field, &found))?;
        SignedMessage::from_bytes(&octets)
    };
    let content =
        message.and_then(|message| message.verify(signer, user.weak_digest).map(<[u8]>::to_vec));
    content.map_err(|error| unbelieved(field, &chain_text(&error)))
}

/// DER, PEM, or base64 of either: the page does not say which of them is signed.
fn read(content: &[u8]) -> Result<CertificationRequest, Fault> {
    let text = content.trim_ascii();
    let is_text = content.first() != Some(&SEQUENCE) && !pem::is_pem(content) && text.is_ascii();
    let decoded = std::str::from_utf8(text)
        .ok()
        .filter(|_| is_text)
        .and_then(|text| envelope::decode_base64(text).ok());
    let request = CertificationRequest::from_bytes(decoded.as_deref().unwrap_or(content));
    request.map_err(|error| data_fault("emca.csr", &chain_text(&error), "a PKCS #10 request"))
}

fn bare_request(data: &str) -> Result<CertificationRequest, Fault> {
    read(data.as_bytes())
}

/// A request beside the signed one must be the same: which one is meant could not be told.
fn same(
    signed: CertificationRequest,
    beside: &CertificationRequest,
) -> Result<CertificationRequest, Fault> {
    if signed.as_der() == beside.as_der() {
        return Ok(signed);
    }
    let found = "a request in csrData that is not the signed one";
    Err(data_fault("emca.csr-data", found, "one request"))
}

fn unbelieved(field: &'static str, found: &str) -> Fault {
    let expected = "PKCS #7 signed with the certificate that is registered for the user";
    let finding = Finding::error("emca.signature", PAGE, field, found, expected);
    Fault::new(FaultKind::Signature, finding)
}

fn data_fault(rule: &'static str, found: &str, expected: &str) -> Fault {
    let finding = Finding::error(rule, PAGE, "signature", found, expected);
    Fault::new(FaultKind::Data, finding)
}

/// Identifier octet that DER of a request begins with; no base64 of one does.
const SEQUENCE: u8 = 0x30;
