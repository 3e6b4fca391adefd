//! Regular expressions over a web server's log: matches counted, fields captured, addresses redacted.
use std::collections::BTreeMap;

use guest_common::{Checksum, parameters};
use regex::{Captures, Regex, RegexSet};

const LINE: &str = r#"(?m)^(?<host>[0-9.]+) - (?<user>[^ ]+) \[(?<time>[^\]]+)\] "(?<method>[A-Z]+) (?<path>[^ ]+) HTTP/[0-9.]+" (?<status>[0-9]{3}) (?<bytes>[0-9]+)"#;
const ATTACKS: [&str; 4] = [r"(?:\.\./)+", r"(?i)<\s*script", r"(?i)union\s+select", r"/etc/(?:passwd|shadow)"];

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

/// Bytes sent per method and class of status.
fn traffic<'a>(line: &Regex, log: &'a str) -> BTreeMap<(&'a str, &'a str), u64> {
    let mut traffic = BTreeMap::new();
    for captures in line.captures_iter(log) {
        let field = |name| captures.name(name).map_or("", |field| field.as_str());
        *traffic.entry((field("method"), &field("status")[..1])).or_default() +=
            field("bytes").parse::<u64>().unwrap_or(0);
    }
    traffic
}

fn main() {
    let ([bytes, rounds], document) = parameters();
    let log = std::str::from_utf8(&document[..document.len().min(bytes as usize)]).expect("a log in UTF-8");
    let (line, address, user) = (
        compile(LINE),
        compile(r"\b([0-9]{1,3})\.([0-9]{1,3})\.[0-9]{1,3}\.[0-9]{1,3}\b"),
        compile(r"\b\p{L}+@[a-z.]+"),
    );
    let attacks = RegexSet::new(ATTACKS).expect("valid patterns");

    let mut checksum = Checksum::default();
    let mut log = log.to_owned();
    for round in 0..rounds {
        for ((method, class), bytes) in traffic(&line, &log) {
            checksum.bytes(method.as_bytes());
            checksum.bytes(class.as_bytes());
            checksum.word(bytes);
        }
        checksum.word(log.lines().map(|line| attacks.matches(line).iter().count() as u64).sum());
        checksum.word(user.find_iter(&log).map(|found| found.len() as u64).sum());
        log =
            address.replace_all(&log, |parts: &Captures| format!("{}.{}.{round}.0", &parts[2], &parts[1])).into_owned();
    }
    checksum.bytes(log.as_bytes());
    zkvm_guest_std::write_output(&checksum.to_bytes());
}
