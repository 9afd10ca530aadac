//! The specification of an entrance: what a source sends, and how it is answered.

mod page;

use crate::base::print_duration;
use crate::base::tree::Tree;
use crate::book::AnswerValue;
use crate::book::AnswerWord;
use crate::book::Entrance;
use crate::book::FormField;
use crate::book::FormKind;
use crate::book::Limits;
use crate::book::Offer;

use super::check::FaultCode;
use super::check::every_field;
use super::check::is_needed_on_ping;
use super::ping_name;

/// What a source sends to an entrance, and how it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    offer: String,
    /// Where leads are sent.
    url: String,
    /// Name under which a post names its ping.
    ping_name: String,
    /// Whether leads are sold.
    live: bool,
    fields: Vec<SpecField>,
    /// Names of the values of an answer, ours and the source's.
    values: Vec<(&'static str, String)>,
    /// Words for what became of a lead.
    words: Vec<SpecWord>,
}

/// A word for what became of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SpecWord {
    ours: &'static str,
    theirs: String,
    /// The platform's number for it.
    code: Option<&'static str>,
}

/// A field of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SpecField {
    name: String,
    /// Other names under which it may be sent; the source's own first.
    also: Vec<String>,
    kind: &'static str,
    required: bool,
    /// Whether a ping needs it too.
    on_ping: bool,
    /// The values that are taken, in words.
    allowed: String,
    example: String,
}

impl Spec {
    /// Returns the specification of an entrance, which is at `url`.
    pub fn of(offer: &Offer, entrance: &Entrance, url: &str) -> Self {
        let fields = every_field(&offer.fields);
        let terms = &entrance.answer;
        let values = AnswerValue::ALL.iter().filter(|(value, _)| match value {
            AnswerValue::Buyer => offer.show_buyer,
            AnswerValue::Status
            | AnswerValue::Code
            | AnswerValue::Id
            | AnswerValue::PingId
            | AnswerValue::ExpiresAt
            | AnswerValue::Price
            | AnswerValue::Reason
            | AnswerValue::Message
            | AnswerValue::Errors
            | AnswerValue::Test => true,
        });
        let values = values.filter_map(|(value, ours)| Some((*ours, terms.name(*value)?.into())));
        let word = |&(word, ours): &(AnswerWord, &'static str)| {
            let (theirs, code) = (terms.word(word).to_owned(), terms.preset.code(word));
            SpecWord { ours, theirs, code }
        };
        Self {
            offer: offer.id.to_string(),
            url: url.to_owned(),
            ping_name: sent_ping_name(entrance),
            live: entrance.live,
            fields: fields.iter().map(|field| SpecField::of(field, entrance)).collect(),
            values: values.collect(),
            words: AnswerWord::ALL.iter().map(word).collect(),
        }
    }

    /// Returns the specification as a document.
    pub fn document(&self) -> Tree {
        let pair = |name: &str, value: Tree| (name.to_owned(), value);
        let text = |text: &str| Tree::Text(text.to_owned());
        let values = self.values.iter().map(|(ours, theirs)| pair(ours, text(theirs)));
        let words = self.words.iter().map(|word| pair(word.ours, text(&word.theirs)));
        let faults = FaultCode::ALL.iter().map(|code| pair(code.code(), text(code.remedy())));
        Tree::Named(vec![
            pair("offer", text(&self.offer)),
            pair("url", text(&self.url)),
            pair("live", Tree::Flag(self.live)),
            pair("fields", Tree::List(self.fields.iter().map(SpecField::document).collect())),
            pair("ping", Tree::Named(self.ping(pair))),
            pair("example", Tree::Named(self.example(pair))),
            pair("answer", Tree::Named(values.collect())),
            pair("words", Tree::Named(words.collect())),
            pair("test", Tree::Named(vec![pair("test", text("1"))])),
            pair("faults", Tree::Named(faults.collect())),
        ])
    }

