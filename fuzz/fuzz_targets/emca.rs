//! See `certwright_fuzz::emca`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::emca(octets));
