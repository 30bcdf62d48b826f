//! The profile stage: what a checked request comes to, given the moment, the CAs and the profile.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::issuer::IssuerName;
use crate::key::{KeyPair, PublicKey};
use crate::lint::Finding;
use crate::name::Name;
use crate::oid;
use crate::order::Order;
use crate::request::VerifiedRequest;
use crate::time::{UnixSeconds, Validity};
use crate::vendor::Stage;
use crate::vendor::emca::Form;
use crate::vendor::emca::check::{Checked, Common};
use crate::vendor::emca::config::PastCa;
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE, Refusal};
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::sibling::pkcs12::CheckedPkcs12;
use crate::vendor::emca::subject;
use crate::vendor::emca::wire::Transaction;

/// What certificates are issued under: the moment, and the CAs by the names that profiles have for them.
#[derive(Clone, Debug)]
pub struct Terms {
    now: UnixSeconds,
    issuers: BTreeMap<Option<String>, IssuerName>,
}

/// A certificate that may be issued, and to whom.
#[derive(Clone, Debug)]
pub struct Placed {
    order: Order,
    transaction: Transaction,
    subscriber_id: String,
    form: Form,
    profile: Arc<EmcaProfile>,
    waits: bool,
    request: Option<VerifiedRequest>,
}

impl Terms {
    /// Terms without a CA yet.
    #[must_use]
    pub fn new(now: UnixSeconds) -> Self {
        Self {
            now,
            issuers: BTreeMap::new(),
        }
    }

    /// With the CA of this name; `None` for the profiles that name none.
    #[must_use]
    pub fn with_issuer(mut self, ca: Option<&str>, issuer: IssuerName) -> Self {
        self.issuers.insert(ca.map(str::to_owned), issuer);
        self
    }

    /// The moment of issue, and notBefore without `validFrom`.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        self.now
    }

    /// The CA that a profile names.
    #[must_use]
    pub fn issuer(&self, ca: Option<&str>) -> Option<&IssuerName> {
        self.issuers.get(&ca.map(str::to_owned))
    }

    fn validity(&self, common: &Common, key: &PublicKey) -> Result<Validity, Fault> {
        let profile = &common.profile;
        let start = common.not_before.unwrap_or(self.now);
        // The profile manual: without "Support Customize Validity" the field does not count.
        let asked = common
            .lifetime
            .filter(|_| profile.config().customise_validity);
        let asked_for = profile.shape(key).validity(start, asked);
        let validity = asked_for.map_err(|finding| Fault::new(FaultKind::Validity, finding))?;
        let issuer = self
            .issuer(profile.ca())
            .ok_or_else(|| no_issuer(profile))?;
        let Some(own) = issuer.validity() else {
            return Ok(validity);
        };
        if validity.not_after() <= own.not_after() {
            return Ok(validity);
        }
        let clamped = match profile.past_ca() {
            PastCa::Clamp => Validity::new(start, own.not_after()).ok(),
            PastCa::Refuse => None,
        };
        clamped.ok_or_else(|| {
            let finding = Finding::error(
                "emca.past-ca",
                "emCA, certificate profile",
                "validity",
                format!("{start} to {}", validity.not_after()),
                format!("at most {}, when the CA ends", own.not_after()),
            );
            Fault::new(FaultKind::Validity, finding)
        })
    }
}

/// Places a request.
///
/// # Errors
/// A [`Refusal`] of the profile stage. What else the profile does not allow, [`IssuerName::prepare`] finds
/// ([`Refusal::from_findings`]).
pub fn order(checked: Checked, terms: &Terms) -> Result<Placed, Refusal> {
    let Checked {
        transaction,
        form,
        common,
        request,
        subject,
        subject_alt_names,
    } = checked;
    let mut faults = Vec::new();
    let subject = match &subject {
        Some(parts) => subject::name(&common.profile, parts),
        None => Ok(request.subject().clone()),
    };
    let subject = settled(subject, &common.profile, &mut faults);
    let validity = terms.validity(&common, request.public_key());
    let validity = error::kept(validity, &mut faults);
    let (Some(subject), Some(validity), true) = (subject, validity, faults.is_empty()) else {
        return Err(error::refused(Stage::Profile, faults).of_call(common.method));
    };
    let shape = Arc::clone(common.profile.shape(request.public_key()));
    let order = Order::from_request(&request, shape, validity)
        .with_subject(subject)
        .with_subject_alt_names(subject_alt_names);
    Ok(Placed::of(order, transaction, common, form, Some(request)))
}

