//! What a guest is given: bytes, arguments, environment, seed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use zkvm_abi::{INPUT, SEED_BYTES};
use zkvm_sdk::Input;

/// Options of the commands that run a guest.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// What the guest reads: a file, `-` for standard input, or `hex:` and hex digits
    #[arg(long, short, value_name = "FILE|-|hex:…")]
    pub input: Option<String>,
    /// An argument of the guest (repeat for more; they may also follow `--`)
    #[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
    pub arguments: Vec<String>,
    /// A variable of the guest's environment (it sees none of yours)
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub environment: Vec<String>,
    /// 32 bytes that the guest's random numbers come from [default: a hash of the rest of the input]
    #[arg(long, value_name = "HEX")]
    pub seed: Option<String>,
    /// Arguments of the guest
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub trailing: Vec<String>,
}

impl InputArgs {
    /// Whether any of it is given.
    pub fn is_given(&self) -> bool {
        let InputArgs { input, arguments, environment, seed, trailing } = self;
        input.is_some() || seed.is_some() || [arguments, environment, trailing].into_iter().any(|list| !list.is_empty())
    }

    /// Reads it all. The guest's first argument is its name.
    pub fn read(&self, guest: &str) -> anyhow::Result<Input> {
        let bytes = self.input.as_deref().map_or_else(|| Ok(Vec::new()), read_bytes)?;
        let arguments = [guest.to_owned()].into_iter().chain(self.arguments.iter().chain(&self.trailing).cloned());
        let environment = self.environment.iter().map(|text| variable(text)).collect::<anyhow::Result<_>>()?;
        let seed = self.seed.as_deref().map(parse_seed).transpose()?;
        Input::with(bytes, arguments.collect(), environment, seed).context("the input is too large")
    }
}

fn read_bytes(source: &str) -> anyhow::Result<Vec<u8>> {
    if let Some(digits) = source.strip_prefix("hex:") {
        return parse_hex(digits).context("--input");
    }
    if source == "-" {
        return read_at_most(std::io::stdin().lock(), "standard input");
    }
    let path = Path::new(source);
    let failed = || format!("cannot read the input {source}");
    let metadata = std::fs::metadata(path).with_context(failed)?;
    if metadata.is_dir() {
        bail!("cannot read the input {source}: it is a directory; name a file");
    }
    if metadata.len() > INPUT.bytes() {
        return Err(too_large(source));
    }
    read_at_most(File::open(path).with_context(failed)?, source)
}

fn read_at_most(reader: impl Read, source: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let failed = || format!("cannot read the input {source}");
    reader.take(INPUT.bytes() + 1).read_to_end(&mut bytes).with_context(failed)?;
    if bytes.len() as u64 > INPUT.bytes() { Err(too_large(source)) } else { Ok(bytes) }
}

fn too_large(source: &str) -> anyhow::Error {
    anyhow::anyhow!("the input {source} is too large: a guest's input region holds {} MiB", INPUT.bytes() >> 20)
}

fn variable(text: &str) -> anyhow::Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => bail!("--env {text}: it must be NAME=VALUE"),
    }
}

fn parse_seed(digits: &str) -> anyhow::Result<[u8; SEED_BYTES]> {
    let bytes = parse_hex(digits).context("--seed")?;
    let found = bytes.len();
    bytes
        .try_into()
        .map_err(|_| anyhow::anyhow!("--seed: {found} bytes; it must be {SEED_BYTES} ({} hex digits)", 2 * SEED_BYTES))
}

/// Pairs of hex digits; `0x` before them and `_` or spaces between them are allowed.
fn parse_hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut nibbles = Vec::with_capacity(digits.len());
    for character in digits.chars().filter(|character| !matches!(character, '_' | ' ')) {
        match character.to_digit(16) {
            Some(nibble) => nibbles.push(nibble as u8),
            None => bail!("`{character}` is no hex digit"),
        }
    }
    if nibbles.len() % 2 != 0 {
        bail!("{} hex digits are no whole number of bytes", nibbles.len());
    }
    Ok(nibbles.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_in_the_usual_spellings() {
        for (text, bytes) in [("", vec![]), ("00ff", vec![0, 255]), ("0xDE_AD be", vec![0xde, 0xad, 0xbe])] {
            assert_eq!(parse_hex(text).unwrap(), bytes);
        }
    }

    #[test]
    fn bad_hex_is_refused() {
        for text in ["0", "zz", "0x1", "é0"] {
            assert!(parse_hex(text).is_err(), "{text}");
        }
    }
}
