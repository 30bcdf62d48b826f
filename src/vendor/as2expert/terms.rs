//! What certificates are made under: the moment and the profiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::profile::{Profile, ProfileError};
use crate::time::UnixSeconds;
use crate::vendor::as2expert::HashAlgorithm;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::as2expert::profile;
use crate::vendor::as2expert::profile::Sha1;

/// What certificates are made under.
#[derive(Clone, Debug)]
pub struct Terms {
    not_before: UnixSeconds,
    profiles: BTreeMap<HashAlgorithm, Arc<Profile>>,
}

impl Terms {
    /// Terms as the settings say. No rule of this vendor's asks what time it is: the moment is notBefore and nothing else.
    ///
    /// # Errors
    /// None with the profiles that are built in.
    pub fn new(not_before: UnixSeconds, settings: &As2Expert) -> Result<Self, ProfileError> {
        let config = settings.config();
        let sha1 = if config.allow_sha1 {
            Sha1::Allowed
        } else {
            Sha1::Refused
        };
        let plain = profile::station(config.role, sha1)?;
        let mut profiles = BTreeMap::new();
        for hash in HashAlgorithm::ALL {
            if hash == HashAlgorithm::Sha1 && sha1 == Sha1::Refused {
                continue;
            }
            let profile = plain
                .clone()
                .with_signature_algorithm(hash.signature_algorithm())?;
            profiles.insert(hash, Arc::new(profile));
        }
        Ok(Self {
            not_before,
            profiles,
        })
    }

    /// Where a certificate begins.
    #[must_use]
    pub fn not_before(&self) -> UnixSeconds {
        self.not_before
    }

    /// The profile for a hash, `None` for SHA-1 where it is not allowed.
    #[must_use]
    pub fn profile(&self, hash: HashAlgorithm) -> Option<&Arc<Profile>> {
        self.profiles.get(&hash)
    }

    /// The names of the hashes that are allowed, for a message.
    #[must_use]
    pub fn hash_names(&self) -> String {
        let names: Vec<_> = self.profiles.keys().map(|hash| hash.as_str()).collect();
        names.join(", ")
    }
}
