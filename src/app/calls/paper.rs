//! Standard output of a command.

use std::io;
use std::io::BufWriter;
use std::io::ErrorKind;
use std::io::StdoutLock;
use std::io::Write as _;

use serde::Serialize;

use crate::app::Fault;

/// Standard output. If the reader, like `head`, closes it, the command ends without an error.
pub(super) struct Paper(BufWriter<StdoutLock<'static>>);

/// Whether printing can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printed {
    /// More can be printed.
    More,
    /// The reader has closed.
    Closed,
}

impl Paper {
    pub(super) fn new() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    /// Prints a line.
    pub(super) fn line(&mut self, line: &str) -> Result<Printed, Fault> {
        let written = writeln!(self.0, "{line}");
        printed(written)
    }

    /// Prints octets as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<Printed, Fault> {
        let written = self.0.write_all(bytes);
        printed(written)
    }

    /// Prints a value as JSON of several lines.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<Printed, Fault> {
        let text = serde_json::to_string_pretty(value).map_err(Fault::of)?;
        self.line(&text)
    }

    /// Prints what is still buffered.
    pub(super) fn flush(&mut self) -> Result<Printed, Fault> {
        let flushed = self.0.flush();
        printed(flushed)
    }
}

fn printed(result: io::Result<()>) -> Result<Printed, Fault> {
    match result {
        Ok(()) => Ok(Printed::More),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Printed::Closed),
        Err(error) => Err(Fault::of(format!("standard output: {error}"))),
    }
}