/// Places a call for a PFX, once its key pair is generated ([`CheckedPkcs12::key_algorithm`]).
///
/// # Errors
/// As [`order`].
pub fn order_pkcs12(
    checked: &CheckedPkcs12,
    key: &KeyPair,
    terms: &Terms,
) -> Result<Placed, Refusal> {
    let common = checked.common.clone();
    let mut faults = Vec::new();
    let subject = subject::name(&common.profile, &checked.subject);
    let subject = settled(subject, &common.profile, &mut faults);
    let validity = terms.validity(&common, key.public_key());
    let validity = error::kept(validity, &mut faults);
    let (Some(subject), Some(validity), true) = (subject, validity, faults.is_empty()) else {
        return Err(error::refused(Stage::Profile, faults).of_call(common.method));
    };
    let shape = Arc::clone(common.profile.shape(key.public_key()));
    let order = Order::for_key(key, subject, shape, validity)
        .with_subject_alt_names(checked.subject_alt_names.clone());
    let transaction = checked.transaction.clone();
    Ok(Placed::of(order, transaction, common, Form::P12, None))
}

fn settled(
    subject: Result<Name, Vec<Fault>>,
    profile: &EmcaProfile,
    faults: &mut Vec<Fault>,
) -> Option<Name> {
    let subject = subject.map_err(|more| faults.extend(more)).ok();
    if let Some(subject) = &subject {
        faults.extend(subject::faults(profile, subject));
    }
    subject
}

impl Placed {
    fn of(
        order: Order,
        transaction: Transaction,
        common: Common,
        form: Form,
        request: Option<VerifiedRequest>,
    ) -> Self {
        Self {
            order,
            transaction,
            subscriber_id: common.subscriber_id,
            form,
            waits: common.waits,
            profile: common.profile,
            request,
        }
    }

    /// What to issue.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// User and `applicationId`.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// `subscriberId`, which the reply echoes.
    #[must_use]
    pub fn subscriber_id(&self) -> &str {
        &self.subscriber_id
    }

    /// What `result` is to hold, now and whenever it is asked for again.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The profile, which names the CA that issues.
    #[must_use]
    pub fn profile(&self) -> &EmcaProfile {
        &self.profile
    }

    /// The request that asks for it; none when the key pair was made here.
    #[must_use]
    pub fn request(&self) -> Option<&VerifiedRequest> {
        self.request.as_ref()
    }

    /// Whether somebody must release it first ("Is Manual Authorization Enabled").
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// The name of the key in a PFX: the subject's common name.
    #[must_use]
    pub fn alias(&self) -> String {
        let name = self.order.subject().first(oid::COMMON_NAME);
        let name = name.and_then(|name| name.value().text().map(|text| text.trim().to_owned()));
        name.unwrap_or_default()
    }

    /// Whom it is bound to, as the ledger names it: `userName/subscriberId`.
    #[must_use]
    pub fn holder(&self) -> String {
        self.transaction.holder(&self.subscriber_id)
    }
}

fn no_issuer(profile: &EmcaProfile) -> Fault {
    let finding = Finding::error(
        "emca.ca-absent",
        PAGE,
        "profileID",
        format!("profile {:?} without its CA", profile.id()),
        "a CA that issues",
    );
    Fault::new(FaultKind::Internal, finding)
}

#[cfg(test)]
mod tests;
