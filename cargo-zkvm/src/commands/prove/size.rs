//! Sizes on the command line.

use zkvm_sdk::prover::MAX_SEGMENT_STEPS;

/// `6GiB`, `800MB`, `1048576`: units of 1024 with an `i`, of 1000 without.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        unit => return Err(format!("there is no unit `{unit}`; write 6GiB or 800MB")),
    };
    let number: f64 = digits.trim().parse().map_err(|_| format!("`{digits}` is no number; write 6GiB or 800MB"))?;
    let bytes = number * factor as f64;
    if (1.0..1e18).contains(&bytes) { Ok(bytes as u64) } else { Err("that is no size of a memory".to_owned()) }
}

pub fn parse_segment_steps(text: &str) -> Result<u64, String> {
    let steps: u64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if steps.is_power_of_two() && steps <= MAX_SEGMENT_STEPS {
        Ok(steps)
    } else {
        Err(format!("it must be a power of two of at most {MAX_SEGMENT_STEPS}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_both_units() {
        for (text, bytes) in [("4096", 4096), ("6GiB", 6 << 30), ("800MB", 800_000_000), ("1.5g", 3 << 29)] {
            assert_eq!(parse_bytes(text), Ok(bytes));
        }
        for text in ["", "GiB", "6 elephants", "-1", "0", "nan", "1e30"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn segments_are_powers_of_two() {
        assert_eq!(parse_segment_steps("16384"), Ok(1 << 14));
        for text in ["0", "3", "2097152", "x"] {
            assert!(parse_segment_steps(text).is_err(), "{text}");
        }
    }
}
