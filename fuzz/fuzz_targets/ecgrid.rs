//! See `certwright_fuzz::ecgrid`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| certwright_fuzz::ecgrid(octets));
