//! Reads `intake = [{ key, offer, live, names, answer }]` of a source.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::AnswerPreset;
use crate::book::AnswerValue;
use crate::book::AnswerWord;
use crate::book::Entrance;
use crate::book::EntranceKey;
use crate::book::Noun;
use crate::book::PlatformForm;
use crate::book::SourceAnswer;
use crate::book::SourceFormat;
use crate::book::is_xml_name;

use super::context::Context;

const KEYS: &[&str] = &["key", "offer", "live", "names", "answer", "origins", "forms"];
const ANSWER_KEYS: &[&str] = &["preset", "format", "names", "words"];
/// Most entrances of a source.
const ENTRANCES_MAX: usize = 50;
/// Most origins of an entrance.
const ORIGINS_MAX: usize = 50;
/// Most forms of an entrance.
const FORMS_MAX: usize = 200;
/// Most names of a source's own.
const NAMES_MAX: usize = 100;
/// Longest name of a source's own, in bytes.
const NAME_BYTES_MAX: usize = 120;
/// Longest word of an answer, in bytes.
const WORD_BYTES_MAX: usize = 80;

/// Reads the entrances of a source.
pub(super) fn read<'d>(source: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<Entrance>> {
    let Some(value) = source.value("intake") else { return Some(Vec::new()) };
    let items = value.list(&mut cx.report)?;
    if items.len() > ENTRANCES_MAX {
        cx.report.error(value.at(), format!("`intake` has over {ENTRANCES_MAX} items"), "");
        return None;
    }
    let read: Vec<Option<Entrance>> = items.iter().map(|item| entrance(item, cx)).collect();
    read.into_iter().collect()
}

fn entrance<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Entrance> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let key = table.needed("key", &mut cx.report).and_then(|value| key(&value, cx));
    let offer = table.needed("offer", &mut cx.report);
    let offer = offer.and_then(|offer| cx.names.refer(Noun::Offer, &offer, &mut cx.report));
    let live = table.value("live").map_or(Some(false), |live| live.boolean(&mut cx.report));
    let names = match table.value("names") {
        Some(value) => names(&value, &mut cx.report),
        None => Some(Vec::new()),
    };
    let answer = match table.value("answer") {
        Some(value) => answer(&value, &mut cx.report),
        None => Some(SourceAnswer::default()),
    };
    let forms = table.value("forms").map_or(Some(Vec::new()), |value| forms(&value, cx));
    let origins = match table.value("origins") {
        Some(value) => origins(&value, &mut cx.report),
        None => Some(Vec::new()),
    };
    Some(Entrance {
        key: key?,
        offer: offer?,
        live: live?,
        names: names?,
        answer: answer?,
        origins: origins?,
        forms: forms?,
    })
}

/// Reads origins of web pages (RFC 6454 §6.2), as browsers send them: scheme and host, and a port
/// that is not the usual one.
fn origins(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let items = value.list_or_one(report)?;
    if items.len() > ORIGINS_MAX {
        report.error(value.at(), format!("`origins` has over {ORIGINS_MAX} items"), "");
        return None;
    }
    let mut origins = Vec::new();
    for item in items {
        let text = item.words(NAME_BYTES_MAX, report)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| {
            let (host, port) = split_port(rest);
            is_host(host) && port.is_none_or(is_port) && !text.contains(char::is_uppercase)
        });
        if !fits {
            let message = format!("`{}` is no origin of a page", clip(text));
            report.error(
                item.at(),
                message,
                "write it in lower case, like https://www.example.com",
            );
            return None;
        }
        origins.push(text.to_owned());
    }
    Some(origins)
}

/// Reads forms of ad platforms, which no other entrance of the book may have.
fn forms<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<PlatformForm>> {
    let items = value.list(&mut cx.report)?;
    if items.len() > FORMS_MAX {
        cx.report.error(value.at(), format!("`forms` has over {FORMS_MAX} items"), "");
        return None;
    }
    let mut forms = Vec::new();
    for item in items {
        let form: Option<PlatformForm> = item.parse(&mut cx.report);
        let is_new = form.as_ref().is_none_or(|form| cx.entrances.insert(form.to_string()));
        if !is_new {
            cx.report.error(item.at(), "another `intake` has the same form", "list it once");
        }
        forms.push(form.filter(|_| is_new));
    }
    let mut forms = forms.into_iter().collect::<Option<Vec<_>>>()?;
    forms.sort();
    Some(forms)
}

