//! How much memory a proof takes, by the length of its segments.

const MIB: u64 = 1 << 20;

/// log2 of a segment's steps, and the most memory the whole process took with jemalloc on two cores, in MiB: the greatest of
/// software Keccak and SHA-256, whose steps need the most rows, and a twentieth. Below the first the fixed tables decide.
const PEAKS: [(u32, u64); 7] = [(14, 768), (15, 832), (16, 1024), (17, 1408), (18, 2304), (19, 4224), (20, 8064)];

/// Most memory that proving takes with segments of so many steps.
pub fn peak_memory_bytes(segment_steps: u64) -> u64 {
    let fits = |(log_steps, _): &&(u32, u64)| segment_steps <= 1 << log_steps;
    let (_, mebibytes) = PEAKS.iter().find(fits).unwrap_or(&PEAKS[PEAKS.len() - 1]);
    mebibytes * MIB
}

/// Steps of the longest segments with which proving takes at most so much memory, a power of two; `None` if there are none.
pub fn segment_steps_within(bytes: u64) -> Option<u64> {
    let fitting = PEAKS.iter().rev().find(|(_, mebibytes)| mebibytes * MIB <= bytes);
    fitting.map(|(log_steps, _)| 1 << log_steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_SEGMENT_STEPS;

    #[test]
    fn what_fits_takes_no_more_than_there_is() {
        for (log_steps, _) in PEAKS {
            let steps = 1 << log_steps;
            let bytes = peak_memory_bytes(steps);
            let fitting = segment_steps_within(bytes).unwrap();
            assert!(fitting >= steps && peak_memory_bytes(fitting) == bytes);
        }
        assert_eq!(segment_steps_within(u64::MAX), Some(MAX_SEGMENT_STEPS));
        assert_eq!(segment_steps_within(0), None);
        assert_eq!(peak_memory_bytes(1), peak_memory_bytes(1 << 14));
    }
}
