//! Chains with one fault each, in the manner of x509-limbo: what `check` and `ca import` say of them, and what OpenSSL and
//! rustls-webpki do. Where a judge takes what we report, that is in the list below with its reason; a line of the list that
//! is true no more fails.

use std::collections::BTreeSet;
use std::fs;

use certwright::cert::{Certificate, chain_order};
use certwright::issuer::IssuerError;
use certwright::lint::{Finding, Severity};
use certwright::time::UnixSeconds;
use certwright::vendor::emca::config::{Emca, EmcaConfig};
use certwright::vendor::emca::judge;
use certwright::vendor::specimen::Specimen;
use certwright::workspace::{ImportedAuthority, Workspace, WorkspaceError};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustls_pki_types::UnixTime;

use crate::judges::{openssl_path, webpki_path};
use build::{
    BASIC_CONSTRAINTS, CA, Draft, KEY_USAGE, Keys, OTHER, ROOT, constraints, pem, permitted,
    sequence, tlv,
};
use rows::{CA_NAME, Chain, Row, Said, rows};

mod build;
mod md5;
mod rows;

/// All findings; `None` for what is not read.
fn ours(ders: &[Vec<u8>]) -> Option<Vec<Finding>> {
    let specimen = Specimen::from_octets(pem(ders).into_bytes()).ok()?;
    let settings = Emca::from_config(EmcaConfig::default()).unwrap();
    let found = judge::judge(vec![specimen], now(), &settings).unwrap();
    Some(found.concat())
}

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn told(findings: &[Finding]) -> BTreeSet<(String, String)> {
    let one = |finding: &Finding| (finding.rule().to_owned(), finding.field().to_owned());
    findings.iter().map(one).collect()
}

