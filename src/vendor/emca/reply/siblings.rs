//! Replies of the calls that bring no new certificate. The pages show their form and leave the words of `result` open.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Reply;
use crate::ext::CrlReason;
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::world::Held;

impl Reply {
    /// A certificate was revoked, or put on hold.
    #[must_use]
    pub fn revoked(reason: CrlReason) -> Self {
        Self::text(match reason {
            CrlReason::CertificateHold => "Certificate suspended successfully",
            _ => "Certificate revoked successfully",
        })
    }

    /// A certificate is handed out again: `result` is base64 of its DER.
    #[must_use]
    pub fn held(held: &Held) -> Self {
        Self::octets(&held.certificate_der, &held.subscriber_id)
    }

    /// The profiles of a CA: `result` is JSON, an array of ids and names.
    #[must_use]
    pub fn profiles(profiles: &[Arc<EmcaProfile>]) -> Self {
        let named: Vec<_> = profiles.iter().map(|profile| named(profile)).collect();
        Self::text(Value::from(named).to_string())
    }

    /// One profile: `result` is JSON, its id, its name and what it says of certificates.
    #[must_use]
    pub fn profile(profile: &EmcaProfile) -> Self {
        let config = profile.config();
        let told = json!({
            "profileId": profile.id(),
            "profileName": profile.name(),
            "defaultDays": config.default_days,
            "maximumDays": config.maximum_days,
            "customizeValidity": config.customise_validity,
            "manualAuthorization": config.manual_authorization,
            "subjectAltNames": config.subject_alt_names,
            "mandatoryAttributes": config.mandatory_attributes,
        });
        Self::text(told.to_string())
    }
}

fn named(profile: &EmcaProfile) -> Value {
    json!({ "profileId": profile.id(), "profileName": profile.name() })
}