    fn ping(&self, pair: impl Fn(&str, Tree) -> (String, Tree)) -> Vec<(String, Tree)> {
        let text = |name: &str, text: String| pair(name, Tree::Text(text));
        vec![
            text("url", format!("{}/ping", self.url)),
            text("post_url", format!("{}/post", self.url)),
            text("named", self.ping_name.clone()),
        ]
    }

    fn example(&self, pair: impl Fn(&str, Tree) -> (String, Tree)) -> Vec<(String, Tree)> {
        let fields = self.fields.iter();
        fields.map(|field| pair(field.sent(), Tree::Text(field.example.clone()))).collect()
    }
}

/// Returns the name under which a source's posts name their ping: the book's, else the platform's.
fn sent_ping_name(entrance: &Entrance) -> String {
    let own = entrance.names.iter().find(|(_, ours)| ours.as_str() == "ping_id");
    own.map_or_else(|| ping_name(entrance.answer.preset).to_owned(), |(theirs, _)| theirs.clone())
}

impl SpecField {
    fn of(field: &FormField, entrance: &Entrance) -> Self {
        let own = entrance.names.iter().filter(|(_, ours)| *ours == field.name);
        let own = own.map(|(theirs, _)| theirs.clone());
        let also = own.chain(field.also.iter().cloned()).collect();
        let (allowed, example) = values_of(&field.kind);
        Self {
            name: field.name.to_string(),
            also,
            kind: field.kind.name(),
            required: field.required,
            on_ping: is_needed_on_ping(field),
            allowed,
            example,
        }
    }

    /// Returns the name under which the source sends it.
    fn sent(&self) -> &str {
        self.also.first().map_or(&self.name, String::as_str)
    }

    fn document(&self) -> Tree {
        let text = |name: &str, text: &str| (name.to_owned(), Tree::Text(text.to_owned()));
        let also = self.also.iter().map(|name| Tree::Text(name.clone())).collect();
        Tree::Named(vec![
            text("name", &self.name),
            ("also".to_owned(), Tree::List(also)),
            text("type", self.kind),
            ("required".to_owned(), Tree::Flag(self.required)),
            ("required_on_ping".to_owned(), Tree::Flag(self.on_ping)),
            text("allowed", &self.allowed),
            text("example", &self.example),
        ])
    }
}

/// Returns what is taken of a type, in words, and an example. People of examples do not exist.
fn values_of(kind: &FormKind) -> (String, String) {
    let (allowed, example) = match kind {
        FormKind::Text { length, pattern } => {
            let length = length
                .as_ref()
                .map(|length| format!("{} to {} characters", length.start(), length.end()));
            let pattern = pattern.as_ref().map(|pattern| format!("matches {}", pattern.as_str()));
            let rules: Vec<String> = length.into_iter().chain(pattern).collect();
            return (
                if rules.is_empty() { "any text".to_owned() } else { rules.join("; ") },
                "text".to_owned(),
            );
        }
        FormKind::Number(limits) => return (within("a number", limits), first(limits, "1.5")),
        FormKind::Integer(limits) => return (within("a whole number", limits), first(limits, "1")),
        FormKind::Date(limits) => {
            return (within("a date: 1984-12-24, 12/24/1984", limits), first(limits, "1984-12-24"));
        }
        FormKind::BirthDate(limits) => {
            (within("a date of birth: 1984-12-24, 12/24/1984; age", limits), "1984-12-24")
        }
        FormKind::Choice(choices) => {
            let example = choices.first().cloned().unwrap_or_default();
            return (format!("one of: {}", choices.join(", ")), example);
        }
        FormKind::Phone => ("ten digits, or `+` and country code".to_owned(), "3055550123"),
        FormKind::Email => ("an e-mail address".to_owned(), "ann@example.com"),
        FormKind::Zip => ("five digits, or ZIP+4".to_owned(), "90210"),
        FormKind::State => ("two letters, or the name".to_owned(), "CA"),
        FormKind::Bool => ("yes, no, true, false, 1, 0".to_owned(), "yes"),
        FormKind::Url => ("a URL with https:// or http://".to_owned(), "https://example.com/"),
        FormKind::Ip => ("an IPv4 or IPv6 address".to_owned(), "192.0.2.7"),
        FormKind::ConsentTime(age) => {
            let allowed = format!("a time, at most {} ago", print_duration(*age));
            return (allowed, "2026-11-29T12:00:00Z".to_owned());
        }
        FormKind::ConsentText => ("what the person agreed to, up to 8 KiB".to_owned(), "I agree"),
        FormKind::TrustedForm => (
            "the URL of a certificate at cert.trustedform.com".to_owned(),
            "https://cert.trustedform.com/0123456789abcdef0123456789abcdef01234567",
        ),
        FormKind::Jornaya => ("a LeadiD".to_owned(), "01234567-89AB-CDEF-0123-456789ABCDEF"),
    };
    (allowed, example.to_owned())
}

