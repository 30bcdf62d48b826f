//! Reading, working and writing at the same time, in order, with a bounded number of slices between them.

use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Slices that wait between two steps.
///
/// With the one that each of the three steps holds, [`MOST_IN_FLIGHT`] are in memory at the most.
const WAITING: usize = 1;

/// The most slices between reading and having written: three at work and [`WAITING`] before the second and third step.
#[cfg(test)]
pub(super) const MOST_IN_FLIGHT: usize = 3 + 2 * WAITING;

/// Reads items on a thread of its own, works on them here, and writes what comes of them on another thread.
///
/// Items keep their order. Whatever was worked on is written also when a later item fails, unless writing is what fails.
///
/// # Errors
/// The first error of any step; none of the steps is called again then, but for writing what is done.
pub(super) fn run<T: Send, U: Send, E: Send>(
    read: impl Iterator<Item = Result<T, E>> + Send,
    mut work: impl FnMut(T) -> Result<U, E>,
    write: impl FnMut(U) -> Result<(), E> + Send,
) -> Result<(), E> {
    thread::scope(|scope| {
        let (to_work, read_items) = sync_channel(WAITING);
        let (to_writer, done_items) = sync_channel(WAITING);
        let reader = scope.spawn(move || {
            for item in read {
                let failed = item.is_err();
                // Sending fails once the work has ended: nothing more needs to be read then.
                if to_work.send(item).is_err() || failed {
                    return;
                }
            }
        });
        let writer = scope.spawn(move || done_items.into_iter().try_for_each(write));
        let worked = read_items.into_iter().try_for_each(|item| {
            let done = work(item.map_err(Stop::Failed)?).map_err(Stop::Failed)?;
            to_writer.send(done).map_err(|_| Stop::WriterGone)
        });
        drop(to_writer);
        let written = writer.join().unwrap_or_else(|panic| resume_unwind(panic));
        reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        match worked {
            Err(Stop::Failed(error)) => Err(error),
            Ok(()) | Err(Stop::WriterGone) => written,
        }
    })
}

/// Why the work ended early.
enum Stop<E> {
    /// Reading or working failed.
    Failed(E),
    /// Writing failed; the writer has the error.
    WriterGone,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn order_is_kept_and_memory_is_bounded() {
        let (read, written, most) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        let mut order = Vec::new();
        let items = (0..200).map(|item| {
            let ahead = 1 + read.fetch_add(1, Ordering::SeqCst) - written.load(Ordering::SeqCst);
            most.fetch_max(ahead, Ordering::SeqCst);
            Ok::<_, ()>(item)
        });
        run(items, Ok, |item| {
            thread::sleep(Duration::from_micros(200));
            order.push(item);
            written.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        assert_eq!(order, (0..200).collect::<Vec<_>>());
        let most = most.into_inner();
        assert!(most > 1, "steps overlap");
        assert!(most <= MOST_IN_FLIGHT, "{most}");
    }

    #[test]
    fn what_is_done_before_a_failure_is_written() {
        let mut written = Vec::new();
        let write = |item| {
            written.push(item);
            Ok(())
        };
        let work = |item| if item == 3 { Err("work") } else { Ok(item) };
        assert_eq!(run((0..9).map(Ok), work, write), Err("work"));
        assert_eq!(written, [0, 1, 2]);

        let mut written = Vec::new();
        let read = [Ok(0), Ok(1), Err("read"), Ok(3)];
        let write = |item| {
            written.push(item);
            Ok(())
        };
        assert_eq!(run(read.into_iter(), Ok, write), Err("read"));
        assert_eq!(written, [0, 1]);
    }

    #[test]
    fn a_failed_writer_ends_an_endless_job() {
        let write = |item| if item == 2 { Err("write") } else { Ok(()) };
        assert_eq!(run((0..).map(Ok), Ok, write), Err("write"));
    }
}
