//! See `certwright_fuzz::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::config(octets));
