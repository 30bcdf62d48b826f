//! What certificates are made under: the moment and the profiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::profile::{Profile, ProfileError};
use crate::time::UnixSeconds;
use crate::vendor::as2expert::HashAlgorithm;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::as2expert::profile;
use crate::vendor::as2expert::profile::Sha1;
use crate::vendor::rollover::Purpose;

/// What certificates are made under.
#[derive(Clone, Debug)]
pub struct Terms {
    now: UnixSeconds,
    not_before: UnixSeconds,
    profiles: BTreeMap<(Purpose, HashAlgorithm), Arc<Profile>>,
}

impl Terms {
    /// Terms at a moment, which becomes notBefore, as the settings say.
    ///
    /// # Errors
    /// None with the profiles that are built in.
    pub fn new(now: UnixSeconds, settings: &As2Expert) -> Result<Self, ProfileError> {
        let config = settings.config();
        let sha1 = if config.allow_sha1 {
            Sha1::Allowed
        } else {
            Sha1::Refused
        };
        let mut profiles = BTreeMap::new();
        for purpose in [Purpose::Both, Purpose::Encryption, Purpose::Signing] {
            let plain = profile::of_purpose(config.role, purpose, sha1)?;
            for hash in HashAlgorithm::ALL {
                if hash == HashAlgorithm::Sha1 && sha1 == Sha1::Refused {
                    continue;
                }
                let profile = plain
                    .clone()
                    .with_signature_algorithm(hash.signature_algorithm())?;
                profiles.insert((purpose, hash), Arc::new(profile));
            }
        }
        Ok(Self {
            now,
            not_before: now,
            profiles,
        })
    }

    /// With another notBefore than now; what is over is still judged by now.
    #[must_use]
    pub fn with_not_before(mut self, not_before: UnixSeconds) -> Self {
        self.not_before = not_before;
        self
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        self.now
    }

    /// Where a certificate begins.
    #[must_use]
    pub fn not_before(&self) -> UnixSeconds {
        self.not_before
    }

    /// The profile for a hash of what signs and encrypts, `None` for SHA-1 where it is not allowed.
    #[must_use]
    pub fn profile(&self, hash: HashAlgorithm) -> Option<&Arc<Profile>> {
        self.profile_for(Purpose::Both, hash)
    }

    /// The profile for a purpose and a hash, `None` for SHA-1 where it is not allowed.
    #[must_use]
    pub fn profile_for(&self, purpose: Purpose, hash: HashAlgorithm) -> Option<&Arc<Profile>> {
        self.profiles.get(&(purpose, hash))
    }

    /// The names of the hashes that are allowed, for a message.
    #[must_use]
    pub fn hash_names(&self) -> String {
        let of_both = self
            .profiles
            .keys()
            .filter(|(purpose, _)| *purpose == Purpose::Both);
        let names: Vec<_> = of_both.map(|(_, hash)| hash.as_str()).collect();
        names.join(", ")
    }
}
