//! Moduli of slices that were looked at before, so that a prime shared across slices is found too.
//!
//! What is kept and what it costs to compare with is bounded: the oldest moduli go when newer ones need their place.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;

use crate::key::public::{KeyIdentifier, PublicKey};
use crate::key::weak::limbs::{OddModulus, product};

/// The RSA moduli of earlier slices of a job, the latest of them: [`Seen::MAX_RSA_2048`] of 2,048 bits, and as many
/// fewer as they are longer.
///
/// Keys other than RSA leave no trace, and comparing them costs nothing.
#[derive(Default)]
pub struct Seen {
    blocks: VecDeque<Block>,
    /// The same moduli, so that none is kept twice.
    moduli: HashSet<Arc<[u64]>>,
    limbs: usize,
    forgotten: u64,
}

/// Some moduli and what they multiply to: a modulus is compared with all of them at once.
struct Block {
    moduli: Vec<(Arc<[u64]>, KeyIdentifier)>,
    whole: Vec<u64>,
}

impl Seen {
    /// How many moduli of 2,048 bits are remembered at the least.
    pub const MAX_RSA_2048: usize = 2048;

    /// How many moduli had to go: those that come now are not compared with them.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// For each modulus, the first remembered key with another one that has a prime in common.
    pub(super) fn partners(&self, moduli: &[Option<OddModulus>]) -> Vec<Option<KeyIdentifier>> {
        let partner = |modulus: &Option<OddModulus>| self.partner(modulus.as_ref()?);
        moduli.par_iter().map(partner).collect()
    }

    fn partner(&self, modulus: &OddModulus) -> Option<KeyIdentifier> {
        if self.blocks.is_empty() {
            return None;
        }
        let mut all = modulus.fold(&[1]);
        for block in &self.blocks {
            all = modulus.multiply(&all, &modulus.fold(&block.whole));
        }
        if !modulus.shares_factor(&all) {
            return None;
        }
        // This far come those with a partner, and those that stand among the remembered themselves.
        let shares = |number: &[u64]| modulus.shares_factor(&modulus.fold(number));
        let suspects = self.blocks.iter().filter(|block| shares(&block.whole));
        suspects
            .flat_map(|block| &block.moduli)
            .find(|(other, _)| **other != *modulus.limbs() && shares(other))
            .map(|(_, key)| *key)
    }

    /// Remembers the keys that have a modulus; a modulus that is known already stays where it is.
    pub(super) fn remember(&mut self, keys: &[&PublicKey], moduli: &[Option<OddModulus>]) {
        for (key, modulus) in keys.iter().zip(moduli) {
            let Some(modulus) = modulus else { continue };
            let modulus: Arc<[u64]> = modulus.limbs().into();
            if self.moduli.insert(Arc::clone(&modulus)) {
                self.limbs += modulus.len();
                self.append(modulus, key.key_identifier());
            }
        }
        while self.limbs > MAX_LIMBS
            && let Some(oldest) = self.blocks.pop_front()
        {
            self.forget(&oldest);
        }
    }

    fn append(&mut self, modulus: Arc<[u64]>, key: KeyIdentifier) {
        match self.blocks.back_mut() {
            Some(block) if block.moduli.len() < BLOCK => {
                block.whole = product(&block.whole, &modulus);
                block.moduli.push((modulus, key));
            }
            _ => self.blocks.push_back(Block {
                whole: modulus.to_vec(),
                moduli: vec![(modulus, key)],
            }),
        }
    }

    fn forget(&mut self, block: &Block) {
        for (modulus, _) in &block.moduli {
            self.moduli.remove(modulus);
            self.limbs -= modulus.len();
            self.forgotten += 1;
        }
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("moduli", &self.moduli.len())
            .field("forgotten", &self.forgotten)
            .finish_non_exhaustive()
    }
}

/// Moduli a block.
const BLOCK: usize = 32;

/// A block more than is promised, since a whole block goes at a time.
const MAX_LIMBS: usize = (Seen::MAX_RSA_2048 + BLOCK) * 2048 / 64;
