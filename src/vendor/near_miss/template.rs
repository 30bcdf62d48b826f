//! A well-formed certificate before it is signed, and the changes that make a near-miss of it.

use super::NearMissError;
use crate::cert::{Certificate, TbsCertificate, TbsFields};
use crate::ext::{
    AuthorityKeyIdentifier, Criticality, Extension, Extensions, SubjectKeyIdentifier,
};
use crate::issuer::IssuerName;
use crate::key;
use crate::key::{KeyError, KeyPair, PublicKey, SignJob};
use crate::name::{Name, StringType};
use crate::oid::Oid;
use crate::order::Order;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};

/// A well-formed certificate that is not signed yet.
pub(in crate::vendor) struct Template<'a> {
    fields: TbsFields,
    signer: &'a KeyPair,
}

/// A certificate in the course of being changed.
pub(in crate::vendor) struct Draft<'a> {
    pub(in crate::vendor) fields: TbsFields,
    pub(in crate::vendor) signer: &'a KeyPair,
    signs_itself: bool,
}

impl<'a> Template<'a> {
    /// What an issuer would sign for an order.
    pub(in crate::vendor) fn new(
        issuer: &IssuerName,
        order: &Order,
        serial: SerialNumber,
        signer: &'a KeyPair,
    ) -> Result<Self, NearMissError> {
        let prepared = issuer.prepare(order, serial)?;
        let fields = prepared.tbs().fields().clone();
        Ok(Self { fields, signer })
    }

    /// What the subject of an order would sign for itself.
    pub(in crate::vendor) fn of_itself(
        order: &Order,
        serial: SerialNumber,
        signer: &'a KeyPair,
    ) -> Result<Self, NearMissError> {
        let issuer = IssuerName::of_subject(order, &serial);
        Self::new(&issuer, order, serial, signer)
    }

    /// The certificate as it should be.
    pub(in crate::vendor) fn sound(&self) -> Result<Certificate, NearMissError> {
        self.changed(|_| Ok(()))
    }

    /// The certificate after a change.
    pub(in crate::vendor) fn changed(
        &self,
        change: impl FnOnce(&mut Draft<'a>) -> Result<(), NearMissError>,
    ) -> Result<Certificate, NearMissError> {
        let mut draft = Draft {
            signs_itself: self.fields.issuer == self.fields.subject,
            fields: self.fields.clone(),
            signer: self.signer,
        };
        change(&mut draft)?;
        let tbs = TbsCertificate::new(draft.fields);
        let job = SignJob {
            key: draft.signer,
            algorithm: tbs.signature_algorithm(),
            message: tbs.as_der(),
        };
        let signature = key::sign(&[job]).pop().unwrap_or(Err(KeyError::Rng))?;
        Ok(Certificate::assemble(tbs, &signature)?)
    }
}

impl<'a> Draft<'a> {
    /// A period of so many seconds.
    pub(in crate::vendor) fn lasts(
        &mut self,
        from: UnixSeconds,
        seconds: u64,
    ) -> Result<(), NearMissError> {
        self.fields.validity = Validity::starting(from, Lifetime::from_seconds(seconds)?)?;
        Ok(())
    }

    /// Another serial number.
    pub(in crate::vendor) fn numbered(&mut self, serial: u64) -> Result<(), NearMissError> {
        self.fields.serial = SerialNumber::from_u64(serial)?;
        Ok(())
    }

    /// Other attributes of the subject; of a certificate that signs itself, of the issuer, too.
    pub(in crate::vendor) fn renamed(
        &mut self,
        change: impl FnOnce(&mut Vec<(Oid, StringType, String)>),
    ) -> Result<(), NearMissError> {
        self.fields.subject = renamed(&self.fields.subject, change)?;
        if self.signs_itself {
            self.fields.issuer = self.fields.subject.clone();
        }
        Ok(())
    }

    /// Other attributes of the issuer alone.
    pub(in crate::vendor) fn reissued(
        &mut self,
        change: impl FnOnce(&mut Vec<(Oid, StringType, String)>),
    ) -> Result<(), NearMissError> {
        self.fields.issuer = renamed(&self.fields.issuer, change)?;
        Ok(())
    }

    /// Another key, and the identifiers that go with it.
    pub(in crate::vendor) fn rekeyed(&mut self, key: &PublicKey) -> Result<(), NearMissError> {
        self.fields.public_key = key.clone();
        let own = SubjectKeyIdentifier::from(key.key_identifier());
        self.set(own.to_extension())?;
        if self.signs_itself {
            self.set(AuthorityKeyIdentifier::new(own).to_extension())?;
        }
        Ok(())
    }

    /// Another key pair, which signs.
    pub(in crate::vendor) fn resigned(&mut self, key: &'a KeyPair) -> Result<(), NearMissError> {
        self.signer = key;
        self.rekeyed(key.public_key())
    }

    /// An extension in place of the one of its type, or at the end.
    pub(in crate::vendor) fn set(&mut self, extension: Extension) -> Result<(), NearMissError> {
        self.extensions(
            |list| match list.iter_mut().find(|one| one.oid() == extension.oid()) {
                Some(place) => *place = extension,
                None => list.push(extension),
            },
        )
    }

    /// Another value of an extension.
    pub(in crate::vendor) fn valued(
        &mut self,
        oid: Oid,
        value: &[u8],
    ) -> Result<(), NearMissError> {
        let criticality = self.criticality(oid);
        self.set(Extension::raw(oid, criticality, value.to_vec()))
    }

    /// An extension critical that was not, or the other way round.
    pub(in crate::vendor) fn criticality_turned(&mut self, oid: Oid) -> Result<(), NearMissError> {
        let turned = match self.criticality(oid) {
            Criticality::Critical => Criticality::NonCritical,
            _ => Criticality::Critical,
        };
        self.extensions(|list| {
            for one in list.iter_mut().filter(|one| one.oid() == oid) {
                *one = Extension::raw(oid, turned, one.value().to_vec());
            }
        })
    }

    /// Without an extension.
    pub(in crate::vendor) fn without(&mut self, oid: Oid) -> Result<(), NearMissError> {
        self.extensions(|list| list.retain(|one| one.oid() != oid))
    }

    /// Other extensions.
    pub(in crate::vendor) fn extensions(
        &mut self,
        change: impl FnOnce(&mut Vec<Extension>),
    ) -> Result<(), NearMissError> {
        let mut list: Vec<_> = self.fields.extensions.iter().cloned().collect();
        change(&mut list);
        self.fields.extensions = Extensions::new(list)?;
        Ok(())
    }

    fn criticality(&self, oid: Oid) -> Criticality {
        let found = self.fields.extensions.find(oid);
        found.map_or(Criticality::NonCritical, Extension::criticality)
    }
}

fn renamed(
    name: &Name,
    change: impl FnOnce(&mut Vec<(Oid, StringType, String)>),
) -> Result<Name, NearMissError> {
    let attributes = name.attributes().map(|attribute| {
        let value = attribute.value();
        let text = value.text().unwrap_or_default().into_owned();
        (attribute.oid(), value.string_type(), text)
    });
    let mut attributes: Vec<_> = attributes.collect();
    change(&mut attributes);
    let attributes: Vec<_> = attributes
        .iter()
        .map(|(oid, string_type, text)| (*oid, *string_type, text.as_str()))
        .collect();
    Ok(Name::from_attributes(&attributes)?)
}
