//! `POST /stations/create`: a site makes itself a station.
//!
//! The neighbour page has the fields. It shows no reply: that is the station as `/stations/detail` tells it, with a `msg` as
//! after other actions.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::vendor::Stage;
use crate::vendor::as2expert::HashAlgorithm;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::check::{subject_fields, text_fault};
use crate::vendor::as2expert::error::{Fault, Refusal, Thing};
use crate::vendor::as2expert::read::failed;
use crate::vendor::as2expert::wire::Fields;
use crate::vendor::as2expert::world::{MessageSettings, Station, SubjectFields, World};

/// A station that a site made, as it is kept; its number is given by who keeps it.
///
/// Invariant: name and AS2 id are there and, as the address, fit a certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NewStation {
    name: String,
    as2_id: String,
    email: String,
    site: String,
    certificate_id: Option<i64>,
    encryption: Option<String>,
    signature: Option<String>,
    ediint_features: Option<String>,
}

impl NewStation {
    /// Reads and checks what a site asks for.
    ///
    /// # Errors
    /// `Scope write requerido`, `Campo requerido: …`, `Campo inválido: …`, `Certificate not found`, and
    /// `DB error: internal detail` when the world does not answer.
    pub fn read<W: World + ?Sized>(
        fields: &Map<String, Value>,
        caller: &Caller,
        world: &W,
    ) -> Result<Self, Refusal> {
        caller.may_write()?;
        let mut fields = Fields::new(fields);
        let [name, as2_id, email] = ["name", "as2_id", "email"].map(|field| {
            let text = fields.text(field);
            if text.is_none() && !fields.has(field) {
                fields.faults.push(Fault::required(field));
            }
            // One that is missing is a fault already, and the fields do not end well.
            text.unwrap_or_default()
        });
        let new = Self {
            name,
            as2_id,
            email,
            site: caller.site().to_owned(),
            certificate_id: fields.integer("certificate_id"),
            encryption: fields.text("encryption"),
            signature: fields.text("signature"),
            ediint_features: fields.text("ediint_features"),
        };
        let new = fields.end(new)?;
        Refusal::from_faults(Stage::Request, new.faults()).map_or(Ok(()), Err)?;
        new.check_certificate(caller, world)?;
        Ok(new)
    }

    /// The station under its number.
    #[must_use]
    pub fn station(&self, id: i64) -> Station {
        let named = |name: &String| ENCRYPTIONS.into_iter().find(|one| is(one, name));
        Station {
            id,
            name: self.name.clone(),
            as2id: Some(self.as2_id.clone()),
            site: self.site.clone(),
            defaults: self.subject(),
            messages: MessageSettings {
                certificate: self.certificate_id,
                encryption: self.encryption.as_ref().and_then(named),
                signature: self.signature.as_deref().and_then(HashAlgorithm::from_name),
            },
        }
    }

    fn subject(&self) -> SubjectFields {
        SubjectFields {
            common_name: Some(self.as2_id.clone()),
            email: Some(self.email.clone()),
            ..SubjectFields::default()
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let (_, faults) = subject_fields(&self.subject());
        let named = |fault: Fault| match fault.field() {
            // The AS2 id becomes the common name.
            Some("commonName") => fault.of_field("as2_id"),
            _ => fault,
        };
        let mut faults: Vec<_> = faults.into_iter().map(named).collect();
        faults.extend(text_fault("name", &self.name, 128));
        let features = self.ediint_features.as_ref();
        faults.extend(features.and_then(|text| text_fault("ediint_features", text, 255)));
        let hashes = HashAlgorithm::ALL.map(HashAlgorithm::as_str);
        for (field, text, allowed) in [
            ("encryption", &self.encryption, &ENCRYPTIONS),
            ("signature", &self.signature, &hashes),
        ] {
            let Some(text) = text else { continue };
            if !allowed.iter().any(|one| is(one, text)) {
                let (found, expected) = (format!("{text:?}"), allowed.join(", "));
                faults.push(Fault::invalid(
                    field,
                    "as2expert.field-type",
                    &found,
                    &expected,
                ));
            }
        }
        faults
    }

    /// A certificate that the station is to use is one of the site's.
    fn check_certificate<W: World + ?Sized>(
        &self,
        caller: &Caller,
        world: &W,
    ) -> Result<(), Refusal> {
        let Some(id) = self.certificate_id else {
            return Ok(());
        };
        let absent = || Refusal::not_found(Thing::Certificate, id);
        let held = world.certificate(id).map_err(failed)?.ok_or_else(absent)?;
        let owners = world.stations(&[held.station_id]).map_err(failed)?;
        let mut owners = owners.into_iter().flatten();
        match owners.any(|station| caller.sees(&station.site)) {
            true => Ok(()),
            false => Err(absent()),
        }
    }
}

fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// What AS2 products offer; the page shows the last.
const ENCRYPTIONS: [&str; 4] = ["3DES", "AES128", "AES192", "AES256"];
