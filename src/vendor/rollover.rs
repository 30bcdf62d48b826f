//! Rollover of self-signed certificates: which one is in use at a moment, which one comes next, and when.
//!
//! A certificate is used until its own last second. The next one begins some days before that, and in between both
//! hold, so that no partner must change over in the same second as its owner. What signs and what encrypts may be one
//! certificate or two; each of two has a rollover of its own.

use crate::cert::Certificate;
use crate::time::{Lifetime, UnixSeconds, Validity};

pub use crate::bundle::handover::Purpose;
pub use hindrance::Hindrance;
pub use slots::{Slot, Slots};

mod hindrance;
mod slots;

/// Days that two certificates overlap when nobody says otherwise.
pub const DEFAULT_OVERLAP_DAYS: u16 = 30;

/// What is done with a certificate.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "there is no third function")]
pub enum Function {
    /// Others encrypt to its owner.
    Encryption,
    /// Its owner signs.
    Signing,
}

/// Which certificates a rollover makes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum Pairs {
    /// One that signs and encrypts.
    #[default]
    Combined,
    /// One for this function; the other function's stays.
    Only(Function),
    /// One that signs and one that encrypts.
    Separate,
}

/// What to do when there is a next certificate already.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum IfNext {
    /// Make another, which becomes the next.
    MakeAnother,
    /// Make none.
    #[default]
    Refuse,
}

/// How long a certificate lasts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Lasting {
    /// Days of 86,400 seconds.
    Days(u32),
    /// Calendar years.
    Years(u16),
}

/// A certificate whose key its owner has, with the time of its use.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who keep certificates"
)]
pub struct Used {
    /// The vendor's number of it.
    pub id: i64,
    /// The certificate.
    pub certificate: Certificate,
    /// What it is for.
    pub purpose: Purpose,
    /// The first second of its use.
    pub begin: UnixSeconds,
    /// The last second of its use.
    pub end: UnixSeconds,
}

/// A certificate and the one that takes its place.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pair {
    /// What the next one is for.
    pub purpose: Purpose,
    /// In use.
    pub current: Used,
    /// To be used when that ends.
    pub next: Used,
}

/// A step of a rollover: what is to be made in whose place.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// What the new certificate is for.
    pub purpose: Purpose,
    /// The one in use.
    pub current: Used,
}

/// A partner whom a rollover touches.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Affected {
    /// The partner's number, where the vendor numbers partners.
    pub id: Option<i64>,
    /// The partner's name or AS2 id.
    pub name: String,
}

/// What one certificate or pair is used for, and towards whom.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Lane {
    /// The only partner it is for; `None` when it is for all.
    pub partner: Option<String>,
    /// What it does.
    pub purpose: Purpose,
    /// Now and next.
    pub slot: Slot,
    /// Whom a rollover touches.
    pub partners: Vec<Affected>,
}

/// What a Comm or a station uses now and next.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by each vendor")]
pub struct Succession {
    /// The vendor's number of the Comm or station.
    pub owner_id: i64,
    /// Its name as partners know it.
    pub owner: String,
    /// Signing before encryption, for all partners before those for one.
    pub lanes: Vec<Lane>,
}

/// What was made for a rollover, or had been made before.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by each vendor")]
pub struct Rollover {
    /// The vendor's number of the Comm or station.
    pub owner_id: i64,
    /// Its name as partners know it.
    pub owner: String,
    /// The partner that it is for, where it is for one.
    pub partner: Option<String>,
    /// The certificates.
    pub pairs: Vec<Pair>,
    /// Whom it touches.
    pub partners: Vec<Affected>,
}

impl Function {
    /// Both, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Signing, Self::Encryption];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Purpose::from(self).as_str()
    }

    /// Whether a certificate of this purpose does it.
    #[must_use]
    pub fn is_of(self, purpose: Purpose) -> bool {
        purpose == Purpose::Both || purpose == self.into()
    }
}

impl From<Function> for Purpose {
    fn from(function: Function) -> Self {
        match function {
            Function::Encryption => Self::Encryption,
            Function::Signing => Self::Signing,
        }
    }
}

impl Pairs {
    /// The purposes of the certificates that are made.
    #[must_use]
    pub fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Combined => &[Purpose::Both],
            Self::Only(Function::Encryption) => &[Purpose::Encryption],
            Self::Only(Function::Signing) => &[Purpose::Signing],
            Self::Separate => &[Purpose::Signing, Purpose::Encryption],
        }
    }
}

impl Used {
    /// A certificate that is used as long as it is valid.
    #[must_use]
    pub fn while_valid(id: i64, certificate: Certificate) -> Self {
        let validity = certificate.validity();
        Self {
            id,
            purpose: Purpose::of(certificate.tbs()),
            certificate,
            begin: validity.not_before(),
            end: validity.not_after(),
        }
    }
}

impl Pair {
    /// The first and the last second in which both hold.
    #[must_use]
    pub fn overlap(&self) -> Option<Validity> {
        overlap(&self.current, &self.next)
    }
}

fn overlap(current: &Used, next: &Used) -> Option<Validity> {
    Validity::new(next.begin, current.end).ok()
}

impl Lane {
    fn is_used(&self) -> bool {
        !self.slot.is_empty()
    }
}

/// The first second of a certificate that takes the place of one that is used until `end`: so many days of 86,400
/// seconds before, or now when that is past.
#[must_use]
pub fn begin(end: UnixSeconds, overlap_days: u32, now: UnixSeconds) -> UnixSeconds {
    let overlap = Lifetime::from_days(overlap_days).map_or(0, Lifetime::seconds);
    let begin = end.seconds().saturating_sub(overlap);
    UnixSeconds::new(begin).map_or(now, |begin| begin.max(now))
}

/// The validity of a certificate that takes the place of one that is in use; it must last longer.
///
/// # Errors
/// [`Hindrance::Lifetime`] and [`Hindrance::TooShort`].
pub fn validity(
    current: &Used,
    overlap_days: u16,
    lasting: Lasting,
    now: UnixSeconds,
) -> Result<Validity, Hindrance> {
    let begin = begin(current.end, overlap_days.into(), now);
    let (end, found) = match lasting {
        Lasting::Days(days) => {
            let end = Lifetime::from_days(days).and_then(|days| begin.plus(days));
            (end, format!("{days} days"))
        }
        Lasting::Years(years) => (begin.plus_years(years), format!("{years} years")),
    };
    let validity = end.and_then(|end| Validity::new(begin, end)).ok();
    let validity = validity.filter(|validity| validity.not_after() > begin);
    let validity = validity.ok_or(Hindrance::Lifetime { found, begin })?;
    if validity.not_after() <= current.end {
        return Err(Hindrance::TooShort {
            end: validity.not_after(),
            current_end: current.end,
        });
    }
    Ok(validity)
}

#[cfg(test)]
mod tests;