#[test]
fn every_fault_of_a_chain_is_told_by_its_rule_and_where_it_is() {
    let keys = Keys::new();
    let good = [Chain::good(), Chain::under_rsa()].map(|chain| ours(&chain.ders(&keys)).unwrap());
    let [good, under_rsa] = good.map(|findings| told(&findings));
    assert_eq!(good, under_rsa);
    // What emCA would have otherwise in the device's certificate, and no fault of the chain.
    assert!(
        good.iter()
            .all(|(_, field)| field.starts_with("certificate 1 of 3")),
        "{good:?}"
    );
    // Where there are more certificates, the device is the first of so many.
    let good_of = |all: usize| -> BTreeSet<_> {
        let place = format!("certificate 1 of {all}");
        let good = good.iter();
        good.map(|(rule, field)| (rule.clone(), field.replace("certificate 1 of 3", &place)))
            .collect()
    };
    let mut wrong = Vec::new();
    for Row { name, ders, said } in rows(&keys) {
        let found = ours(&ders);
        let good = good_of(ders.len());
        match (&said, &found) {
            (Said::Refused, None) => {}
            (Said::Found(expected), Some(found)) => {
                let more: BTreeSet<_> = told(found).difference(&good).cloned().collect();
                let expected = expected.iter();
                let expected: BTreeSet<_> = expected
                    .map(|(rule, field)| ((*rule).to_owned(), (*field).to_owned()))
                    .collect();
                // An end that has passed is a warning, and what ends later than its issuer an error.
                let is_new = |one: &&Finding| {
                    more.contains(&(one.rule().to_owned(), one.field().to_owned()))
                };
                let mut new = found.iter().filter(is_new);
                let is_error = new.any(|one| one.severity() == Severity::Error);
                if more != expected || !is_error {
                    wrong.push(format!("{name}: {more:?}"));
                }
            }
            _ => wrong.push(format!("{name}: {found:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_ca_whose_chain_no_one_would_believe_is_not_taken_in() {
    let keys = Keys::new();
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let mut workspace = Workspace::create(&folder.path().join("w"), now(), &mut rng).unwrap();
    let mut import = |chain: &[Draft]| {
        let ders = chain
            .iter()
            .map(|draft| Certificate::from_der(&draft.der(&keys)).unwrap());
        let mut all: Vec<_> = ders.collect();
        let certificate = all.remove(0);
        let imported = ImportedAuthority {
            name: "taken",
            certificate,
            above: all,
            key: None,
            current: false,
        };
        workspace.import(imported, now()).map(drop)
    };
    // The good one comes last, or the name would be taken.
    let mut wrong = Vec::new();
    for (name, chain, expected) in below().into_iter().rev() {
        let found = import(&chain).map_or_else(|error| refusal(&error), |()| String::new());
        if found != expected {
            wrong.push(format!("{name}: {found}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What kind of error it is, and of findings what they tell.
fn refusal(error: &WorkspaceError) -> String {
    match error {
        WorkspaceError::Findings(findings) => {
            let told = told(findings.as_slice()).into_iter();
            let told: Vec<_> = told
                .map(|(rule, field)| format!("{rule} {field}"))
                .collect();
            told.join(", ")
        }
        WorkspaceError::Issuer(IssuerError::NotACa { subject, reason }) => {
            format!("{subject} is no CA: {reason}")
        }
        WorkspaceError::Unchained { subject } => format!("{subject} signed none of them"),
        error => format!("{error:?}"),
    }
}

const UNCHAINED: &str = "CN=ca,O=Lab,C=CN signed none of them";

/// CAs below others, the first with its chain as it should be; with why they are refused, and nothing where they are not.
fn below() -> Vec<(&'static str, Vec<Draft>, &'static str)> {
    let root = || Chain::good().root;
    let ca = || Chain::good().ca;
    let second = || Draft::ca("CN=second,O=Lab,C=CN", CA_NAME, OTHER, CA);
    // C=SE, as nothing here is.
    let country = sequence(&[tlv(0x06, &[0x55, 4, 6]), tlv(0x13, b"SE")].concat());
    let elsewhere = permitted(&tlv(0xa4, &sequence(&tlv(0x31, &country))));
    let mut other_key = second();
    other_key.signer = ROOT;
    let mut renamed = second();
    renamed.issuer = "CN=nobody,O=Lab,C=CN";
    let mut forged = second();
    forged.is_forged = true;
    vec![
        ("good", vec![second(), ca(), root()], ""),
        (
            "path length",
            vec![second(), ca(), root().with(constraints(true, Some(0)))],
            "issuer.path-len basicConstraints",
        ),
        (
            "name constraints",
            vec![second(), ca().with(elsewhere), root()],
            "issuer.name-constraints directoryName",
        ),
        (
            "no CA above",
            vec![second(), ca().with(constraints(false, None)), root()],
            "CN=ca,O=Lab,C=CN is no CA: basicConstraints does not say cA TRUE",
        ),
        (
            "no constraints above",
            vec![second(), ca().without(BASIC_CONSTRAINTS), root()],
            "CN=ca,O=Lab,C=CN is no CA: it has no basicConstraints",
        ),
        (
            "no keyCertSign above",
            vec![
                second(),
                ca().with((KEY_USAGE, true, vec![3, 2, 1, 2])),
                root(),
            ],
            "CN=ca,O=Lab,C=CN is no CA: keyUsage does not say keyCertSign",
        ),
        ("another key", vec![other_key, ca(), root()], UNCHAINED),
        ("another name", vec![renamed, ca(), root()], UNCHAINED),
        ("forged", vec![forged, ca(), root()], UNCHAINED),
        (
            "a device",
            vec![Chain::good().leaf, ca(), root()],
            "CN=device,O=Lab,C=CN is no CA: it has no basicConstraints",
        ),
    ]
}

#[test]
fn certificates_that_are_no_chain_are_not_put_in_order() {
    let keys = Keys::new();
    let ordered = |ders: &[Vec<u8>]| {
        let all = ders
            .iter()
            .map(|der| Certificate::from_der(der).unwrap())
            .collect();
        chain_order(all).map(|chain| chain.len())
    };
    let named = |name: &str| {
        rows(&keys)
            .into_iter()
            .find(|row| row.name == name)
            .unwrap()
            .ders
    };
    assert_eq!(ordered(&Chain::good().ders(&keys)), Ok(3));
    for name in [
        "another issuer's name",
        "the right name and another key",
        "forged signature of the leaf",
        "self-signed leaf",
    ] {
        assert!(ordered(&named(name)).is_err(), "{name}");
    }
    let circle = named("CAs that issue each other");
    assert_eq!(
        ordered(circle.split_at(1).1)
            .map_err(|error| error.to_string())
            .unwrap_err(),
        "no leaf among 2 certificates: they issue each other in a circle"
    );
}

#[test]
#[ignore = "needs OpenSSL; run by .ci/run"]
fn openssl_and_webpki_refuse_the_same_chains_but_for_what_is_listed() {
    let keys = Keys::new();
    let folder = tempfile::tempdir().unwrap();
    let mut differences = BTreeSet::new();
    let verdicts = |name: &'static str, ders: &[Vec<u8>]| {
        let write = |name: &str, ders: &[Vec<u8>]| {
            let path = folder.path().join(name);
            fs::write(&path, pem(ders)).unwrap();
            path
        };
        let (leaf, above) = ders.split_at(1);
        // Of the circle none is a root, so the good one stands in.
        let root = match name {
            "CAs that issue each other" => Chain::good().root.der(&keys),
            _ => ders.last().unwrap().clone(),
        };
        let (anchor, leaf) = (write("root.pem", &[root]), write("leaf.pem", leaf));
        let others = write("others.pem", above);
        let answers = [
            ("openssl", openssl_path(&anchor, &leaf, &others)),
            (
                "webpki",
                webpki_path(&anchor, &leaf, &others, UnixTime::now()),
            ),
        ];
        answers.map(|(judge, verdict)| (judge, name, verdict))
    };
    for chain in [Chain::good(), Chain::under_rsa()] {
        for (judge, _, verdict) in verdicts("good", &chain.ders(&keys)) {
            assert_eq!(verdict, Ok(()), "{judge}");
        }
    }
    for Row { name, ders, .. } in rows(&keys) {
        for (judge, name, verdict) in verdicts(name, &ders) {
            if verdict.is_ok() {
                differences.insert((judge, name));
            }
        }
    }
    let listed: BTreeSet<_> = DIFFERENCES
        .iter()
        .map(|(judge, name, _)| (*judge, *name))
        .collect();
    let new: Vec<_> = differences.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&differences).collect();
    assert!(new.is_empty(), "taken and not listed: {new:?}");
    assert!(stale.is_empty(), "listed and refused: {stale:?}");
}

/// The judge, the chain that it takes, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("openssl", "GeneralizedTime before 2050", FORM),
    ("openssl", "MD5 under the CA", LEVEL),
    ("openssl", "NUL in a dNSName", HOST),
    ("openssl", "RSA-1024 of the CA", LEVEL),
    ("openssl", "SHA-1 under the CA", LEVEL),
    ("openssl", "negative serial number", SERIAL),
    ("openssl", "octets after the certificate", TRAILING),
    ("openssl", "serial number of 21 octets", SERIAL),
    ("openssl", "serial number zero", SERIAL),
    ("openssl", "the CA twice", TWICE),
    ("webpki", "GeneralizedTime before 2050", FORM),
    ("webpki", "NUL in a dNSName", HOST),
    (
        "webpki",
        "authorityKeyIdentifier of another key",
        IDENTIFIERS,
    ),
    (
        "webpki",
        "empty subject, subjectAltName not critical",
        SUBJECT,
    ),
    ("webpki", "intermediate without keyCertSign", USAGE),
    ("webpki", "negative serial number", SERIAL),
    ("webpki", "path length exceeded", ANCHOR),
    ("webpki", "serial number of 21 octets", SERIAL),
    ("webpki", "serial number zero", SERIAL),
    ("webpki", "subjectKeyIdentifier of another key", IDENTIFIERS),
    ("webpki", "the CA twice", TWICE),
];

const ANCHOR: &str = "the limits in the certificate of a trust anchor are not webpki's";
const FORM: &str = "both forms of a time are read, whatever the year";
const HOST: &str = "names are looked at when a host name is asked for, and none is here";
const IDENTIFIERS: &str = "webpki finds issuers by name and signature alone";
const LEVEL: &str = "how strong keys and digests are is a security level, which `openssl verify` has none of unless it is told";
const SERIAL: &str = "serial numbers are compared, not judged";
const SUBJECT: &str = "webpki looks at no subject";
const TRAILING: &str = "of a PEM block the first object is read, and what follows it is not";
const TWICE: &str = "who builds a path takes what it needs and leaves the rest";
const USAGE: &str = "webpki reads no key usage of those who sign certificates";
