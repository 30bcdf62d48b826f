//! The calls of the vendor's page and of its neighbours about stations and partners, by their path.

use std::fmt;

/// A call; the pages have all of them as POST.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// Makes a certificate for a station.
    Create,
    /// One certificate with all that is known of it, its lifecycle included.
    Detail,
    /// The certificates of a site.
    List,
    /// One partner.
    PartnerDetail,
    /// The partners of a site.
    Partners,
    /// Makes a station.
    StationCreate,
    /// One station.
    StationDetail,
    /// The stations of a site.
    Stations,
}

impl Operation {
    /// Every call.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Detail,
        Self::List,
        Self::PartnerDetail,
        Self::Partners,
        Self::StationCreate,
        Self::StationDetail,
        Self::Stations,
    ];

    /// The call of a path below `/api/v1/`.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|operation| operation.path() == path)
    }

    /// The path below `/api/v1/`.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Create => "certificates/create",
            Self::Detail => "certificates/detail",
            Self::List => "certificates",
            Self::PartnerDetail => "partners/detail",
            Self::Partners => "partners",
            Self::StationCreate => "stations/create",
            Self::StationDetail => "stations/detail",
            Self::Stations => "stations",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_by_its_path() {
        for operation in Operation::ALL {
            assert_eq!(Operation::from_path(operation.path()), Some(operation));
        }
        assert_eq!(Operation::from_path("certificates/renew"), None);
    }
}
