//! `man`: manual pages, one a command.

use std::fs;
use std::path::PathBuf;

use clap_mangen::Man;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::output::{Access, Overwrite, PendingFile};
use crate::cli::view::{Fields, Node};

/// Write manual pages to a folder, one a command.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folder; it is made if it is not there.
    folder: PathBuf,
    /// Replace pages that are there.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(
    args: &Args,
    mut command: clap::Command,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    fs::create_dir_all(&args.folder).map_err(|error| {
        CliError::failed(format!("make the folder {}", args.folder.display()), error)
    })?;
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    let mut files = Vec::new();
    for (name, page) in pages {
        let path = args.folder.join(name);
        PendingFile::create(&path, Overwrite::of(args.force), Access::Everyone)?.finish(&page)?;
        files.push(Node::from(path.display().to_string()));
    }
    let title = format!("{} pages", files.len());
    console.fields(&title, &Fields::new().with("files", files))?;
    Ok(Exit::Done)
}

/// The page of a command and of those below it.
fn collect(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) -> Result<(), CliError> {
    if command.is_hide_set() || command.get_name() == "help" {
        return Ok(());
    }
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)
        .map_err(|error| CliError::failed("write a manual page", error))?;
    pages.push((man.get_filename(), page));
    command
        .get_subcommands()
        .try_for_each(|below| collect(below, pages))
}

const AFTER_HELP: &str = "\
Examples:
  certwright man ~/.local/share/man/man1";
