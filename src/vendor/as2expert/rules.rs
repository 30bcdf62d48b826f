//! Every rule of this vendor that a finding may name, in alphabetical order, and those that it shares with others.

use crate::vendor::rule::{Rule, reason, shared, shared_without};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule::new(
        "as2expert.body",
        "The body is a JSON object of limited length, each name in it once.",
    ),
    Rule::without(
        "as2expert.certificate",
        "The certificate is one of the site's.",
        reason::WORLD,
    ),
    Rule::new(
        "as2expert.certificate-signature",
        "A certificate is signed with its own key.",
    ),
    Rule::new("as2expert.country", "countryName is two letters."),
    Rule::new(
        "as2expert.dias",
        "dias is a number of days from 1 on, and a certificate lasts whole days.",
    ),
    Rule::new(
        "as2expert.email",
        "email is an address of at most 255 ASCII characters.",
    ),
    Rule::new("as2expert.expired", "The certificate has not ended."),
    Rule::new(
        "as2expert.extension-list",
        "The extensions are those of a station's certificate, in their order.",
    ),
    Rule::new(
        "as2expert.extension-value",
        "Each extension says what a station's certificate says.",
    ),
    Rule::new(
        "as2expert.field-type",
        "Each field has the type of the vendor's table.",
    ),
    Rule::new(
        "as2expert.hash",
        "hash is sha256, sha384 or sha512, or sha1 where the workspace allows it.",
    ),
    Rule::new(
        "as2expert.input",
        "The vendor makes the key itself, and takes no certification request.",
    ),
    Rule::new("as2expert.keybits", "keybits is 2048, 3072 or 4096."),
    Rule::new("as2expert.not-yet-valid", "The certificate has begun."),
    Rule::without(
        "as2expert.partner",
        "The partner is one of the site's.",
        reason::WORLD,
    ),
    Rule::without(
        "as2expert.rate-limit",
        "Not too many calls come at once.",
        reason::CALLER,
    ),
    Rule::new(
        "as2expert.required",
        "station and selfSigned are mandatory.",
    ),
    Rule::without(
        "as2expert.rollover",
        "What is rolled over has a current certificate and no next one.",
        reason::WORLD,
    ),
    Rule::without(
        "as2expert.rollover-time",
        "The next certificate lasts longer than the current one.",
        reason::WORLD,
    ),
    Rule::without(
        "as2expert.scope",
        "The token's scope is wide enough.",
        reason::CALLER,
    ),
    Rule::new(
        "as2expert.self-signed",
        "selfSigned must be true, and a certificate names itself as its issuer.",
    ),
    Rule::new(
        "as2expert.serial",
        "The serial number is random, of 64 bits at the least.",
    ),
    Rule::new(
        "as2expert.signature-algorithm",
        "Signatures are RSA with the hash that was asked for.",
    ),
    Rule::without(
        "as2expert.station",
        "The station is one of the site's.",
        reason::WORLD,
    ),
    Rule::new(
        "as2expert.subject",
        "The subject has C, ST, L, O, OU, CN and emailAddress in this order, C, L and CN always.",
    ),
    Rule::new(
        "as2expert.subject-alt-name",
        "The subject's address stands among the alternative names, alone.",
    ),
    Rule::without(
        "as2expert.token",
        "A call bears a known token.",
        reason::CALLER,
    ),
    Rule::without(
        "as2expert.weak-key",
        "The RSA key is none that anyone can break.",
        reason::NO_KEY,
    ),
    Rule::without(
        "as2expert.world",
        "What is asked about the world is answered.",
        reason::WORLD,
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
    shared_without("profile.subject-key", reason::CURVE),
    shared_without("profile.validity", reason::PREPARED),
    shared("rfc4518.control-character"),
    shared("rfc5280.aki-critical"),
    shared_without("rfc5280.aki-missing", reason::CHAIN),
    shared("rfc5280.attribute-length"),
    shared_without("rfc5280.basic-constraints-critical", reason::LISTED),
    shared_without("rfc5280.certificate", reason::WRITER),
    shared("rfc5280.country"),
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
