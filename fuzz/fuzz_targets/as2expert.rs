//! See `certwright_fuzz::as2expert`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::as2expert(octets));
