//! What a station uses now and will use next, and which partners that touches.
//!
//! The vendor's page describes the view and publishes neither its JSON nor how a certificate comes to be next. It is
//! read so: the first certificate of a station is its current one; one that is made while another is current is
//! scheduled as next; when the current one ends, expired or revoked, the next takes its place once it has begun. A
//! station uses the same towards all its partners: one certificate that signs and encrypts, or one for each.

use serde::{Deserialize, Serialize};

use crate::time::UnixSeconds;
use crate::vendor::as2expert::world::{Held, Partner};
use crate::vendor::rollover::{Function, Purpose, Slot, Slots, Used};

/// What a station uses for each function.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "kept by those who keep certificates"
)]
pub struct StationUsage {
    /// What it signs with.
    #[serde(default)]
    pub signing: FunctionUsage,
    /// What others encrypt to.
    #[serde(default)]
    pub encryption: FunctionUsage,
    /// The highest id that has its place here. A later certificate was recorded by someone who did not come to say so;
    /// it finds its place when this is settled.
    #[serde(default)]
    pub placed: i64,
}

/// What a station uses for one function: certificates by their ids.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "kept by those who keep certificates"
)]
pub struct FunctionUsage {
    /// In use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<i64>,
    /// To be used next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// The lifecycle of one certificate, as the detail shows it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Lifecycle {
    current_count: usize,
    next_count: usize,
    current: Vec<Use>,
    next: Vec<Use>,
    partners_affected: Vec<Use>,
}

/// That a station uses a certificate towards a partner.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Use {
    partner_id: i64,
    partner_name: String,
    station_id: i64,
}

impl StationUsage {
    /// What it has come to by a moment, given the station's certificates: those made since have their place, what has
    /// ended, or is not there, is not used, and what has not begun is not used yet.
    #[must_use]
    pub fn settled(self, held: &[Held], now: UnixSeconds) -> Self {
        let settle = |usage: Self| usage.map(|_, usage| usage.settled(held, now));
        let mut new: Vec<_> = held.iter().filter(|one| self.placed < one.id).collect();
        new.sort_by_key(|one| one.id);
        let place = |usage: Self, one: &Held| {
            let purpose = Purpose::of(one.certificate.tbs());
            let with = if is_left(one, now) {
                settle(usage).with_new(one.id, purpose)
            } else {
                usage
            };
            Self {
                placed: one.id,
                ..with
            }
        };
        settle(new.into_iter().fold(self, place))
    }

    fn with_new(self, id: i64, purpose: Purpose) -> Self {
        self.map(|function, usage| {
            if function.is_of(purpose) {
                usage.with_new(id)
            } else {
                usage
            }
        })
    }

    /// After the rollover: what was next is current.
    #[must_use]
    pub fn rolled_over(self) -> Self {
        self.map(|_, usage| usage.rolled_over())
    }

    /// The certificates themselves.
    #[must_use]
    pub fn slots(self, held: &[Held]) -> Slots {
        let used = |id: Option<i64>| {
            let held = held.iter().find(|held| Some(held.id) == id)?;
            Some(Used::while_valid(held.id, held.certificate.clone()))
        };
        let slot = |usage: FunctionUsage| Slot {
            current: used(usage.current),
            next: used(usage.next),
        };
        Slots {
            encryption: slot(self.encryption),
            signing: slot(self.signing),
        }
    }

    fn map(self, each: impl Fn(Function, FunctionUsage) -> FunctionUsage) -> Self {
        let Self {
            signing,
            encryption,
            placed,
        } = self;
        Self {
            signing: each(Function::Signing, signing),
            encryption: each(Function::Encryption, encryption),
            placed,
        }
    }
}

impl FunctionUsage {
    fn settled(self, held: &[Held], now: UnixSeconds) -> Self {
        let good = |id: &i64| {
            let held = held.iter().find(|held| held.id == *id);
            held.is_some_and(|held| is_left(held, now))
        };
        let begun = |id: &i64| {
            let held = held.iter().find(|held| held.id == *id);
            held.is_some_and(|held| held.certificate.validity().not_before() <= now)
        };
        let next = self.next.filter(good);
        match self.current.filter(good) {
            Some(current) => Self {
                current: Some(current),
                next,
            },
            None => Self {
                current: next.filter(begun),
                next: next.filter(|id| !begun(id)),
            },
        }
    }

    fn with_new(self, id: i64) -> Self {
        match self.current {
            None => Self {
                current: Some(id),
                next: self.next,
            },
            Some(current) => Self {
                current: Some(current),
                next: Some(id),
            },
        }
    }

    fn rolled_over(self) -> Self {
        match self.next {
            None => self,
            Some(next) => Self {
                current: Some(next),
                next: None,
            },
        }
    }
}

fn is_left(held: &Held, now: UnixSeconds) -> bool {
    !held.ended && now <= held.certificate.validity().not_after()
}

impl Lifecycle {
    /// The lifecycle of a certificate of a station that uses what is settled, towards these partners.
    #[must_use]
    pub fn of(id: i64, usage: StationUsage, partners: &[Partner]) -> Self {
        let StationUsage {
            signing,
            encryption,
            placed: _,
        } = usage;
        let uses = |used: [Option<i64>; 2]| -> Vec<Use> {
            let used = used.contains(&Some(id));
            let partners = partners.iter().filter(|_| used);
            partners.map(Use::of).collect()
        };
        let (current, next) = (
            uses([signing.current, encryption.current]),
            uses([signing.next, encryption.next]),
        );
        let mut affected = current.clone();
        affected.extend(
            next.iter()
                .filter(|other| !current.contains(other))
                .cloned(),
        );
        Self {
            current_count: current.len(),
            next_count: next.len(),
            current,
            next,
            partners_affected: affected,
        }
    }

    /// Where it is in use.
    #[must_use]
    pub fn current(&self) -> &[Use] {
        &self.current
    }

    /// Where it will be used next.
    #[must_use]
    pub fn next(&self) -> &[Use] {
        &self.next
    }

    /// Whom a rollover would touch.
    #[must_use]
    pub fn partners_affected(&self) -> &[Use] {
        &self.partners_affected
    }
}

impl Use {
    fn of(partner: &Partner) -> Self {
        Self {
            partner_id: partner.id,
            partner_name: partner.name.clone(),
            station_id: partner.station_id,
        }
    }

    /// The partner.
    #[must_use]
    pub fn partner_id(&self) -> i64 {
        self.partner_id
    }

    /// Its name.
    #[must_use]
    pub fn partner_name(&self) -> &str {
        &self.partner_name
    }

    /// The station.
    #[must_use]
    pub fn station_id(&self) -> i64 {
        self.station_id
    }
}

#[cfg(test)]
mod tests;
