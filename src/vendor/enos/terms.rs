//! What certificates are issued under: the moment, the profile, the roots, and the rules for `validDay`.

use std::sync::Arc;

use crate::cert::TbsCertificate;
use crate::general_name::UniformResourceIdentifier;
use crate::issuer::IssuerName;
use crate::lint::Finding;
use crate::order::Order;
use crate::profile::Profile;
use crate::request::VerifiedRequest;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, UnixSeconds, Validity};
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::config::{DefaultOverMaximum, Enos};
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal};
use crate::vendor::enos::world::Product;

/// What certificates are issued under: the moment, the profile, and the roots.
#[derive(Clone, Debug)]
pub struct Terms {
    now: UnixSeconds,
    not_before: UnixSeconds,
    profile: Arc<Profile>,
    default_over_maximum: DefaultOverMaximum,
    rsa: Option<Root>,
    ecc: Option<Root>,
}

/// A root as certificates name it.
#[derive(Clone, Debug)]
struct Root {
    issuer: IssuerName,
    crl_url: UniformResourceIdentifier,
}

impl Terms {
    /// Terms without a root yet. `now` becomes notBefore: the vendor dates nothing back.
    #[must_use]
    pub fn new(now: UnixSeconds, profile: Arc<Profile>) -> Self {
        Self {
            now,
            not_before: now,
            profile,
            default_over_maximum: DefaultOverMaximum::default(),
            rsa: None,
            ecc: None,
        }
    }

    /// With another notBefore than now; what is valid and what is over is still judged by now.
    #[must_use]
    pub fn with_not_before(mut self, not_before: UnixSeconds) -> Self {
        self.not_before = not_before;
        self
    }

    /// With the roots of the authorities that have one, and what else the settings say.
    #[must_use]
    pub fn with_settings(
        self,
        settings: &Enos,
        rsa: Option<IssuerName>,
        ecc: Option<IssuerName>,
    ) -> Self {
        let mut terms = self.with_default_over_maximum(settings.config().default_over_maximum);
        for (authority, issuer) in [(Authority::Rsa, rsa), (Authority::Ecc, ecc)] {
            if let Some(issuer) = issuer {
                let crl_url = settings.crl_url(authority).clone();
                terms = terms.with_root(authority, issuer, crl_url);
            }
        }
        terms
    }

    /// With the root of one authority, and the address of its CRL as certificates carry it.
    #[must_use]
    pub fn with_root(
        mut self,
        authority: Authority,
        issuer: IssuerName,
        crl_url: UniformResourceIdentifier,
    ) -> Self {
        let root = Some(Root { issuer, crl_url });
        match authority {
            Authority::Rsa => self.rsa = root,
            Authority::Ecc => self.ecc = root,
        }
        self
    }

    /// With a reading of the default that exceeds a product's maximum.
    #[must_use]
    pub fn with_default_over_maximum(mut self, reading: DefaultOverMaximum) -> Self {
        self.default_over_maximum = reading;
        self
    }

