//! What a user of the library sees, on real files; needs nothing but Rust.

mod testdata;
