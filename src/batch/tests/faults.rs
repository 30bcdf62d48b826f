//! A disk that is full for a while, at each step.

use super::*;

#[test]
fn a_full_disk_at_any_step_is_told_and_nothing_is_lost() {
    let rows = rows(20);
    let whole = Bench::new();
    let watch = Fault::dead_from(usize::MAX);
    let job = whole.job(&rows);
    let disk = Disk::watched(watch.clone());
    whole.run(&job, options(), &disk).unwrap();
    let expected = whole.left(&options());
    let steps = watch.steps();
    let writes = steps.iter().enumerate();
    let writes = writes.filter(|(_, step)| {
        matches!(
            step,
            Step::Append { .. } | Step::Put | Step::Flush | Step::Cut { .. }
        )
    });
    for (at, step) in writes {
        let bench = Bench::new();
        let job = bench.job(&rows);
        let fault = Fault {
            at,
            only: true,
            kind: io::ErrorKind::StorageFull,
            seen: Mutex::default(),
        };
        let error = bench
            .run(&job, options(), &Disk::watched(Arc::new(fault)))
            .unwrap_err();
        let BatchError::File { source, .. } = &error else {
            panic!("{step:?}: {error:?}")
        };
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        let options = options().with_resume();
        bench.run(&job, options.clone(), &Disk::default()).unwrap();
        assert_eq!(bench.left(&options), expected, "{step:?}");
    }
}
