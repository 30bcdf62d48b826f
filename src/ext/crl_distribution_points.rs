//! `cRLDistributionPoints` (RFC 5280 §4.2.1.13): where the CRL that covers the certificate is found.

use std::fmt;

use crate::ext::{
    Criticality, Extension, ExtensionError, check_elements, read_elements, read_sequence_of,
    write_list,
};
use crate::general_name::GeneralName;
use crate::oid;
use crate::tlv;

/// Where the CRL is found: one distribution point for each name.
///
/// ```asn1
/// CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint
/// DistributionPoint ::= SEQUENCE {
///     distributionPoint [0] DistributionPointName OPTIONAL,
///     reasons           [1] ReasonFlags           OPTIONAL,
///     cRLIssuer         [2] GeneralNames          OPTIONAL }
/// DistributionPointName ::= CHOICE {
///     fullName                [0] GeneralNames,
///     nameRelativeToCRLIssuer [1] RelativeDistinguishedName }
/// ```
///
/// Invariant: 1 to 256 names, none twice. CRLs that are split by reason or signed by another than the issuer are
/// neither written nor read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CrlDistributionPoints(Vec<GeneralName>);

impl CrlDistributionPoints {
    /// One distribution point for each name, in this order.
    ///
    /// # Errors
    /// [`ExtensionError::DuplicateElement`], [`ExtensionError::Empty`] and [`ExtensionError::TooMany`].
    pub fn new(names: Vec<GeneralName>) -> Result<Self, ExtensionError> {
        check_elements(oid::CRL_DISTRIBUTION_POINTS, "distribution point", &names)?;
        Ok(Self(names))
    }

    /// The names, in order.
    #[must_use]
    pub fn names(&self) -> &[GeneralName] {
        &self.0
    }

    /// The extension. RFC 5280 says it SHOULD be non-critical.
    #[must_use]
    pub fn to_extension(&self, criticality: Criticality) -> Extension {
        let point = |name: &GeneralName| {
            let full_name = tlv::write(tlv::context_constructed(0), &name.to_der());
            let name = tlv::write(tlv::context_constructed(0), &full_name);
            tlv::write(tlv::SEQUENCE, &name)
        };
        let content: Vec<u8> = self.0.iter().flat_map(point).collect();
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(oid::CRL_DISTRIBUTION_POINTS, criticality, value)
    }

    /// Reads the value of the extension; the names of one point that has several follow each other.
    ///
    /// # Errors
    /// [`ExtensionError::GeneralName`], [`ExtensionError::Malformed`], [`ExtensionError::Unsupported`] for reasons, a
    /// foreign CRL issuer and a relative name, and those of [`CrlDistributionPoints::new`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let points = read_sequence_of(oid::CRL_DISTRIBUTION_POINTS, octets, read_point)?;
        Self::new(points.into_iter().flatten().collect())
    }
}

fn read_point(value: tlv::Value<'_>) -> Result<Vec<GeneralName>, ExtensionError> {
    let oid = oid::CRL_DISTRIBUTION_POINTS;
    let malformed = ExtensionError::malformed(oid);
    let unsupported = |what| Err(ExtensionError::Unsupported { oid, what });
    let content = tlv::read(value.whole, tlv::SEQUENCE).map_err(&malformed)?;
    let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
    let point_name = reader
        .optional(tlv::context_constructed(0))
        .map_err(&malformed)?;
    if !reader.is_finished() {
        return unsupported("reasons or a CRL issuer");
    }
    let mut reader = tlv::Reader::new(point_name.unwrap_or_default()).map_err(&malformed)?;
    let full_name = reader
        .optional(tlv::context_constructed(0))
        .map_err(&malformed)?;
    let Some(full_name) = full_name else {
        return unsupported("a point without fullName");
    };
    reader.finish().map_err(&malformed)?;
    read_elements(oid, full_name, |value| {
        GeneralName::from_der(value.whole)
            .map_err(|source| ExtensionError::GeneralName { oid, source })
    })
}

impl fmt::Display for CrlDistributionPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0)
    }
}
