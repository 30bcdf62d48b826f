//! Near-misses as they are made, with those that every vendor's certificates have in common.

use serde_json::Value;

use super::{Draft, Form, NearMiss, NearMissError, Template};
use crate::cert::Certificate;
use crate::ext::{CrlNumber, SubjectKeyIdentifier};
use crate::key::{KeyPair, SignatureAlgorithm};
use crate::name::StringType;
use crate::oid;
use crate::oid::Oid;
use crate::pem;
use crate::pem::Label;
use crate::request::CertificationRequest;
use crate::time::{Lifetime, UnixSeconds};
use crate::vendor::shape::Rules;

/// Near-misses as they are made.
#[derive(Default)]
pub(in crate::vendor) struct Collector {
    made: Vec<NearMiss>,
}

impl Collector {
    /// All that were made.
    pub(in crate::vendor) fn finish(self) -> Vec<NearMiss> {
        self.made
    }

    /// A certificate after a change.
    pub(in crate::vendor) fn certificate<'a>(
        &mut self,
        template: &Template<'a>,
        rule: &'static str,
        broken: &'static str,
        change: impl FnOnce(&mut Draft<'a>) -> Result<(), NearMissError>,
    ) -> Result<(), NearMissError> {
        let certificate = template.changed(change)?;
        let octets = certificate.to_pem().into_bytes();
        self.add(rule, broken, Form::Certificate, octets);
        Ok(())
    }

    /// Certificates, in this order.
    pub(in crate::vendor) fn chain(
        &mut self,
        rule: &'static str,
        broken: &'static str,
        certificates: &[&Certificate],
    ) {
        let text: Vec<_> = certificates.iter().map(|one| one.to_pem()).collect();
        self.add(rule, broken, Form::Chain, text.concat().into_bytes());
    }

    /// A certification request.
    pub(in crate::vendor) fn request(
        &mut self,
        rule: &'static str,
        broken: &'static str,
        request: &CertificationRequest,
    ) {
        let text = pem::encode(Label::CertificateRequest, request.as_der());
        self.add(rule, broken, Form::Request, text.as_bytes().to_vec());
    }

    /// A body that is `sound` but for one field; `null` leaves the field out.
    pub(in crate::vendor) fn body(
        &mut self,
        sound: &Value,
        rule: &'static str,
        broken: &'static str,
        (field, value): (&str, Value),
    ) {
        let mut body = sound.clone();
        if let Value::Object(fields) = &mut body {
            fields.insert(field.to_owned(), value);
            fields.retain(|_, value| !value.is_null());
        }
        self.text(rule, broken, &body.to_string());
    }

    /// A body of this text.
    pub(in crate::vendor) fn text(&mut self, rule: &'static str, broken: &'static str, text: &str) {
        self.add(rule, broken, Form::Body, text.as_bytes().to_vec());
    }

    fn add(&mut self, rule: &'static str, broken: &'static str, form: Form, octets: Vec<u8>) {
        self.made.push(NearMiss {
            rule,
            broken,
            form,
            octets,
        });
    }

    /// Period, signature algorithm, serial number, list and values of the extensions.
    pub(in crate::vendor) fn shape(
        &mut self,
        template: &Template<'_>,
        rules: &Rules,
        now: UnixSeconds,
    ) -> Result<(), NearMissError> {
        let month = Lifetime::from_days(30)?;
        let began = now.seconds().saturating_sub(month.seconds() + 1);
        self.certificate(template, rules.expired, "it ended a second ago", |draft| {
            draft.lasts(UnixSeconds::new(began)?, month.seconds())
        })?;
        let broken = "it begins in a day";
        self.certificate(template, rules.not_yet_valid, broken, |draft| {
            let later = now.plus(Lifetime::from_days(1)?)?;
            draft.lasts(later, month.seconds())
        })?;
        let broken = "it is signed with SHA-1";
        self.certificate(template, rules.signature_algorithm, broken, |draft| {
            draft.fields.signature_algorithm = SignatureAlgorithm::Sha1WithRsa;
            Ok(())
        })?;
        let broken = "basicConstraints is missing";
        self.certificate(template, rules.extension_list, broken, |draft| {
            draft.without(oid::BASIC_CONSTRAINTS)
        })?;
        let broken = "an extension that the vendor does not write stands at the end";
        self.certificate(template, rules.extension_list, broken, |draft| {
            draft.set(CrlNumber::from_u64(1).to_extension())
        })?;
        let broken = "the extensions stand in another order";
        self.certificate(template, rules.extension_list, broken, |draft| {
            draft.extensions(|list| list.reverse())
        })?;
        let broken = "basicConstraints is critical where it should not be, or the other way round";
        self.certificate(template, rules.extension_value, broken, |draft| {
            draft.criticality_turned(oid::BASIC_CONSTRAINTS)
        })?;
        let broken = "subjectKeyIdentifier is another key's";
        self.certificate(template, rules.extension_value, broken, |draft| {
            draft.set(SubjectKeyIdentifier::from_octets(&[7; 20])?.to_extension())
        })
    }

    /// Clauses of RFC 5280 that break alone whoever issues.
    pub(in crate::vendor) fn rfc5280(
        &mut self,
        template: &Template<'_>,
    ) -> Result<(), NearMissError> {
        let broken = "authorityKeyIdentifier is critical";
        self.certificate(template, "rfc5280.aki-critical", broken, |draft| {
            draft.criticality_turned(oid::AUTHORITY_KEY_IDENTIFIER)
        })?;
        let broken = "subjectKeyIdentifier is critical";
        self.certificate(template, "rfc5280.ski-critical", broken, |draft| {
            draft.criticality_turned(oid::SUBJECT_KEY_IDENTIFIER)
        })?;
        let broken = "subjectKeyIdentifier holds no OCTET STRING";
        self.certificate(template, "rfc5280.extension-value", broken, |draft| {
            draft.valued(oid::SUBJECT_KEY_IDENTIFIER, NULL)
        })
    }

    /// O of 65 characters, and O with a control character.
    pub(in crate::vendor) fn organization(
        &mut self,
        template: &Template<'_>,
    ) -> Result<(), NearMissError> {
        let broken = "O has 65 characters";
        self.certificate(template, "rfc5280.attribute-length", broken, |draft| {
            draft.renamed(|name| set_text(name, &"o".repeat(65)))
        })?;
        let broken = "O has a BEL in it";
        self.certificate(template, "rfc4518.control-character", broken, |draft| {
            draft.renamed(|name| set_text(name, "Ac\u{7}me"))
        })
    }

    /// A certificate that signs itself: another issuer's name, another key's signature, a small serial number.
    pub(in crate::vendor) fn self_signed<'a>(
        &mut self,
        template: &Template<'a>,
        rules: &Rules,
        other: &'a KeyPair,
    ) -> Result<(), NearMissError> {
        let broken = "the issuer is not the subject";
        self.certificate(template, rules.self_signed, broken, |draft| {
            draft.reissued(|name| set_text(name, "Another"))
        })?;
        let broken = "another key signed it";
        self.certificate(template, rules.signature, broken, |draft| {
            draft.signer = other;
            Ok(())
        })?;
        let broken = "the serial number is 1";
        self.certificate(template, rules.serial, broken, |draft| draft.numbered(1))
    }
}

fn set_text(name: &mut [(Oid, StringType, String)], organization: &str) {
    for (oid, _, text) in name {
        if *oid == oid::ORGANIZATION {
            organization.clone_into(text);
        }
    }
}

/// DER of NULL.
const NULL: &[u8] = &[0x05, 0x00];
