//! certwright: a local X.509 issuance engine whose output is what a vendor's certificate service would have issued.

#![forbid(unsafe_code)]

#[cfg(feature = "cli")]
pub mod cli;
pub mod ext;
pub mod general_name;
pub mod key;
#[cfg(feature = "ledger")]
pub mod ledger;
pub mod name;
pub mod oid;
pub mod pem;
pub mod serial;
pub mod time;
mod tlv;
