//! See `certwright_fuzz::rows`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::rows(octets));
