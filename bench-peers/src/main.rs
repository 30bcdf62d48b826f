//! The same work by certwright and by other libraries, in one process, in alternating slices.
//!
//! Every round gives each library a slice of the same length of time, in turn, so that a neighbour who takes the machine for
//! a while takes it from all. What is printed are the ratios of certwright's rate to a library's within each round: the
//! least, the median and the greatest. Time is the processor's, not the clock's, unless `--clock wall` is given.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

mod measure;
mod peers;
mod plot;
mod report;
mod work;

use measure::{Clock, Measured};
use work::Work;

#[derive(Parser)]
#[command(about, version)]
struct Args {
    /// Only the works whose name contains this text; may be given several times
    #[arg(long = "work", value_name = "TEXT")]
    works: Vec<String>,
    /// Only these libraries beside certwright; may be given several times
    #[arg(long = "engine", value_name = "NAME")]
    engines: Vec<String>,
    /// Force certwright's engine: portable, scalar or lanes
    #[arg(long, value_name = "NAME")]
    force: Option<certwright::key::engine::EngineName>,
    /// Rounds, each with a slice of every library
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Milliseconds of a slice
    #[arg(long, default_value_t = 300)]
    slice: u64,
    /// Threads that share the work
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// What time is taken: that of the processor, or that which passes
    #[arg(long, value_enum, default_value_t = Clock::Cpu)]
    clock: Clock,
    /// Print one JSON object instead of text: operations per second and core
    #[arg(long)]
    json: bool,
    /// Write a picture of the rates
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw a picture of what earlier runs printed with `--json` (one panel each) instead of measuring
    #[arg(long, value_name = "FILE", requires = "svg")]
    from: Vec<PathBuf>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    if !args.from.is_empty() {
        return redraw(&args);
    }
    if let Some(engine) = args.force {
        certwright::key::engine::force(engine)?;
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()?;
    let measured: Vec<Measured> = chosen(&args)
        .iter()
        .map(|work| {
            eprintln!("{} …", work.name);
            let slice = Duration::from_millis(args.slice);
            let measured =
                pool.install(|| measure::alternate(work, args.rounds, slice, args.clock));
            if !args.json {
                print!("{}", report::text(&measured));
            }
            measured
        })
        .collect();
    let json = report::json(&measured);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&json)?);
    }
    if let Some(file) = &args.svg {
        let title = format!("{} thread(s)", args.threads);
        fs::write(file, plot::svg(&[(title, json)])?)?;
    }
    Ok(())
}

fn redraw(args: &Args) -> Result<(), Failure> {
    let mut panels = Vec::new();
    for file in &args.from {
        let title = file.file_stem().unwrap_or_default().to_string_lossy();
        let json = serde_json::from_slice(&fs::read(file)?)?;
        panels.push((title.replace('-', " "), json));
    }
    if let Some(svg) = &args.svg {
        fs::write(svg, plot::svg(&panels)?)?;
    }
    Ok(())
}

fn chosen(args: &Args) -> Vec<Work> {
    let wanted = |name: &str| {
        args.works.is_empty() || args.works.iter().any(|text| name.contains(text.as_str()))
    };
    let named = |engine: &str| {
        args.engines.is_empty()
            || engine.starts_with("certwright")
            || args.engines.iter().any(|name| name == engine)
    };
    work::all(&wanted)
        .into_iter()
        .map(|mut work| {
            work.contenders.retain(|contender| named(contender.engine));
            work
        })
        .collect()
}
