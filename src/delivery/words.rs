//! The words in which buyers say yes, no, and duplicate, as whole words: "unmatched" does not say
//! "matched", and "not accepted" does not say "accepted".

/// Most bytes of a text in which words are looked for: a page for people is not a verdict.
const TEXT_BYTES_MAX: usize = 4 * 1024;

const YES: &[&str] = &[
    "accepted",
    "success",
    "successful",
    "successfully",
    "matched",
    "sold",
    "approved",
    "created",
    "ok",
];
const NO: &[&str] = &[
    "rejected",
    "reject",
    "rejection",
    "declined",
    "decline",
    "failed",
    "fail",
    "failure",
    "error",
    "errors",
    "invalid",
    "unmatched",
    "unsold",
    "unsuccessful",
    "denied",
    "refused",
    "no match",
    "no bid",
    "not matched",
    "no buyer",
    "no buyers",
];
const DUPLICATE: &[&str] = &["duplicate", "duplicated", "duplicates", "dupe", "dup"];
/// A negation counts if it is this close before a word.
const NEGATION_REACH: usize = 3;
const NEGATIONS: &[&str] = &["not", "no", "non", "never", "cannot", "without", "un", "t", "0"];

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The lead is accepted.
    Yes,
    /// The lead is rejected.
    No,
    /// The buyer has the lead already.
    Duplicate,
}

/// Returns what a text says by the usual words; `None` if it says neither. Duplicate comes before
/// no, and no before yes.
pub(super) fn said(text: &str) -> Option<Said> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "y" => return Some(Said::Yes),
        "0" | "2" | "false" | "no" | "n" => return Some(Said::No),
        _ => {}
    }
    let words = words(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| phrase_in(&words, phrase));
    let denied = |phrases: &[&str]| phrases.iter().any(|phrase| denial_in(&words, phrase));
    if has(DUPLICATE) {
        Some(Said::Duplicate)
    } else if has(NO) || denied(YES) {
        Some(Said::No)
    } else if has(YES) {
        Some(Said::Yes)
    } else {
        None
    }
}

/// Returns whether a text has a phrase as whole words, without a negation before it.
pub(super) fn has_phrase(text: &str, phrase: &str) -> bool {
    phrase_in(&words(text), phrase)
}

/// Returns the words of a text in lower case: runs of letters and digits. An empty word stands
/// between clauses, which no phrase and no negation crosses.
fn words(text: &str) -> Vec<String> {
    let end = (0..=TEXT_BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    let mut words = Vec::new();
    for clause in text.split([',', ';', '.', '!', '?', ':', '|', '\n', '"', '<', '>']) {
        let parts = clause.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.extend(parts.map(str::to_lowercase));
        words.push(String::new());
    }
    words.pop();
    words
}

/// Returns the positions of a phrase.
fn found<'w>(words: &'w [String], phrase: &str) -> impl Iterator<Item = usize> + use<'w> {
    let phrase = self::words(phrase);
    let last = words.len().checked_sub(phrase.len());
    let positions = last.filter(|_| !phrase.is_empty()).map_or(0..0, |last| 0..last + 1);
    positions.filter(move |at| words.get(*at..at + phrase.len()) == Some(phrase.as_slice()))
}

fn is_denied(words: &[String], at: usize) -> bool {
    let before = words.get(at.saturating_sub(NEGATION_REACH)..at).unwrap_or_default();
    let clause = before.iter().rev().take_while(|word| !word.is_empty());
    clause.into_iter().any(|word| NEGATIONS.contains(&word.as_str()))
}

fn phrase_in(words: &[String], phrase: &str) -> bool {
    found(words, phrase).any(|at| !is_denied(words, at))
}

fn denial_in(words: &[String], phrase: &str) -> bool {
    found(words, phrase).any(|at| is_denied(words, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_count() {
        for (text, expected) in [
            ("Matched", Some(Said::Yes)),
            ("Unmatched", Some(Said::No)),
            ("lead not accepted", Some(Said::No)),
            ("The lead has not been accepted.", Some(Said::No)),
            ("wasn't accepted", Some(Said::No)),
            ("un-matched", Some(Said::No)),
            ("NOT_ACCEPTED", Some(Said::No)),
            ("LEAD_ACCEPTED", Some(Said::Yes)),
            ("unsuccessful", Some(Said::No)),
            ("No Match", Some(Said::No)),
            ("accepted without errors", Some(Said::Yes)),
            ("0 errors, accepted", Some(Said::Yes)),
            ("Duplicate lead rejected", Some(Said::Duplicate)),
            ("not a duplicate; accepted", Some(Said::Yes)),
            ("acceptedness", None),
            ("token", None),
            ("1", Some(Said::Yes)),
            ("2", Some(Said::No)),
            ("true", Some(Said::Yes)),
            ("10", None),
            ("", None),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn phrases_are_found_without_negation() {
        for (text, phrase, expected) in [
            ("status: Lead Accepted!", "lead accepted", true),
            ("not accepted", "accepted", false),
            (
                "not accepted; later accepted by another buyer in the pool, accepted",
                "accepted",
                true,
            ),
            ("unaccepted", "accepted", false),
            ("x", "", false),
            ("", "x", false),
        ] {
            assert_eq!(has_phrase(text, phrase), expected, "{text}");
        }
    }

    #[test]
    fn long_pages_are_read_only_at_their_beginning() {
        let within = format!("{} accepted", "x".repeat(TEXT_BYTES_MAX - "x accepted".len()));
        assert_eq!(said(&within), Some(Said::Yes));
        let beyond = format!("{} accepted", "x".repeat(TEXT_BYTES_MAX));
        assert_eq!(said(&beyond), None);
    }
}
