//! See `certwright_fuzz::cms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::cms(octets));
