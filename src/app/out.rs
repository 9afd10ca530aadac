//! Standard output of commands.

use std::fmt;
use std::io::ErrorKind;
use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// Whether a line was lost for another reason than a closed reader.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Prints a line to standard output, like `println!`. If the reader, like `head`, has closed it, the
/// command goes on without output and ends without an error.
macro_rules! out {
    ($($text:tt)*) => {
        $crate::app::out::print(format_args!("{}\n", format_args!($($text)*)))
    };
}

pub(super) use out;

/// Prints a text to standard output. See [`out!`].
pub(super) fn print(text: fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let written = out.write_fmt(text).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
        && !FAILED.swap(true, Ordering::Relaxed)
    {
        eprintln!("strowger: standard output: {error}");
    }
}

/// Returns whether something was not printed, for example because the disk is full.
pub(super) fn failed() -> bool {
    FAILED.load(Ordering::Relaxed)
}
