//! See `certwright_fuzz::p12`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::p12(octets));
