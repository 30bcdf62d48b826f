//! RSA and P-256, eight operations at a time in the lanes of AVX-512 IFMA.

#[cfg(target_arch = "x86_64")]
mod engine;
#[cfg(not(target_arch = "x86_64"))]
#[path = "elsewhere.rs"]
mod engine;
mod error;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod p256;
pub mod rsa;
mod words;

pub use crate::error::Error;

/// Whether this processor has what the lanes need. Without it every job is answered with [`Error::Unavailable`].
#[must_use]
pub fn available() -> bool {
    engine::available()
}
