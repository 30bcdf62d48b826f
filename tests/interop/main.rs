//! Our output before programs that no one here wrote.
//!
//! `cargo test --test interop -- --include-ignored` needs OpenSSL, GnuTLS, NSS, a JDK, dumpasn1, `BouncyCastle`, Chromium,
//! pkilint, pyas2lib, pyrage, badkeys, gmpy2, zeep, requests, enos-poseidon and npm's soap, which `.ci/run` installs. A judge that is
//! missing fails its tests. pkilint's commands and the Python that has pyas2lib are looked for in `$CERTWRIGHT_PKILINT`, then in
//! `target/ci-venv/bin`.

#![expect(
    clippy::unwrap_used,
    reason = "a judge that cannot be asked must fail the test"
)]

mod as2;
mod backup;
mod batch;
mod ca;
mod chains;
mod crl;
mod devices;
mod emca;
mod enos;
mod judged;
mod judges;
mod keys;
mod p12;
#[cfg(feature = "pkcs11")]
mod pin;
mod profiles;
mod rollover;
mod server;
#[cfg(feature = "pkcs11")]
mod token;
mod vectors;
mod whole;
