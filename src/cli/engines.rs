//! `engines`: who computes with keys on this machine, and why. The environment may force one.

use std::env;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::view::{Fields, Node};
use crate::key::engine;
use crate::key::engine::{EngineName, Operation, Step};

/// Show which engine computes with keys here, from how many keys or signatures at once on, and why.
///
/// All engines give the same octets. The variable `CERTWRIGHT_ENGINE` has one of them (portable, scalar or lanes) do
/// everything that it can.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {}

/// Forces the engine that the environment names, if it names one.
pub(super) fn obey_environment() -> Result<(), CliError> {
    match env::var(VARIABLE) {
        Ok(name) => force(&name),
        Err(env::VarError::NotPresent) => Ok(()),
        Err(env::VarError::NotUnicode(_)) => Err(refused(&"it is not UTF-8 text")),
    }
}

fn force(name: &str) -> Result<(), CliError> {
    let wanted: EngineName = name.parse().map_err(|error| refused(&error))?;
    engine::force(wanted).map_err(|error| refused(&error))
}

fn refused(reason: &dyn ToString) -> CliError {
    CliError::usage(
        format!("{VARIABLE}: {}", reason.to_string()),
        format!("unset {VARIABLE}, or see `certwright engines` for what there is"),
    )
}

pub(super) fn run(_args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let forced = engine::forced();
    let choice = forced.map_or("automatic", EngineName::as_str);
    let title = format!("engine: {choice}");
    console.fields(&title, &report(choice))?;
    Ok(Exit::Done)
}

fn report(choice: &str) -> Fields {
    let mut engines = Fields::new();
    for name in EngineName::ALL {
        let found = engine::availability(name);
        let line = match found.available {
            true => format!("available: {}", found.reason),
            false => format!("not available: {}", found.reason),
        };
        let fields = Fields::new()
            .with("available", found.available)
            .with("reason", found.reason.to_owned());
        engines = engines.with(name.as_str(), Node::Line(line, fields));
    }
    let mut operations = Fields::new();
    for operation in Operation::ALL {
        let steps = engine::steps(operation);
        let nodes = steps.iter().map(node).collect();
        operations = operations.with(operation.as_str(), Node::List(nodes));
    }
    Fields::new()
        .with("choice", choice.to_owned())
        .with("engines", engines)
        .with("operations", operations)
}

fn node(step: &Step) -> Node {
    let Step {
        from_jobs,
        engine,
        reason,
        ..
    } = step;
    let fields = Fields::new()
        .with("fromJobs", u64::try_from(*from_jobs).unwrap_or(u64::MAX))
        .with("engine", engine.to_string())
        .with("reason", (*reason).to_owned());
    Node::Line(format!("from {from_jobs}: {engine} ({reason})"), fields)
}

const VARIABLE: &str = "CERTWRIGHT_ENGINE";

const AFTER_HELP: &str = "\
Examples:
  certwright engines
  CERTWRIGHT_ENGINE=portable certwright engines --json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_nobody_knows_is_a_usage_error() {
        let error = force("fastest").unwrap_err();
        assert_eq!(error.kind(), crate::cli::error::ErrorKind::Usage);
    }

    #[test]
    fn every_operation_is_done_from_one_job_on() {
        let report = serde_json::to_value(report("automatic")).unwrap();
        for operation in Operation::ALL {
            let first = &report["operations"][operation.as_str()][0];
            assert_eq!(first["fromJobs"], 1, "{operation}");
        }
        assert_eq!(report["engines"]["portable"]["available"], true);
    }
}
