//! The one queue through which calls reach the service.
//!
//! The service works on slices and has one ledger, so one thread has it. Whatever comes while a slice is at work waits in
//! its lane and makes the next slice: the more clients there are, the more certificates share one commit. A client is
//! answered once the commit is on disk.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::thread::JoinHandle;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tokio::sync::oneshot;

use crate::http::clock::{Clock, Seeds};
use crate::http::error::ServeError;
use crate::http::metrics::Metrics;
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;

/// A call that may share a slice with others.
pub(super) trait Slice: Send + Sized + 'static {
    /// What each call is answered.
    type Answer: Send + 'static;

    /// The lane's name in the metrics.
    const NAME: &'static str;

    /// The longest slice; calls of other lanes wait for as long as one takes.
    const MAX: usize;

    /// Answers each call of a slice, in order.
    ///
    /// # Errors
    /// What keeps the service from working at all.
    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError>;
}

/// Calls of one sort that wait.
pub(super) struct Lane<T: Slice>(Mutex<VecDeque<Waiting<T>>>);

struct Waiting<T: Slice> {
    call: T,
    answer: oneshot::Sender<Result<T::Answer, Unanswered>>,
}

/// Where the service works.
pub(super) struct Desk {
    pub(super) service: Service,
    clock: Clock,
    seeds: Seeds,
    metrics: Arc<Metrics>,
}

/// A way to the desk; clones lead to the same.
#[derive(Clone)]
pub(super) struct Queue {
    sender: Sender<Work>,
}

/// Why a call is not answered. What went wrong is in the log, and not for the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the service cannot answer at present")]
pub(super) struct Unanswered;

enum Work {
    Lane(Arc<dyn Ready>),
    Once(Box<dyn FnOnce(&mut Desk) + Send>),
}

/// A lane, whatever its calls are.
trait Ready: Send + Sync {
    /// Answers one slice, and says whether calls are left.
    fn work(&self, desk: &mut Desk) -> bool;
}

impl Queue {
    /// Gives the service a thread of its own. It ends when all ways to it are gone and what waits is answered.
    pub(super) fn start(
        service: Service,
        clock: Clock,
        seeds: Seeds,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, JoinHandle<()>), ServeError> {
        let (sender, receiver) = channel();
        let desk = Desk {
            service,
            clock,
            seeds,
            metrics,
        };
        let thread = thread::Builder::new().name("service".to_owned());
        let thread = thread
            .spawn(move || desk.serve(&receiver))
            .map_err(ServeError::Thread)?;
        Ok((Self { sender }, thread))
    }

    /// Answers a call together with others of its lane.
    pub(super) async fn slice<T: Slice>(
        &self,
        lane: &Arc<Lane<T>>,
        call: T,
    ) -> Result<T::Answer, Unanswered> {
        let (answer, waiting) = oneshot::channel();
        if lane.push(Waiting { call, answer }) {
            let lane: Arc<dyn Ready> = Arc::<Lane<T>>::clone(lane);
            self.sender.send(Work::Lane(lane)).map_err(|_| Unanswered)?;
        }
        waiting.await.unwrap_or(Err(Unanswered))
    }

    /// Answers a call by itself.
    pub(super) async fn once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (answer, waiting) = oneshot::channel();
        let work = move |desk: &mut Desk| {
            // Whoever asked may have gone.
            drop(answer.send(work(desk)));
        };
        let work = Work::Once(Box::new(work));
        self.sender.send(work).map_err(|_| Unanswered)?;
        waiting.await.map_err(|_| Unanswered)
    }

    /// As [`Queue::once`] for what may fail as a whole.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, Unanswered> {
        let answer = self.once(move |desk| work(desk).map_err(|error| told(&error)));
        answer.await?
    }
}

impl Desk {
    /// Now, with everything else drawn.
    pub(super) fn moment(&self) -> Moment {
        Moment::at(self.now())
    }

    /// This second.
    pub(super) fn now(&self) -> UnixSeconds {
        (self.clock)()
    }

    /// A generator for one slice.
    pub(super) fn rng(&mut self) -> Result<ChaCha20Rng, ServiceError> {
        let seed = (self.seeds)().map_err(|_| ServiceError::Random)?;
        Ok(ChaCha20Rng::from_seed(seed))
    }

    fn serve(mut self, receiver: &Receiver<Work>) {
        let mut again: VecDeque<Work> = VecDeque::new();
        loop {
            // Lanes with calls left stand behind what has come since, so that none waits for ever.
            let work = match receiver.try_recv() {
                Ok(work) => {
                    again.push_back(work);
                    continue;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => again.pop_front(),
            };
            let work = match work {
                Some(work) => work,
                None => match receiver.recv() {
                    Ok(work) => work,
                    Err(_) => return,
                },
            };
            let done = catch_unwind(AssertUnwindSafe(|| self.work(work)));
            match done {
                Ok(Some(left)) => again.push_back(left),
                Ok(None) => {}
                // A transaction that was open is rolled back, and those who waited are told that nobody answers.
                Err(_) => tracing::error!("the service panicked over a call"),
            }
        }
    }

    fn work(&mut self, work: Work) -> Option<Work> {
        match work {
            Work::Once(work) => {
                work(self);
                None
            }
            Work::Lane(lane) => lane.work(self).then_some(Work::Lane(lane)),
        }
    }
}

impl<T: Slice> Lane<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::default()))
    }

    /// Adds a call, and says whether the lane was empty.
    fn push(&self, waiting: Waiting<T>) -> bool {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push_back(waiting);
        calls.len() == 1
    }

    fn take(&self) -> (Vec<Waiting<T>>, bool) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let n = calls.len().min(T::MAX);
        (calls.drain(..n).collect(), !calls.is_empty())
    }
}

impl<T: Slice> Ready for Lane<T> {
    fn work(&self, desk: &mut Desk) -> bool {
        let (waiting, left) = self.take();
        desk.metrics.slice(T::NAME, waiting.len());
        let (calls, answers): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|waiting| (waiting.call, waiting.answer))
            .unzip();
        let n = calls.len();
        // Calls that are left must not wait for ever, whatever becomes of these.
        let done = catch_unwind(AssertUnwindSafe(|| T::run(calls, desk)));
        match done {
            Ok(Ok(done)) if done.len() == n => {
                for (answer, done) in answers.into_iter().zip(done) {
                    // Whoever asked may have gone.
                    drop(answer.send(Ok(done)));
                }
            }
            Ok(Ok(_)) => {
                told(&ServiceError::Unanswered);
            }
            Ok(Err(error)) => {
                told(&error);
            }
            Err(_) => tracing::error!(lane = T::NAME, "the service panicked over a slice"),
        }
        left
    }
}

/// Tells the log what the caller is not told.
fn told(error: &ServiceError) -> Unanswered {
    tracing::error!(error = %chain(error), "the service cannot answer");
    Unanswered
}

/// An error and what it came from, in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl<T: Slice> fmt::Debug for Lane<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane({})", T::NAME)
    }
}