/// Reads a key, which no other entrance of the book may have. No fault repeats it.
fn key<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<EntranceKey> {
    let text = value.text(&mut cx.report)?;
    let key = match text.parse::<EntranceKey>() {
        Ok(key) => key,
        Err(fault) => {
            cx.report.error(value.at(), fault, "make one with `openssl rand -hex 16`");
            return None;
        }
    };
    if !cx.entrances.insert(key.digest()) {
        let hint = "each source and offer needs a key of its own";
        cx.report.error(value.at(), "another `intake` has the same `key`", hint);
        return None;
    }
    Some(key)
}

fn names(
    value: &Value<'_>,
    report: &mut Report<'_>,
) -> Option<Vec<(String, crate::base::FieldName)>> {
    let table = value.table(report)?;
    let given: Vec<Value<'_>> = table.values().collect();
    if given.len() > NAMES_MAX {
        report.error(value.at(), format!("`names` has over {NAMES_MAX} items"), "");
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for item in given {
        let theirs = item.key();
        let fits = (1..=NAME_BYTES_MAX).contains(&theirs.len());
        if !fits || !seen.insert(theirs.to_ascii_lowercase()) {
            let message = format!("`{}` is too long, or listed twice", clip(theirs));
            report.error(item.key_at(), message, "case does not matter");
            names.push(None);
            continue;
        }
        let ours = item.parse(report);
        names.push(ours.map(|ours| (theirs.to_owned(), ours)));
    }
    let mut names = names.into_iter().collect::<Option<Vec<_>>>()?;
    // In one order, so that a written book reads as an equal one.
    names.sort();
    Some(names)
}

fn answer(value: &Value<'_>, report: &mut Report<'_>) -> Option<SourceAnswer> {
    let table = value.table(report)?;
    table.check_keys(ANSWER_KEYS, &[], report);
    let preset = match table.value("preset") {
        Some(name) => name.choice(&choices(AnswerPreset::ALL), &[], report),
        None => Some(AnswerPreset::Plain),
    };
    let format = match table.value("format") {
        Some(name) => name.choice(&choices(SourceFormat::ALL), &[], report).map(Some),
        None => Some(None),
    };
    let name = |value: &Value<'_>, report: &mut Report<'_>| {
        let text = value.words(WORD_BYTES_MAX, report)?;
        if text.split('.').all(is_xml_name) {
            return Some(text.to_owned());
        }
        let hint = "use letters, digits, `_`, and dots for levels: lead.id";
        report.error(value.at(), format!("`{}` is no name of a value", clip(text)), hint);
        None
    };
    let word = |value: &Value<'_>, report: &mut Report<'_>| {
        value.words(WORD_BYTES_MAX, report).map(str::to_owned)
    };
    let names = texts(&table, "names", AnswerValue::ALL, name, report);
    let words = texts(&table, "words", AnswerWord::ALL, word, report);
    Some(SourceAnswer { preset: preset?, format: format?, names: names?, words: words? })
}

/// Reads a table with texts for some of our words.
fn texts<'d, 't, K: Copy + Ord>(
    answer: &Table<'d>,
    key: &str,
    known: &[(K, &'static str)],
    read: impl Fn(&Value<'d>, &mut Report<'t>) -> Option<String>,
    report: &mut Report<'t>,
) -> Option<BTreeMap<K, String>> {
    let Some(value) = answer.value(key) else { return Some(BTreeMap::new()) };
    let table = value.table(report)?;
    let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
    table.check_keys(&names, &[], report);
    let mut texts = BTreeMap::new();
    let mut whole = true;
    for (word, name) in known {
        let Some(value) = table.value(name) else { continue };
        match read(&value, report) {
            Some(text) => {
                texts.insert(*word, text);
            }
            None => whole = false,
        }
    }
    whole.then_some(texts)
}

fn choices<K: Copy>(all: &[(K, &'static str)]) -> Vec<(&'static str, K)> {
    all.iter().map(|(one, name)| (*name, *one)).collect()
}

#[cfg(test)]
mod tests {
    use crate::book::AnswerPreset;
    use crate::book::AnswerValue;
    use crate::book::AnswerWord;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn source(intake: &str) -> String {
        format!("[[source]]\nid = \"x\"\nintake = [{intake}]")
    }

    #[test]
    fn an_entrance_with_names_and_words() {
        let intake = r#"{ key = "k-0123456789abcdef", offer = "shares", live = true,
            names = { fname = "first_name", "Contact.Zip" = "zip" },
            answer = { preset = "boberdoo", format = "json", names = { id = "lead.id" },
                       words = { sold = "Yes" } } }, { key = "k-0123456789abcdeg", offer = "shares" }"#;
        let sources = book(&source(intake)).sources;
        let [first, second] = &sources[0].intake[..] else { panic!("{sources:?}") };
        assert!(first.live && !second.live, "a new source only tests");
        assert_eq!(first.name_of("contact.zip").map(|name| name.as_str()), Some("zip"));
        assert_eq!(first.answer.name(AnswerValue::Id), Some("lead.id"));
        assert_eq!(first.answer.name(AnswerValue::Status), Some("status"));
        assert_eq!(first.answer.word(AnswerWord::Sold), "Yes");
        assert_eq!(first.answer.word(AnswerWord::Rejected), "Unmatched");
        assert_eq!(second.answer.preset, AnswerPreset::Plain);
    }

    #[test]
    fn leads_of_a_form_come_before_those_of_its_page() {
        let entrance = |n: usize, forms: &str| {
            format!("{{ key = \"k-0123456789abcde{n}\", offer = \"shares\", forms = [{forms}] }}")
        };
        let (one, two) = (entrance(1, "\"meta:77\""), entrance(2, "\"meta:88\", \"linkedin:1\""));
        let book = book(&source(&format!("{one}, {two}")));
        let key = |platform: &str, form: &str, page: &str| {
            let found = book.entrance_of(platform, [Some(form), Some(page)]);
            found.map(|(_, entrance)| entrance.key.to_string())
        };
        let (one, two) = ("k-0123456789abcde1".to_owned(), "k-0123456789abcde2".to_owned());
        assert_eq!(key("meta", "88", "77"), Some(two.clone()));
        assert_eq!(key("meta", "1", "77"), Some(one));
        assert_eq!(key("linkedin", "1", "77"), Some(two));
        assert_eq!(key("meta", "1", "1"), None);
        let twice =
            format!("{}, {}", entrance(1, "\"meta:7\""), entrance(2, "\"meta:7\", \"x:1\""));
        check(
            &source(&twice),
            &[
                "3:138: error: another `intake` has the same form (list it once)",
                "3:148: error: `x:1` is no form of a platform: write `meta:` or `linkedin:` and \
                 its id",
            ],
        );
    }

    #[test]
    fn faults() {
        let key = "key = \"k-0123456789abcdef\"";
        for (intake, expected) in [
            (
                "{ key = \"short\", offer = \"shares\" }".to_owned(),
                "3:19: error: a key has 16 to 64 letters, digits, `-`, and `_` (make one with \
                 `openssl rand -hex 16`)",
            ),
            (
                format!("{{ {key}, offer = \"shares\" }}, {{ {key}, offer = \"shares\" }}"),
                "3:69: error: another `intake` has the same `key` (each source and offer needs a \
                 key of its own)",
            ),
            (
                format!("{{ {key}, offer = \"shares\", origins = \"https://a.example/x\" }}"),
                "3:69: error: `https://a.example/x` is no origin of a page (write it in lower \
                 case, like https://www.example.com)",
            ),
            (
                format!("{{ {key}, offer = \"shares\", names = {{ a = \"A\" }} }}"),
                "3:73: error: `A` is not a field name: use a-z, 0-9 and _, a letter first, at \
                 most 40",
            ),
            (
                format!("{{ {key}, offer = \"shares\", answer = {{ names = {{ id = \"<\" }} }} }}"),
                "3:85: error: `<` is no name of a value (use letters, digits, `_`, and dots for \
                 levels: lead.id)",
            ),
        ] {
            check(&source(&intake), &[expected]);
        }
    }
}
