//! What is said on standard error while something is done.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What takes less time shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Standard error, as the user wants it.
pub struct Terminal {
    quiet: bool,
    colours: bool,
    is_terminal: bool,
}

impl Terminal {
    pub fn new(quiet: bool) -> Terminal {
        let is_terminal = std::io::stderr().is_terminal();
        let colours = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Terminal { quiet, colours, is_terminal }
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A line in cargo's manner: a verb and what it is about.
    pub fn status(&self, verb: &str, text: &str) {
        if !self.quiet {
            let padding = " ".repeat(12usize.saturating_sub(verb.len()));
            self.line(&format!("{padding}{} {text}", self.paint(verb, "1;32")));
        }
    }

    /// A block of lines, as they are.
    pub fn text(&self, text: &str) {
        if !self.quiet {
            self.line(text.trim_end());
        }
    }

    /// Lines that belong to an error.
    pub fn block(&self, text: &str) {
        self.line(text.trim_end());
    }

    pub fn warning(&self, text: &str) {
        self.line(&format!("{}: {text}", self.paint("warning", "1;33")));
    }

    pub fn error(&self, text: &str) {
        self.line(&format!("{}: {text}", self.paint("error", "1;31")));
    }

    /// What may help.
    pub fn hint(&self, text: &str) {
        self.line(&format!("{}: {text}", self.paint("hint", "1;36")));
    }

    /// A bar that appears when the work turns out to take longer than a second; nothing if nobody looks.
    /// `total` is 0 if it is not known.
    pub fn progress(&self, what: &str, total: u64, unit: &'static str) -> Progress {
        let template = if total > 0 {
            "{msg:>12} [{bar:30}] {human_pos}/{human_len} {prefix} ({per_sec}, {eta} left)"
        } else {
            "{msg:>12} {spinner} {human_pos} {prefix} in {elapsed} ({per_sec})"
        };
        Progress {
            is_wanted: self.is_terminal && !self.quiet,
            what: what.to_owned(),
            template,
            total,
            unit,
            started: Instant::now(),
            bar: OnceLock::new(),
        }
    }

    /// Does `work` and shows, if it takes longer than a second and somebody looks, that it goes on.
    pub fn wait<T: Send>(&self, what: &str, work: impl FnOnce() -> T + Send) -> T {
        if !self.is_terminal || self.quiet {
            return work();
        }
        std::thread::scope(|scope| {
            let worker = scope.spawn(work);
            let mut progress = self.progress(what, 0, "");
            progress.template = "{msg:>12} {spinner} {elapsed}";
            while !worker.is_finished() {
                std::thread::sleep(Duration::from_millis(20));
                progress.at(progress.started.elapsed().as_millis() as u64);
            }
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Nobody reads on after a failed write to standard error.
    fn line(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// See [`Terminal::progress`].
pub struct Progress {
    is_wanted: bool,
    what: String,
    template: &'static str,
    total: u64,
    unit: &'static str,
    started: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// `position` of the total has been done.
    pub fn at(&self, position: u64) {
        if !self.is_wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        self.bar.get_or_init(|| self.new_bar()).set_position(position);
    }

    /// Shows the bar at once, and that work goes on behind it: for what reports seldom.
    pub fn show(&self) {
        if self.is_wanted {
            self.bar.get_or_init(|| self.new_bar()).enable_steady_tick(PATIENCE);
        }
    }

    /// What stands behind the position.
    pub fn unit(&self, unit: String) {
        if let Some(bar) = self.bar.get() {
            bar.set_prefix(unit);
        }
    }

    /// Does something that prints, with the bar out of the way.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.bar.get() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn new_bar(&self) -> ProgressBar {
        let bar = if self.total > 0 { ProgressBar::new(self.total) } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template(self.template) {
            bar.set_style(style);
        }
        bar.set_message(self.what.clone());
        bar.set_prefix(self.unit);
        bar.with_elapsed(self.started.elapsed())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
