//! Numbers in lanes: radix 2^52, ten limbs to a block, so that one kernel with a fixed block serves every width.

use zeroize::Zeroize;

use super::simd::{LANES, LIMB_BITS, Limb, MASK};

/// Limbs of a block.
pub(crate) const LIMBS: usize = 10;

/// Bits of a block.
pub(crate) const BLOCK_BITS: usize = LIMBS * LIMB_BITS;

/// Ten limbs of eight numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Block(pub(crate) [Limb; LIMBS]);

/// Eight numbers of `520·B` bits, one in each lane.
///
/// Normalised: each limb is below 2^52. 2 blocks hold 1024 bits, 3 hold 1536, 4 hold 2048, 6 hold 3072, 8 hold 4096.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Num<const B: usize>(pub(crate) [Block; B]);

impl<const B: usize> Zeroize for Num<B> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<const B: usize> Num<B> {
    /// Bits that a lane holds, and the exponent of the Montgomery radix.
    pub(crate) const BITS: usize = B * BLOCK_BITS;

    /// Zero in each lane.
    pub(crate) const ZERO: Self = Self([Block([Limb::splat(0); LIMBS]); B]);

    /// Limbs, the lowest first.
    pub(crate) fn limbs(&self) -> impl Iterator<Item = &Limb> {
        self.0.iter().flat_map(|block| &block.0)
    }

    /// Limbs, the lowest first.
    pub(crate) fn limbs_mut(&mut self) -> impl Iterator<Item = &mut Limb> {
        self.0.iter_mut().flat_map(|block| &mut block.0)
    }

    /// Writes a number of 64-bit words, the lowest first; words beyond the width must be zero.
    pub(crate) fn set_lane(&mut self, lane: usize, words: &[u64]) {
        debug_assert!(lane < LANES);
        for (j, limb) in self.limbs_mut().enumerate() {
            limb.0[lane] = window52(words, j * LIMB_BITS);
        }
    }

    /// Reads a lane, normalised, as 64-bit words, the lowest first; bits beyond `words` must be zero.
    pub(crate) fn lane(&self, lane: usize, words: &mut [u64]) {
        words.fill(0);
        for (j, limb) in self.limbs().enumerate() {
            let x = limb.0[lane];
            debug_assert!(x <= MASK, "limb {j} is not normalised");
            let (word, shift) = (j * LIMB_BITS / 64, j * LIMB_BITS % 64);
            if let Some(low) = words.get_mut(word) {
                *low |= x << shift;
            }
            if shift > 64 - LIMB_BITS
                && let Some(high) = words.get_mut(word + 1)
            {
                *high |= x >> (64 - shift);
            }
        }
    }
}

/// The 52 bits from bit `bit` on; words beyond the slice count as zero.
pub(crate) fn window52(words: &[u64], bit: usize) -> u64 {
    let (word, shift) = (bit / 64, bit % 64);
    let at = |i: usize| words.get(i).copied().unwrap_or(0);
    let mut x = at(word) >> shift;
    if shift > 64 - LIMB_BITS {
        x |= at(word + 1) << (64 - shift);
    }
    x & MASK
}
