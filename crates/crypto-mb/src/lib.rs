#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "only the lanes need all of it")
)]

#[cfg(target_arch = "x86_64")]
mod engine;
#[cfg(not(target_arch = "x86_64"))]
#[path = "elsewhere.rs"]
mod engine;
mod error;
#[cfg(target_arch = "x86_64")]
mod lanes;
#[doc(hidden)]
pub mod measure;
pub mod p256;
pub mod prime;
pub mod rsa;
mod words;

pub use crate::error::Error;

/// Whether this processor has what the lanes need. Without it every job is answered with [`Error::Unavailable`].
#[must_use]
pub fn available() -> bool {
    engine::available()
}
