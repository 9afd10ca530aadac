//! Any text as a route book: a book without errors, printed as TOML, is read as an equal book.

use strowger::base::Severity;
use strowger::book::parse;
use strowger::book::to_toml;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (book, faults) = parse("b", text);
    let refused = faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_eq!(book.is_none(), refused, "{faults:?}");
    if let Some(book) = book {
        let printed = to_toml(&book);
        let (again, faults) = parse("b", &printed);
        assert_eq!(again.as_ref(), Some(&book), "{faults:?}\n{printed}");
    }
}
