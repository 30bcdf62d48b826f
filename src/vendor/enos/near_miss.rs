//! Near-misses of this vendor's device certificates, of the requests for them and of the bodies of `action=apply`.

use std::sync::Arc;

use rand_core::TryCryptoRng;
use serde_json::{Value, json};

use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::name::{Name, StringType};
use crate::oid;
use crate::order::Order;
use crate::pem;
use crate::pem::Label;
use crate::profile::NetscapeEncodingConfig;
use crate::request::CertificationRequest;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::vendor::enos::Authority as Family;
use crate::vendor::enos::config::{Enos, EnosConfig};
use crate::vendor::enos::profile;
use crate::vendor::enos::shape::RULES;
use crate::vendor::near_miss;
use crate::vendor::near_miss::{
    Authority, Collector, NearMiss, NearMissError, Template, forged, request_of, weak_request,
};

/// One file or more for every rule that a file can break, as [`rules::RULES`](crate::vendor::enos::rules::RULES) lists
/// them; everything else of each file is right at `now` under the settings that are there without a workspace.
///
/// # Errors
/// [`NearMissError`], for a generator that fails and for moments at the end of time.
pub fn near_misses<R: TryCryptoRng + ?Sized>(
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Vec<NearMiss>, NearMissError> {
    let [ca, device, other] = near_miss::keys(KeyAlgorithm::Rsa2048, rng)?;
    let [large] = near_miss::keys(KeyAlgorithm::Rsa3072, rng)?;
    let [p256] = near_miss::keys(KeyAlgorithm::P256, rng)?;
    let authority = Authority::new(&ca, now)?;
    let template = template(&authority, &device, &ca, now)?;
    let mut collector = Collector::default();
    collector.shape(&template, &RULES, now)?;
    collector.rfc5280(&template)?;
    let weak = weak_request(include_str!("../near_miss/weak-exponent-3.csr.pem"))?;
    let short = weak_request(include_str!("../near_miss/rsa-1024.csr.pem"))?;
    let curve = weak_request(include_str!("../near_miss/p384.csr.pem"))?;
    let keys = (&other, weak.public_key(), short.public_key());
    authority.near_misses(&mut collector, &template, &RULES, keys)?;
    certificates(&mut collector, &template, &curve, now)?;
    requests(&mut collector, &device, &large)?;
    collector.request("enos.key", "the RSA modulus has 1024 bits", &short);
    collector.request("enos.weak-key", "the RSA exponent is 3", &weak);
    let sound = request_of(&device, &subject()?, SignatureAlgorithm::Sha256WithRsa)?;
    let on_curve = request_of(&p256, &subject()?, SignatureAlgorithm::EcdsaWithSha256)?;
    bodies(&mut collector, &sound, &on_curve);
    Ok(collector.finish())
}

/// What the vendor would sign for a device's key.
fn template<'a>(
    authority: &Authority,
    device: &KeyPair,
    ca: &'a KeyPair,
    now: UnixSeconds,
) -> Result<Template<'a>, NearMissError> {
    let settings = Enos::from_config(EnosConfig::default())
        .map_err(|error| NearMissError::Settings(Box::new(error)))?;
    let profile = Arc::new(profile::device(NetscapeEncodingConfig::Bare)?);
    let validity = Validity::starting(now, Lifetime::from_days(365)?)?;
    let order = Order::for_key(device, subject()?, profile, validity)
        .with_crl_url(settings.crl_url(Family::Rsa).clone());
    Template::new(
        &authority.issuer,
        &order,
        SerialNumber::from_u64(32_720)?,
        ca,
    )
}

fn subject() -> Result<Name, NearMissError> {
    Ok("CN=near-miss,OU=Meters,O=Acme,L=Shanghai,ST=Shanghai,C=CN".parse()?)
}

