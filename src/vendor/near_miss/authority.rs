//! A CA for near-misses, and those of the chains that it begins.

use std::sync::Arc;

use super::{Collector, NearMissError, Template};
use crate::cert::Certificate;
use crate::issuer::IssuerName;
use crate::key::{KeyPair, PublicKey};
use crate::name::Name;
use crate::order::Order;
use crate::profile::Profile;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::vendor::shape::Rules;

/// A CA: its certificate signs itself, and lasts for two years.
pub(in crate::vendor) struct Authority {
    pub(in crate::vendor) certificate: Certificate,
    pub(in crate::vendor) issuer: IssuerName,
}

impl Authority {
    pub(in crate::vendor) fn new(key: &KeyPair, now: UnixSeconds) -> Result<Self, NearMissError> {
        let name: Name = "CN=Near-miss CA,O=Acme,C=CN".parse()?;
        let profile = Arc::new(Profile::from_toml(include_str!("authority.toml"))?);
        let validity = Validity::starting(now, Lifetime::from_days(DAYS)?)?;
        let order = Order::for_key(key, name, profile, validity);
        let template = Template::of_itself(&order, SerialNumber::from_u64(1)?, key)?;
        let certificate = template.sound()?;
        let issuer = IssuerName::of_certificate(&certificate)?;
        Ok(Self {
            certificate,
            issuer,
        })
    }

    /// What only chains and certificates of a CA can break. `weak` and `short` are keys that no one should have.
    pub(in crate::vendor) fn near_misses<'a>(
        &self,
        collector: &mut Collector,
        template: &Template<'a>,
        rules: &Rules,
        (other, weak, short): (&'a KeyPair, &PublicKey, &PublicKey),
    ) -> Result<(), NearMissError> {
        let sound = template.sound()?;
        let broken = "the root stands before the certificate that it issued";
        collector.chain(rules.chain, broken, &[&self.certificate, &sound]);
        let foreign = template.changed(|draft| {
            draft.signer = other;
            Ok(())
        })?;
        let broken = "another key than the issuer's signed it";
        collector.chain(rules.signature, broken, &[&foreign, &self.certificate]);
        let validity = self.certificate.validity();
        let seconds = u64::from(DAYS) * 86_400 + 1;
        let longer = template.changed(|draft| draft.lasts(validity.not_before(), seconds))?;
        let broken = "it ends a second after its issuer";
        collector.chain("issuer.validity", broken, &[&longer, &self.certificate]);
        let broken = "the RSA exponent is 3";
        collector.certificate(template, rules.weak_key, broken, |draft| {
            draft.rekeyed(weak)
        })?;
        let broken = "the RSA modulus has 1024 bits";
        collector.certificate(template, "profile.subject-key", broken, |draft| {
            draft.rekeyed(short)
        })?;
        let broken = "the issuer has no name";
        collector.certificate(template, "rfc5280.issuer-empty", broken, |draft| {
            draft.reissued(Vec::clear)
        })
    }
}

const DAYS: u32 = 730;
