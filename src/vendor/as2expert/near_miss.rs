//! Near-misses of this vendor's certificates and of the bodies of `/certificates/create`.

use std::sync::Arc;

use rand_core::TryCryptoRng;
use serde_json::{Value, json};

use crate::ext::{Criticality, SubjectAltName};
use crate::general_name::GeneralName;
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::name::Name;
use crate::oid;
use crate::order::Order;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::vendor::as2expert::profile;
use crate::vendor::as2expert::profile::{Role, Sha1};
use crate::vendor::as2expert::shape::RULES;
use crate::vendor::near_miss;
use crate::vendor::near_miss::{Collector, NearMiss, NearMissError, Template, request_of};

/// One file or more for every rule that a file can break, as [`rules::RULES`](crate::vendor::as2expert::rules::RULES)
/// lists them; everything else of each file is right at `now` under the settings that are there without a workspace.
///
/// # Errors
/// [`NearMissError`], for a generator that fails and for moments at the end of time.
pub fn near_misses<R: TryCryptoRng + ?Sized>(
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Vec<NearMiss>, NearMissError> {
    let [own, other] = near_miss::keys(KeyAlgorithm::Rsa2048, rng)?;
    let template = template(&own, Role::EndEntity, now, rng)?;
    let mut collector = Collector::default();
    collector.shape(&template, &RULES, now)?;
    collector.rfc5280(&template)?;
    collector.organization(&template)?;
    collector.self_signed(&template, &RULES, &other)?;
    certificates(&mut collector, &template, now)?;
    let request = request_of(&own, &subject()?, SignatureAlgorithm::Sha256WithRsa)?;
    let broken = "it is a certification request, and the vendor takes none";
    collector.request("as2expert.input", broken, &request);
    bodies(&mut collector);
    Ok(collector.finish())
}

/// What the vendor would make for a station.
pub(super) fn template<'a, R: TryCryptoRng + ?Sized>(
    key: &'a KeyPair,
    role: Role,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Template<'a>, NearMissError> {
    let profile = profile::station(role, Sha1::Refused)?;
    let validity = Validity::starting(now, Lifetime::from_days(365)?)?;
    let address = GeneralName::rfc822_name("as2@acme.example")?;
    let order = Order::for_key(key, subject()?, Arc::new(profile), validity)
        .with_subject_alt_names(vec![address]);
    Template::of_itself(&order, SerialNumber::random(16, rng)?, key)
}

fn subject() -> Result<Name, NearMissError> {
    let text = "1.2.840.113549.1.9.1=as2@acme.example,CN=NEARMISS,O=Acme,L=Madrid,C=ES";
    Ok(text.parse()?)
}

fn certificates(
    collector: &mut Collector,
    template: &Template<'_>,
    now: UnixSeconds,
) -> Result<(), NearMissError> {
    let broken = "it lasts a second longer than whole days";
    collector.certificate(template, "as2expert.dias", broken, |draft| {
        draft.lasts(now, 365 * 86_400 + 1)
    })?;
    let broken = "L stands before C";
    collector.certificate(template, "as2expert.subject", broken, |draft| {
        draft.renamed(|name| name.swap(0, 1))
    })?;
    let broken = "L is missing";
    collector.certificate(template, "as2expert.subject", broken, |draft| {
        draft.renamed(|name| name.retain(|(oid, ..)| *oid != oid::LOCALITY))
    })?;
    let broken = "C has three letters";
    collector.certificate(template, "rfc5280.country", broken, |draft| {
        draft.renamed(|name| {
            for (oid, _, text) in name {
                if *oid == oid::COUNTRY {
                    "ESP".clone_into(text);
                }
            }
        })
    })?;
    let broken = "subjectAltName has another address than the subject";
    collector.certificate(template, "as2expert.subject-alt-name", broken, |draft| {
        let names = SubjectAltName::new(vec![GeneralName::rfc822_name("edi@acme.example")?])?;
        draft.set(names.to_extension(Criticality::NonCritical))
    })
}

fn bodies(collector: &mut Collector) {
    let sound = json!({ "station": 62, "selfSigned": true });
    collector.text("as2expert.body", "the body is no JSON object", "[]");
    for (rule, broken, field, value) in [
        (
            "as2expert.country",
            "countryName has three letters",
            "countryName",
            json!("ESP"),
        ),
        ("as2expert.dias", "dias is 0", "dias", json!(0)),
        (
            "as2expert.email",
            "email is no address",
            "email",
            json!("nobody"),
        ),
        (
            "as2expert.field-type",
            "dias is a word",
            "dias",
            json!("a year"),
        ),
        ("as2expert.hash", "hash is md5", "hash", json!("md5")),
        (
            "as2expert.keybits",
            "keybits is 1024",
            "keybits",
            json!(1024),
        ),
        (
            "as2expert.required",
            "station is missing",
            "station",
            Value::Null,
        ),
        (
            "as2expert.self-signed",
            "selfSigned is false",
            "selfSigned",
            json!(false),
        ),
        (
            "as2expert.subject",
            "commonName has 65 characters",
            "commonName",
            json!("c".repeat(65)),
        ),
    ] {
        collector.body(&sound, rule, broken, (field, value));
    }
}
