//! Numbers as people read them.

use std::time::Duration;

/// `1234567` → `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// In the unit that leaves one to three digits before the point.
pub fn bytes(number: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if number < 1000 {
        return if number == 1 { "1 byte".to_owned() } else { format!("{number} bytes") };
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

/// Three significant digits; minutes and hours from 100 seconds on.
pub fn seconds(duration: Duration) -> String {
    let value = duration.as_secs_f64();
    match value {
        ..0.001 => format!("{:.0} µs", value * 1e6),
        ..1.0 => format!("{:.1} ms", value * 1e3),
        ..100.0 => format!("{value:.2} s"),
        _ => {
            let whole = value.round() as u64;
            match (whole / 3600, whole / 60 % 60, whole % 60) {
                (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
                (hours, minutes, _) => format!("{} h {minutes} min", grouped(hours)),
            }
        }
    }
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `1 chunk`, `2 chunks`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_in_minutes_and_hours() {
        for (time, text) in [(0.5, "500.0 ms"), (99.0, "99.00 s"), (150.2, "2 min 30 s"), (7260.0, "2 h 1 min")] {
            assert_eq!(seconds(Duration::from_secs_f64(time)), text);
        }
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn bytes_take_the_largest_unit() {
        for (number, text) in
            [(1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_999, "1.0 MB"), (2_500_000_000, "2.5 GB")]
        {
            assert_eq!(bytes(number), text);
        }
    }
}
