//! No core dump shows what was in memory: keys are.

use crate::cli::console::Console;

/// Has the system write no core file of this process and let no other process of the user look into it; where that cannot
/// be had, it is said.
pub(super) fn forbid(console: &mut Console<'_>) {
    if let Err(error) = forbidden() {
        console.warn(format_args!("core dumps cannot be turned off: {error}"));
    }
}

#[cfg(target_os = "linux")]
fn forbidden() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(Resource::Core, none)?;
    // A limit of 0 does not keep a core from a program that the kernel pipes it to.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Other systems write no core file unless they are told to.
#[cfg(not(target_os = "linux"))]
fn forbidden() -> std::io::Result<()> {
    Ok(())
}
