//! Processor time: what an execution costs, on a busy machine too, where wall time counts what others do.
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Of the processes started and waited for.
pub fn of_children() -> Result<Duration> {
    usage(UsageWho::RUSAGE_CHILDREN)
}

/// Of this process, all its threads.
pub fn of_this_process() -> Result<Duration> {
    usage(UsageWho::RUSAGE_SELF)
}

/// Of another process that runs still, its first thread.
pub fn of_process(id: u32) -> Result<Duration> {
    let file = format!("/proc/{id}/schedstat");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    let nanoseconds = text.split_whitespace().next().context("no time in schedstat")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// The kernel samples how the time divides into user and system, so it is the sum of both: page faults included.
fn usage(who: UsageWho) -> Result<Duration> {
    let usage = getrusage(who)?;
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, 1000 * time.tv_usec() as u32)
}
