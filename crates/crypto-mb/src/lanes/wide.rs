//! Products before they are reduced.

use zeroize::Zeroize;

use super::num::{Block, Num};

/// Eight numbers of `2·B` blocks. Columns may be above 2^52 until they are carried.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Wide<const B: usize>([[Block; 2]; B]);

impl<const B: usize> Wide<B> {
    /// Zero in each lane.
    pub(crate) const ZERO: Self = Self([[Num::<1>::ZERO.0[0]; 2]; B]);

    /// Blocks, the lowest first.
    #[inline]
    pub(crate) fn blocks(&self) -> &[Block] {
        self.0.as_flattened()
    }

    /// Blocks, the lowest first.
    #[inline]
    pub(crate) fn blocks_mut(&mut self) -> &mut [Block] {
        self.0.as_flattened_mut()
    }
}

impl<const B: usize> Zeroize for Wide<B> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}
