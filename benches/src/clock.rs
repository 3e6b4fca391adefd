//! Processor time: what a program costs, on a busy machine too, where wall time counts what others do.
use std::time::Duration;

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Whose time counts.
#[derive(Clone, Copy)]
pub enum Spender {
    /// The processes started and waited for.
    Children,
    /// This process, all its threads.
    Process,
}

/// Does `action`; with its result the processor time it took. The kernel samples how the time divides into user and
/// system at its timer's ticks, which is too coarse, so it is the sum of both: page faults and process start included.
pub fn timed<T>(spender: Spender, action: impl FnOnce() -> T) -> Result<(Duration, T)> {
    let before = processor_time(spender)?;
    let result = action();
    Ok((processor_time(spender)? - before, result))
}

fn processor_time(spender: Spender) -> Result<Duration> {
    let usage = getrusage(match spender {
        Spender::Children => UsageWho::RUSAGE_CHILDREN,
        Spender::Process => UsageWho::RUSAGE_SELF,
    })?;
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, 1000 * time.tv_usec() as u32)
}
