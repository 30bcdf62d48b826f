//! ECGrid's sessions: who logged in, by the number that was handed out.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::http::clock;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::enos::reply::RequestId;
use crate::vendor::token::TokenHash;

/// The sessions that have not ended.
#[derive(Default)]
pub(in crate::http) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

struct Session {
    caller: Caller,
    last_used: UnixSeconds,
}

impl Sessions {
    /// Begins a session and gives its number, which nobody can guess. When there are too many, the one that was used least
    /// lately ends.
    pub(super) fn begin(
        &self,
        caller: Caller,
        now: UnixSeconds,
    ) -> Result<String, getrandom::Error> {
        // 122 random bits in the form in which .NET writes them.
        let number = RequestId::from_octets(clock::random()?).as_str().to_owned();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| !session.is_over(now));
        if sessions.len() >= MAX_SESSIONS {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.last_used);
            if let Some(key) = oldest.map(|(key, _)| *key) {
                sessions.remove(&key);
            }
        }
        let session = Session {
            caller,
            last_used: now,
        };
        sessions.insert(key(&number), session);
        Ok(number)
    }

    /// Who began a session; to ask is to use it.
    pub(super) fn caller(&self, number: &str, now: UnixSeconds) -> Option<Caller> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(&key(number))?;
        if session.is_over(now) {
            return None;
        }
        session.last_used = now;
        Some(session.caller.clone())
    }

    /// Ends a session, and says whether there was one.
    pub(super) fn end(&self, number: &str) -> bool {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&key(number)).is_some()
    }
}

impl Session {
    fn is_over(&self, now: UnixSeconds) -> bool {
        now.seconds().saturating_sub(self.last_used.seconds()) > IDLE_SECONDS
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions([elided])")
    }
}

/// Found by hash, so that the time of a search tells nothing about the numbers there are.
fn key(number: &str) -> [u8; 32] {
    TokenHash::of(number).octets()
}

/// A session that nobody uses ends; the vendor publishes no time.
const IDLE_SECONDS: u64 = 1800;

const MAX_SESSIONS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_ended_or_not_used() {
        let at = |seconds| UnixSeconds::new(seconds).unwrap();
        let sessions = Sessions::default();
        let one = sessions.begin(Caller::local(), at(0)).unwrap();
        let other = sessions.begin(Caller::local(), at(0)).unwrap();
        assert_ne!(one, other);
        assert_eq!(sessions.caller(&one, at(1800)), Some(Caller::local()));
        assert_eq!(sessions.caller(&other, at(1801)), None);
        assert_eq!(sessions.caller(&one, at(3600)), Some(Caller::local()));
        assert_eq!((sessions.end(&one), sessions.end(&one)), (true, false));
        assert_eq!(sessions.caller(&one, at(3600)), None);
    }
}
