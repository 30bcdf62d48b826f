//! What certificates are made under: the moment, the kind of key, and the profiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::key::KeyAlgorithm;
use crate::profile::{Profile, ProfileError};
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::ecgrid::enums::{CertificateUsage, Named, SecureHashAlgorithm};
use crate::vendor::ecgrid::profile;
use crate::vendor::ecgrid::profile::Sha1;

/// What certificates are made under.
#[derive(Clone, Debug)]
pub struct Terms {
    now: UnixSeconds,
    not_before: UnixSeconds,
    key_algorithm: KeyAlgorithm,
    profiles: BTreeMap<(CertificateUsage, SecureHashAlgorithm), Arc<Profile>>,
}

impl Terms {
    /// Terms at a moment, as the settings say. A certificate begins now where its request says nothing.
    ///
    /// # Errors
    /// None with the profiles that are built in.
    pub fn new(now: UnixSeconds, settings: &Ecgrid) -> Result<Self, ProfileError> {
        let sha1 = if settings.config().allow_sha1 {
            Sha1::Allowed
        } else {
            Sha1::Refused
        };
        let mut profiles = BTreeMap::new();
        for usage in CertificateUsage::VALUES {
            for hash in SecureHashAlgorithm::VALUES {
                if *hash == SecureHashAlgorithm::Sha1 && sha1 == Sha1::Refused {
                    continue;
                }
                let profile = profile::profile(*usage, *hash, sha1)?;
                profiles.insert((*usage, *hash), Arc::new(profile));
            }
        }
        Ok(Self {
            now,
            not_before: now,
            key_algorithm: settings.key_algorithm(),
            profiles,
        })
    }

    /// With another beginning than now; what is over is still judged by now.
    #[must_use]
    pub fn with_not_before(mut self, not_before: UnixSeconds) -> Self {
        self.not_before = not_before;
        self
    }

    /// Where a certificate begins whose request says nothing.
    #[must_use]
    pub fn not_before(&self) -> UnixSeconds {
        self.not_before
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        self.now
    }

    /// The kind of key that is generated.
    #[must_use]
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm
    }

    /// Whether SHA-1 may sign.
    #[must_use]
    pub fn allows_sha1(&self) -> bool {
        let usage = CertificateUsage::default();
        self.profile(usage, SecureHashAlgorithm::Sha1).is_some()
    }

    /// The profile for a usage and a hash, `None` for SHA-1 where it is not allowed.
    #[must_use]
    pub fn profile(
        &self,
        usage: CertificateUsage,
        hash: SecureHashAlgorithm,
    ) -> Option<&Arc<Profile>> {
        self.profiles.get(&(usage, hash))
    }
}
