//! See `certwright_fuzz::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::certificate(octets));
