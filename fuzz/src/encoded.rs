//! DER and BER that holds no secret.

use certwright::bundle::handover::{Handover, HandoverItem};
use certwright::bundle::{self, Artefact};
use certwright::cert::{Certificate, chain_order};
use certwright::cms::{CertificatesOnly, SetOrder, SignedMessage, WeakDigest};
use certwright::crl::{Crl, CrlFields, TbsCertListBuilder};
use certwright::ext::{Extensions, SubjectAltName, SubjectKeyIdentifier, check_value, describe};
use certwright::general_name::GeneralName;
use certwright::name::Name;
use certwright::request::CertificationRequest;

/// A certification request: the octets come back, its parts can be told, and its proof is judged.
pub fn csr(octets: &[u8]) {
    let Ok(request) = CertificationRequest::from_bytes(octets) else {
        return;
    };
    let again = CertificationRequest::from_der(request.as_der()).unwrap();
    assert_eq!(again.as_der(), request.as_der());
    assert_eq!(again.subject(), request.subject());
    assert_eq!(again.public_key(), request.public_key());
    name(request.subject());
    if let Some(requested) = request.requested_extensions() {
        extensions(requested);
    }
    let whole = request.as_der().to_vec();
    if let Ok(verified) = request.verify() {
        assert_eq!(verified.request().as_der(), whole);
    }
}

/// A certificate: from PEM and from DER alike, told for people, packed and unpacked.
pub fn certificate(octets: &[u8]) {
    let Ok(certificate) = Certificate::from_bytes(octets) else {
        return;
    };
    let again = Certificate::from_pem(certificate.to_pem().as_bytes()).unwrap();
    assert_eq!(again, certificate);
    name(certificate.issuer());
    name(certificate.subject());
    extensions(certificate.extensions());
    let _ = certificate.verify_signature(certificate.public_key());
    let item = HandoverItem {
        next: &certificate,
        current: Some(&certificate),
        cer: "a.cer",
        p7b: "a.p7b",
    };
    let handover = Handover {
        owner: "owner",
        partner: None,
        made_at: certificate.validity().not_before(),
        items: &[item],
    };
    assert!(!handover.to_text().is_empty() && !handover.to_html().is_empty());
    let one = [certificate.clone()];
    for artefact in Artefact::ALL {
        assert!(!bundle::write(artefact, &one).unwrap().is_empty());
    }
    let packed = CertificatesOnly::new(&one, SetOrder::AsGiven).unwrap();
    let unpacked = CertificatesOnly::from_der(packed.as_der()).unwrap();
    assert_eq!(unpacked.certificates(), one);
    let _ = chain_order(vec![certificate.clone(), certificate]);
}

/// A CRL: from PEM and from DER alike; its entries written by us are the entries that were read.
pub fn crl(octets: &[u8]) {
    let Ok(crl) = Crl::from_bytes(octets) else {
        return;
    };
    let again = Crl::from_pem(crl.to_pem().as_bytes()).unwrap();
    assert_eq!(again.as_der(), crl.as_der());
    name(crl.issuer());
    extensions(crl.extensions());
    let entries: Vec<_> = crl.entries().collect();
    assert_eq!(again.entries().count(), entries.len());
    let (Ok(Some(number)), Some(next_update)) = (crl.number(), crl.next_update()) else {
        return;
    };
    let Ok(issuer_key_identifier) = SubjectKeyIdentifier::from_octets(&[7; 20]) else {
        return;
    };
    let fields = CrlFields {
        issuer: crl.issuer().clone(),
        issuer_key_identifier,
        number,
        this_update: crl.this_update(),
        next_update,
        signature_algorithm: crl.signature_algorithm(),
    };
    let Ok(mut builder) = TbsCertListBuilder::new(fields) else {
        return;
    };
    for entry in &entries {
        if builder.push(entry).is_err() {
            return;
        }
    }
    assert!(!builder.finish().unwrap().as_der().is_empty());
}

/// PKCS #7: certificates only, and signed messages; DER, and BER as streams are written.
pub fn cms(octets: &[u8]) {
    if let Ok(packed) = CertificatesOnly::from_bytes(octets) {
        let again = CertificatesOnly::from_der(packed.as_der()).unwrap();
        assert_eq!(again.certificates(), packed.certificates());
        let from_pem = CertificatesOnly::from_pem(packed.to_pem().as_bytes()).unwrap();
        assert_eq!(from_pem.as_der(), packed.as_der());
        if !packed.certificates().is_empty() {
            let ours = CertificatesOnly::new(packed.certificates(), SetOrder::AsGiven);
            if let Ok(ours) = ours {
                let read = CertificatesOnly::from_der(ours.as_der()).unwrap();
                assert_eq!(read.certificates(), packed.certificates());
            }
        }
    }
    if let Ok(message) = SignedMessage::from_bytes(octets) {
        for certificate in message.certificates() {
            for weak in [WeakDigest::Allow, WeakDigest::Refuse] {
                if let Ok(content) = message.verify(certificate, weak) {
                    assert_eq!(content, message.content());
                }
            }
        }
    }
}

/// What a name says can be written and is then the same name, where its strings can be written at all.
pub(crate) fn name(name: &Name) {
    let again = Name::from_der(name.as_der()).unwrap();
    assert_eq!(&again, name);
    let _ = (name.folded(), name.to_string());
    if let Ok(read) = name.to_string().parse::<Name>() {
        assert_eq!(read.to_string(), name.to_string());
    }
}

fn extensions(extensions: &Extensions) {
    let again = Extensions::from_der(&extensions.to_der()).unwrap();
    assert_eq!(&again, extensions);
    for extension in extensions.iter() {
        let told = describe(extension);
        assert!(!told.is_empty());
        let _ = check_value(extension);
        // Whatever stands in a SAN comes out of it as it went in.
        if let Ok(names) = SubjectAltName::from_extension_value(extension.value()) {
            for name in names.names() {
                assert_eq!(&GeneralName::from_der(&name.to_der()).unwrap(), name);
            }
        }
    }
}
