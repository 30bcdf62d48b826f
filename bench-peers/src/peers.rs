//! The libraries. Each module lists what its library can do; a library that has no such function is left out of a work.

use std::hint::black_box;

use rayon::prelude::*;

use crate::work::Contender;

pub(crate) mod aws_lc;
pub(crate) mod certwright;
pub(crate) mod graviola;
pub(crate) mod openssl;
pub(crate) mod rcgen;
pub(crate) mod ring;
pub(crate) mod rustcrypto;
#[cfg(feature = "synta")]
pub(crate) mod synta;

/// A library that does one operation at a time; the threads share them.
fn single<T>(
    engine: &'static str,
    batch: usize,
    one: impl Fn() -> T + Send + Sync + 'static,
) -> Contender {
    Contender {
        engine,
        batch,
        run: Box::new(move |n| {
            (0..n)
                .into_par_iter()
                .with_max_len(1.max(n / 64))
                .for_each(|_| drop(black_box(one())));
        }),
    }
}
