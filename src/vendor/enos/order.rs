//! The world stage: what an application comes to, given the devices, what was issued, and the roots.

use crate::lint::Finding;
use crate::order::Order;
use crate::request::VerifiedRequest;
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check::{CheckedAddressee, CheckedApply};
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal, Service};
use crate::vendor::enos::terms::Terms;
use crate::vendor::enos::world::{Binding, Device, Product, World, WorldError};

pub use taken::conflicts;

pub(super) use taken::Taken;

mod taken;

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

#[cfg(test)]
mod tests;
