//! See `certwright_fuzz::pem`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::pem(octets));
