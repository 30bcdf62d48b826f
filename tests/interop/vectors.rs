//! pyca's vectors, which no one here made: requests, PKCS #7, PKCS #12, and NIST's certificates and CRLs (PKITS). pyca's
//! own reader says which are good; where we say otherwise, that is in the list below with its reason, and a line of the list
//! that is true no more fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use certwright::bundle::p12::{P12Error, P12Password, read_p12};
use certwright::cert::Certificate;
use certwright::cms::CertificatesOnly;
use certwright::crl::Crl;
use certwright::key::Passphrase;
use certwright::request::CertificationRequest;
use rayon::prelude::*;

use crate::judges::{must, venv};

/// Our verdict: nothing, or what is wrong.
fn ours(kind: &str, octets: &[u8]) -> Result<(), String> {
    fn told(error: impl std::fmt::Debug) -> String {
        format!("{error:?}")
    }
    match kind {
        "request" => {
            let request = CertificationRequest::from_bytes(octets).map_err(told)?;
            request.verify().map(drop).map_err(told)
        }
        "message" => CertificatesOnly::from_bytes(octets).map(drop).map_err(told),
        "certificate" => Certificate::from_bytes(octets).map(drop).map_err(told),
        "crl" => Crl::from_bytes(octets).map(drop).map_err(told),
        "keystore" => {
            for text in ["password", "cryptography"] {
                let passphrase = Passphrase::new(text.to_owned()).unwrap();
                match read_p12(octets, P12Password::Passphrase(&passphrase)) {
                    Err(P12Error::WrongPassword) => {}
                    read => return read.map(drop).map_err(told),
                }
            }
            read_p12(octets, P12Password::Empty).map(drop).map_err(told)
        }
        other => panic!("no kind {other}"),
    }
}

#[test]
#[ignore = "needs pyca's cryptography and cryptography_vectors; run by ci/full"]
fn vectors_of_pyca_are_judged_as_pyca_does_but_for_what_is_listed() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/vectors.py");
    let said = must(venv("python3"), &[script]);
    let lines: Vec<_> = said.lines().collect();
    let mut differences: BTreeMap<String, String> = lines
        .par_iter()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (kind, path) = (words.next().unwrap(), words.next().unwrap());
            let good = words.next() == Some("good");
            let found = ours(kind, &fs::read(path).unwrap());
            let name = Path::new(path).file_name().unwrap().to_str().unwrap();
            let told = match (good, found) {
                (true, Err(error)) => format!("refused: {error}"),
                (false, Ok(())) => "read".to_owned(),
                _ => return None,
            };
            Some((format!("{kind} {name}"), told))
        })
        .collect();
    let mut stale = Vec::new();
    for (pattern, verdict, _reason) in DIFFERENCES {
        let fits = |name: &str| match pattern.split_once('*') {
            None => name == *pattern,
            Some((begin, end)) => name.starts_with(begin) && name.ends_with(end),
        };
        let before = differences.len();
        differences.retain(|name, told| !(fits(name) && told.starts_with(verdict)));
        if differences.len() == before {
            stale.push(pattern);
        }
    }
    assert!(differences.is_empty(), "not listed: {differences:#?}");
    assert!(stale.is_empty(), "listed and true no more: {stale:?}");
    let count = |kind: &str| lines.iter().filter(|line| line.starts_with(kind)).count();
    assert!(
        count("request") >= 26 && count("message") >= 10,
        "{}",
        lines.len()
    );
    assert!(
        count("keystore") >= 400 && count("certificate") >= 400,
        "{}",
        lines.len()
    );
    assert!(count("crl") >= 170, "{}", lines.len());
}

/// Kind and file (one `*` stands for anything), what we say, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "certificate BadSignedCACert.crt",
        "refused: Malformed",
        "the signature is no BIT STRING of DER; pyca does not look into it",
    ),
    (
        "crl BadCRLSignatureCACRL.crl",
        "refused: Malformed",
        "as BadSignedCACert",
    ),
    (
        "certificate InvalidDSASignatureTest6EE.crt",
        "refused: SignatureAlgorithm",
        "DSA: nobody whom we stand in for signs with it",
    ),
    (
        "certificate ValidDSASignaturesTest4EE.crt",
        "refused: SignatureAlgorithm",
        "DSA, as above",
    ),
    (
        "crl DSA*CACRL.crl",
        "refused: SignatureAlgorithm",
        "DSA, as above",
    ),
    (
        "certificate InvalidNegativeSerialNumberTest15EE.crt",
        "refused: Malformed",
        "RFC 5280 §4.1.2.2: serial numbers are positive",
    ),
    (
        "crl NegativeSerialNumberCACRL.crl",
        "refused: Malformed",
        "RFC 5280 §4.1.2.2: serial numbers are positive",
    ),
    (
        "certificate Validpre2000UTCnotBeforeDateTest3EE.crt",
        "refused: Malformed",
        "valid since 1950: times begin with 1970 here",
    ),
    (
        "crl UnknownCRLEntryExtensionCACRL.crl",
        "refused: UnknownCriticalEntryExtension",
        "RFC 5280 §5.3: such a list is not to be used",
    ),
    (
        "crl indirectCRLCA5CRL.crl",
        "refused: UnknownCriticalEntryExtension",
        "entries of other issuers (§5.3.3) are not read, so a list with them is not used",
    ),
    (
        "keystore BadSignedCACert.p12",
        "refused: ",
        "the certificate in it is refused, see above",
    ),
    ("keystore DSACACert.p12", "refused: Key", "a DSA key"),
    (
        "keystore *EE.p12",
        "refused: Key(UnsupportedKey { name: \"DSA",
        "a DSA key",
    ),
    (
        "keystore InvalidNegativeSerialNumberTest15EE.p12",
        "refused: ",
        "the certificate in it is refused, see above",
    ),
    (
        "keystore Validpre2000UTCnotBeforeDateTest3EE.p12",
        "refused: ",
        "the certificate in it is refused, see above",
    ),
    (
        "keystore *no-pwd.p12",
        "refused: WrongPassword",
        "under no password at all, which is other octets than the empty one and protects as little",
    ),
    (
        "keystore no-password.p12",
        "refused: WrongPassword",
        "under no password at all, as above",
    ),
    (
        "keystore cert-key-aes256cbc.p12",
        "refused: ",
        "the certificate is another key's",
    ),
    (
        "message amazon-roots.p7b",
        "refused: ContentPresent",
        "it has a content, if an empty one: RFC 5652 §5.2 leaves it out of a bag of certificates",
    ),
    (
        "message authenticode.der",
        "refused: ContentType",
        "a signature of Authenticode with its content: no bag of certificates",
    ),
    (
        "request ec_sha256*",
        "refused: ProofOfPossession",
        "a P-384 key, read only to be named",
    ),
    (
        "request freeipa-bad-critical.pem",
        "read",
        "criticality FALSE written out, which DER leaves out: what is asked for is plain, and we write it anew",
    ),
    (
        "request rsa_sha1.*",
        "read",
        "SHA-1 proves possession well enough; who takes it is the vendor's rule",
    ),
    ("request san_rsa_sha1.*", "read", "SHA-1, as above"),
    (
        "request zero-element-attribute.pem",
        "read",
        "an extension request without a value asks for nothing",
    ),
];
