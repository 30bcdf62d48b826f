//! The vendors: one folder each with its wire fields, the grammar of its strings, its rules and its reply.
//!
//! A vendor's rules are pure: they read no file, no clock and no network, and know neither an exit code nor an HTTP
//! status. What a rule must ask about the world (is this device known, to whom is this key bound?) it asks through a
//! small trait of the vendor's own, so that library, command line, batch and server answer alike.
//!
//! Rules run in [stages](Stage). The first stage that finds anything stops, and all findings of that stage come back.

use std::fmt;

use serde::Serialize;

pub mod as2expert;
pub mod ecgrid;
pub mod emca;
pub mod enos;
pub mod near_miss;
pub mod p12_for;
pub mod rollover;
pub mod rule;
pub mod specimen;
pub mod token;
pub mod who;

mod chain;
mod json;
mod judge;
mod shape;

/// A stage of a vendor's rules; a later one is not entered while an earlier one has findings.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The form of what was sent: syntax, and the types of its fields.
    Wire,
    /// Who sent it, where the vendor asks for that.
    Authentication,
    /// What can be judged by the request alone.
    Request,
    /// What depends on what is known and was issued.
    World,
    /// What the certificate's profile and RFC 5280 allow.
    Profile,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wire => "wire",
            Self::Authentication => "authentication",
            Self::Request => "request",
            Self::World => "world",
            Self::Profile => "profile",
        })
    }
}
