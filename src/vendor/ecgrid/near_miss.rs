//! Near-misses of this vendor's certificates and of the REST bodies of create.

use std::sync::Arc;

use rand_core::TryCryptoRng;
use serde_json::{Value, json};

use crate::ext::{Criticality, SubjectAltName};
use crate::general_name::GeneralName;
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::oid;
use crate::order::Order;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::vendor::ecgrid::enums::{CertificateUsage, SecureHashAlgorithm};
use crate::vendor::ecgrid::profile;
use crate::vendor::ecgrid::profile::Sha1;
use crate::vendor::ecgrid::shape::RULES;
use crate::vendor::near_miss;
use crate::vendor::near_miss::{Collector, NearMiss, NearMissError, Template, request_of};

/// One file or more for every rule that a file can break, as [`rules::RULES`](crate::vendor::ecgrid::rules::RULES)
/// lists them; everything else of each file is right at `now` under the settings that are there without a workspace.
///
/// # Errors
/// [`NearMissError`], for a generator that fails and for moments at the end of time.
pub fn near_misses<R: TryCryptoRng + ?Sized>(
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Vec<NearMiss>, NearMissError> {
    let [own, other] = near_miss::keys(KeyAlgorithm::Rsa2048, rng)?;
    let [p256] = near_miss::keys(KeyAlgorithm::P256, rng)?;
    let template = template(&own, CertificateUsage::EncryptionAndSignature, now, rng)?;
    let mut collector = Collector::default();
    collector.shape(&template, &RULES, now)?;
    collector.rfc5280(&template)?;
    collector.organization(&template)?;
    collector.self_signed(&template, &RULES, &other)?;
    // The only usage whose key usage RFC 8813 allows a key on a curve.
    let signature = self::template(&own, CertificateUsage::Signature, now, rng)?;
    let broken = "the key is on the curve P-256";
    collector.certificate(&signature, "profile.subject-key", broken, |draft| {
        draft.fields.signature_algorithm = SignatureAlgorithm::EcdsaWithSha256;
        draft.resigned(&p256)
    })?;
    certificates(&mut collector, &template)?;
    let name = "CN=near-miss".parse()?;
    let request = request_of(&own, &name, SignatureAlgorithm::Sha256WithRsa)?;
    let broken = "it is a certification request, and the vendor takes none";
    collector.request("ecgrid.input", broken, &request);
    bodies(&mut collector);
    Ok(collector.finish())
}

/// What the vendor would make for a Comm and a partner of it.
pub(super) fn template<'a, R: TryCryptoRng + ?Sized>(
    key: &'a KeyPair,
    usage: CertificateUsage,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Template<'a>, NearMissError> {
    let profile = profile::profile(usage, SecureHashAlgorithm::Sha256, Sha1::Refused)?;
    let validity = Validity::starting(now, Lifetime::from_days(730)?)?;
    let subject = "CN=NEAR MISS,O=Acme".parse()?;
    let partner = GeneralName::DirectoryName("CN=PARTNER AS2".parse()?);
    let order = Order::for_key(key, subject, Arc::new(profile), validity)
        .with_subject_alt_names(vec![partner]);
    Template::of_itself(&order, SerialNumber::random(16, rng)?, key)
}

fn certificates(collector: &mut Collector, template: &Template<'_>) -> Result<(), NearMissError> {
    let broken = "CN is no AS2 id: a space stands at its end";
    collector.certificate(template, "ecgrid.subject", broken, |draft| {
        draft.renamed(|name| {
            for (oid, _, text) in name {
                if *oid == oid::COMMON_NAME {
                    text.push(' ');
                }
            }
        })
    })?;
    let broken = "the partner is a dNSName";
    collector.certificate(template, "ecgrid.subject-alt-name", broken, |draft| {
        let names = SubjectAltName::new(vec![GeneralName::dns_name("partner.example")?])?;
        draft.set(names.to_extension(Criticality::NonCritical))
    })?;
    let broken = "subjectAltName is critical";
    collector.certificate(template, RULES.extension_value, broken, |draft| {
        draft.criticality_turned(oid::SUBJECT_ALT_NAME)
    })
}

fn bodies(collector: &mut Collector) {
    let sound = json!({ "commId": 5001 });
    collector.text("ecgrid.body", "the body is no JSON object", "[]");
    for (rule, broken, field, value) in [
        (
            "ecgrid.expires",
            "expires lies before now",
            "expires",
            json!("1999-12-31T23:59:59Z"),
        ),
        (
            "ecgrid.field-type",
            "commId is a word",
            "commId",
            json!("first"),
        ),
        (
            "ecgrid.field-type",
            "usage is none of the vendor's",
            "usage",
            json!("Everything"),
        ),
        ("ecgrid.missing", "commId is missing", "commId", Value::Null),
        (
            "ecgrid.partner",
            "partnerAs2Id ends with a space",
            "partnerAs2Id",
            json!("PARTNER "),
        ),
        (
            "ecgrid.sha1",
            "secureHashAlgorithm is SHA1",
            "secureHashAlgorithm",
            json!("SHA1"),
        ),
    ] {
        collector.body(&sound, rule, broken, (field, value));
    }
}