fn certificates(
    collector: &mut Collector,
    template: &Template<'_>,
    curve: &CertificationRequest,
    now: UnixSeconds,
) -> Result<(), NearMissError> {
    let broken = "the key is on the curve P-384";
    collector.certificate(template, "profile.subject-key", broken, |draft| {
        draft.rekeyed(curve.public_key())
    })?;
    let broken = "the serial number is 2147483648";
    collector.certificate(template, RULES.serial, broken, |draft| {
        draft.numbered(1 << 31)
    })?;
    let broken = "it lasts a second longer than any product allows";
    collector.certificate(template, "enos.valid-day", broken, |draft| {
        draft.lasts(now, 3650 * 86_400 + 1)
    })?;
    let broken = "OU is missing";
    collector.certificate(template, "enos.subject", broken, |draft| {
        draft.renamed(|name| name.retain(|(oid, ..)| *oid != oid::ORGANIZATIONAL_UNIT))
    })?;
    let broken = "C is a UTF8String";
    collector.certificate(template, "rfc5280.country", broken, |draft| {
        draft.renamed(|name| {
            for (oid, string_type, _) in name {
                if *oid == oid::COUNTRY {
                    *string_type = StringType::Utf8String;
                }
            }
        })
    })?;
    let broken = "O is a BMPString";
    collector.certificate(template, "rfc5280.string-type", broken, |draft| {
        draft.renamed(|name| {
            for (oid, string_type, _) in name {
                if *oid == oid::ORGANIZATION {
                    *string_type = StringType::BmpString;
                }
            }
        })
    })?;
    let broken = "a title has 65 characters";
    collector.certificate(template, "rfc5280.attribute-length", broken, |draft| {
        let title = (oid::TITLE, StringType::Utf8String, "t".repeat(65));
        draft.renamed(|name| name.push(title))
    })?;
    let broken = "the issuer has a BEL in its name";
    collector.certificate(template, "rfc4518.control-character", broken, |draft| {
        let title = (oid::TITLE, StringType::Utf8String, "\u{7}".to_owned());
        draft.reissued(|name| name.push(title))
    })
}

fn requests(
    collector: &mut Collector,
    device: &KeyPair,
    large: &KeyPair,
) -> Result<(), NearMissError> {
    let sha256 = SignatureAlgorithm::Sha256WithRsa;
    let sound = request_of(device, &subject()?, sha256)?;
    let rule = "enos.proof-of-possession";
    collector.request(rule, "a bit of the signature is turned", &forged(&sound)?);
    let sha384 = request_of(device, &subject()?, SignatureAlgorithm::Sha384WithRsa)?;
    let rule = "enos.signature-algorithm";
    collector.request(rule, "it is signed with SHA-384", &sha384);
    let rsa3072 = request_of(large, &subject()?, sha256)?;
    let broken = "the RSA modulus has 3072 bits";
    collector.request("enos.key", broken, &rsa3072);
    for (broken, subject) in [
        (
            "CN is missing",
            "OU=Meters,O=Acme,L=Shanghai,ST=Shanghai,C=CN".to_owned(),
        ),
        (
            "C has three letters",
            "CN=near-miss,OU=Meters,O=Acme,L=Shanghai,ST=Shanghai,C=CHN".to_owned(),
        ),
        (
            "CN has 65 characters",
            format!(
                "CN={},OU=Meters,O=Acme,L=Shanghai,ST=Shanghai,C=CN",
                "c".repeat(65)
            ),
        ),
    ] {
        let request = request_of(device, &subject.parse()?, sha256)?;
        collector.request("enos.subject", broken, &request);
    }
    Ok(())
}

fn bodies(
    collector: &mut Collector,
    request: &CertificationRequest,
    on_curve: &CertificationRequest,
) {
    let text = |request: &CertificationRequest| {
        Value::from(pem::encode(Label::CertificateRequest, request.as_der()).as_str())
    };
    let sound = json!({ "csr": text(request), "validDay": 365, "issueAuthority": "RSA" });
    collector.text("enos.body", "the body is no JSON object", "[]");
    let twice = r#"{"validDay":1,"validDay":2}"#;
    collector.text("enos.field-repeated", "validDay stands twice", twice);
    for (rule, broken, field, value) in [
        (
            "enos.field-type",
            "validDay is a word",
            "validDay",
            json!("a year"),
        ),
        ("enos.valid-day", "validDay is 0", "validDay", json!(0)),
        (
            "enos.issue-authority",
            "issueAuthority is DSA",
            "issueAuthority",
            json!("DSA"),
        ),
        ("enos.csr", "csr is missing", "csr", Value::Null),
        ("enos.csr-pem", "csr is no PEM", "csr", json!("PKCS #10")),
        (
            "enos.key",
            "csr is for P-256, issueAuthority is RSA",
            "csr",
            text(on_curve),
        ),
        (
            "enos.device-identifier",
            "orgId is there, and no device",
            "orgId",
            json!("o1"),
        ),
    ] {
        collector.body(&sound, rule, broken, (field, value));
    }
    let with_device = json!({ "csr": text(request), "assetId": "a1" });
    let broken = "a device is named, and no orgId";
    collector.body(&with_device, "enos.org-id", broken, ("orgId", Value::Null));
}
