//! Credentials of trunks that the settings lack, or that two trunks share.

use std::collections::BTreeMap;

use crate::base::Diagnostic;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Noun;
use crate::config::Settings;
use crate::switch::unknown_credentials;

/// Returns a warning for each trunk whose credentials are not in the settings, and for each that
/// calls with the user name of another: only the first one's calls are known.
pub(super) fn warnings(book: &Book, written: BookText<'_>, settings: &Settings) -> Vec<Diagnostic> {
    let warning = |trunk: &crate::book::Trunk, message: String| {
        let place = written.place(Noun::Trunk, trunk.id.as_str());
        Diagnostic::warning(written.file, place, format!("trunk {}: {message}", trunk.id))
    };
    let unknown = unknown_credentials(book, &settings.credentials).into_iter();
    let mut found: Vec<Diagnostic> = unknown
        .map(|(trunk, name)| {
            warning(trunk, format!("the settings have no [credentials.{name}]"))
                .hint("add it, with `username` and `password`")
        })
        .collect();
    let mut callers = BTreeMap::new();
    for trunk in book.trunks.iter().filter(|trunk| trunk.calls_by_digest()) {
        let own = trunk.credentials.as_ref().and_then(|name| settings.credentials.get(name));
        let Some(own) = own else { continue };
        let first = callers.entry(&own.username).or_insert(&trunk.id);
        if *first != &trunk.id {
            let message = format!("its calls are taken for those of trunk {first}");
            found.push(warning(trunk, message).hint("give each its own user name"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::parse;

    #[test]
    fn what_trunks_lack_is_named() {
        let trunk = |id: &str, credentials: &str, more: &str| {
            format!("[[trunk]]\nid = \"{id}\"\ncredentials = \"{credentials}\"\n{more}\n")
        };
        let text = trunk("a", "one", "")
            + &trunk("b", "two", "")
            + &trunk("c", "gone", "outbound = \"sip:c.example\"")
            + &trunk("d", "one", "")
            // Its addresses are known: the user name is only ours.
            + &trunk("e", "one", "accept_from = \"192.0.2.1\"");
        let settings = "[credentials]\none = { username = \"u\", password = \"p\" }\n\
                        two = { username = \"v\", password = \"p\" }";
        let settings = Settings::parse("s", settings, &|_| None).unwrap();
        let book = parse("b", &text).0.unwrap();
        let found = warnings(&book, BookText { file: "b", text: &text }, &settings);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "b:10:6: warning: trunk c: the settings have no [credentials.gone] (add it, with \
                 `username` and `password`)",
                "b:14:6: warning: trunk d: its calls are taken for those of trunk a (give each its \
                 own user name)",
            ]
        );
    }
}
