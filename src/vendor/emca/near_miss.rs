//! Near-misses of this vendor's certificates, of requests and of the decrypted objects of `createCustomCertificateById`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::TryCryptoRng;
use serde_json::{Value, json};

use crate::ext::{Criticality, SubjectAltName};
use crate::general_name::{GeneralName, OtherName};
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::name::{Name, StringType};
use crate::oid;
use crate::order::Order;
use crate::request::CertificationRequest;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::vendor::emca::config::{Emca, EmcaConfig};
use crate::vendor::emca::shape::RULES;
use crate::vendor::near_miss;
use crate::vendor::near_miss::{
    Authority, Collector, NearMiss, NearMissError, Template, forged, request_of, weak_request,
};

/// One file or more for every rule that a file can break, as [`rules::RULES`](crate::vendor::emca::rules::RULES) lists
/// them; everything else of each file is right at `now` under the settings that are there without a workspace.
///
/// # Errors
/// [`NearMissError`], for a generator that fails and for moments at the end of time.
pub fn near_misses<R: TryCryptoRng + ?Sized>(
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Vec<NearMiss>, NearMissError> {
    let [ca, holder, other] = near_miss::keys(KeyAlgorithm::Rsa2048, rng)?;
    let authority = Authority::new(&ca, now)?;
    let template = template(&authority, &holder, &ca, now)?;
    let mut collector = Collector::default();
    collector.shape(&template, &RULES, now)?;
    collector.rfc5280(&template)?;
    collector.organization(&template)?;
    let weak = weak_request(include_str!("../near_miss/weak-exponent-3.csr.pem"))?;
    let short = weak_request(include_str!("../near_miss/rsa-1024.csr.pem"))?;
    let keys = (&other, weak.public_key(), short.public_key());
    authority.near_misses(&mut collector, &template, &RULES, keys)?;
    names(&mut collector, &template)?;
    certificates(&mut collector, &template, now)?;
    let sound = request_of(&holder, &subject()?, SignatureAlgorithm::Sha256WithRsa)?;
    let forged = forged(&sound)?;
    let broken = "a bit of the signature is turned";
    collector.request("emca.csr-proof", broken, &forged);
    collector.request("emca.weak-key", "the RSA exponent is 3", &weak);
    bodies(&mut collector, &sound, &forged);
    Ok(collector.finish())
}

/// What the default profile would have a CA sign.
fn template<'a>(
    authority: &Authority,
    holder: &KeyPair,
    ca: &'a KeyPair,
    now: UnixSeconds,
) -> Result<Template<'a>, NearMissError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| NearMissError::Settings(error);
    let settings =
        Emca::from_config(EmcaConfig::default()).map_err(|error| failed(error.into()))?;
    let profile = settings.profiles().first();
    let profile = profile.ok_or_else(|| failed("the defaults have no profile".into()))?;
    let shape = Arc::clone(profile.shape(holder.public_key()));
    let validity = Validity::starting(now, Lifetime::from_days(365)?)?;
    let order = Order::for_key(holder, subject()?, shape, validity)
        .with_subject_alt_names(vec![GeneralName::dns_name("near-miss.example")?]);
    let serial = SerialNumber::from_u64(5_000_002)?;
    Template::new(&authority.issuer, &order, serial, ca)
}

fn subject() -> Result<Name, NearMissError> {
    Ok("C=IN,O=Acme,CN=near-miss".parse()?)
}

fn certificates(
    collector: &mut Collector,
    template: &Template<'_>,
    now: UnixSeconds,
) -> Result<(), NearMissError> {
    let broken = "the serial number is 1";
    collector.certificate(template, RULES.serial, broken, |draft| draft.numbered(1))?;
    let broken = "it lasts a second longer than validity can say";
    collector.certificate(template, "emca.validity", broken, |draft| {
        draft.lasts(now, 36_136 * 86_400)
    })?;
    let broken = "an alternative name is an otherName";
    collector.certificate(template, "emca.san-values", broken, |draft| {
        let other = OtherName::new(oid::COMMON_NAME, &[0x05, 0x00])?;
        let names = SubjectAltName::new(vec![GeneralName::OtherName(other)])?;
        draft.set(names.to_extension(Criticality::NonCritical))
    })?;
    let broken = "the subject is empty, and subjectAltName is not critical";
    collector.certificate(template, "rfc5280.san-critical", broken, |draft| {
        draft.renamed(Vec::clear)
    })?;
    let broken = "the subject is empty, and there is no subjectAltName";
    collector.certificate(template, "rfc5280.subject-empty", broken, |draft| {
        draft.renamed(Vec::clear)?;
        draft.without(oid::SUBJECT_ALT_NAME)
    })
}

