//! The crate as its users see it, judged by other implementations.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be unwrapped must fail the test"
)]

mod common;
mod p256;
mod rsa;
mod wycheproof;
