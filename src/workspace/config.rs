//! `certwright.toml`: what the vendors' services know of their customers.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::WorkspaceError;
use crate::vendor::enos::config::{Enos, EnosConfig};

/// The configuration as it is written, one section a vendor.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WorkspaceConfig {
    /// The EnOS service.
    #[serde(default)]
    pub enos: EnosConfig,
}

impl WorkspaceConfig {
    /// Reads the text of `path`.
    ///
    /// # Errors
    /// [`WorkspaceError::Config`].
    pub(super) fn from_toml(text: &str, path: &Path) -> Result<Self, WorkspaceError> {
        toml::from_str(text).map_err(|error| WorkspaceError::Config {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Checks each vendor's section.
    ///
    /// # Errors
    /// [`WorkspaceError::Enos`].
    pub(super) fn check(&self, path: &Path) -> Result<Enos, WorkspaceError> {
        let Self { enos } = self;
        Enos::from_config(enos.clone()).map_err(|source| WorkspaceError::Enos {
            path: path.to_owned(),
            source,
        })
    }
}

/// The file of a new workspace; it says what is the case when it says nothing.
pub(super) const TEMPLATE: &str = include_str!("template.toml");
