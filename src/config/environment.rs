//! Reads environment variables. No other file does.

/// Returns whether programs may colour their output: unless `NO_COLOR` is set.
pub fn wants_colours() -> bool {
    variable("NO_COLOR").is_none()
}

/// Returns the socket of the service manager that started the program, for reports of its state
/// (`sd_notify(3)`): a path, or an abstract name behind `@`. `None` if there is none.
pub fn notify_socket() -> Option<String> {
    variable("NOTIFY_SOCKET")
}

/// Returns an environment variable; `None` when it is unset, empty or not Unicode.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
