//! Which engine does what, from how many jobs on.
//!
//! Thresholds are where the lanes overtook the scalar engine when both were measured on one core. The lanes take the same
//! time for one job as for eight; one they do faster than the portable engine, whatever it is.

use std::fmt;

use crate::key::engine::choice::{EngineName, availability, forced};

/// What is computed with keys.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Operation {
    /// Making keys of P-256.
    P256Generation,
    /// ECDSA on P-256.
    P256Signature,
    /// Verifying ECDSA on P-256.
    P256Verification,
    /// Making RSA keys.
    RsaGeneration,
    /// RSASSA-PKCS1-v1_5.
    RsaSignature,
    /// Verifying RSASSA-PKCS1-v1_5.
    RsaVerification,
}

/// An engine's share in an operation: from this many jobs in one call on, up to the next step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The least number of jobs.
    pub from_jobs: usize,
    /// Who does them.
    pub engine: EngineName,
    /// Why.
    pub reason: &'static str,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::RsaGeneration,
        Self::RsaSignature,
        Self::RsaVerification,
        Self::P256Generation,
        Self::P256Signature,
        Self::P256Verification,
    ];

    /// A short name, such as `rsa-signature`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P256Generation => "p256-generation",
            Self::P256Signature => "p256-signature",
            Self::P256Verification => "p256-verification",
            Self::RsaGeneration => "rsa-generation",
            Self::RsaSignature => "rsa-signature",
            Self::RsaVerification => "rsa-verification",
        }
    }

    /// The number of jobs from which on the lanes are faster than the scalar engine; nothing where that has no part.
    fn lanes_overtake_scalar(self) -> Option<usize> {
        match self {
            Self::P256Generation => Some(1),
            Self::P256Verification => Some(3),
            Self::RsaSignature => Some(2),
            Self::RsaVerification => Some(3),
            Self::P256Signature | Self::RsaGeneration => None,
        }
    }

    /// Engines with what they ask for, the best first.
    fn rungs(self) -> Vec<Step> {
        let step = |from_jobs, engine, reason| Step {
            from_jobs,
            engine,
            reason,
        };
        let mut rungs = Vec::new();
        if let Some(from) = self.lanes_overtake_scalar() {
            rungs.push(step(from, EngineName::Lanes, "eight at a time"));
            rungs.push(step(1, EngineName::Scalar, "the fastest for so few"));
        }
        rungs.push(step(
            1,
            EngineName::Lanes,
            "eight at a time, or one in all lanes",
        ));
        rungs.push(step(
            1,
            EngineName::Portable,
            "no faster engine has it here",
        ));
        rungs
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who does an operation in this process: the first step is from one job on, each next from more.
#[must_use]
pub fn steps(operation: Operation) -> Vec<Step> {
    steps_with(operation, forced(), |engine| availability(engine).available)
}

fn steps_with(
    operation: Operation,
    forced: Option<EngineName>,
    available: impl Fn(EngineName) -> bool,
) -> Vec<Step> {
    let rungs = operation.rungs();
    if let Some(engine) = forced {
        let has = rungs.iter().any(|rung| rung.engine == engine);
        let (engine, reason) = match has {
            true => (engine, "forced"),
            false => (EngineName::Portable, "the forced engine has no part in it"),
        };
        return vec![Step {
            from_jobs: 1,
            engine,
            reason,
        }];
    }
    let mut steps: Vec<Step> = Vec::new();
    for rung in rungs.into_iter().filter(|rung| available(rung.engine)) {
        // What comes later in the list is worth less: it fills in below what is there.
        match steps.last_mut() {
            Some(last) if rung.from_jobs >= last.from_jobs => {}
            Some(last) if rung.engine == last.engine => *last = rung,
            _ => steps.push(rung),
        }
    }
    steps.reverse();
    steps
}

/// The engine for so many jobs.
pub(super) fn pick(operation: Operation, jobs: usize) -> EngineName {
    let steps = steps(operation);
    let step = steps.iter().rev().find(|step| step.from_jobs <= jobs);
    step.map_or(EngineName::Portable, |step| step.engine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(operation: Operation, available: &[EngineName]) -> Vec<(usize, EngineName)> {
        let all = [available, &[EngineName::Portable]].concat();
        let steps = steps_with(operation, None, |engine| all.contains(&engine));
        steps
            .iter()
            .map(|step| (step.from_jobs, step.engine))
            .collect()
    }

    #[test]
    fn the_fastest_engine_that_is_there_does_it() {
        use EngineName::{Lanes, Portable, Scalar};
        let verification = Operation::P256Verification;
        assert_eq!(
            plan(verification, &[Lanes, Scalar]),
            [(1, Scalar), (3, Lanes)]
        );
        assert_eq!(plan(verification, &[Lanes]), [(1, Lanes)]);
        assert_eq!(plan(verification, &[Scalar]), [(1, Scalar)]);
        assert_eq!(plan(verification, &[]), [(1, Portable)]);
        assert_eq!(
            plan(Operation::P256Signature, &[Lanes, Scalar]),
            [(1, Lanes)]
        );
        assert_eq!(plan(Operation::RsaGeneration, &[Scalar]), [(1, Portable)]);
        assert_eq!(
            plan(Operation::P256Generation, &[Lanes, Scalar]),
            [(1, Lanes)]
        );
    }

    #[test]
    fn a_forced_engine_does_what_it_can() {
        let engine = |operation, forced| steps_with(operation, Some(forced), |_| true)[0].engine;
        for operation in Operation::ALL {
            assert_eq!(engine(operation, EngineName::Lanes), EngineName::Lanes);
            assert_eq!(
                engine(operation, EngineName::Portable),
                EngineName::Portable
            );
        }
        let scalar = |operation| engine(operation, EngineName::Scalar);
        assert_eq!(scalar(Operation::P256Signature), EngineName::Portable);
        assert_eq!(scalar(Operation::RsaGeneration), EngineName::Portable);
        assert_eq!(scalar(Operation::RsaSignature), EngineName::Scalar);
    }
}
