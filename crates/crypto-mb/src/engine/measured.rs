//! What [`crate::measure`] measures.

use core::hint::black_box;

use crate::error::Error;
use crate::lanes::cpu::Ifma;
use crate::lanes::exp::{self, Powers};
use crate::lanes::mont::Modulus;
use crate::lanes::num::Num;
use crate::lanes::simd::{LANES, Limb, ld};

/// See [`crate::measure::Power`].
#[derive(Debug)]
pub(crate) struct Power {
    m: Modulus<2>,
    one: Num<2>,
    base: Num<2>,
    powers: Box<Powers<2>>,
}

impl Power {
    pub(crate) fn new(modulus: &[u64]) -> Result<Self, Error> {
        #[target_feature(enable = "avx512f,avx512ifma")]
        fn inside(modulus: &[u64]) -> Power {
            let mut number = Num::ZERO;
            for lane in 0..LANES {
                number.set_lane(lane, modulus);
            }
            let m = Modulus::new(&number, 1024);
            let one = m.one();
            let mut powers = Powers::new();
            let base = m.r_squared(&one, &mut powers.scratch);
            Power {
                m,
                one,
                base,
                powers,
            }
        }
        let _: Ifma = Ifma::detect().ok_or(Error::Unavailable)?;
        // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
        Ok(unsafe { inside(modulus) })
    }

    pub(crate) fn power(&mut self, exponents: &[[u64; 16]; 8], bits: u32) {
        #[target_feature(enable = "avx512f,avx512ifma")]
        fn inside(this: &mut Power, exponent: &Num<2>, bits: u32) -> Num<2> {
            let Power {
                m,
                one,
                base,
                powers,
            } = this;
            powers.pow(m, one, base, exponent, bits)
        }
        let mut exponent = Num::ZERO;
        for (lane, words) in exponents.iter().enumerate() {
            exponent.set_lane(lane, words);
        }
        // SAFETY: whoever made this had an `Ifma`.
        black_box(unsafe { inside(self, &exponent, bits) });
    }
}

/// See [`crate::measure::Table`].
#[derive(Debug)]
pub(crate) struct Table(Box<[Num<2>; 16]>);

impl Table {
    pub(crate) fn new() -> Result<Self, Error> {
        let _: Ifma = Ifma::detect().ok_or(Error::Unavailable)?;
        let mut table = Box::new([Num::ZERO; 16]);
        for (entry, number) in table.iter_mut().enumerate() {
            number.0[0].0[0] = Limb::splat(entry as u64);
        }
        Ok(Self(table))
    }

    pub(crate) fn select(&mut self, index: &[u64; 8]) {
        #[target_feature(enable = "avx512f,avx512ifma")]
        fn inside(table: &[Num<2>; 16], index: &Limb) -> Num<2> {
            let mut out = Num::ZERO;
            exp::select(&mut out, table, ld(index));
            out
        }
        // SAFETY: whoever made this had an `Ifma`.
        black_box(unsafe { inside(&self.0, &Limb(*index)) });
    }
}
