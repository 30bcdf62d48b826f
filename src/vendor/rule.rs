//! The rules by name: what each says, and whether a file alone can break it.

/// A rule that [`Finding::rule`](crate::lint::Finding::rule) may name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rule {
    id: &'static str,
    says: &'static str,
    in_a_file: InAFile,
}

/// Whether a file can break a rule, and no other with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum InAFile {
    /// It cannot: why.
    Not(&'static str),
    /// There is a near-miss for it.
    Yes,
}

impl Rule {
    /// A rule with a near-miss.
    pub(super) const fn new(id: &'static str, says: &'static str) -> Self {
        Self {
            id,
            says,
            in_a_file: InAFile::Yes,
        }
    }

    /// A rule that no near-miss can be made for.
    pub(super) const fn without(
        id: &'static str,
        says: &'static str,
        reason: &'static str,
    ) -> Self {
        Self {
            id,
            says,
            in_a_file: InAFile::Not(reason),
        }
    }

    /// Its name, stable across versions.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What it says, after the vendor's page or the RFC.
    #[must_use]
    pub fn says(&self) -> &'static str {
        self.says
    }

    /// Whether a file can break it.
    #[must_use]
    pub fn in_a_file(&self) -> InAFile {
        self.in_a_file
    }
}

/// What a rule of RFC 5280 or of a certificate profile says; a vendor's own rules stand in the vendor's folder.
#[must_use]
pub fn common(id: &str) -> Option<&'static str> {
    COMMON
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, says)| *says)
}

/// The names of the rules that [`common`] knows.
pub fn common_ids() -> impl Iterator<Item = &'static str> {
    COMMON.iter().map(|(id, _)| *id)
}

/// A rule of [`COMMON`] in a vendor's table; one that is not there says nothing.
pub(super) const fn shared(id: &'static str) -> Rule {
    Rule::new(id, said(id))
}

/// As [`shared`], for a rule that no near-miss can be made for.
pub(super) const fn shared_without(id: &'static str, reason: &'static str) -> Rule {
    Rule::without(id, said(id), reason)
}

const fn said(id: &str) -> &'static str {
    let mut rest: &[(&str, &str)] = COMMON;
    while let [(known, says), more @ ..] = rest {
        if is_same(known.as_bytes(), id.as_bytes()) {
            return says;
        }
        rest = more;
    }
    ""
}

const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, more @ ..], [b, others @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (more, others);
    }
    one.is_empty() && other.is_empty()
}

/// Why near-misses are not made; the tables of the vendors share these words.
pub(super) mod reason {
    pub(in crate::vendor) const WORLD: &str =
        "it asks what is known and was issued, which no file holds";
    pub(in crate::vendor) const OTHER_CALL: &str =
        "it is about another call than the one that creates";
    pub(in crate::vendor) const BUILD: &str = "it asks what this build can do";
    pub(in crate::vendor) const CALLER: &str = "it asks who calls, which no file holds";
    pub(in crate::vendor) const WRITER: &str = "the writer of certificates knows one form only";
    pub(in crate::vendor) const LISTED: &str =
        "the vendor's rules on the list and the values of extensions are broken with it";
    pub(in crate::vendor) const SUBJECT: &str =
        "the vendor's rule on the subject is broken with it";
    pub(in crate::vendor) const NO_WORD: &str =
        "it stands in when a rule that refused said nothing";
    pub(in crate::vendor) const NO_SUCH_EXTENSION: &str =
        "the vendor's certificates have no such extension";
    pub(in crate::vendor) const NO_KEY: &str = "no key that can be made here has this fault";
    pub(in crate::vendor) const PREPARED: &str =
        "it is about what is put together here, and no file of another's";
    pub(in crate::vendor) const NO_PROFILE: &str =
        "the profile of the vendor's defaults does not limit it";
    pub(in crate::vendor) const SIGNED: &str =
        "it needs a PKCS #7 that a registered user's key signed, and none is made here";
    pub(in crate::vendor) const CURVE: &str =
        "a key on a curve may not encipher, and no RSA key of another size can be made here";
    pub(in crate::vendor) const LIMITS: &str =
        "it needs a CA that limits those below it, and none is made here";
    pub(in crate::vendor) const CHAIN: &str = "the vendor's certificates sign themselves";
}

