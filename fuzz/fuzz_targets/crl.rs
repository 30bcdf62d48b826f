//! See `certwright_fuzz::crl`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::crl(octets));
