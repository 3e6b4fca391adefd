//! Which part of a witness is wanted.

use std::ops::Range;

use zkvm_sdk::witness::Table;

/// `3..7`, `..7`, or one number.
pub fn parse_chunks(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{text}` is no number"));
    let range = match text.split_once("..") {
        Some(("", end)) => 0..number(end)?,
        Some((first, end)) => number(first)?..number(end)?,
        None => {
            let chunk = number(text)?;
            chunk..chunk.saturating_add(1)
        }
    };
    if range.is_empty() { Err("there is no chunk in it; the end is not part of a range".to_owned()) } else { Ok(range) }
}

/// A table by its name.
pub fn parse_table(name: &str) -> Result<Table, String> {
    Table::by_name(name).ok_or_else(|| {
        let names: Vec<_> = Table::all().map(Table::name).collect();
        format!("the tables are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_half_open() {
        for (text, range) in [("3..7", 3..7), ("..2", 0..2), ("5", 5..6)] {
            assert_eq!(parse_chunks(text), Ok(range));
        }
        for text in ["", "a", "3..3", "7..3", "3..", ".."] {
            assert!(parse_chunks(text).is_err(), "{text}");
        }
    }
}
