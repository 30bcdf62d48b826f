//! `certwright.toml`: what the vendors' services know of their customers.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::WorkspaceError;
use super::server::ServerConfig;
use crate::vendor::as2expert::config::{As2Expert, As2ExpertConfig};
use crate::vendor::ecgrid::config::{Ecgrid, EcgridConfig};
use crate::vendor::emca::config::{Emca, EmcaConfig};
use crate::vendor::enos::config::{Enos, EnosConfig};

/// The configuration as it is written, one section a vendor, and one for the server.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WorkspaceConfig {
    /// The emCA service.
    #[serde(default)]
    pub emca: EmcaConfig,
    /// The AS2Expert service.
    #[serde(default)]
    pub as2expert: As2ExpertConfig,
    /// The ECGrid service.
    #[serde(default)]
    pub ecgrid: EcgridConfig,
    /// The EnOS service.
    #[serde(default)]
    pub enos: EnosConfig,
    /// The server.
    #[serde(default)]
    pub server: ServerConfig,
}

impl WorkspaceConfig {
    /// Reads a configuration and checks every vendor's section of it, without a workspace around it.
    ///
    /// # Errors
    /// What the sections' own checks refuse; the path in the error is that of no file.
    pub fn check(text: &str) -> Result<Self, WorkspaceError> {
        let path = Path::new("certwright.toml");
        let config = Self::from_toml(text, path)?;
        config.check_emca(path)?;
        config.check_as2expert(path)?;
        config.check_ecgrid(path)?;
        config.check_enos(path)?;
        Ok(config)
    }

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

    /// Checks the section of AS2Expert.
    ///
    /// # Errors
    /// [`WorkspaceError::As2Expert`].
    pub(super) fn check_as2expert(&self, path: &Path) -> Result<As2Expert, WorkspaceError> {
        As2Expert::from_config(self.as2expert.clone()).map_err(|source| WorkspaceError::As2Expert {
            path: path.to_owned(),
            source,
        })
    }

    /// Checks the section of ECGrid.
    ///
    /// # Errors
    /// [`WorkspaceError::Ecgrid`].
    pub(super) fn check_ecgrid(&self, path: &Path) -> Result<Ecgrid, WorkspaceError> {
        Ecgrid::from_config(self.ecgrid.clone()).map_err(|source| WorkspaceError::Ecgrid {
            path: path.to_owned(),
            source,
        })
    }

    /// Checks the section of emCA.
    ///
    /// # Errors
    /// [`WorkspaceError::Emca`].
    pub(super) fn check_emca(&self, path: &Path) -> Result<Emca, WorkspaceError> {
        Emca::from_config(self.emca.clone()).map_err(|source| WorkspaceError::Emca {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Checks the section of EnOS.
    ///
    /// # Errors
    /// [`WorkspaceError::Enos`].
    pub(super) fn check_enos(&self, path: &Path) -> Result<Enos, WorkspaceError> {
        Enos::from_config(self.enos.clone()).map_err(|source| WorkspaceError::Enos {
            path: path.to_owned(),
            source,
        })
    }
}

/// The file of a new workspace; it says what is the case when it says nothing.
pub(super) const TEMPLATE: &str = include_str!("template.toml");
