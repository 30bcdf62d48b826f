use clap::CommandFactory;

use super::*;

/// Every command with its path, such as `certwright key new`.
fn commands(command: &clap::Command, path: &str, all: &mut Vec<(String, clap::Command)>) {
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        let path = format!("{path} {}", below.get_name());
        commands(below, &path, all);
        all.push((path, below.clone()));
    }
}

#[test]
fn the_definition_of_the_commands_holds() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_an_example_of_itself() {
    let mut all = Vec::new();
    commands(&Cli::command(), "certwright", &mut all);
    for (path, command) in all {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(help.starts_with("Examples:\n"), "{path}: no examples");
        assert!(help.contains(&path), "{path}: not in its examples");
        assert!(
            command.get_about().is_some(),
            "{path}: says nothing of itself"
        );
    }
}