fn names(collector: &mut Collector, template: &Template<'_>) -> Result<(), NearMissError> {
    let broken = "CN is a PrintableString";
    collector.certificate(template, "emca.string-type", broken, |draft| {
        draft.renamed(|name| {
            for (oid, string_type, _) in name {
                if *oid == oid::COMMON_NAME {
                    *string_type = StringType::PrintableString;
                }
            }
        })
    })?;
    let broken = "C has two digits";
    collector.certificate(template, "rfc5280.country", broken, |draft| {
        draft.renamed(|name| {
            for (oid, _, text) in name {
                if *oid == oid::COUNTRY {
                    "12".clone_into(text);
                }
            }
        })
    })?;
    let broken = "a street has 129 characters";
    collector.certificate(template, "emca.attribute-length", broken, |draft| {
        let street = (oid::STREET_ADDRESS, StringType::Utf8String, "s".repeat(129));
        draft.renamed(|name| name.push(street))
    })
}

fn bodies(
    collector: &mut Collector,
    request: &CertificationRequest,
    forged: &CertificationRequest,
) {
    let text = |request: &CertificationRequest| Value::from(STANDARD.encode(request.as_der()));
    let sound = json!({
        "csrData": text(request),
        "isSignedData": "false",
        "userName": "apiuser",
        "password": "apipass",
        "profileID": "1",
        "subscriberId": "sub-1",
        "validity": "365:12:45:45",
        "sANValues": "dNSName=www.example.com|iPAddress=192.0.2.1",
        "subjectDNOids": "2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN",
        "isP7BRequest": "false",
        "applicationId": "app-1",
    });
    collector.text("emca.body", "the object is no JSON object", "[]");
    for (rule, broken, field, value) in BODIES {
        collector.body(&sound, rule, broken, (field, Value::from(*value)));
    }
    let street = format!("2.5.4.3|gateway~2.5.4.9|{}", "s".repeat(129));
    let long = vec![format!("1.2.3.4|{}", "x".repeat(200)); 60].join("~");
    for (rule, broken, field, value) in [
        (
            "emca.subject",
            "the subject has more octets than a name may have",
            SUBJECT,
            json!(long),
        ),
        (
            "emca.attribute-length",
            "a street has 129 characters",
            SUBJECT,
            json!(street),
        ),
        (
            "emca.csr-proof",
            "a bit of the request's signature is turned",
            "csrData",
            text(forged),
        ),
        (
            "emca.field-type",
            "validity is a number",
            "validity",
            json!(365),
        ),
        (
            "emca.parameter",
            "subscriberId is missing",
            "subscriberId",
            Value::Null,
        ),
    ] {
        collector.body(&sound, rule, broken, (field, value));
    }
}

const SUBJECT: &str = "subjectDNOids";

/// Rule, what is broken, field and its text.
const BODIES: &[(&str, &str, &str, &str)] = &[
    ("emca.csr", "csrData is no request", "csrData", "MAA="),
    (
        "emca.is-p7b-request",
        "isP7BRequest is yes",
        "isP7BRequest",
        "yes",
    ),
    (
        "emca.is-signed-data",
        "isSignedData is maybe",
        "isSignedData",
        "maybe",
    ),
    ("emca.profile", "there is no profile 99", "profileID", "99"),
    (
        "emca.san-values",
        "an address is none",
        "sANValues",
        "iPAddress=192.0.2.256",
    ),
    (
        "emca.san-values",
        "a type of a name is none",
        "sANValues",
        "x400Address=a",
    ),
    (
        "emca.signature",
        "signature is no PKCS #7",
        "signature",
        "MAA=",
    ),
    (
        "emca.string-type",
        "C is no PrintableString",
        SUBJECT,
        "2.5.4.6|Ää",
    ),
    (
        "emca.subject-dn-oids",
        "names stand for OIDs",
        SUBJECT,
        "CN|gateway",
    ),
    (
        "emca.valid-from",
        "validFrom has no such month",
        "validFrom",
        "12:13:2026 00:00:00",
    ),
    (
        "emca.validity",
        "validity is a number of days",
        "validity",
        "365",
    ),
    (
        "emca.validity",
        "validity has 36136 days",
        "validity",
        "36136:00:00:00",
    ),
    (
        "profile.validity",
        "it ends after the year 9999",
        "validFrom",
        "31:12:9999 00:00:00",
    ),
    (
        "rfc5280.country",
        "C is India",
        SUBJECT,
        "2.5.4.3|gateway~2.5.4.6|India",
    ),
];
