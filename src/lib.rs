//! certwright: a local X.509 issuance engine whose output is what a vendor's certificate service would have issued.

#![forbid(unsafe_code)]

pub mod bundle;
pub mod cert;
#[cfg(feature = "cli")]
pub mod cli;
pub mod cms;
pub mod crl;
pub mod ext;
pub mod general_name;
pub mod issuer;
pub mod key;
#[cfg(feature = "ledger")]
pub mod ledger;
pub mod lint;
pub mod name;
pub mod oid;
pub mod order;
pub mod pem;
pub mod profile;
pub mod request;
pub mod serial;
#[cfg(feature = "ledger")]
pub mod service;
pub mod time;
mod tlv;
pub mod vendor;
#[cfg(feature = "ledger")]
pub mod workspace;
