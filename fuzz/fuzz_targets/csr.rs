//! See `certwright_fuzz::csr`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::csr(octets));
