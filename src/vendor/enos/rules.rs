//! Every rule of this vendor that a finding may name, in alphabetical order, and those that it shares with others.

use crate::vendor::rule::{Rule, reason, shared, shared_without};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule::without(
        "enos.bidirectional",
        "The product supports bi-directional authentication.",
        reason::WORLD,
    ),
    Rule::new("enos.body", "The body is a JSON object of limited length."),
    Rule::without(
        "enos.cert-sn",
        "certSn is the number of a certificate of the device.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "enos.certificate-signature",
        "A certificate is signed with its issuer's key.",
    ),
    Rule::without(
        "enos.certificate-on-file",
        "The certificate to renew is on file.",
        reason::WORLD,
    ),
    Rule::new(
        "enos.chain",
        "A chain begins with the device's certificate and ends with the root, each followed by its issuer.",
    ),
    Rule::new(
        "enos.csr",
        "The CSR is mandatory, and is one PKCS #10 request.",
    ),
    Rule::new(
        "enos.csr-pem",
        "The CSR is PEM with the label CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST.",
    ),
    Rule::without(
        "enos.device",
        "The device is one of the product's.",
        reason::WORLD,
    ),
    Rule::new(
        "enos.device-identifier",
        "The device is named by assetId, or by productKey and deviceKey.",
    ),
    Rule::without(
        "enos.duplicate-subject",
        "The subject is no other valid certificate's.",
        reason::WORLD,
    ),
    Rule::new("enos.expired", "The certificate has not ended."),
    Rule::new(
        "enos.extension-list",
        "The extensions are those of the vendor's sample, in its order.",
    ),
    Rule::new(
        "enos.extension-value",
        "Each extension says what the vendor's sample says.",
    ),
    Rule::new("enos.field-repeated", "The body names each field once."),
    Rule::new(
        "enos.field-type",
        "Each field has the type of the vendor's table.",
    ),
    Rule::without(
        "enos.gateway",
        "Where applications are configured, a call is signed with the secret of one.",
        reason::CALLER,
    ),
    Rule::new(
        "enos.issue-authority",
        "issueAuthority is RSA or ECC, RSA by default.",
    ),
    Rule::new(
        "enos.key",
        "The key is RSA of 2048 bits or on prime256v1, as issueAuthority says.",
    ),
    Rule::without(
        "enos.key-bound",
        "The key is bound to no other device.",
        reason::WORLD,
    ),
    Rule::new("enos.not-yet-valid", "The certificate has begun."),
    Rule::new("enos.org-id", "orgId is mandatory."),
    Rule::without(
        "enos.prepared",
        "What is signed for other machines is what would be prepared here.",
        reason::PREPARED,
    ),
    Rule::without(
        "enos.product",
        "The product is known to the organization.",
        reason::WORLD,
    ),
    Rule::new(
        "enos.proof-of-possession",
        "The CSR is signed with the key that it holds.",
    ),
    Rule::without(
        "enos.reason",
        "reason is a number of the vendor's table.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "enos.renewed-common-name",
        "A renewal keeps the common name.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "enos.request",
        "A request that is refused has a fault.",
        reason::NO_WORD,
    ),
    Rule::without(
        "enos.request-on-file",
        "The request to reissue from is on file.",
        reason::WORLD,
    ),
    Rule::without(
        "enos.root-absent",
        "The authority has a root.",
        reason::WORLD,
    ),
    Rule::without(
        "enos.root-expired",
        "The authority's root has not ended.",
        reason::WORLD,
    ),
    Rule::new(
        "enos.serial",
        "The serial number is one that an Integer of the vendor's clients holds.",
    ),
    Rule::without(
        "enos.serial-taken",
        "The serial number is no other certificate's.",
        reason::WORLD,
    ),
    Rule::new(
        "enos.signature-algorithm",
        "Signatures are SHA256withRSA or SHA256withECDSA.",
    ),
    Rule::new(
        "enos.subject",
        "C of two letters, ST, L, O, OU and CN are mandatory, of at most 64 characters each.",
    ),
    Rule::new(
        "enos.valid-day",
        "validDay is a positive number of days, at most the product's maximum.",
    ),
    Rule::new(
        "enos.weak-key",
        "The RSA key is none that anyone can break.",
    ),
    Rule::without(
        "enos.world",
        "What is asked about the world is answered.",
        reason::WORLD,
    ),
    shared_without("issuer.name-constraints", reason::LIMITS),
    shared_without("issuer.path-len", reason::LIMITS),
    shared("issuer.validity"),
    shared_without(
        "netscape.ia5-string",
        "the vendor's sample departs from it, and the profile accepts that",
    ),
    shared_without("profile.extension-value", reason::PREPARED),
    shared_without("profile.extensions", reason::PREPARED),
    shared_without("profile.maximum-lifetime", reason::NO_PROFILE),
    shared_without("profile.signature-algorithm", reason::PREPARED),
    shared_without("profile.string-type", reason::NO_PROFILE),
    shared_without("profile.subject-alt-name", reason::PREPARED),
    shared("profile.subject-key"),
    shared_without("profile.validity", reason::PREPARED),
    shared("rfc4518.control-character"),
    shared("rfc5280.aki-critical"),
    shared_without("rfc5280.aki-missing", reason::LISTED),
    shared("rfc5280.attribute-length"),
    shared_without("rfc5280.basic-constraints-critical", reason::LISTED),
    shared_without("rfc5280.certificate", reason::WRITER),
    shared("rfc5280.country"),
    shared_without("rfc5280.critical-unknown", reason::LISTED),
    shared("rfc5280.extension-value"),
    shared("rfc5280.issuer-empty"),
    shared_without("rfc5280.key-usage-ca", reason::LISTED),
    shared_without("rfc5280.key-usage-critical", reason::LISTED),
    shared_without("rfc5280.name-constraints-ca", reason::NO_SUCH_EXTENSION),
    shared_without(
        "rfc5280.name-constraints-critical",
        reason::NO_SUCH_EXTENSION,
    ),
    shared_without("rfc5280.path-len", reason::LISTED),
    shared_without("rfc5280.san-critical", reason::LISTED),
    shared("rfc5280.ski-critical"),
    shared_without("rfc5280.ski-missing", reason::LISTED),
    shared("rfc5280.string-type"),
    shared_without("rfc5280.subject-empty", reason::SUBJECT),
    shared_without("rfc5280.time-form", reason::WRITER),
    shared_without("rfc5280.version", reason::WRITER),
    shared_without("rfc8813.key-usage-ec", reason::LISTED),
];
