//! Slices in turn, and what they showed.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::work::{Contender, Work};

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Clock {
    /// Of this process, all threads together.
    Cpu,
    /// As it passes.
    Wall,
}

/// What one work showed.
pub(crate) struct Measured {
    pub(crate) work: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// Operations per second and core of one library, one figure a round.
pub(crate) struct Row {
    pub(crate) engine: &'static str,
    pub(crate) rates: Vec<f64>,
}

/// The least, the median and the greatest.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
        let half = values.len() / 2;
        let median = match values.len() % 2 {
            0 => (at(half.wrapping_sub(1)) + at(half)) / 2.0,
            _ => at(half),
        };
        Self {
            min: at(0),
            median,
            max: at(values.len().wrapping_sub(1)),
        }
    }
}

/// Gives every contender a slice in each round; the one who begins changes with the round.
pub(crate) fn alternate(work: &Work, rounds: usize, slice: Duration, clock: Clock) -> Measured {
    let contenders = &work.contenders;
    let sizes: Vec<usize> = contenders
        .iter()
        .map(|contender| calibrate(contender, slice, clock))
        .collect();
    let mut rows: Vec<Row> = contenders
        .iter()
        .map(|contender| Row {
            engine: contender.engine,
            rates: Vec::with_capacity(rounds),
        })
        .collect();
    for round in 0..rounds {
        for i in 0..contenders.len() {
            let i = (i + round) % contenders.len();
            let rate = rate(&contenders[i], sizes[i], clock);
            rows[i].rates.push(rate);
        }
    }
    Measured {
        work: work.name,
        rows,
    }
}

/// How many operations fill a slice: a multiple of the contender's own batch.
fn calibrate(contender: &Contender, slice: Duration, clock: Clock) -> usize {
    let mut batches = 1;
    loop {
        let rate = rate(contender, batches * contender.batch, clock);
        let wanted = rate * rayon::current_num_threads() as f64 * slice.as_secs_f64()
            / contender.batch as f64;
        if wanted <= batches as f64 * 2.0 {
            return wanted.round().max(1.0) as usize * contender.batch;
        }
        batches = (wanted.ceil() as usize).min(batches * 16);
    }
}

/// Operations per second and core.
fn rate(contender: &Contender, operations: usize, clock: Clock) -> f64 {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    for _ in 0..operations / contender.batch {
        (contender.run)(contender.batch);
    }
    let seconds = match clock {
        Clock::Cpu => cpu_seconds() - cpu,
        Clock::Wall => wall.elapsed().as_secs_f64() * rayon::current_num_threads() as f64,
    };
    operations as f64 / seconds
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
