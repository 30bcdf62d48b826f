//! The world stage: what an application comes to, given the devices, what was issued, and the roots.

use std::collections::HashMap;

use crate::cert::Certificate;
use crate::lint::Finding;
use crate::name::Name;
use crate::order::Order;
use crate::request::VerifiedRequest;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check::{CheckedAddressee, CheckedApply};
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal, Service};
use crate::vendor::enos::terms::Terms;
use crate::vendor::enos::world::{Binding, Device, Product, World, WorldError};

/// A certificate that may be issued, and to whom.
#[derive(Clone, Debug)]
pub struct Placed {
    pub(super) order: Order,
    pub(super) authority: Authority,
    pub(super) device: Device,
    pub(super) request: VerifiedRequest,
    pub(super) supersedes: Option<i64>,
}

impl Placed {
    /// What to issue.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Who issues.
    #[must_use]
    pub fn authority(&self) -> Authority {
        self.authority
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The device as the ledger names it ([`Device::holder`]).
    #[must_use]
    pub fn holder(&self) -> String {
        self.device.holder()
    }

    /// The request that asks for it, to be kept: a renewal may reissue from it.
    #[must_use]
    pub fn request(&self) -> &VerifiedRequest {
        &self.request
    }

    /// The octets of that request, for those who are done with the rest.
    #[must_use]
    pub fn into_request(self) -> Vec<u8> {
        self.request.request().as_der().to_vec()
    }

    /// The certificate that this one takes the place of, as the world numbers it; it ends with reason 4, superseded,
    /// once this one is issued.
    #[must_use]
    pub fn supersedes(&self) -> Option<i64> {
        self.supersedes
    }
}

/// Places a slice of applications, in order. Of two rows that want the same key or subject the first has it: whatever
/// is placed counts as issued for the rows after it.
#[must_use]
pub fn order<W: World + ?Sized>(
    checked: Vec<CheckedApply>,
    world: &W,
    terms: &Terms,
) -> Vec<Result<Placed, Refusal>> {
    let requests = checked.iter().map(|item| (&item.addressee, &item.request));
    let facts = match Facts::gather(requests.collect(), world) {
        Ok(facts) => facts,
        Err(refusal) => return checked.iter().map(|_| Err(refusal.clone())).collect(),
    };
    let mut taken = Taken::default();
    let place = |(item, facts): (CheckedApply, Facts)| {
        let wanted = Wanted {
            request: item.request,
            authority: item.authority,
            valid_days: item.valid_days,
            supersedes: None,
            device_asked: item.addressee.device.to_string(),
        };
        taken.place(wanted, facts, terms)
    };
    checked.into_iter().zip(facts).map(place).collect()
}

/// What an application would come to if its device were known, its product had no maximum and nothing had been issued:
/// the order of a dry run, which asks no question of the world.
///
/// # Errors
/// A [`Refusal`] of the world stage when there is no root, or none that is still valid.
pub fn order_dry(checked: &CheckedApply, terms: &Terms) -> Result<Order, Refusal> {
    let boundless = Product {
        maximum_days: u32::MAX,
        bidirectional: true,
    };
    let lifetime = terms.lifetime(checked.valid_days, &boundless);
    lifetime
        .and_then(|lifetime| terms.order(&checked.request, checked.authority, lifetime))
        .map_err(|fault| Refusal::of(Stage::World, fault))
}

/// What is to be placed.
pub(super) struct Wanted {
    pub(super) request: VerifiedRequest,
    pub(super) authority: Authority,
    pub(super) valid_days: Option<u32>,
    pub(super) supersedes: Option<i64>,
    pub(super) device_asked: String,
}

/// What the world says of one request.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) device: Option<Device>,
    pub(super) product: Option<Product>,
    pub(super) of_key: Vec<Binding>,
    pub(super) of_subject: Vec<Binding>,
}

impl Facts {
    /// Asks all questions for a slice.
    pub(super) fn gather<W: World + ?Sized>(
        requests: Vec<(&CheckedAddressee, &VerifiedRequest)>,
        world: &W,
    ) -> Result<Vec<Self>, Refusal> {
        let addressees: Vec<_> = requests.iter().map(|(addressee, _)| *addressee).collect();
        let places = places(&addressees, world)?;
        let keys: Vec<_> = requests
            .iter()
            .map(|(_, request)| request.public_key().spki_sha256())
            .collect();
        let subjects: Vec<_> = requests
            .iter()
            .map(|(_, request)| request.subject())
            .collect();
        let failed = |error: WorldError| Refusal::internal(Service::Certificate, &error);
        let of_keys = world.bindings_of_keys(&keys).map_err(failed)?;
        let of_subjects = world.bindings_of_subjects(&subjects).map_err(failed)?;
        let bindings = of_keys.into_iter().zip(of_subjects);
        let fact = |(place, (of_key, of_subject)): (Place, _)| Self {
            device: place.device,
            product: place.product,
            of_key,
            of_subject,
        };
        Ok(places.into_iter().zip(bindings).map(fact).collect())
    }
}

/// A device and its product, as far as they are known.
pub(super) struct Place {
    pub(super) device: Option<Device>,
    pub(super) product: Option<Product>,
}

/// Devices and their products.
pub(super) fn places<W: World + ?Sized>(
    addressees: &[&CheckedAddressee],
    world: &W,
) -> Result<Vec<Place>, Refusal> {
    let asked: Vec<_> = addressees
        .iter()
        .map(|addressee| (addressee.org_id.as_str(), &addressee.device))
        .collect();
    let devices = world
        .devices(&asked)
        .map_err(|error| Refusal::internal(Service::IotHub, &error))?;
    let known = devices.iter().flatten();
    let keys: Vec<_> = known.map(|device| device.product_key.as_str()).collect();
    let products = world
        .products(&keys)
        .map_err(|error| Refusal::internal(Service::Product, &error))?;
    let mut products = products.into_iter();
    let with_product = |device: Option<Device>| {
        let product = device.as_ref().and_then(|_| products.next().flatten());
        Place { device, product }
    };
    Ok(devices.into_iter().map(with_product).collect())
}

/// What was placed earlier in the slice.
#[derive(Default)]
pub(super) struct Taken {
    keys: HashMap<[u8; 32], Vec<Binding>>,
    /// By [`Name::folded_sha256`](crate::name::Name::folded_sha256).
    subjects: HashMap<[u8; 32], Vec<Binding>>,
}

impl Taken {
    /// Settles one request; all that is wrong with it comes back at once.
    pub(super) fn place(
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

/// 11404.
pub(super) fn absent(device: &str) -> Refusal {
    let finding = Finding::error("enos.device", PAGE, "device", device, "a known device");
    Refusal::of(
        Stage::World,
        Fault::new(FaultKind::DeviceAbsent, "", finding),
    )
}

/// A device of no product cannot be: whoever answered contradicts itself.
fn no_product(device: &Device) -> Refusal {
    let finding = Finding::error(
        "enos.product",
        PAGE,
        "productKey",
        format!("{:?}, which is no product", device.product_key),
        "the product of a known device",
    );
    let kind = FaultKind::Internal(Service::Product);
    Refusal::of(Stage::World, Fault::new(kind, "", finding))
}

fn not_bidirectional(device: &Device) -> Fault {
    let finding = Finding::error(
        "enos.bidirectional",
        PAGE,
        "productKey",
        format!("{:?} without it", device.product_key),
        "a product with bi-directional authentication",
    );
    Fault::new(FaultKind::NotBidirectional, "", finding)
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

#[cfg(test)]
mod tests;
