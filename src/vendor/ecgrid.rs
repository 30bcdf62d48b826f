//! ECGrid / `ECGridOS` (Loren Data): certificates of communication channels, by the SOAP operation
//! `CertificateCreatePrivate` and by `POST /v2/certificates/create`, with their siblings.
//!
//! The sources are the vendor's two pages of these names, the vendor's WSDL of version 4.1 and the vendor's developer
//! documentation. Where they disagree, what clients meet (the WSDL) counts; where they are silent, the reading that is
//! taken stands at the rule. The way of a request:
//!
//! ```text
//! access   Caller         <- API key, session or login: who asks, and what that lets see
//! soap     SoapRequest    <- XML: an envelope, or an operation's element alone
//! wire     CreateRequest  <- JSON of REST, elements of SOAP, fields of the HTTP POST binding
//! check    CheckedCreate  <- Comm named, dates, usage, hash, partner
//! order    Placed         <- Comm known and visible; an order that waits for its key
//! prepare  (issuer)          Refusal::from_findings says what the profile finds
//! reply    CommIdInfo     <- JSON of REST or elements of SOAP; error::Refusal has both forms too
//! ```
//!
//! [`Caller`]: access::Caller
//! [`CheckedCreate`]: check::CheckedCreate
//! [`CommIdInfo`]: reply::CommIdInfo
//! [`CreateRequest`]: wire::CreateRequest
//! [`Placed`]: order::Placed
//! [`SoapRequest`]: soap::SoapRequest

pub mod access;
pub mod add;
pub mod check;
pub mod config;
pub mod element;
pub mod enums;
pub mod error;
pub mod info;
pub mod judge;
pub mod near_miss;
pub mod order;
pub mod profile;
pub mod renew;
pub mod reply;
pub mod rollover;
pub mod rules;
pub mod session;
pub mod shape;
pub mod soap;
pub mod terminate;
pub mod terms;
pub mod wire;
pub mod world;
pub mod wsdl;

mod date;

/// The name by which this vendor goes in configuration, ledger and commands.
pub const NAME: &str = "ecgrid";

/// The namespace of the vendor's own WSDL of version 4.1, which its clients are generated from.
pub const NAMESPACE: &str = "https://os.ecgrid.io/";

/// The namespace that the vendor's documentation writes in its samples; read too, and answered in kind.
pub const DOCUMENTED_NAMESPACE: &str = "http://www.ecgridos.net/";

/// Calendar years of a certificate whose request gives no `expires`: what renewals default to.
pub const DEFAULT_YEARS: u16 = 2;

#[cfg(test)]
mod tests;
