//! Where a guest's debug print goes.

use std::io::{self, Write};

use zkvm_sdk::translator::Stream;

use crate::interrupt;
use crate::terminal::Progress;

/// Whether the guest may print on standard output.
#[derive(Clone, Copy, Debug)]
pub enum StandardOutput {
    Free,
    /// It is for a report; the guest prints on standard error.
    Reserved,
}

/// Prints for the guest: its standard output on ours, or on standard error if ours is for a report.
pub struct Console<'t> {
    stdout: Box<dyn Write + Send>,
    progress: &'t Progress,
    failed: Option<io::Error>,
}

impl<'t> Console<'t> {
    pub fn new(standard_output: StandardOutput, progress: &'t Progress) -> Console<'t> {
        let stdout: Box<dyn Write + Send> = match standard_output {
            StandardOutput::Free => Box::new(io::stdout()),
            StandardOutput::Reserved => Box::new(io::stderr()),
        };
        Console { stdout, progress, failed: None }
    }

    /// A failed write stops the run: nobody can see what else the guest prints.
    pub fn print(&mut self, stream: Stream, text: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        let written = self.progress.suspend(|| match stream {
            Stream::Output => self.stdout.write_all(text),
            Stream::Error => io::stderr().write_all(text),
        });
        if let Err(error) = written.and_then(|()| self.flush_if(stream)) {
            self.failed = Some(error);
            interrupt::raise();
        }
    }

    /// What kept it from printing, if anything did.
    pub fn finish(mut self) -> Option<io::Error> {
        let flushed = self.stdout.flush();
        self.failed.or(flushed.err())
    }

    /// Both streams may end in the same terminal, where their order must be the guest's.
    fn flush_if(&mut self, stream: Stream) -> io::Result<()> {
        if stream == Stream::Error { self.stdout.flush() } else { Ok(()) }
    }
}
