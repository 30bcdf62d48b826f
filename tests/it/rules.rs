//! Every row of a vendor's table of rules names a test that is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use certwright::vendor::rule::Rule;
use certwright::vendor::{as2expert, ecgrid, emca, enos};

#[test]
fn every_rule_of_every_vendor_has_its_test() {
    for (vendor, at_least) in VENDORS {
        let mut tests = tests_of(&root().join("src"), vendor);
        tests.extend(tests_of(&root().join("tests"), vendor));
        let file = format!("docs/vendors/{vendor}.md");
        let text = fs::read_to_string(root().join(file)).unwrap();
        let rows = rows_of(&text, "## Field, rule, test");
        for row in &rows {
            let last = row.last().unwrap();
            let named: Vec<_> = last.split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{vendor}: no test in {row:?}");
            for name in named {
                assert!(tests.contains(name), "{vendor}: no test {name}: {row:?}");
            }
        }
        assert!(rows.len() >= at_least, "{vendor}: {} rows", rows.len());
    }
}

#[test]
fn every_rule_that_a_finding_may_name_is_named_by_a_test() {
    let mut tests = String::new();
    for folder in ["src", "tests"] {
        for file in files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let parts = file.strip_prefix(root()).unwrap().iter();
            let mut names = parts.filter_map(|part| Path::new(part).file_stem());
            if names.any(|name| name == "tests") {
                tests += &text;
            } else if let Some((_, inside)) = text.split_once("\nmod tests {") {
                tests += inside;
            }
        }
    }
    // A name goes on with these.
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let is_named = |id: &str| {
        tests
            .split(id)
            .skip(1)
            .any(|rest| !rest.starts_with(goes_on))
    };
    let tables = [
        as2expert::rules::RULES,
        ecgrid::rules::RULES,
        emca::rules::RULES,
        enos::rules::RULES,
    ];
    let unnamed: BTreeSet<_> = tables
        .concat()
        .iter()
        .map(Rule::id)
        .filter(|id| !is_named(id))
        .collect();
    assert_eq!(unnamed, BTreeSet::new());
}

#[test]
fn everything_that_the_contracts_name_has_a_row() {
    for (vendor, names) in NAMED {
        let file = format!("docs/vendors/{vendor}.md");
        let text = fs::read_to_string(root().join(file)).unwrap();
        let rows = rows_of(&text, "## Field, rule, test");
        let cells: String = rows.iter().map(|row| row[..2].join(" ")).collect();
        for name in names.split(", ") {
            assert!(
                cells.contains(&format!("`{name}`")),
                "{vendor}: no row for {name}"
            );
        }
    }
}

/// A test may stand in the engine or under the vendor; one of the same name under another vendor is another test.
fn is_of_another(path: &Path, vendor: &str) -> bool {
    let below = path.strip_prefix(root()).unwrap();
    let parts = below.iter().filter_map(|part| Path::new(part).file_stem());
    let mut others = parts.filter(|part| *part != vendor);
    others.any(|part| VENDORS.iter().any(|(other, _)| part == *other))
}

#[test]
fn a_test_of_another_vendor_proves_nothing() {
    let is_of_another = |path: &str| is_of_another(&root().join(path), "emca");
    assert!(is_of_another("src/vendor/ecgrid/tests.rs"));
    assert!(is_of_another("src/service/ecgrid.rs"));
    assert!(is_of_another("tests/interop/enos.rs"));
    assert!(!is_of_another("src/vendor/emca/tests.rs"));
    assert!(!is_of_another("tests/interop/emca.rs"));
    assert!(!is_of_another("src/cms/signed/tests.rs"));
}

