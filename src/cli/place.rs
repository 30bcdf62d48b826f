//! Where the workspace is, and opening it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::secret::{CaPassphraseArgs, Purpose};
use crate::cli::world;
use crate::key::Passphrase;
use crate::service::Service;
use crate::workspace::{Workspace, WorkspaceError};

/// Which workspace.
#[derive(clap::Args, Debug)]
pub(super) struct WorkspaceArgs {
    /// The folder of the workspace.
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FOLDER)]
    pub(super) workspace: PathBuf,
    #[command(flatten)]
    pub(super) ca_passphrase: CaPassphraseArgs,
}

impl WorkspaceArgs {
    /// Opens the service for issuing; a workspace that is not there is made, and that is said.
    pub(super) fn service(&self, console: &mut Console<'_>) -> Result<Service, CliError> {
        let passphrase = self.passphrase(console)?;
        let (now, rng) = (world::now()?, &mut world::rng());
        let opened = Service::open_or_create_under(&self.workspace, passphrase, now, rng);
        let (service, created) = opened.map_err(|error| self.cannot_open(error))?;
        if created {
            console.warn(created_note(&self.workspace));
        }
        self.begun(service, console)
    }

    /// Begins work; that the clock was set back is said.
    fn begun(&self, mut service: Service, console: &mut Console<'_>) -> Result<Service, CliError> {
        let now = world::now()?;
        let latest = service.workspace_mut().begin(now);
        if let Some(latest) = latest.map_err(|error| self.cannot_open(error))? {
            console.warn(format_args!(
                "the clock says {now}, and {latest} was seen here before: it was set back"
            ));
        }
        Ok(service)
    }

    /// Opens the service of a workspace that must be there.
    pub(super) fn existing_service(&self, console: &mut Console<'_>) -> Result<Service, CliError> {
        self.check_present()?;
        let mut service =
            Service::open(&self.workspace).map_err(|error| self.cannot_open(error))?;
        self.unlock(service.workspace_mut(), console)?;
        self.begun(service, console)
    }

    /// Makes the workspace, with its CA keys under the passphrase if one was given.
    pub(super) fn create(&self, console: &mut Console<'_>) -> Result<Workspace, CliError> {
        let dir = &self.workspace;
        let passphrase = self.passphrase(console)?;
        let made = Workspace::create_under(dir, passphrase, world::now()?, &mut world::rng());
        made.map_err(|error| {
            CliError::failed(format!("make the workspace {}", dir.display()), error)
        })
    }

    /// The passphrase of the CA keys: typed twice where it will protect new ones.
    fn passphrase(&self, console: &mut Console<'_>) -> Result<Option<Arc<Passphrase>>, CliError> {
        let is_new = Workspace::open_read_only(&self.workspace).is_err();
        let purpose = if is_new {
            Purpose::Protect
        } else {
            Purpose::Unlock
        };
        self.ca_passphrase.passphrase(purpose, console)
    }

    /// Unlocks the CA keys, if a passphrase was given.
    fn unlock(&self, workspace: &mut Workspace, console: &mut Console<'_>) -> Result<(), CliError> {
        if let Some(passphrase) = self.passphrase(console)? {
            let unlocked = workspace.unlock(passphrase, &mut world::rng());
            unlocked.map_err(|error| self.cannot_open(error))?;
        }
        Ok(())
    }

    /// Opens the service of a workspace that must be there for a rehearsal.
    pub(super) fn rehearsal(&self, console: &mut Console<'_>) -> Result<Service, CliError> {
        self.check_present()?;
        let service = Service::rehearse(&self.workspace);
        let mut service = service.map_err(|error| self.cannot_open(error))?;
        self.unlock(service.workspace_mut(), console)?;
        Ok(service)
    }

    /// Opens a workspace that must be there, for questions only.
    pub(super) fn read_only(&self) -> Result<Workspace, CliError> {
        self.check_present()?;
        Workspace::open_read_only(&self.workspace).map_err(|error| self.cannot_open(error))
    }

    /// As [`Self::read_only`], for a dry run, which also does without.
    pub(super) fn read_only_for_dry_run(&self) -> Result<Workspace, CliError> {
        self.read_only().map_err(|error| match error {
            CliError::NotFound { what, .. } => CliError::usage(
                format!("{what}, and a dry run makes none"),
                "give the CA's certificate with --ca-cert FILE",
            ),
            error => error,
        })
    }

    /// Opens a workspace that must be there, to be changed.
    pub(super) fn existing(&self, console: &mut Console<'_>) -> Result<Workspace, CliError> {
        let mut workspace = self.existing_as_it_is()?;
        self.unlock(&mut workspace, console)?;
        Ok(workspace)
    }

    /// As [`Self::existing`], with the passphrase left to whoever asked.
    pub(super) fn existing_as_it_is(&self) -> Result<Workspace, CliError> {
        self.check_present()?;
        Workspace::open(&self.workspace).map_err(|error| self.cannot_open(error))
    }

    fn check_present(&self) -> Result<(), CliError> {
        match Workspace::open_read_only(&self.workspace) {
            Err(WorkspaceError::Absent { dir }) => Err(CliError::NotFound {
                what: format!("{} is not a workspace", dir.display()),
                hint: "name one with --workspace DIR, or make one with `certwright init`"
                    .to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn cannot_open(&self, error: impl std::error::Error + Send + Sync + 'static) -> CliError {
        CliError::failed(
            format!("open the workspace {}", self.workspace.display()),
            error,
        )
    }
}

/// What is said when a workspace was made.
pub(super) fn created_note(dir: &Path) -> String {
    format!(
        "made the workspace {} with an RSA-2048 and a P-256 root",
        dir.display()
    )
}

const DEFAULT_FOLDER: &str = "./certwright-workspace";
