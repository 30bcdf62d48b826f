//! Which engines there are, and the one that is forced.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// An engine.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EngineName {
    /// Eight operations at a time, in the lanes of AVX-512 IFMA.
    Lanes,
    /// The `RustCrypto` crates, everywhere.
    Portable,
    /// One operation at a time in assembly.
    Scalar,
}

/// Whether an engine can work here, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Availability {
    /// Whether it can.
    pub available: bool,
    /// What decides that.
    pub reason: &'static str,
}

/// Why an engine is not forced.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Something was computed already, or another engine was forced.
    #[error("the engine {wanted} is asked for too late, {} is in use", found.map_or("automatic choice", EngineName::as_str))]
    Settled {
        /// The engine that is forced; nothing if the choice is automatic.
        found: Option<EngineName>,
        /// The one that was asked for.
        wanted: EngineName,
    },
    /// The engine cannot work here.
    #[error("the engine {engine} is not available here: {reason}")]
    Unavailable {
        /// The engine that was asked for.
        engine: EngineName,
        /// Why it cannot.
        reason: &'static str,
    },
    /// A text names no engine.
    #[error("{found:?} is not an engine: portable, scalar or lanes is expected")]
    Unknown {
        /// The text that was found.
        found: String,
    },
}

impl EngineName {
    /// All of them, the fastest first.
    pub const ALL: [Self; 3] = [Self::Lanes, Self::Scalar, Self::Portable];

    /// The name, such as `lanes`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lanes => "lanes",
            Self::Portable => "portable",
            Self::Scalar => "scalar",
        }
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EngineName {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        let named = Self::ALL.into_iter().find(|name| name.as_str() == text);
        named.ok_or_else(|| EngineError::Unknown {
            found: text.to_owned(),
        })
    }
}

/// Has this engine do everything that it can in this process, whatever the number of jobs; what it has no arithmetic for
/// falls to the portable engine. To be called before anything is computed; asking for the same engine again is no error.
///
/// # Errors
/// [`EngineError::Unavailable`]; [`EngineError::Settled`] when it is too late.
pub fn force(engine: EngineName) -> Result<(), EngineError> {
    let Availability { available, reason } = availability(engine);
    if !available {
        return Err(EngineError::Unavailable { engine, reason });
    }
    match *FORCED.get_or_init(|| Some(engine)) {
        Some(found) if found == engine => Ok(()),
        found => Err(EngineError::Settled {
            found,
            wanted: engine,
        }),
    }
}

/// The engine that is forced; nothing if the choice is automatic. From here on nothing else can be forced.
#[must_use]
pub fn forced() -> Option<EngineName> {
    *FORCED.get_or_init(initial)
}

/// Whether an engine can work here: it is built in and the processor has what it needs.
#[must_use]
pub fn availability(engine: EngineName) -> Availability {
    let (available, reason) = match engine {
        EngineName::Lanes => lanes(),
        EngineName::Portable => (true, "runs on every processor"),
        EngineName::Scalar => scalar(),
    };
    Availability { available, reason }
}

#[cfg(feature = "lanes")]
fn lanes() -> (bool, &'static str) {
    match crypto_mb::available() {
        true => (true, "the processor has AVX-512 IFMA"),
        false => (false, "the processor has no AVX-512 IFMA"),
    }
}

#[cfg(not(feature = "lanes"))]
fn lanes() -> (bool, &'static str) {
    (false, "built without the feature `lanes`")
}

#[cfg(all(
    feature = "scalar",
    any(target_arch = "aarch64", target_arch = "x86_64")
))]
fn scalar() -> (bool, &'static str) {
    match graviola::util::is_cpu_supported() {
        true => (
            true,
            "the processor has the instructions that graviola needs",
        ),
        false => (
            false,
            "the processor lacks instructions that graviola needs",
        ),
    }
}

#[cfg(not(all(
    feature = "scalar",
    any(target_arch = "aarch64", target_arch = "x86_64")
)))]
fn scalar() -> (bool, &'static str) {
    if cfg!(feature = "scalar") {
        (false, "graviola knows x86-64 and 64-bit ARM only")
    } else {
        (false, "built without the feature `scalar`")
    }
}

/// Set by the first who asks.
static FORCED: OnceLock<Option<EngineName>> = OnceLock::new();

#[cfg(not(any(test, feature = "engine-variable")))]
fn initial() -> Option<EngineName> {
    None
}

/// Tests have no command line above them that reads the environment and tells what is wrong with it.
#[cfg(any(test, feature = "engine-variable"))]
#[expect(
    clippy::panic,
    reason = "a test that takes another engine than it was told shows nothing"
)]
fn initial() -> Option<EngineName> {
    let name = std::env::var("CERTWRIGHT_ENGINE").ok()?;
    match name.parse::<EngineName>() {
        Ok(engine) if availability(engine).available => Some(engine),
        _ => panic!("CERTWRIGHT_ENGINE: {name} is no engine that is available here"),
    }
}
