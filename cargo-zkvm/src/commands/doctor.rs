//! `cargo zkvm doctor`.

use std::fmt::Write;
use std::fs;

use serde::Serialize;
use zkvm_sdk::guest_build::{self, Status};

use crate::exit::Exit;
use crate::{print, print_json};

const EXAMPLES: &str = "\
`error` means that guests cannot be built (exit status 1); `missing` that something works less well, and what is done \
instead. `cargo zkvm toolchain install` mends what it can.";

/// Say what is there, what is missing, and what will not work on this host
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Print the report as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    status: &'static str,
    detail: String,
}

pub fn doctor(args: &Args) -> anyhow::Result<Exit> {
    let of_toolchain = guest_build::doctor().into_iter().map(|check| Check {
        name: check.name.to_owned(),
        status: name(check.status),
        detail: check.detail,
    });
    let checks: Vec<_> = of_toolchain.chain(of_host()).collect();
    let ok = checks.iter().all(|check| check.status != name(Status::Bad));
    if args.json {
        print_json(&Report { ok, checks })?;
    } else {
        let mut text = String::new();
        for Check { name, status, detail } in &checks {
            let _ = writeln!(text, "{status:>8}  {name:<15} {detail}");
        }
        text.push_str(if ok {
            "guests can be built and run here\n"
        } else {
            "guests cannot be built here: see above\n"
        });
        print(&text)?;
    }
    Ok(if ok { Exit::Success } else { Exit::Error })
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Good => "ok",
        Status::Optional => "missing",
        Status::Bad => "error",
    }
}

/// What running needs. Nothing here is fatal: there is always the interpreter.
fn of_host() -> Vec<Check> {
    vec![native_engine(), huge_pages(), memory()]
}

fn check(name: &str, problem: Option<String>, good: String) -> Check {
    match problem {
        Some(detail) => Check { name: name.to_owned(), status: "missing", detail },
        None => Check { name: name.to_owned(), status: "ok", detail: good },
    }
}

fn native_engine() -> Check {
    let result = crate::self_test::native();
    check(
        "native engine",
        result.err().map(|error| format!("{error:#}; guests are interpreted, much slower")),
        "a test program ran".to_owned(),
    )
}

fn huge_pages() -> Check {
    let setting = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    let is_off = setting.is_empty() || setting.contains("[never]");
    let problem = is_off.then(|| "transparent huge pages are off; runs with large memory are slower".to_owned());
    check("huge pages", problem, setting.trim().to_owned())
}

fn memory() -> Check {
    /// Guest memory that a small program touches, the log buffers, and the witness workers.
    const ENOUGH: u64 = 2 << 30;
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map(|kilobytes| kilobytes * 1024);
    match available {
        Some(available) => {
            let text = format!("{} available", crate::numbers::bytes(available));
            check("memory", (available < ENOUGH).then(|| format!("{text}; large guests need more")), text)
        }
        None => check("memory", Some("unknown on this system".to_owned()), String::new()),
    }
}
