//! Settings of a node that shares servers with others.

/// Sets the database and the name of a node, whose journal is in the directory `facts`.
pub(crate) fn on(settings: &str, database: &str, name: &str) -> String {
    let (before, section) = settings.split_once("[database]\n").unwrap();
    let (_own, after) = section.split_once('\n').unwrap();
    format!(
        "{before}[node]\nname = \"{name}\"\n[journal]\ndirectory = \"facts\"\n\
         [database]\nurl = \"{database}\"\n{after}"
    )
}

/// Returns the lines that count at a Redis server on this port of the loopback address.
pub(crate) fn counted_at(port: u16) -> String {
    format!("[quota]\nurl = \"redis://127.0.0.1:{port}\"\n")
}