fn within<T: std::fmt::Display>(what: &str, limits: &Limits<T>) -> String {
    match limits {
        Limits { min: Some(min), max: Some(max) } => format!("{what} from {min} to {max}"),
        Limits { min: Some(min), max: None } => format!("{what} from {min}"),
        Limits { min: None, max: Some(max) } => format!("{what} up to {max}"),
        Limits { min: None, max: None } => what.to_owned(),
    }
}

fn first<T: std::fmt::Display>(limits: &Limits<T>, usual: &str) -> String {
    let least = limits.min.as_ref().or(limits.max.as_ref());
    least.map_or(usual.to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tree::to_json;
    use crate::book;
    use crate::book::Book;

    /// Names and choices that would run in a browser if they were not escaped.
    const BOOK: &str = r#"
        [[source]]
        id = "s"
        [[source.intake]]
        key = "key-0123456789abc"
        offer = "o"
        names = { "<img src=x onerror=alert(1)>" = "zip" }
        answer = { preset = "lead_prosper", words = { sold = "<b>" } }
        [[offer]]
        id = "o"
        dq = { reject = true }
        fields = [
            { name = "kind", type = "choice", in = ["</td><script>alert('x')</script>", "a & \"b\""] },
            { name = "dob", type = "birth_date", min = 18, required = true, also = ["'><svg>"] },
        ]
    "#;

    fn spec() -> Spec {
        let (book, faults) = book::parse("b", BOOK);
        let book: Book = book.unwrap_or_else(|| panic!("{faults:#?}"));
        let (_, entrance) = book.entrance("key-0123456789abc").unwrap();
        Spec::of(book.offers.first().unwrap(), entrance, "https://s.example/in/k?a=\"b\"")
    }

    #[test]
    fn the_page_names_everything_and_runs_nothing() {
        let page = spec().page();
        for inert in ["<script", "<img", "<svg", "<b>", "\"b\"", "'>"] {
            assert!(!page.contains(inert), "{inert}: {page}");
        }
        for text in [
            "&lt;img src=x onerror=alert(1)&gt;",
            "age from 18",
            "birth_date",
            "DUPLICATED",
            "1008",
            "state_zip_mismatch",
            "tests only",
            "lp_test",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
    }

    #[test]
    fn the_document_has_fields_words_and_an_example() {
        let json = to_json(&spec().document());
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["fields"][1]["required"], true);
        assert_eq!(read["fields"][1]["required_on_ping"], false, "a date of birth");
        assert_eq!(read["ping"]["named"], "lp_ping_id");
        assert_eq!(read["answer"]["ping_id"], "ping_id");
        assert_eq!(read["words"]["duplicate"], "DUPLICATED");
        assert_eq!(read["answer"]["id"], "lead_id");
        assert_eq!(read["example"]["<img src=x onerror=alert(1)>"], "90210");
        assert!(read["answer"]["buyer"].is_null(), "the offer shows no buyers");
    }
}
