//! `certwright.toml`: what the vendors' services know of their customers.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::WorkspaceError;
use crate::vendor::emca::config::{Emca, EmcaConfig};
use crate::vendor::enos::config::{Enos, EnosConfig};

/// The configuration as it is written, one section a vendor.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WorkspaceConfig {
    /// The emCA service.
    #[serde(default)]
    pub emca: EmcaConfig,
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
    /// [`WorkspaceError::Emca`] and [`WorkspaceError::Enos`].
    pub(super) fn check(&self, path: &Path) -> Result<(Emca, Enos), WorkspaceError> {
        let Self { emca, enos } = self;
        let emca = Emca::from_config(emca.clone()).map_err(|source| WorkspaceError::Emca {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let enos = Enos::from_config(enos.clone()).map_err(|source| WorkspaceError::Enos {
            path: path.to_owned(),
            source,
        })?;
        Ok((emca, enos))
    }
}

/// The file of a new workspace; it says what is the case when it says nothing.
pub(super) const TEMPLATE: &str = include_str!("template.toml");