const COMMON: &[(&str, &str)] = &[
    (
        "issuer.name-constraints",
        "Names keep within the name constraints of the CAs above.",
    ),
    (
        "issuer.path-len",
        "No more CAs follow a CA than its pathLenConstraint allows.",
    ),
    (
        "issuer.validity",
        "A certificate ends no later than its issuer.",
    ),
    ("netscape.ia5-string", "Netscape's strings are IA5Strings."),
    (
        "profile.extension-value",
        "Every extension of the profile can be encoded.",
    ),
    ("profile.extensions", "No extension stands twice."),
    (
        "profile.maximum-lifetime",
        "No certificate lasts longer than the profile allows.",
    ),
    (
        "profile.signature-algorithm",
        "The issuer's key can sign with an algorithm of the profile.",
    ),
    (
        "profile.string-type",
        "Attributes of the subject have the string types of the profile.",
    ),
    (
        "profile.subject-alt-name",
        "Alternative names need a place in the profile.",
    ),
    (
        "profile.subject-key",
        "The subject's key is of a kind that the profile allows.",
    ),
    ("profile.validity", "The period ends before the year 10000."),
    (
        "rfc4518.control-character",
        "Names hold no control characters, nor those that turn the direction of a text.",
    ),
    (
        "rfc5280.aki-critical",
        "authorityKeyIdentifier is not critical.",
    ),
    (
        "rfc5280.aki-missing",
        "Another's certificate carries the identifier of the issuer's key.",
    ),
    (
        "rfc5280.attribute-length",
        "Attributes keep the upper bounds of appendix A.1.",
    ),
    (
        "rfc5280.basic-constraints-critical",
        "basicConstraints of a CA is critical.",
    ),
    (
        "rfc5280.certificate",
        "Serial number, times, names, key and algorithms of a certificate can be used.",
    ),
    (
        "rfc5280.country",
        "A country is a PrintableString of two letters.",
    ),
    (
        "rfc5280.critical-unknown",
        "An extension that relying parties do not know is not critical.",
    ),
    (
        "rfc5280.extension-value",
        "The value of an extension is the DER of its type.",
    ),
    ("rfc5280.issuer-empty", "The issuer has a name."),
    (
        "rfc5280.key-usage-ca",
        "keyCertSign and cA TRUE go together.",
    ),
    ("rfc5280.key-usage-critical", "keyUsage should be critical."),
    (
        "rfc5280.name-constraints-ca",
        "Name constraints are for CAs.",
    ),
    (
        "rfc5280.name-constraints-critical",
        "Name constraints are critical.",
    ),
    (
        "rfc5280.path-len",
        "pathLenConstraint is for CAs that sign certificates.",
    ),
    (
        "rfc5280.san-critical",
        "subjectAltName is critical where the subject is empty.",
    ),
    (
        "rfc5280.ski-critical",
        "subjectKeyIdentifier is not critical.",
    ),
    (
        "rfc5280.ski-missing",
        "A CA certificate has a subjectKeyIdentifier.",
    ),
    (
        "rfc5280.string-type",
        "New names are written as PrintableString or UTF8String.",
    ),
    (
        "rfc5280.subject-empty",
        "A certificate names its subject, in the subject or in subjectAltName.",
    ),
    (
        "rfc5280.time-form",
        "Times through 2049 are UTCTime, later ones GeneralizedTime.",
    ),
    (
        "rfc5280.version",
        "A certificate with extensions is of version 3.",
    ),
    (
        "rfc8813.key-usage-ec",
        "A key on a curve does not encipher.",
    ),
];
