//! Why there is no rollover.

use crate::time::UnixSeconds;

/// Why there is no rollover.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Hindrance {
    /// The two functions have a certificate each, and one for both is asked for.
    #[error("certificate {signing} for signing and {encryption} for encryption")]
    Apart {
        /// The one that signs.
        signing: i64,
        /// The one that encrypts.
        encryption: i64,
    },
    /// There is a next one.
    #[error("certificate {id} as the next for {function}, from {begin} on")]
    NextExists {
        /// For what.
        function: &'static str,
        /// The next one.
        id: i64,
        /// The first second of its use.
        begin: UnixSeconds,
    },
    /// Nothing is in use whose place could be taken.
    #[error("no certificate in use for {function}")]
    NoCurrent {
        /// For what.
        function: &'static str,
    },
    /// There is no next one, or it is for something else.
    #[error("no certificate as the next for {purpose}")]
    NoNext {
        /// For what.
        purpose: &'static str,
    },
    /// The new one would not last longer than the one in use, or past what X.509 can write.
    #[error("an end at {end}")]
    TooShort {
        /// Its end.
        end: UnixSeconds,
        /// The end of the one in use.
        current_end: UnixSeconds,
    },
    /// The new one would last past what X.509 can write, or not at all.
    #[error("{found} from {begin} on")]
    Lifetime {
        /// What was asked for.
        found: String,
        /// Its first second.
        begin: UnixSeconds,
    },
}

impl Hindrance {
    /// What would be right.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Apart { .. } => {
                "one certificate for both, or separate ones to be asked for".to_owned()
            }
            Self::Lifetime { .. } => "a second or more, ending before the year 10000".to_owned(),
            Self::NextExists { .. } => "no next one, or another to be asked for".to_owned(),
            Self::NoCurrent { .. } => "one whose place the new one takes".to_owned(),
            Self::NoNext { .. } => "one that a rollover made".to_owned(),
            Self::TooShort { current_end, .. } => {
                format!("after {current_end}, the end of the one in use")
            }
        }
    }

    /// Whether it lies in the time that was asked for, not in what there is.
    #[must_use]
    pub fn is_of_time(&self) -> bool {
        matches!(self, Self::Lifetime { .. } | Self::TooShort { .. })
    }
}
