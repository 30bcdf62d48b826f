//! See `certwright_fuzz::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::names(octets));
