//! See `certwright_fuzz::enos`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::enos(octets));
