//! The world stage: what a request comes to, given the stations.

use std::sync::Arc;

use crate::general_name::GeneralName;
use crate::key::KeyPair;
use crate::name::{Name, default_string_type};
use crate::oid;
use crate::oid::Oid;
use crate::order::{Order, UnkeyedOrder};
use crate::vendor::Stage;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::check::CheckedCreate;
use crate::vendor::as2expert::error::{Fault, Refusal, Thing};
use crate::vendor::as2expert::terms::Terms;
use crate::vendor::as2expert::world::{Station, SubjectFields, World};
use crate::vendor::as2expert::{DEFAULT_COUNTRY, DEFAULT_LOCALITY, HashAlgorithm};

/// A certificate that may be made, once its key is.
#[derive(Clone, Debug)]
pub struct Placed {
    pub(super) station: Station,
    pub(super) order: UnkeyedOrder,
    pub(super) hash: HashAlgorithm,
    pub(super) replaces: Option<i64>,
}

impl Placed {
    /// The station that is to have the certificate.
    #[must_use]
    pub fn station(&self) -> &Station {
        &self.station
    }

    /// What to make: the kind of key to generate, subject, names, validity and profile.
    #[must_use]
    pub fn unkeyed(&self) -> &UnkeyedOrder {
        &self.order
    }

    /// The order for the key that was generated; the certificate is self-signed.
    #[must_use]
    pub fn order(&self, key: &KeyPair) -> Order {
        self.order.for_key(key)
    }

    /// The station as the ledger names it: its number.
    #[must_use]
    pub fn holder(&self) -> String {
        self.station.id.to_string()
    }

    /// What the certificate is hashed with.
    #[must_use]
    pub fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    /// The station's certificate whose place this one takes in a rollover, by its id.
    #[must_use]
    pub fn replaces(&self) -> Option<i64> {
        self.replaces
    }
}

/// Places a slice of requests of one caller, in order.
#[must_use]
pub fn order<W: World + ?Sized>(
    checked: Vec<CheckedCreate>,
    caller: &Caller,
    world: &W,
    terms: &Terms,
) -> Vec<Result<Placed, Refusal>> {
    let ids: Vec<_> = checked.iter().map(|item| item.station).collect();
    let stations = caller.may_write().and_then(|()| {
        world
            .stations(&ids)
            .map_err(|error| Refusal::internal(&error))
    });
    let stations = match stations {
        Ok(stations) => stations,
        Err(refusal) => return checked.iter().map(|_| Err(refusal.clone())).collect(),
    };
    let place = |(item, station): (CheckedCreate, Option<Station>)| {
        let seen = station.filter(|station| caller.sees(&station.site));
        let station = seen.ok_or_else(|| Refusal::not_found(Thing::Station, item.station))?;
        place(item, station, terms)
    };
    checked.into_iter().zip(stations).map(place).collect()
}

fn place(item: CheckedCreate, station: Station, terms: &Terms) -> Result<Placed, Refusal> {
    let profile = terms.profile(item.hash).ok_or_else(|| {
        let expected = format!("one of {}", terms.hash_names());
        let fault = Fault::invalid("hash", "as2expert.hash", item.hash.as_str(), &expected);
        Refusal::of(Stage::World, fault)
    })?;
    let fields = with_defaults(item.subject, &station.defaults);
    let (subject, names) = subject(&fields).map_err(|error| Refusal::internal(&*error))?;
    let order = UnkeyedOrder::new(
        item.key_algorithm,
        subject,
        Arc::clone(profile),
        item.validity,
    );
    Ok(Placed {
        station,
        order: order.with_subject_alt_names(names),
        hash: item.hash,
        replaces: None,
    })
}

/// What a request leaves out comes from its station, country and locality in the end from the page's sample.
fn with_defaults(asked: SubjectFields, station: &SubjectFields) -> SubjectFields {
    let last = |text: &str| Some(text.to_owned());
    let or = |asked: Option<String>, station: &Option<String>| asked.or_else(|| station.clone());
    SubjectFields {
        country_name: or(asked.country_name, &station.country_name)
            .or_else(|| last(DEFAULT_COUNTRY)),
        province_name: or(asked.province_name, &station.province_name),
        locality_name: or(asked.locality_name, &station.locality_name)
            .or_else(|| last(DEFAULT_LOCALITY)),
        organization: or(asked.organization, &station.organization),
        organization_unit_name: or(
            asked.organization_unit_name,
            &station.organization_unit_name,
        ),
        common_name: or(asked.common_name, &station.common_name),
        email: or(asked.email, &station.email),
    }
}

/// Country first, address last; an address stands among the alternative names as well, where RFC 5280 §4.1.2.6 wants
/// it.
fn subject(fields: &SubjectFields) -> Result<(Name, Vec<GeneralName>), Box<dyn std::error::Error>> {
    let SubjectFields {
        country_name,
        province_name,
        locality_name,
        organization,
        organization_unit_name,
        common_name,
        email,
    } = fields;
    let parts: [(Oid, &Option<String>); 7] = [
        (oid::COUNTRY, country_name),
        (oid::STATE_OR_PROVINCE, province_name),
        (oid::LOCALITY, locality_name),
        (oid::ORGANIZATION, organization),
        (oid::ORGANIZATIONAL_UNIT, organization_unit_name),
        (oid::COMMON_NAME, common_name),
        (oid::EMAIL_ADDRESS, email),
    ];
    let attributes: Vec<_> = parts
        .iter()
        .filter_map(|(oid, text)| {
            let text = text.as_deref()?;
            Some((*oid, default_string_type(*oid), text))
        })
        .collect();
    let address = email.as_deref().map(GeneralName::rfc822_name).transpose()?;
    Ok((
        Name::from_attributes(&attributes)?,
        address.into_iter().collect(),
    ))
}

#[cfg(test)]
mod tests;
