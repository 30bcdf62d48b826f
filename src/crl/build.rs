//! Builds a `TBSCertList` from a stream of entries: each is written at once and forgotten.

use std::fmt;

use crate::crl::{Crl, CrlError, RevokedCertificate};
use crate::ext::{AuthorityKeyIdentifier, CrlNumber, Extensions, SubjectKeyIdentifier};
use crate::key::SignatureAlgorithm;
use crate::name::Name;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::tlv;

/// What a list says beside its entries.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "all fields are needed to make one"
)]
pub struct CrlFields {
    /// The subject of the issuer's certificate.
    pub issuer: Name,
    /// The subjectKeyIdentifier of the issuer's certificate, which becomes the list's authorityKeyIdentifier
    /// (RFC 5280 §5.2.1).
    pub issuer_key_identifier: SubjectKeyIdentifier,
    /// The number of the list, larger than that of every list before (RFC 5280 §5.2.3).
    pub number: CrlNumber,
    /// When the list is made.
    pub this_update: UnixSeconds,
    /// When the next list is due at the latest; RFC 5280 §5.1.2.5: MUST be included.
    pub next_update: UnixSeconds,
    /// How the list will be signed.
    pub signature_algorithm: SignatureAlgorithm,
}

/// The part of a list that is signed.
///
/// Invariant: DER of version 2, no serial number twice, no reason that a complete list does not allow.
#[derive(Clone, Eq, PartialEq)]
pub struct TbsCertList {
    der: Vec<u8>,
    signature_algorithm: SignatureAlgorithm,
}

/// Takes entries one by one; keeps their DER and eight octets each to find a serial number that comes twice.
pub struct TbsCertListBuilder {
    fields: CrlFields,
    entries: Vec<u8>,
    serials: Vec<usize>,
}

impl CrlFields {
    pub(super) fn check(&self) -> Result<(), CrlError> {
        if self.issuer.is_empty() {
            return Err(CrlError::IssuerEmpty);
        }
        if self.next_update <= self.this_update {
            return Err(CrlError::Reversed {
                this_update: self.this_update,
                next_update: self.next_update,
            });
        }
        Ok(())
    }
}

impl TbsCertList {
    /// A list of these entries, in this order.
    ///
    /// # Errors
    /// As [`TbsCertListBuilder::new`], [`TbsCertListBuilder::push`] and [`TbsCertListBuilder::finish`].
    pub fn new(
        fields: CrlFields,
        entries: impl IntoIterator<Item = RevokedCertificate>,
    ) -> Result<Self, CrlError> {
        let mut builder = TbsCertListBuilder::new(fields)?;
        entries
            .into_iter()
            .try_for_each(|entry| builder.push(&entry))?;
        builder.finish()
    }

    /// The octets to sign.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// How they are to be signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    pub(super) fn into_der(self) -> Vec<u8> {
        self.der
    }
}

impl fmt::Debug for TbsCertList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TbsCertList({} octets)", self.der.len())
    }
}

impl TbsCertListBuilder {
    /// A list without entries.
    ///
    /// # Errors
    /// [`CrlError::IssuerEmpty`], and [`CrlError::Reversed`] when the next list is not due later than this one.
    pub fn new(fields: CrlFields) -> Result<Self, CrlError> {
        fields.check()?;
        Ok(Self {
            fields,
            entries: Vec::new(),
            serials: Vec::new(),
        })
    }

    /// Adds an entry behind the others.
    ///
    /// # Errors
    /// [`CrlError::RemoveFromCrl`], and [`CrlError::TooLong`] once the entries are more than a list may hold.
    pub fn push(&mut self, entry: &RevokedCertificate) -> Result<(), CrlError> {
        entry.check_complete()?;
        let length_octet = entry.append_to(&mut self.entries);
        self.serials.push(length_octet);
        if self.entries.len() > Crl::MAX_OCTETS {
            return Err(CrlError::TooLong {
                actual: self.entries.len(),
            });
        }
        Ok(())
    }

    /// The octets to sign.
    ///
    /// # Errors
    /// [`CrlError::DuplicateSerial`], and [`CrlError::Extension`] should the extensions contradict each other.
    pub fn finish(self) -> Result<TbsCertList, CrlError> {
        let Self {
            fields,
            entries,
            serials,
        } = self;
        check_unique(&entries, serials)?;
        let signature_algorithm = fields.signature_algorithm;
        let (head, tail) = frame(fields, entries.len())?;
        let mut der = head;
        der.reserve_exact(entries.len() + tail.len());
        der.extend(entries);
        der.extend(tail);
        Ok(TbsCertList {
            der,
            signature_algorithm,
        })
    }
}

impl fmt::Debug for TbsCertListBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TbsCertListBuilder({} entries)", self.serials.len())
    }
}

/// What stands before and behind entries of so many octets, the header of the whole included.
pub(super) fn frame(
    fields: CrlFields,
    entries_octets: usize,
) -> Result<(Vec<u8>, Vec<u8>), CrlError> {
    let CrlFields {
        issuer,
        issuer_key_identifier,
        number,
        this_update,
        next_update,
        signature_algorithm,
    } = fields;
    let extensions = Extensions::new(vec![
        AuthorityKeyIdentifier::new(issuer_key_identifier).to_extension(),
        number.to_extension(),
    ])?;
    let mut start = tlv::write(tlv::INTEGER, &[VERSION_2]);
    start.extend_from_slice(signature_algorithm.to_der());
    start.extend_from_slice(issuer.as_der());
    start.extend(tlv::write_time(this_update));
    start.extend(tlv::write_time(next_update));
    // RFC 5280 §5.1.2.6: the list MUST be absent when nothing is revoked.
    if entries_octets > 0 {
        start.extend(tlv::header(tlv::SEQUENCE, entries_octets));
    }
    let tail = tlv::write(tlv::context_constructed(0), &extensions.to_der());
    let mut head = tlv::header(tlv::SEQUENCE, start.len() + entries_octets + tail.len());
    head.extend(start);
    Ok((head, tail))
}

/// Sorts the places of the serial numbers and compares neighbours.
fn check_unique(entries: &[u8], mut places: Vec<usize>) -> Result<(), CrlError> {
    let content = |place: usize| {
        let length = entries.get(place).copied().map_or(0, usize::from);
        entries
            .get(place + 1..place + 1 + length)
            .unwrap_or_default()
    };
    places.sort_unstable_by_key(|place| content(*place));
    let repeated = places
        .iter()
        .zip(places.iter().skip(1))
        .find(|(one, next)| content(**one) == content(**next));
    match repeated {
        Some((place, _)) => Err(CrlError::DuplicateSerial {
            serial: SerialNumber::from_be_bytes(content(*place))?,
        }),
        None => Ok(()),
    }
}

/// RFC 5280 §5.1.2.1.
const VERSION_2: u8 = 1;
