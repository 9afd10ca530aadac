//! Signals to other processes.

use std::process::Child;
use std::process::Command;

/// Sends a signal, such as `-TERM`.
#[track_caller]
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success(), "{name} not sent");
}
