//! Everything that computes in lanes. Each function with `target_feature` may only be entered by who holds an
//! [`Ifma`](cpu::Ifma), which exists only where the processor has the instructions.

pub(crate) mod cpu;
pub(crate) mod exp;
pub(crate) mod mont;
pub(crate) mod num;
pub(crate) mod p256;
pub(crate) mod rsa;
pub(crate) mod simd;
pub(crate) mod wide;