/// The cells of the table under a heading, without its two head lines.
fn rows_of(text: &str, heading: &str) -> Vec<Vec<String>> {
    let section = text.split_once(heading).unwrap().1;
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The names of all functions that a `#[test]` stands above, without those of other vendors.
fn tests_of(folder: &Path, vendor: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files(folder) {
        if is_of_another(&file, vendor) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for after in text.split("#[test]\n").skip(1) {
            // Other attributes may stand between.
            let mut lines = after.lines().map(str::trim_start);
            let name = lines.find_map(|line| line.strip_prefix("fn "));
            let name = name.and_then(|name| name.split('(').next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// The vendors, and how many rows their tables have: none is lost unseen.
const VENDORS: [(&str, usize); 4] = [
    ("as2expert", 40),
    ("ecgrid", 60),
    ("emca", 78),
    ("enos", 51),
];

/// Fields, calls, messages and enumerations as the vendors' pages name them.
const NAMED: [(&str, &str); 4] = [
    (
        "as2expert",
        "station, selfSigned, self_signed, email, commonName, countryName, localityName, provinceName, \
         organization, organizationUnitName, dias, keybits, hash, id, certificate_id, cert_pem, commonname, \
         validitystart, validityend, station_name, total, station_id, serial, fingerprint, issuer, subject, \
         current_count, next_count, current, next, partners_affected, status, msg, data, fields, retry_after, \
         Campo requerido: id, Invalid token, Scope read requerido, Scope write requerido, Partner not found, \
         Certificate not found, Station not found, DB error: …, selfSigned must be true, read, write, admin",
    ),
    (
        "ecgrid",
        "commId, beginUsage, usage, secureHashAlgorithm, partnerAs2Id, expires, overlapDays, years, certKeyId, \
         certType, keyId, userId, partnerCommId, partnerUrl, cert, CertBase64, password, success, data, \
         errorCode, message, SessionID, X-API-Key, Login, CertificateCreatePrivate, CertificateAddPublic, \
         CertAddPrivate, CertificateRenewPrivate, CertificateTerminate, CommInfo, CommList, CertificateUsage, \
         CertificateType, CertificateSecureHashAlgorithm, Status, UseType, NetworkGatewayCommChannel, \
         ReceiptType, HTTPAuthType, AuthLevel, CertStoreTypes, CommIDInfo, Certificate, RootInfo, as2CommInfo, \
         ErrorInfo, ErrorCode, ErrorString, ErrorItem, ErrorMessage, ECGridOSSOAPErrorCode, InvalidAPIKey, \
         InvalidSession, AccessDenied, ObjectNotFound, InvalidParameter, DuplicateObject, RateLimitExceeded, \
         InternalError, soap:Client, soap:Server, CommType, CertKeyID",
    ),
    (
        "emca",
        "requestData, userName, emKey, password, signature, profileID, profileId, subscriberId, validity, \
         validFrom, sANValues, subjectDNOids, isP7BRequest, applicationId, csrData, isSignedData, status, result, \
         requestId, remarks, revokeMode, profileName, KeyAlogirthmAndSize, Password, rfc822Name, dNSName, \
         iPAddress, registeredID, uniformResourceIdentifier, directoryName, <profileId> profile does not exist, \
         Please enter valid data, Signature verification failed, Invalid validity, Invalid From Date, \
         Invalid parameter, Invalid input data, Invalid request details found, Internal server error, \
         Invalid Certificate Profile name, your request proceded sucssusfully, createCustomerCertificateById, \
         createCustomCertificateById, createCertificateById, createCertificateP7BById, createCertificate, \
         createCertificateP7B, createPKCS12ById, createPKCS12, createeSignCustomerCertificateById, \
         createX509CertificatesByIdWithMultipleCsrData, getCertificate, getCertificateProfileList, \
         getProfileInfoByProfileName, revoke, suspend, success, failure",
    ),
    (
        "enos",
        "action, orgId, assetId, productKey, deviceKey, csr, validDay, issueAuthority, certSn, reason, \
         certChainURL, caCert, cert, certSN, code, msg, requestId, data, certStatus, issuer, subject, signDate, \
         effectiveDate, expireDate, revoker, revokerReason, 99400, 11404, 11833, 99500, Device cannot be found, \
         The device identifier is invalid, csr is missing, certSn is missing, Call ca error!, \
         Invalid cert request!, Duplicate subject by certificate request!, Revoke cert is failed!, \
         Renew cert is failed!, Query cert is failed!, the call parameters are invalid, \
         Certificate is already bound to another device.",
    ),
];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
