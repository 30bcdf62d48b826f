//! Writing requests: subject, key and requested extensions, signed by the key they name.

use super::{CertificationRequest, RequestError};
use crate::ext::Extensions;
use crate::key;
use crate::key::{KeyError, KeyPair, SignJob, Signature, SignatureAlgorithm};
use crate::name::Name;
use crate::oid;
use crate::tlv;

/// A request that is to be signed by the key pair it names.
#[derive(Debug)]
pub struct RequestDraft<'a> {
    /// The subject asked for.
    pub subject: &'a Name,
    /// The key to be certified, which signs the request.
    pub key: &'a KeyPair,
    /// The signature's algorithm; it must fit the key.
    pub algorithm: SignatureAlgorithm,
    /// What an extensionRequest attribute asks for; an empty list writes no attribute.
    pub extensions: &'a Extensions,
}

/// Signs a slice of requests; each succeeds or fails alone, in order.
#[must_use]
pub fn sign(drafts: &[RequestDraft<'_>]) -> Vec<Result<CertificationRequest, RequestError>> {
    let infos: Vec<_> = drafts.iter().map(info).collect();
    let jobs: Vec<_> = drafts
        .iter()
        .zip(&infos)
        .map(|(draft, message)| SignJob {
            key: draft.key,
            algorithm: draft.algorithm,
            message,
        })
        .collect();
    let signatures = key::sign(&jobs);
    let finish = |((draft, info), signature): (_, Result<Signature, KeyError>)| {
        let (draft, info): (&RequestDraft<'_>, &Vec<u8>) = (draft, info);
        let signature = signature.map_err(RequestError::Sign)?;
        let content = [
            info.as_slice(),
            draft.algorithm.to_der(),
            &tlv::bit_string(signature.as_bytes()),
        ]
        .concat();
        CertificationRequest::from_der(&tlv::write(tlv::SEQUENCE, &content))
    };
    drafts
        .iter()
        .zip(&infos)
        .zip(signatures)
        .map(finish)
        .collect()
}

/// `CertificationRequestInfo` in DER.
fn info(draft: &RequestDraft<'_>) -> Vec<u8> {
    let mut attributes = Vec::new();
    if !draft.extensions.is_empty() {
        let extensions = draft.extensions.to_der();
        let content = [
            tlv::write_oid(oid::EXTENSION_REQUEST),
            tlv::write(tlv::SET, &extensions),
        ]
        .concat();
        attributes = tlv::write(tlv::SEQUENCE, &content);
    }
    let content = [
        &tlv::write(tlv::INTEGER, &[0]),
        draft.subject.as_der(),
        draft.key.public_key().spki_der(),
        &tlv::write(tlv::context_constructed(0), &attributes),
    ]
    .concat();
    tlv::write(tlv::SEQUENCE, &content)
}
