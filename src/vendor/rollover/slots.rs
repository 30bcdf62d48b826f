//! What is in use and what comes next, and what a rollover makes of it.

use super::{
    Affected, Function, Hindrance, IfNext, Lane, Pair, Pairs, Purpose, Step, Used, overlap,
};
use crate::time::{UnixSeconds, Validity};

/// What is used for one function.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Slot {
    /// In use.
    pub current: Option<Used>,
    /// To be used when that ends.
    pub next: Option<Used>,
}

/// What is used for each function.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct Slots {
    /// For encryption.
    pub encryption: Slot,
    /// For signing.
    pub signing: Slot,
}

impl Slot {
    /// What candidates come to at a moment: of those whose use has begun and not ended the one that began first is in
    /// use until its end; of those that last longer the one that was made last is the next.
    #[must_use]
    pub fn among(candidates: &[Used], now: UnixSeconds) -> Self {
        let left = || candidates.iter().filter(|one| now <= one.end);
        let begun = left().filter(|one| one.begin <= now);
        let current = begun.min_by_key(|one| (one.begin, one.id));
        let outlasts = |one: &&Used| current.is_none_or(|current| current.end < one.end);
        let next = left().filter(outlasts).max_by_key(|one| one.id);
        Self {
            current: current.cloned(),
            next: next.cloned(),
        }
    }

    /// The first and the last second in which both hold.
    #[must_use]
    pub fn overlap(&self) -> Option<Validity> {
        overlap(self.current.as_ref()?, self.next.as_ref()?)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.current.is_none() && self.next.is_none()
    }
}

impl Slots {
    /// What candidates come to, each for the functions of its purpose.
    #[must_use]
    pub fn among(candidates: &[Used], now: UnixSeconds) -> Self {
        let slot = |function: Function| {
            let able = |one: &&Used| function.is_of(one.purpose);
            let able: Vec<_> = candidates.iter().filter(able).cloned().collect();
            Slot::among(&able, now)
        };
        Self {
            encryption: slot(Function::Encryption),
            signing: slot(Function::Signing),
        }
    }

    /// What is used for a function.
    #[must_use]
    pub fn of(&self, function: Function) -> &Slot {
        match function {
            Function::Encryption => &self.encryption,
            Function::Signing => &self.signing,
        }
    }

    /// One lane when both functions use the same, else one for each that uses anything.
    #[must_use]
    pub fn lanes(&self, partner: Option<&str>, partners: &[Affected]) -> Vec<Lane> {
        let lane = |purpose, slot: &Slot| Lane {
            partner: partner.map(ToOwned::to_owned),
            purpose,
            slot: slot.clone(),
            partners: partners.to_vec(),
        };
        if self.signing == self.encryption {
            let lane = lane(Purpose::Both, &self.signing);
            return Some(lane).into_iter().filter(Lane::is_used).collect();
        }
        let lanes = Function::ALL.map(|function| lane(function.into(), self.of(function)));
        lanes.into_iter().filter(Lane::is_used).collect()
    }

    /// What a rollover makes, in whose place.
    ///
    /// # Errors
    /// [`Hindrance::Apart`], [`Hindrance::NextExists`] and [`Hindrance::NoCurrent`].
    pub fn steps(&self, pairs: Pairs, if_next: IfNext) -> Result<Vec<Step>, Hindrance> {
        let step = |purpose: &Purpose| {
            let step = Step {
                purpose: *purpose,
                current: self.current(*purpose)?.clone(),
            };
            let functions = Function::ALL.into_iter();
            for function in functions.filter(|function| function.is_of(*purpose)) {
                if let (IfNext::Refuse, Some(next)) = (if_next, &self.of(function).next) {
                    return Err(Hindrance::NextExists {
                        function: function.as_str(),
                        id: next.id,
                        begin: next.begin,
                    });
                }
            }
            Ok(step)
        };
        pairs.purposes().iter().map(step).collect()
    }

    /// The pairs that a rollover made.
    ///
    /// # Errors
    /// [`Hindrance::Apart`], [`Hindrance::NoCurrent`] and [`Hindrance::NoNext`].
    pub fn pairs(&self, pairs: Pairs) -> Result<Vec<Pair>, Hindrance> {
        let pair = |purpose: &Purpose| {
            let current = self.current(*purpose)?.clone();
            let function = Function::ALL
                .into_iter()
                .find(|function| function.is_of(*purpose));
            let next = function.and_then(|function| self.of(function).next.clone());
            let next = next.filter(|next| next.purpose == *purpose);
            let next = next.ok_or(Hindrance::NoNext {
                purpose: purpose.as_str(),
            })?;
            Ok(Pair {
                purpose: *purpose,
                current,
                next,
            })
        };
        pairs.purposes().iter().map(pair).collect()
    }

    /// What is in use for a purpose; for both it must be the same.
    fn current(&self, purpose: Purpose) -> Result<&Used, Hindrance> {
        let current = |function: Function| {
            let current = self.of(function).current.as_ref();
            current.ok_or(Hindrance::NoCurrent {
                function: function.as_str(),
            })
        };
        match purpose {
            Purpose::Encryption => current(Function::Encryption),
            Purpose::Signing => current(Function::Signing),
            Purpose::Both => {
                let (signing, encryption) =
                    (current(Function::Signing)?, current(Function::Encryption)?);
                if signing.id == encryption.id {
                    return Ok(signing);
                }
                Err(Hindrance::Apart {
                    signing: signing.id,
                    encryption: encryption.id,
                })
            }
        }
    }
}