    /// The moment of issue.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        self.now
    }

    /// The shape of the certificates.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The root that issues for an authority.
    #[must_use]
    pub fn issuer(&self, authority: Authority) -> Option<&IssuerName> {
        self.root(authority).map(|root| &root.issuer)
    }

    fn root(&self, authority: Authority) -> Option<&Root> {
        match authority {
            Authority::Rsa => self.rsa.as_ref(),
            Authority::Ecc => self.ecc.as_ref(),
        }
    }

    /// `validDay`, or the default, within the product's maximum.
    pub(super) fn lifetime(&self, days: Option<u32>, product: &Product) -> Result<Lifetime, Fault> {
        let given = days.and_then(|days| Lifetime::from_days(days).ok());
        let asked = given.unwrap_or_else(|| self.profile.default_lifetime());
        let clamps = given.is_none() && self.default_over_maximum == DefaultOverMaximum::Clamp;
        match Lifetime::from_days(product.maximum_days) {
            Ok(maximum) if asked <= maximum => Ok(asked),
            Ok(maximum) if clamps => Ok(maximum),
            _ => {
                let finding = Finding::error(
                    "enos.valid-day",
                    PAGE,
                    "validDay",
                    match given {
                        Some(_) => format!("{} days", asked.whole_days()),
                        None => format!("{} days, the default", asked.whole_days()),
                    },
                    format!("at most {} days", product.maximum_days),
                );
                Err(Fault::new(FaultKind::ValidityOverMaximum, "", finding))
            }
        }
    }

    /// From now on, no longer than the root: its last second is the last that can be.
    fn validity(&self, lifetime: Lifetime, root: &Root) -> Result<Validity, Fault> {
        let root_end = root.issuer.validity().map(Validity::not_after);
        let last = root_end.unwrap_or(UnixSeconds::MAX);
        let not_after = self
            .not_before
            .plus(lifetime)
            .map_or(last, |end| end.min(last));
        Validity::new(self.not_before, not_after).map_err(|_| {
            let finding = Finding::error(
                "enos.root-expired",
                PAGE,
                "notAfter",
                format!("a root that ended at {last}"),
                format!("a root that is valid at {}", self.not_before),
            );
            ca_fault("the root certificate has expired", finding)
        })
    }

    /// The order for a request, once its lifetime is settled.
    pub(super) fn order(
        &self,
        request: &VerifiedRequest,
        authority: Authority,
        lifetime: Lifetime,
    ) -> Result<Order, Fault> {
        let root = self.root(authority).ok_or_else(|| {
            let finding = Finding::error(
                "enos.root-absent",
                PAGE,
                "issueAuthority",
                format!("no {authority} root"),
                format!("an {authority} root"),
            );
            ca_fault("the authority has no root certificate", finding)
        })?;
        let validity = self.validity(lifetime, root)?;
        let order = Order::from_request(request, Arc::clone(&self.profile), validity);
        Ok(order.with_crl_url(root.crl_url.clone()))
    }
}

impl Terms {
    /// The order that a `TBSCertificate` from elsewhere would come of; nothing where the authority has no root.
    pub(super) fn order_again(&self, tbs: &TbsCertificate, authority: Authority) -> Option<Order> {
        let root = self.root(authority)?;
        Some(Order {
            public_key: tbs.public_key().clone(),
            subject: tbs.subject().clone(),
            subject_alt_names: Vec::new(),
            validity: tbs.validity(),
            profile: Arc::clone(&self.profile),
            crl_url: Some(root.crl_url.clone()),
        })
    }
}

/// `certSn` is an Integer for the vendor's clients: a number past 2^31 - 1 is one that they cannot send back.
///
/// # Errors
/// A [`Refusal`] of the profile stage.
pub fn check_serial(serial: &SerialNumber) -> Result<(), Refusal> {
    let fits = serial.to_u64().is_some_and(|number| number <= MAX_SERIAL);
    if fits {
        return Ok(());
    }
    let finding = Finding::error(
        "enos.serial",
        PAGE,
        "serialNumber",
        serial.to_string(),
        format!("at most {MAX_SERIAL}, the largest Integer of the vendor's clients"),
    );
    let fault = ca_fault("the serial number is too large", finding);
    Err(Refusal::of(Stage::Profile, fault))
}

/// What issuing comes to when the serial number that was asked for is another certificate's.
#[must_use]
pub fn serial_taken(serial: &SerialNumber) -> Refusal {
    let finding = Finding::error(
        "enos.serial-taken",
        "RFC 5280 §4.1.2.2",
        "serialNumber",
        serial.to_string(),
        "a number that no certificate of the authority has",
    );
    Refusal::of(
        Stage::World,
        ca_fault("the serial number is taken", finding),
    )
}

fn ca_fault(message: &str, finding: Finding) -> Fault {
    Fault::new(FaultKind::CaCall, message, finding)
}

/// 2^31 - 1.
const MAX_SERIAL: u64 = 0x7FFF_FFFF;
