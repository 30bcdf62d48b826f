//! The clauses of RFC 5280 §4.2 on extensions.

use super::fault_if;
use crate::ext::netscape::{CaRevocationUrl, NetscapeComment, NetscapeEncoding};
use crate::ext::{AuthorityKeyIdentifier, Extension, KeyUsageBit, check_value, extension_name};
use crate::key::PublicKeyKind;
use crate::lint::{Fault, Look};
use crate::oid;
use crate::oid::Oid;

/// The keyIdentifier MUST be in every certificate of a conforming CA, self-signed ones excepted.
pub(super) fn aki_missing(tbs: &Look<'_>) -> Vec<Fault> {
    let identifier = tbs.extensions().find(oid::AUTHORITY_KEY_IDENTIFIER);
    let has_key = identifier
        .is_some_and(|extension| AuthorityKeyIdentifier::value_has_key(extension.value()));
    fault_if(!has_key && tbs.issuer() != tbs.subject(), || {
        Fault::new(
            "authorityKeyIdentifier",
            "no keyIdentifier",
            "the issuer's key identifier",
        )
    })
}

/// Conforming CAs MUST mark this extension as non-critical.
pub(super) fn aki_critical(tbs: &Look<'_>) -> Vec<Fault> {
    must_not_be_critical(tbs, oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier")
}

/// The extension MUST appear in all CA certificates.
pub(super) fn ski_missing(tbs: &Look<'_>) -> Vec<Fault> {
    let absent = tbs.extensions().find(oid::SUBJECT_KEY_IDENTIFIER).is_none();
    fault_if(is_ca(tbs) && absent, || {
        Fault::new(
            "subjectKeyIdentifier",
            "absent in a CA certificate",
            "present",
        )
    })
}

/// Conforming CAs MUST mark this extension as non-critical.
pub(super) fn ski_critical(tbs: &Look<'_>) -> Vec<Fault> {
    must_not_be_critical(tbs, oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier")
}

/// keyCertSign and cA go together (§4.2.1.3, §4.2.1.9), and a CA MUST say its key usage.
pub(super) fn key_usage_ca(tbs: &Look<'_>) -> Vec<Fault> {
    let signs = tbs
        .usage
        .as_ref()
        .is_some_and(|usage| usage.contains(KeyUsageBit::KeyCertSign));
    let (found, expected) = match (is_ca(tbs), signs) {
        (true, false) => (
            "cA TRUE without keyCertSign",
            "keyCertSign in a CA certificate",
        ),
        (false, true) => (
            "keyCertSign without cA TRUE",
            "keyCertSign in CA certificates only",
        ),
        _ => return Vec::new(),
    };
    vec![Fault::new("keyUsage", found, expected)]
}

/// When present, conforming CAs SHOULD mark this extension as critical.
pub(super) fn key_usage_critical(tbs: &Look<'_>) -> Vec<Fault> {
    let usage = tbs.extensions().find(oid::KEY_USAGE);
    fault_if(usage.is_some_and(|usage| !usage.critical()), || {
        Fault::new("keyUsage", "not critical", "critical")
    })
}

/// With id-ecPublicKey, keyEncipherment and dataEncipherment MUST NOT be set.
pub(super) fn key_usage_ec(tbs: &Look<'_>) -> Vec<Fault> {
    let enciphers = tbs.usage.as_ref().is_some_and(|usage| {
        usage.contains(KeyUsageBit::KeyEncipherment)
            || usage.contains(KeyUsageBit::DataEncipherment)
    });
    fault_if(
        *tbs.public_key().kind() == PublicKeyKind::P256 && enciphers,
        || {
            let found = "keyEncipherment or dataEncipherment with an EC key";
            Fault::new("keyUsage", found, "digitalSignature or keyAgreement")
        },
    )
}

/// MUST be critical when the subject is empty.
pub(super) fn san_critical(tbs: &Look<'_>) -> Vec<Fault> {
    let names = tbs.extensions().find(oid::SUBJECT_ALT_NAME);
    let uncritical = names.is_some_and(|names| !names.critical());
    fault_if(tbs.subject().is_empty() && uncritical, || {
        Fault::new(
            "subjectAltName",
            "not critical, with an empty subject",
            "critical",
        )
    })
}

/// MUST be critical in CA certificates whose key validates certificate signatures.
pub(super) fn constraints_critical(tbs: &Look<'_>) -> Vec<Fault> {
    let constraints = tbs.extensions().find(oid::BASIC_CONSTRAINTS);
    let uncritical = constraints.is_some_and(|constraints| !constraints.critical());
    fault_if(is_ca(tbs) && uncritical, || {
        Fault::new(
            "basicConstraints",
            "not critical in a CA certificate",
            "critical",
        )
    })
}

/// pathLenConstraint MUST NOT be included unless cA is TRUE and keyCertSign is asserted.
pub(super) fn path_len(tbs: &Look<'_>) -> Vec<Fault> {
    let limited = tbs
        .constraints
        .is_some_and(|constraints| constraints.path_len().is_some());
    let signs = tbs
        .usage
        .as_ref()
        .is_none_or(|usage| usage.contains(KeyUsageBit::KeyCertSign));
    fault_if(limited && !(is_ca(tbs) && signs), || {
        let found = "pathLenConstraint without cA TRUE and keyCertSign";
        Fault::new("basicConstraints", found, "no pathLenConstraint")
    })
}

/// nameConstraints MUST be used only in a CA certificate.
pub(super) fn name_constraints_ca(tbs: &Look<'_>) -> Vec<Fault> {
    let present = tbs.extensions().find(oid::NAME_CONSTRAINTS).is_some();
    fault_if(present && !is_ca(tbs), || {
        let found = "present without cA TRUE";
        Fault::new("nameConstraints", found, "in CA certificates only")
    })
}

/// Conforming CAs MUST mark this extension as critical.
pub(super) fn name_constraints_critical(tbs: &Look<'_>) -> Vec<Fault> {
    let constraints = tbs.extensions().find(oid::NAME_CONSTRAINTS);
    let uncritical = constraints.is_some_and(|constraints| !constraints.critical());
    fault_if(uncritical, || {
        Fault::new("nameConstraints", "not critical", "critical")
    })
}

/// The value of a known extension is the DER of its type.
pub(super) fn extension_value(tbs: &Look<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for extension in tbs.extensions().iter() {
        if let Some(Err(error)) = check_value(extension) {
            let field = format!("extension {}", extension.oid());
            faults.push(Fault::new(
                field,
                error.to_string(),
                "DER of the extension's type",
            ));
        }
    }
    faults
}

/// A critical extension that relying parties do not know makes the certificate useless to them.
pub(super) fn critical_unknown(tbs: &Look<'_>) -> Vec<Fault> {
    let unknown =
        |extension: &&Extension| extension.critical() && extension_name(extension.oid()).is_none();
    let fault = |extension: &Extension| {
        let field = format!("extension {}", extension.oid());
        Fault::new(field, "critical and not known to RFC 5280", "not critical")
    };
    tbs.extensions().iter().filter(unknown).map(fault).collect()
}

/// Netscape's string extensions hold an `IA5String`, not bare octets.
pub(super) fn netscape_ia5_string(tbs: &Look<'_>) -> Vec<Fault> {
    let comment = tbs.extensions().find(oid::NETSCAPE_COMMENT);
    let comment = comment
        .and_then(|extension| NetscapeComment::from_extension_value(extension.value()).ok())
        .map(|comment| ("netscape-comment", comment.encoding()));
    let url = tbs.extensions().find(oid::NETSCAPE_CA_REVOCATION_URL);
    let url = url
        .and_then(|extension| CaRevocationUrl::from_extension_value(extension.value()).ok())
        .map(|url| ("netscape-ca-revocation-url", url.encoding()));
    let bare = |(_, encoding): &(&str, NetscapeEncoding)| *encoding == NetscapeEncoding::Bare;
    let fault = |(field, _)| Fault::new(field, "octets without the tag of a string", "IA5String");
    [comment, url]
        .into_iter()
        .flatten()
        .filter(bare)
        .map(fault)
        .collect()
}

fn must_not_be_critical(tbs: &Look<'_>, oid: Oid, field: &str) -> Vec<Fault> {
    let critical = tbs.extensions().find(oid).is_some_and(Extension::critical);
    fault_if(critical, || Fault::new(field, "critical", "not critical"))
}

fn is_ca(tbs: &Look<'_>) -> bool {
    tbs.constraints
        .is_some_and(|constraints| constraints.is_ca())
}
