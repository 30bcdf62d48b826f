//! Factors that a modulus has in common with others: with the small primes, and with the moduli beside it.
//!
//! A product of many moduli is folded once for each modulus, and one greatest common divisor answers for all of them.
//! Folding costs the square of the slice; product and remainder trees only pay with multiplication in quasi-linear time and
//! slices past thousands of keys.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::key::weak::limbs::{OddModulus, product};
use crate::key::weak::residues::{small_factor, small_primes_product};

/// What was found for one row.
#[derive(Clone, Copy, Default)]
pub(super) struct Verdict {
    /// The least small prime that divides the modulus.
    pub(super) small_factor: Option<u32>,
    /// The first row whose modulus is another one and has a prime in common.
    pub(super) other: Option<usize>,
}

/// A modulus that was not seen before, and the row where it stood.
struct Unique<'a> {
    row: usize,
    modulus: &'a OddModulus,
}

/// Some moduli in a row and what they multiply to.
struct Block {
    /// The product of those that stand before each one.
    before: Vec<Vec<u64>>,
    whole: Vec<u64>,
}

/// One verdict a row; rows without a modulus have nothing in common with any.
pub(super) fn partners(moduli: &[Option<OddModulus>]) -> Vec<Verdict> {
    let (uniques, place_of_row) = uniques(moduli);
    let blocks: Vec<Block> = uniques.par_chunks(BLOCK).map(block).collect();
    let suspects: Vec<Suspicion> = (0..uniques.len())
        .into_par_iter()
        .map(|place| suspicion(&uniques, &blocks, place))
        .collect();
    // Only the later key of a pair is told by those before it; the earlier ones are asked when there is any.
    let any = suspects.iter().any(|suspicion| suspicion.shared);
    let verdicts: Vec<Verdict> = suspects
        .par_iter()
        .enumerate()
        .map(|(place, suspicion)| Verdict {
            small_factor: suspicion.small_factor,
            other: if any {
                other(&uniques, &blocks, place)
            } else {
                None
            },
        })
        .collect();
    place_of_row
        .into_iter()
        .map(|place| {
            place
                .and_then(|place| verdicts.get(place))
                .copied()
                .unwrap_or_default()
        })
        .collect()
}

fn uniques(moduli: &[Option<OddModulus>]) -> (Vec<Unique<'_>>, Vec<Option<usize>>) {
    let mut uniques: Vec<Unique<'_>> = Vec::new();
    let mut places: HashMap<&[u64], usize> = HashMap::new();
    let place_of_row = moduli
        .iter()
        .enumerate()
        .map(|(row, modulus)| {
            let modulus = modulus.as_ref()?;
            let place = *places.entry(modulus.limbs()).or_insert_with(|| {
                uniques.push(Unique { row, modulus });
                uniques.len() - 1
            });
            Some(place)
        })
        .collect();
    (uniques, place_of_row)
}

fn block(uniques: &[Unique<'_>]) -> Block {
    let mut before = Vec::with_capacity(uniques.len());
    let mut whole = vec![1];
    for unique in uniques {
        let next = product(&whole, unique.modulus.limbs());
        before.push(std::mem::replace(&mut whole, next));
    }
    Block { before, whole }
}

#[derive(Clone, Copy)]
struct Suspicion {
    small_factor: Option<u32>,
    shared: bool,
}

/// Asks with one common divisor whether there is a small factor or one shared with a modulus that stands before.
fn suspicion(uniques: &[Unique<'_>], blocks: &[Block], place: usize) -> Suspicion {
    let clean = Suspicion {
        small_factor: None,
        shared: false,
    };
    let Some(Unique { modulus, .. }) = uniques.get(place) else {
        return clean;
    };
    let own = blocks.get(place / BLOCK);
    let beside = own.and_then(|block| block.before.get(place % BLOCK));
    let earlier = blocks.iter().take(place / BLOCK).map(|block| &block.whole);
    let mut all = modulus.fold(&[1]);
    for factors in beside.into_iter().chain(earlier) {
        all = modulus.multiply(&all, &modulus.fold(factors));
    }
    let small = modulus.fold(small_primes_product());
    if !modulus.shares_factor(&modulus.multiply(&all, &small)) {
        return clean;
    }
    Suspicion {
        small_factor: small_factor(modulus.limbs()),
        shared: modulus.shares_factor(&all),
    }
}

/// The row of the first other modulus with a factor in common: the block is found first, then the modulus in it, so that
/// a slice made to share factors everywhere costs some hundred common divisors a key and not one a pair.
fn other(uniques: &[Unique<'_>], blocks: &[Block], place: usize) -> Option<usize> {
    let modulus = uniques.get(place)?.modulus;
    let own = place / BLOCK;
    let beside = |number: usize| {
        uniques
            .iter()
            .enumerate()
            .skip(number * BLOCK)
            .take(BLOCK)
            .filter(move |(candidate, _)| *candidate != place)
    };
    let mut all = modulus.fold(&[1]);
    for (number, block) in blocks.iter().enumerate() {
        if number != own {
            all = modulus.multiply(&all, &modulus.fold(&block.whole));
        }
    }
    for (_, unique) in beside(own) {
        all = modulus.multiply(&all, &modulus.fold(unique.modulus.limbs()));
    }
    if !modulus.shares_factor(&all) {
        return None;
    }
    blocks
        .iter()
        .enumerate()
        .filter(|(number, block)| {
            *number == own || modulus.shares_factor(&modulus.fold(&block.whole))
        })
        .flat_map(|(number, _)| beside(number))
        .find(|(_, unique)| modulus.shares_factor(&modulus.fold(unique.modulus.limbs())))
        .map(|(_, unique)| unique.row)
}

/// Moduli a block: long enough that the multiplication between blocks is small beside the folding.
const BLOCK: usize = 32;
