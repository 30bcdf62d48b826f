//! Every rule of this vendor that a finding may name, in alphabetical order, and those that it shares with others.

use crate::vendor::rule::{Rule, reason, shared, shared_without};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule::without(
        "ecgrid.api-key",
        "A call bears a known API key.",
        reason::CALLER,
    ),
    Rule::without(
        "ecgrid.auth-level",
        "The caller's level is high enough.",
        reason::CALLER,
    ),
    Rule::without(
        "ecgrid.begin-usage",
        "BeginUsage lies within the period of the certificate that is added.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "ecgrid.body",
        "The body is a JSON object of limited length, each name in it once.",
    ),
    Rule::without(
        "ecgrid.cert",
        "The certificate that is added can be read.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "ecgrid.cert-key",
        "CertKeyID is the number of a certificate of the Comm.",
        reason::WORLD,
    ),
    Rule::without(
        "ecgrid.cert-key-pair",
        "The certificate that is added belongs to its private key.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "ecgrid.cert-type",
        "CertType is one of the vendor's.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "ecgrid.certificate-signature",
        "A certificate is signed with its own key.",
    ),
    Rule::without(
        "ecgrid.comm",
        "CommID is the number of a Comm that the caller sees.",
        reason::WORLD,
    ),
    Rule::without(
        "ecgrid.comm-status",
        "The Comm is not terminated.",
        reason::WORLD,
    ),
    Rule::without(
        "ecgrid.duplicate",
        "The key is not the Comm's already.",
        reason::WORLD,
    ),
    Rule::new("ecgrid.expired", "The certificate has not ended."),
    Rule::new(
        "ecgrid.expires",
        "Expires lies after BeginUsage and after now.",
    ),
    Rule::new(
        "ecgrid.extension-list",
        "The extensions are those of the usage, in their order.",
    ),
    Rule::new(
        "ecgrid.extension-value",
        "Each extension says what the usage demands.",
    ),
    Rule::new(
        "ecgrid.field-type",
        "Each field has the type of the vendor's table.",
    ),
    Rule::new(
        "ecgrid.input",
        "The vendor makes the key itself, and takes no certification request.",
    ),
    Rule::new(
        "ecgrid.missing",
        "CommID is mandatory; in SOAP all but PartnerAS2ID are.",
    ),
    Rule::new("ecgrid.not-yet-valid", "The certificate has begun."),
    Rule::without(
        "ecgrid.overlap-days",
        "OverlapDays is a number of days from 0 on.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "ecgrid.partner",
        "PartnerAS2ID is an AS2 id of 1 to 64 printable ASCII characters.",
    ),
    Rule::without(
        "ecgrid.pkcs12",
        "The PKCS #12 that is added opens with its password.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "ecgrid.pkcs12-unsupported",
        "A PFX is opened by builds that know PKCS #12.",
        reason::BUILD,
    ),
    Rule::without(
        "ecgrid.rate-limit",
        "Not too many calls come at once.",
        reason::CALLER,
    ),
    Rule::without(
        "ecgrid.renewable",
        "The certificate to renew was made here and is in use.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "ecgrid.request",
        "A request that is refused has a fault.",
        reason::NO_WORD,
    ),
    Rule::without(
        "ecgrid.rollover",
        "What is rolled over has a current certificate and no next one.",
        reason::WORLD,
    ),
    Rule::without(
        "ecgrid.rollover-time",
        "The next certificate lasts longer than the current one.",
        reason::WORLD,
    ),
    Rule::new(
        "ecgrid.self-signed",
        "The certificate names itself as its issuer.",
    ),
    Rule::new(
        "ecgrid.serial",
        "The serial number is random, of 64 bits at the least.",
    ),
    Rule::without(
        "ecgrid.session",
        "A call bears a session that is open.",
        reason::CALLER,
    ),
    Rule::new(
        "ecgrid.sha1",
        "SHA-1 signs only where the workspace allows it.",
    ),
    Rule::new(
        "ecgrid.signature-algorithm",
        "Signatures are RSA with SHA-256, SHA-384 or SHA-512, with SHA-1 where the workspace allows it.",
    ),
    Rule::without(
        "ecgrid.soap",
        "A SOAP body is one operation of the WSDL in an envelope or alone.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "ecgrid.subject",
        "The subject is the Comm's AS2 id as CN, under its organization.",
    ),
    Rule::new(
        "ecgrid.subject-alt-name",
        "The partner's AS2 id is the CN of a directoryName.",
    ),
    Rule::without(
        "ecgrid.terminated",
        "The certificate is not terminated already.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "ecgrid.weak-key",
        "The RSA key is none that anyone can break.",
        reason::NO_KEY,
    ),
    Rule::without(
        "ecgrid.world",
        "What is asked about the world is answered.",
        reason::WORLD,
    ),
    Rule::without(
        "ecgrid.years",
        "Years is a number from 1 on.",
        reason::OTHER_CALL,
    ),
    shared_without("issuer.name-constraints", reason::CHAIN),
    shared_without("issuer.path-len", reason::CHAIN),
    shared_without("issuer.validity", reason::CHAIN),
    shared_without("netscape.ia5-string", reason::NO_SUCH_EXTENSION),
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
    shared_without("rfc5280.aki-missing", reason::CHAIN),
    shared("rfc5280.attribute-length"),
    shared_without("rfc5280.basic-constraints-critical", reason::LISTED),
    shared_without("rfc5280.certificate", reason::WRITER),
    shared_without("rfc5280.country", reason::SUBJECT),
    shared_without("rfc5280.critical-unknown", reason::LISTED),
    shared("rfc5280.extension-value"),
    shared_without("rfc5280.issuer-empty", reason::CHAIN),
    shared_without("rfc5280.key-usage-ca", reason::LISTED),
    shared_without("rfc5280.key-usage-critical", reason::LISTED),
    shared_without("rfc5280.name-constraints-ca", reason::NO_SUCH_EXTENSION),
    shared_without(
        "rfc5280.name-constraints-critical",
        reason::NO_SUCH_EXTENSION,
    ),
    shared_without("rfc5280.path-len", reason::LISTED),
    shared_without("rfc5280.san-critical", reason::SUBJECT),
    shared("rfc5280.ski-critical"),
    shared_without("rfc5280.ski-missing", reason::LISTED),
    shared_without("rfc5280.string-type", reason::SUBJECT),
    shared_without("rfc5280.subject-empty", reason::SUBJECT),
    shared_without("rfc5280.time-form", reason::WRITER),
    shared_without("rfc5280.version", reason::WRITER),
    shared_without("rfc8813.key-usage-ec", reason::LISTED),
];
