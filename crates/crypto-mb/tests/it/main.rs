//! The crate as its users see it, judged by other implementations.

mod common;
mod p256;
mod rsa;
mod wycheproof;
