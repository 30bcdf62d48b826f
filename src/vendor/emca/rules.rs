//! Every rule of this vendor that a finding may name, in alphabetical order, and those that it shares with others.

use crate::vendor::rule::{Rule, reason, shared, shared_without};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule::new(
        "emca.attribute-length",
        "Attributes keep the upper bounds of X.520.",
    ),
    Rule::new(
        "emca.body",
        "The decrypted object is a JSON object of limited length, each name in it once.",
    ),
    Rule::without(
        "emca.ca",
        "The CA that is named is known.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "emca.ca-absent",
        "The profile's CA is there.",
        reason::WORLD,
    ),
    Rule::new(
        "emca.certificate-signature",
        "A certificate is signed with its issuer's key.",
    ),
    Rule::new(
        "emca.chain",
        "A chain begins with the certificate and ends with the root, each followed by its issuer.",
    ),
    Rule::new("emca.csr", "The signed content is one PKCS #10 request."),
    Rule::without(
        "emca.csr-data",
        "A request in csrData is the signed one.",
        reason::SIGNED,
    ),
    Rule::without(
        "emca.csr-names",
        "The alternative names of the request can be read.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "emca.csr-proof",
        "The request is signed with the key that it holds.",
    ),
    Rule::without(
        "emca.em-key",
        "The header emKey is SHA-1 of user:password.",
        reason::CALLER,
    ),
    Rule::new("emca.expired", "The certificate has not ended."),
    Rule::new(
        "emca.extension-list",
        "The extensions are those of the profile, in its order.",
    ),
    Rule::new(
        "emca.extension-value",
        "Each extension says what the profile says.",
    ),
    Rule::new(
        "emca.field-type",
        "Each field has the type of the vendor's table.",
    ),
    Rule::new(
        "emca.is-p7b-request",
        "isP7BRequest is true for a P7B and false for a .cer.",
    ),
    Rule::new("emca.is-signed-data", "isSignedData is true or false."),
    Rule::without(
        "emca.mandatory-attribute",
        "The subject has the attributes that the profile demands.",
        reason::NO_PROFILE,
    ),
    Rule::without(
        "emca.method",
        "The call creates a certificate on a request.",
        reason::OTHER_CALL,
    ),
    Rule::new("emca.not-yet-valid", "The certificate has begun."),
    Rule::new("emca.parameter", "Mandatory parameters are there."),
    Rule::without(
        "emca.password",
        "The password is the registered one.",
        reason::CALLER,
    ),
    Rule::without(
        "emca.past-ca",
        "The certificate ends no later than its CA.",
        reason::WORLD,
    ),
    Rule::without(
        "emca.pfx",
        "A PFX can be written with the password of the request.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "emca.pfx-text",
        "The signed text of createPKCS12ById can be read.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "emca.pfx-unsupported",
        "A PFX is written by builds that know PKCS #12.",
        reason::BUILD,
    ),
    Rule::new("emca.profile", "The profile exists."),
    Rule::without(
        "emca.profile-name",
        "The profile of this name exists.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "emca.request",
        "A request that is refused has a fault.",
        reason::NO_WORD,
    ),
    Rule::without(
        "emca.request-data",
        "requestData is base64 of what the user's AES key decrypts.",
        reason::CALLER,
    ),
    Rule::without(
        "emca.revoke-mode",
        "revokeMode is a number of the vendor's table.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "emca.san-values",
        "sANValues is type=value joined by |, of the types that the vendor has.",
    ),
    Rule::without(
        "emca.serial",
        "The signed text is the serial number of one certificate of the user, and of one only.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "emca.serial-number",
        "The serial number is one of the profile's sequence.",
    ),
    Rule::new(
        "emca.signature",
        "The request is signed by the certificate that is registered for the user.",
    ),
    Rule::new(
        "emca.signature-algorithm",
        "Signatures are of an algorithm of the profile.",
    ),
    Rule::without(
        "emca.signed-text",
        "The signed text is UTF-8.",
        reason::OTHER_CALL,
    ),
    Rule::without(
        "emca.source-address",
        "The call comes from a registered address.",
        reason::CALLER,
    ),
    Rule::without(
        "emca.state",
        "The certificate is in a state that can be changed so.",
        reason::OTHER_CALL,
    ),
    Rule::new(
        "emca.string-type",
        "Attributes of the subject have the string types of the profile.",
    ),
    Rule::new("emca.subject", "The attributes of the subject make a name."),
    Rule::new(
        "emca.subject-dn-oids",
        "subjectDNOids is oid|value joined by ~.",
    ),
    Rule::without("emca.user", "The user is registered.", reason::CALLER),
    Rule::without(
        "emca.user-name",
        "userName is the same inside requestData and outside.",
        reason::CALLER,
    ),
    Rule::new("emca.valid-from", "validFrom is dd:MM:yyyy HH:mm:ss."),
    Rule::new(
        "emca.validity",
        "validity is dd:hh:mm:ss, of at most 36135 days, 23 hours, 59 minutes and 59 seconds.",
    ),
    Rule::new(
        "emca.weak-key",
        "The RSA key is none that anyone can break.",
    ),
    Rule::without(
        "emca.world",
        "What is asked about the world is answered.",
        reason::WORLD,
    ),
    shared_without("issuer.name-constraints", reason::LIMITS),
    shared_without("issuer.path-len", reason::LIMITS),
    shared("issuer.validity"),
    shared_without("netscape.ia5-string", reason::NO_SUCH_EXTENSION),
    shared_without("profile.extension-value", reason::PREPARED),
    shared_without("profile.extensions", reason::PREPARED),
    shared_without("profile.maximum-lifetime", reason::NO_PROFILE),
    shared_without("profile.signature-algorithm", reason::PREPARED),
    shared_without("profile.string-type", reason::NO_PROFILE),
    shared_without("profile.subject-alt-name", reason::PREPARED),
    shared("profile.subject-key"),
    shared("profile.validity"),
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
    shared("rfc5280.san-critical"),
    shared("rfc5280.ski-critical"),
    shared_without("rfc5280.ski-missing", reason::LISTED),
    shared_without("rfc5280.string-type", reason::SUBJECT),
    shared("rfc5280.subject-empty"),
    shared_without("rfc5280.time-form", reason::WRITER),
    shared_without("rfc5280.version", reason::WRITER),
    shared_without("rfc8813.key-usage-ec", reason::LISTED),
];
