//! Eight 64-bit lanes: the register, its form in memory, and the few operations on it that need `unsafe` or a name.

use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_load_si512, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srli_epi64,
    _mm512_store_si512, _mm512_sub_epi64,
};

use zeroize::Zeroize;

/// How many operations go at a time.
pub(crate) const LANES: usize = 8;

/// Bits of a limb: what IFMA multiplies.
pub(crate) const LIMB_BITS: usize = 52;

/// A limb of ones.
pub(crate) const MASK: u64 = (1 << LIMB_BITS) - 1;

/// A register of eight lanes.
pub(crate) type V = __m512i;

/// One limb of eight numbers, as it lies in memory.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Limb(pub(crate) [u64; LANES]);

impl Limb {
    /// The same in each lane.
    pub(crate) const fn splat(x: u64) -> Self {
        Self([x; LANES])
    }
}

/// Reads a limb.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn ld(limb: &Limb) -> V {
    // SAFETY: a `Limb` is 64 octets long, aligned to 64, and initialised; the reference lives through the load.
    unsafe { _mm512_load_si512(limb.0.as_ptr().cast()) }
}

/// Writes a limb.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn st(limb: &mut Limb, x: V) {
    // SAFETY: a `Limb` is 64 octets long and aligned to 64; the reference is exclusive and lives through the store.
    unsafe { _mm512_store_si512(limb.0.as_mut_ptr().cast(), x) }
}

/// `c + (a·b mod 2^52)`, of the low 52 bits of `a` and `b`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn lo(c: V, a: V, b: V) -> V {
    _mm512_madd52lo_epu64(c, a, b)
}

/// `c + ⌊a·b / 2^52⌋`, of the low 52 bits of `a` and `b`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn hi(c: V, a: V, b: V) -> V {
    _mm512_madd52hi_epu64(c, a, b)
}

/// Lane by lane modulo 2^64.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn add(a: V, b: V) -> V {
    _mm512_add_epi64(a, b)
}

/// Lane by lane modulo 2^64.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sub(a: V, b: V) -> V {
    _mm512_sub_epi64(a, b)
}

/// What a limb keeps when its carry is gone.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn low52(a: V) -> V {
    _mm512_and_si512(a, _mm512_set1_epi64(MASK as i64))
}

/// The carry of a limb.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn carry(a: V) -> V {
    _mm512_srli_epi64::<52>(a)
}

/// The same in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn splat(x: u64) -> V {
    _mm512_set1_epi64(x as i64)
}

/// Zero in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn zero() -> V {
    _mm512_setzero_si512()
}
