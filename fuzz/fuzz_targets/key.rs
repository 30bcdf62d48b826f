//! See `certwright_fuzz::key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::key(octets));
