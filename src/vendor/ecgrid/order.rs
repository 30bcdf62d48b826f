//! The world stage: what a request comes to, given the Comms.

use std::sync::Arc;

use crate::general_name::GeneralName;
use crate::key::KeyPair;
use crate::lint::Finding;
use crate::order::{Order, UnkeyedOrder};
use crate::time::Validity;
use crate::vendor::Stage;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::check::{CheckedCreate, PAGE, PartnerId, wrong};
use crate::vendor::ecgrid::enums::{CertificateUsage, SecureHashAlgorithm, Status};
use crate::vendor::ecgrid::error::{Fault, FaultKind, Parameter, Refusal};
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire::parameters::{CERT_KEY_ID, COMM_ID, SECURE_HASH_ALGORITHM};
use crate::vendor::ecgrid::world::{Comm, World};

/// A certificate that may be made, once its key is.
#[derive(Clone, Debug)]
pub struct Placed {
    pub(super) comm: Comm,
    pub(super) order: UnkeyedOrder,
    pub(super) usage: CertificateUsage,
    pub(super) hash: SecureHashAlgorithm,
    pub(super) partner: Option<PartnerId>,
    pub(super) supersedes: Option<i64>,
}

impl Placed {
    /// The Comm that is to have the certificate.
    #[must_use]
    pub fn comm(&self) -> &Comm {
        &self.comm
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

    /// The Comm as the ledger names it: its number.
    #[must_use]
    pub fn holder(&self) -> String {
        self.comm.id.to_string()
    }

    /// What the certificate is for.
    #[must_use]
    pub fn usage(&self) -> CertificateUsage {
        self.usage
    }

    /// What it is hashed with.
    #[must_use]
    pub fn hash(&self) -> SecureHashAlgorithm {
        self.hash
    }

    /// The partner that will use it.
    #[must_use]
    pub fn partner(&self) -> Option<&PartnerId> {
        self.partner.as_ref()
    }

    /// The certificate that this one renews, as the world numbers it; it goes on being used until its own end.
    #[must_use]
    pub fn supersedes(&self) -> Option<i64> {
        self.supersedes
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
    let ids: Vec<_> = checked.iter().map(|item| item.comm_id).collect();
    let comms = match visible(&ids, caller, world) {
        Ok(comms) => comms,
        Err(refusal) => return checked.iter().map(|_| Err(refusal.clone())).collect(),
    };
    let place = |(item, comm): (CheckedCreate, Result<Comm, Refusal>)| {
        let wanted = Wanted {
            usage: item.usage,
            hash: item.hash,
            partner: item.partner,
            validity: item.validity,
            supersedes: None,
        };
        wanted.place(comm?, terms)
    };
    checked.into_iter().zip(comms).map(place).collect()
}

/// The Comms that a caller who may manage them sees.
pub(super) fn visible<W: World + ?Sized>(
    ids: &[i32],
    caller: &Caller,
    world: &W,
) -> Result<Vec<Result<Comm, Refusal>>, Refusal> {
    caller.may_manage()?;
    let comms = world
        .comms(ids)
        .map_err(|error| Refusal::internal(&error))?;
    let seen = |(id, comm): (&i32, Option<Comm>)| {
        let comm = comm.filter(|comm| caller.sees(comm));
        comm.ok_or_else(|| not_found(COMM_ID, *id))
    };
    Ok(ids.iter().zip(comms).map(seen).collect())
}

/// One such Comm.
pub(super) fn visible_one<W: World + ?Sized>(
    id: i32,
    caller: &Caller,
    world: &W,
) -> Result<Comm, Refusal> {
    let mut comms = visible(&[id], caller, world)?.into_iter();
    comms.next().unwrap_or_else(|| Err(not_found(COMM_ID, id)))
}

/// What is to be made.
pub(super) struct Wanted {
    pub(super) usage: CertificateUsage,
    pub(super) hash: SecureHashAlgorithm,
    pub(super) partner: Option<PartnerId>,
    pub(super) validity: Validity,
    pub(super) supersedes: Option<i64>,
}

impl Wanted {
    /// Subject `CN=<identifier>` under the Comm's O, the partner as a directoryName of the subjectAltName: AS2 ids are
    /// no DNS names and may hold spaces.
    pub(super) fn place(self, comm: Comm, terms: &Terms) -> Result<Placed, Refusal> {
        if comm.status == Status::Terminated {
            let expected = "a Comm that is not terminated";
            let found = format!("{}, terminated", comm.id);
            let fault = wrong("ecgrid.comm-status", COMM_ID, &found, expected);
            return Err(Refusal::of(Stage::World, fault));
        }
        let profile = terms.profile(self.usage, self.hash).ok_or_else(|| {
            let expected = "a hash that this workspace allows";
            let found = self.hash.to_string();
            let fault = wrong("ecgrid.sha1", SECURE_HASH_ALGORITHM, &found, expected);
            Refusal::of(Stage::World, fault)
        })?;
        let subject = PartnerId::new(&comm.identifier)
            .ok_or_else(|| not_found(COMM_ID, comm.id))?
            .name(comm.organization.as_deref())
            .map_err(|error| Refusal::internal(&error))?;
        let partner = self.partner.as_ref().map(|partner| partner.name(None));
        let partner = partner
            .transpose()
            .map_err(|error| Refusal::internal(&error))?;
        let order = UnkeyedOrder::new(
            terms.key_algorithm(),
            subject,
            Arc::clone(profile),
            self.validity,
        );
        let names = partner.map(GeneralName::DirectoryName);
        Ok(Placed {
            comm,
            order: order.with_subject_alt_names(names.into_iter().collect()),
            usage: self.usage,
            hash: self.hash,
            partner: self.partner,
            supersedes: self.supersedes,
        })
    }
}

/// Nothing of this number is there, or nothing that the caller sees: the vendor does not tell the two apart.
pub(super) fn not_found(parameter: Parameter, id: i32) -> Refusal {
    let expected = "the number of one that you see";
    let rule = if parameter == CERT_KEY_ID {
        "ecgrid.cert-key"
    } else {
        "ecgrid.comm"
    };
    let finding = Finding::error(rule, PAGE, parameter.rest, id.to_string(), expected);
    let message = format!("{id} was not found");
    let fault = Fault::new(FaultKind::ObjectNotFound, parameter, &message, finding);
    Refusal::of(Stage::World, fault)
}

#[cfg(test)]
mod tests;
