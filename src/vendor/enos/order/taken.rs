//! Keys and subjects that are taken: by what was issued, and by the rows before.

use std::collections::HashMap;

use super::{Facts, Placed, Wanted, absent, no_product, not_bidirectional};
use crate::cert::Certificate;
use crate::lint::Finding;
use crate::name::Name;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal, Service};
use crate::vendor::enos::terms::Terms;
use crate::vendor::enos::world::{Binding, World, WorldError};

/// What was placed earlier in the slice.
#[derive(Default)]
pub(in crate::vendor::enos) struct Taken {
    keys: HashMap<[u8; 32], Vec<Binding>>,
    /// By [`Name::folded_sha256`](crate::name::Name::folded_sha256).
    subjects: HashMap<[u8; 32], Vec<Binding>>,
}

impl Taken {
    /// Settles one request; all that is wrong with it comes back at once.
    pub(in crate::vendor::enos) fn place(
        &mut self,
        wanted: Wanted,
        facts: Facts,
        terms: &Terms,
    ) -> Result<Placed, Refusal> {
        let device = facts
            .device
            .as_ref()
            .ok_or_else(|| absent(&wanted.device_asked))?;
        let product = facts.product.ok_or_else(|| no_product(device))?;
        let mut faults = Vec::new();
        if !product.bidirectional {
            faults.push(not_bidirectional(device));
        }
        let asked = Asked {
            key_sha256: wanted.request.public_key().spki_sha256(),
            subject: wanted.request.subject(),
            holder: device.holder(),
        };
        let supersedes = wanted.supersedes;
        faults.extend(self.conflicts(
            &asked,
            (&facts.of_key, &facts.of_subject),
            supersedes,
            terms.now(),
        ));
        let lifetime = terms.lifetime(wanted.valid_days, &product);
        let order = lifetime
            .and_then(|lifetime| terms.order(&wanted.request, wanted.authority, lifetime))
            .map_err(|fault| faults.push(fault));
        match (order, Refusal::from_faults(Stage::World, faults)) {
            (Ok(order), None) => {
                let placed = Placed {
                    order,
                    authority: wanted.authority,
                    device: device.clone(),
                    request: wanted.request,
                    supersedes: wanted.supersedes,
                };
                self.take(&placed);
                Ok(placed)
            }
            (_, refusal) => Err(refusal.unwrap_or_else(|| absent(&wanted.device_asked))),
        }
    }

    /// Who stands in the way. The page does not tell its two sentences apart: the same key on another device is bound
    /// elsewhere, the same subject on any other valid certificate is a duplicate.
    fn conflicts(
        &self,
        asked: &Asked<'_>,
        (of_key, of_subject): (&[Binding], &[Binding]),
        supersedes: Option<i64>,
        now: UnixSeconds,
    ) -> Vec<Fault> {
        let Asked {
            key_sha256,
            subject,
            holder,
        } = asked;
        let in_the_way = |binding: &&Binding| {
            let replaced = binding.certificate.is_some() && binding.certificate == supersedes;
            binding.is_valid_at(now) && !replaced
        };
        let of_key = of_key
            .iter()
            .chain(self.keys.get(key_sha256).into_iter().flatten());
        let earlier = self.subjects.get(&subject.folded_sha256());
        let of_subject = of_subject.iter().chain(earlier.into_iter().flatten());
        let elsewhere = of_key
            .filter(in_the_way)
            .find(|binding| binding.holder != *holder)
            .map(|binding| bound_elsewhere(&binding.holder, holder));
        let duplicate = of_subject
            .filter(in_the_way)
            .find(|binding| binding.key_sha256 != *key_sha256 || binding.holder == *holder)
            .map(|binding| duplicate_subject(&subject.to_string(), &binding.holder));
        elsewhere.into_iter().chain(duplicate).collect()
    }

    fn take(&mut self, placed: &Placed) {
        let asked = Asked {
            key_sha256: placed.request.public_key().spki_sha256(),
            subject: placed.request.subject(),
            holder: placed.holder(),
        };
        self.bind(asked, placed.order.validity().not_after());
    }

    fn bind(&mut self, asked: Asked<'_>, not_after: UnixSeconds) {
        let Asked {
            key_sha256,
            subject,
            holder,
        } = asked;
        let binding = Binding {
            certificate: None,
            holder,
            key_sha256,
            not_after,
            ended: false,
        };
        let subject = subject.folded_sha256();
        self.subjects
            .entry(subject)
            .or_default()
            .push(binding.clone());
        self.keys.entry(key_sha256).or_default().push(binding);
    }
}

/// What would be bound to whom.
struct Asked<'a> {
    key_sha256: [u8; 32],
    subject: &'a Name,
    holder: String,
}

/// What stands in the way of certificates that were issued where nobody knew the world, in order: as if they were asked for
/// now, each with the device that it is for, `productKey/deviceKey`. One that nothing stands in the way of counts for those
/// after it.
///
/// # Errors
/// A [`Refusal`] when the world does not answer.
pub fn conflicts<W: World + ?Sized>(
    issued: &[(&Certificate, &str)],
    world: &W,
    now: UnixSeconds,
) -> Result<Vec<Option<Refusal>>, Refusal> {
    let key = |certificate: &Certificate| certificate.public_key().spki_sha256();
    let keys: Vec<_> = issued
        .iter()
        .map(|(certificate, _)| key(certificate))
        .collect();
    let subjects: Vec<_> = issued
        .iter()
        .map(|(certificate, _)| certificate.subject())
        .collect();
    let failed = |error: WorldError| Refusal::internal(Service::Certificate, &error);
    let of_keys = world.bindings_of_keys(&keys).map_err(failed)?;
    let of_subjects = world.bindings_of_subjects(&subjects).map_err(failed)?;
    let mut taken = Taken::default();
    let mut found = Vec::with_capacity(issued.len());
    for ((certificate, holder), bindings) in issued.iter().zip(of_keys.iter().zip(&of_subjects)) {
        let asked = Asked {
            key_sha256: key(certificate),
            subject: certificate.subject(),
            holder: (*holder).to_owned(),
        };
        let faults = taken.conflicts(&asked, (bindings.0, bindings.1), None, now);
        let refusal = Refusal::from_faults(Stage::World, faults);
        if refusal.is_none() {
            taken.bind(asked, certificate.validity().not_after());
        }
        found.push(refusal);
    }
    Ok(found)
}

fn bound_elsewhere(found: &str, holder: &str) -> Fault {
    let finding = Finding::error(
        "enos.key-bound",
        PAGE,
        "subjectPublicKeyInfo",
        format!("a key that is bound to {found:?}"),
        format!("a key of {holder:?} alone"),
    );
    Fault::new(FaultKind::BoundElsewhere, "", finding)
}

fn duplicate_subject(subject: &str, holder: &str) -> Fault {
    let finding = Finding::error(
        "enos.duplicate-subject",
        PAGE,
        "subject",
        format!("{subject}, of a valid certificate of {holder:?}"),
        "a subject without a valid certificate",
    );
    let message = "the subject has a valid certificate";
    Fault::new(FaultKind::DuplicateSubject, message, finding)
}
