//! How much memory there is.

use std::fs;

/// What is left to the rest of the machine: a sixteenth, but not less than half a gibibyte.
fn reserve(available: u64) -> u64 {
    (available / 16).max(512 << 20)
}

/// Bytes that may be used: what the machine has to spare, or the control group of this process, less a reserve; `None` where
/// the system does not tell.
pub fn usable_bytes() -> Option<u64> {
    let free = available_bytes()?.min(group_bytes().unwrap_or(u64::MAX));
    Some(free.saturating_sub(reserve(free)))
}

fn available_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(1024 * line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?)
}

/// What a container may still take.
fn group_bytes() -> Option<u64> {
    let number = |name: &str| fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?.trim().parse::<u64>().ok();
    Some(number("memory.max")?.saturating_sub(number("memory.current")?))
}
