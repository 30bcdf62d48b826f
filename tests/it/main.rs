//! What a user of the library sees, on real files; needs nothing but Rust.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read must fail the test"
)]

#[cfg(feature = "ledger")]
mod batch;
#[cfg(feature = "ledger")]
mod batch_forms;
#[cfg(feature = "ledger")]
mod golden;
#[cfg(feature = "ledger")]
mod handover;
#[cfg(feature = "p12")]
mod joined_pfx;
#[cfg(feature = "p12")]
mod limits;
#[cfg(feature = "ledger")]
mod many_bad;
#[cfg(feature = "ledger")]
mod migrations;
#[cfg(feature = "ledger")]
mod no_random;
mod rules;
mod secrets;
mod testdata;
mod threats;
#[cfg(feature = "ledger")]
mod vendor_batches;
