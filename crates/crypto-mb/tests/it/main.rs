//! The crate as its users see it, judged by other implementations.

mod common;
mod rsa;
