//! certwright: a local X.509 issuance engine whose output is what a vendor's certificate service would have issued.
//!
//! Data goes one way, and each step consumes the one before, so that nothing unverified or unlinted can be signed:
//!
//! ```text
//! wire (JSON, CSV row, flags, Rust call)
//!   │   vendor       the vendor's own fields and strings; its rules
//! Order              subject key, Name, SANs, Validity, Profile
//!   │   issuer       assembles the TBSCertificate for an IssuerName and lints it
//! Prepared           the exact octets to sign; they may be signed elsewhere
//!   │   Signer       a slice at a time
//! Certificate        the ledger records it before anyone sees it
//!   │   bundle       .cer, PEM, .p7b, .p12, the vendor's reply
//! files, rows, replies
//! ```
//!
//! Modules see only what stands to their right:
//!
//! ```text
//! cli -> http -> batch -> service -> workspace -> ledger -> vendor -> issuer -> order -> profile -> lint
//!     -> bundle -> cms -> cert, crl, request -> ext -> general_name, seal -> key, name -> tlv -> oid, pem, serial, time
//! ```
//!
//! Primitives take slices; one is a slice of one. The clock and the random number generator are arguments. Signatures
//! are deterministic, so the same order, serial number and times give the same octets.
//!
//! The paved path: [`vendor::enos::check::check`] and [`vendor::enos::order::order`] make orders,
//! [`issuer::IssuerName::prepare`] and [`issuer::Signer::sign`] certificates, and [`bundle::write`] files. With feature
//! `ledger`, `service::Service` does all of it on a workspace. The README has an example.

#![forbid(unsafe_code)]

#[cfg(feature = "ledger")]
pub mod batch;
pub mod bundle;
pub mod cert;
#[cfg(feature = "cli")]
pub mod cli;
pub mod cms;
pub mod crl;
pub mod ext;
pub mod general_name;
#[cfg(feature = "http")]
pub mod http;
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
#[cfg(feature = "ledger")]
pub mod seal;
pub mod serial;
#[cfg(feature = "ledger")]
pub mod service;
pub mod time;
mod tlv;
pub mod vendor;
#[cfg(feature = "ledger")]
pub mod workspace;

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
