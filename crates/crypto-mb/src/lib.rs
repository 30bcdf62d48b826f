//! RSA and P-256, eight operations at a time in the lanes of AVX-512 IFMA.
#[cfg(target_arch = "x86_64")]
mod lanes;
