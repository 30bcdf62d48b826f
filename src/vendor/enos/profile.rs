//! The shape of a device certificate: `device.toml`, as the vendor's sample has it, or with DER strings.

use crate::profile::{
    ExtensionConfig, NetscapeEncodingConfig, Profile, ProfileConfig, ProfileError,
};

/// The profile as it is written, for those who vary it.
pub const DEVICE_TOML: &str = include_str!("device.toml");

/// The profile of device certificates.
///
/// `Bare` is the sample octet for octet; `Ia5String` writes the two Netscape strings with their tag, and then no
/// departure from the rules is accepted any more.
///
/// # Errors
/// None with the text above; [`ProfileError`] is what reading a profile may say.
pub fn device(encoding: NetscapeEncodingConfig) -> Result<Profile, ProfileError> {
    let mut config: ProfileConfig =
        toml::from_str(DEVICE_TOML).map_err(|error| ProfileError::Syntax {
            reason: error.to_string(),
        })?;
    for extension in &mut config.extensions {
        match extension {
            ExtensionConfig::NetscapeCaRevocationUrl { encoding: written }
            | ExtensionConfig::NetscapeComment {
                encoding: written, ..
            } => *written = encoding,
            _ => {}
        }
    }
    if encoding == NetscapeEncodingConfig::Ia5String {
        config.accepted_findings.clear();
    }
    Profile::from_config(config)
}
