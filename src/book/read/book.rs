//! Reads the file as a whole.

use std::collections::HashSet;

use crate::base::Diagnostic;
use crate::base::OfferId;
use crate::base::toml::Document;
use crate::base::toml::Places;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::clip;
use crate::book::Book;
use crate::book::Dq;
use crate::book::Noun;

use super::buyer;
use super::context::Context;
use super::contract;
use super::dq;
use super::number;
use super::offer;
use super::postback;
use super::source;
use super::surroundings::Surroundings;
use super::trunk;

/// Keys of the lists in a book.
const KEYS: &[&str] = &["trunk", "source", "buyer", "offer", "contract", "number", "postback"];

/// Reads a book from TOML. Returns all faults at once, in the order of the file, as
/// `file:line:column: …`. Returns a book if and only if none of them is an error.
///
/// There are no market areas, and postbacks may only be sent to public addresses; see
/// [`parse_with`].
pub fn parse(file: &str, text: &str) -> (Option<Book>, Vec<Diagnostic>) {
    parse_with(file, text, Surroundings::default())
}

/// Reads a book as [`parse`] does, against other surroundings.
pub fn parse_with(
    file: &str,
    text: &str,
    beside: Surroundings<'_>,
) -> (Option<Book>, Vec<Diagnostic>) {
    read_report(text, Report::new(file, text), beside)
}

/// Reads a book whose text was generated from another document. Hints refer to that document.
pub(in crate::book) fn parse_naming(
    text: &str,
    beside: Surroundings<'_>,
    places: &dyn Places,
) -> (Option<Book>, Vec<Diagnostic>) {
    read_report(text, Report::new("", text).naming(places), beside)
}

fn read_report(
    text: &str,
    mut report: Report<'_>,
    beside: Surroundings<'_>,
) -> (Option<Book>, Vec<Diagnostic>) {
    let Some(document) = Document::parse(text, &mut report) else {
        return (None, report.finish());
    };
    let mut context = Context::new(report, beside);
    let book = read(&document.root(), &mut context);
    let refused = context.report.is_refused();
    ((!refused).then_some(book), context.report.finish())
}

fn read<'d>(root: &Table<'d>, cx: &mut Context<'d, '_>) -> Book {
    root.check_keys(KEYS, &[], &mut cx.report);
    if root.is_empty() {
        cx.report.warning(0, "the book is empty", "no call can be routed with it");
    }
    let trunks = declare(root, Noun::Trunk, cx);
    let sources = declare(root, Noun::Source, cx);
    let buyers = declare(root, Noun::Buyer, cx);
    let offers = declare(root, Noun::Offer, cx);
    let contracts = declare(root, Noun::Contract, cx);
    let postbacks = declare(root, Noun::Postback, cx);
    let numbers = root.value("number").map(|list| list.tables(&mut cx.report));
    let mut book = Book {
        trunks: trunks.iter().filter_map(|table| trunk::read(table, cx)).collect(),
        sources: sources.iter().filter_map(|table| source::read(table, cx)).collect(),
        buyers: buyers.iter().filter_map(|table| buyer::read(table, cx)).collect(),
        offers: offers.iter().filter_map(|table| offer::read(table, cx)).collect(),
        contracts: contracts.iter().filter_map(|table| contract::read(table, cx)).collect(),
        numbers: Vec::new(),
        postbacks: postbacks.iter().filter_map(|table| postback::read(table, cx)).collect(),
    };
    let numbers = numbers.unwrap_or_default();
    book.numbers = numbers.into_iter().filter_map(|table| number::read(table, cx)).collect();
    book.numbers.sort_by(|a, b| a.number.cmp(&b.number));
    dq::check(cx);
    if !cx.report.is_refused() {
        look_for_idle_offers(&book, &offers, cx);
    }
    book
}

/// Returns the tables of a noun, each named by its id. Duplicate ids are faults.
fn declare<'d>(root: &Table<'d>, noun: Noun, cx: &mut Context<'d, '_>) -> Vec<Table<'d>> {
    let Some(list) = root.value(noun.name()) else {
        return Vec::new();
    };
    let mut declared = Vec::new();
    for table in list.tables(&mut cx.report) {
        let id = table.value("id");
        if let Some(id) = id {
            cx.names.declare(noun, &id, &mut cx.report);
        }
        declared.push(match id.and_then(|id| id.as_text()) {
            Some(id) => table.named(format!("{} `{}`", noun.name(), clip(id))),
            None => table.named(format!("this {}", noun.name())),
        });
    }
    declared
}

/// Warns about offers without a contract, but only in books without errors, because the missing
/// contract may be one that could not be read.
fn look_for_idle_offers(book: &Book, tables: &[Table<'_>], cx: &mut Context<'_, '_>) {
    let busy: HashSet<&OfferId> = book.contracts.iter().map(|own| &own.offer).collect();
    for (offer, table) in book.offers.iter().zip(tables) {
        if offer.dq == Dq::Reject && !busy.contains(&offer.id) {
            let message = format!("{} has no contract", table.name());
            cx.report.warning(table.at(), message, "every inquiry for it is turned away");
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::base::Severity;
    use crate::base::toml::FAULTS_MAX;

    /// One entry of each noun, for the tests of other nouns to refer to. It starts on its own line.
    const REST: &str = r#"
        [[trunk]]
        id = "t"
        accept_from = "203.0.113.1"
        outbound = "sip:203.0.113.1"
        [[trunk]]
        id = "in"
        accept_from = "203.0.113.2"
        [[source]]
        id = "s"
        payout = { amount = "1.00", currency = "USD" }
        [[buyer]]
        id = "acme"
        timezone = "America/New_York"
        [[offer]]
        id = "shares"
        strategy = "weighted"
        dq = { reject = true }
        [[contract]]
        id = "rest"
        buyer = "acme"
        offer = "shares"
        price = { amount = "2.00", currency = "USD" }
        destination = { sip = "sip:x@203.0.113.9" }
    "#;

    /// Checks the faults of a text in a book with one of each other noun. Each expected line is
    /// `line:column: …` of a fault.
    #[track_caller]
    pub(in crate::book) fn check(text: &str, expected: &[&str]) {
        let whole = format!("{text}\n{REST}");
        let (book, faults) = parse("b", &whole);
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let reported: Vec<&str> = faults.iter().map(|f| f.strip_prefix("b:").unwrap()).collect();
        assert_eq!(reported, expected, "{text}");
        assert_eq!(book.is_none(), reported.iter().any(|fault| fault.contains(": error: ")));
    }

    /// Returns the book of a text without errors, together with one of each other noun.
    #[track_caller]
    pub(in crate::book) fn book(text: &str) -> Book {
        let (book, faults) = parse("b", &format!("{text}\n{REST}"));
        book.unwrap_or_else(|| panic!("{faults:#?}"))
    }

    /// Returns a contract of offer `o`, whose strategy is priority, with more keys.
    pub(in crate::book) fn contract(keys: &str) -> String {
        format!(
            "{keys}\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\nprice = {{ amount = \"3.00\", \
             currency = \"USD\" }}\n[[offer]]\nid = \"o\""
        )
    }

    #[test]
    fn an_empty_book_is_a_book() {
        let (book, faults) = parse("book.toml", "# nothing yet\n");
        assert_eq!(book, Some(Book::default()));
        let reported: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            reported,
            ["book.toml:1:1: warning: the book is empty (no call can be routed with it)"]
        );
    }

    #[test]
    fn faults_of_syntax_have_places() {
        for (text, expected) in [
            ("[[trunk]\n", "b:1:9: error: this is not TOML: unclosed array table, expected `]`"),
            (
                "\n  x = \n",
                "b:2:7: error: this is not TOML: string values must be quoted, expected literal \
                 string",
            ),
            ("a = 1\na = 2\n", "b:2:1: error: this is not TOML: duplicate key"),
        ] {
            let (book, faults) = parse("b", text);
            assert!(book.is_none());
            assert_eq!(faults[0].to_string(), expected, "{text:?}");
        }
        let (_, faults) = parse("b", "a = \nb = 01\n[c\n");
        assert!(faults.len() >= 3, "all at once: {faults:?}");
    }

    #[test]
    fn files_from_other_systems_are_read() {
        let text = "\u{feff}[[source]]\r\nid = \"x\"\r\npayout = 1\r\n";
        let (_, faults) = parse("b", text);
        assert_eq!(
            faults[0].to_string(),
            "b:3:10: error: `payout` must be a table, not a whole number"
        );
    }

    #[test]
    fn the_outermost_table() {
        check(
            "[[buyers]]",
            &["1:3: error: unknown key `buyers` in the file (did you mean `buyer`?)"],
        );
        check(
            "version = 1",
            &["1:1: error: unknown key `version` in the file (known keys: trunk, source, buyer, \
               offer, contract, number, postback)"],
        );
        let (_, faults) = parse("b", "[buyer]\nid = \"x\"\n");
        assert_eq!(
            faults[0].to_string(),
            "b:1:1: error: `buyer` must be a list of tables, not a table (double the brackets: \
             [[buyer]])"
        );
        // The buyer that it means is known: its contract is no second fault.
        let own = contract("destination = { sip = \"sip:a@192.0.2.1\" }");
        let whole = format!("[buyer]\nid = \"x\"\ntimezone = \"UTC\"\n[[contract]]\n{own}");
        let (_, faults) = parse("b", &whole.replace("\"acme\"", "\"x\""));
        assert_eq!(faults.len(), 1, "{faults:?}");
        let (_, faults) = parse("b", "number = [1]\n");
        assert_eq!(
            faults[0].to_string(),
            "b:1:11: error: `number` must be a table, not a whole number"
        );
    }

    #[test]
    fn ids_are_slugs_and_unique() {
        check(
            "[[source]]\nid = \"two words\"",
            &["2:6: error: `two words` is not an id: use 1 to 64 letters, digits, `.`, `_` or `-`"],
        );
        check("[[source]]", &["1:1: error: `id` is missing in this source"]);
        check(
            "[[source]]\nid = 7",
            &[r#"2:6: error: `id` must be a string, not a whole number (put it in quotes: "7")"#],
        );
        check(
            "[[source]]\nid = \"x\"\n[[source]]\nid = \"x\"",
            &["4:6: error: source `x` is declared twice (the first is at line 2)"],
        );
    }

    #[test]
    fn a_book_has_one_currency() {
        let euros = r#"payout = { amount = "1", currency = "EUR" }"#;
        check(
            &format!("[[source]]\nid = \"x\"\n{euros}"),
            &[
                "14:48: error: USD here, but EUR elsewhere (a book has one currency, and line 3 \
                 settles it)",
                "26:47: error: USD here, but EUR elsewhere (a book has one currency, and line 3 \
                 settles it)",
            ],
        );
    }

    #[test]
    fn an_offer_without_contract_is_idle() {
        check(
            "[[offer]]\nid = \"x\"",
            &["1:1: warning: offer `x` has no contract (every inquiry for it is turned away)"],
        );
        check("[[offer]]\nid = \"x\"\ndq = { offer = \"shares\" }", &[]);
    }

    #[test]
    fn the_sample_book_has_no_faults() {
        let (book, faults) = parse("book.toml", SAMPLE);
        assert_eq!(faults, []);
        assert_eq!(
            book.unwrap().summary().to_string(),
            "2 trunks, 3 sources, 6 buyers, 4 offers, 16 contracts, 4 numbers, 3 postbacks"
        );
    }

    /// Text that replaces a part of the sample.
    const DAMAGE: &str = "[\\[\\]{}\"=,.0-9a-z\n-]{0,3}";
    const SAMPLE: &str = include_str!("../../../deploy/book.toml");

    #[test]
    fn only_the_first_of_many_faults_are_reported() {
        let text: String = (0..1_000).map(|i| format!("key{i} = 1\n")).collect();
        let (_, faults) = parse("b", &text);
        assert_eq!(faults.len(), FAULTS_MAX + 1);
        let last = faults.last().unwrap().to_string();
        assert!(last.ends_with("error: and 800 more faults (mend these first)"), "{last}");
    }

    proptest! {
        #[test]
        fn any_text_does_not_panic(text in any::<String>()) {
            let (book, faults) = parse("b", &text);
            let refused = faults.iter().any(|fault| fault.severity == Severity::Error);
            prop_assert_eq!(book.is_none(), refused);
        }

        /// Copies values of one key to another, so that every reader gets every type.
        #[test]
        fn swapped_values_do_not_panic(
            swaps in proptest::collection::vec((any::<Index>(), any::<Index>()), 1..6),
        ) {
            let mut lines: Vec<String> = SAMPLE.lines().map(str::to_owned).collect();
            let has_key = |&line: &usize| lines[line].contains(" = ");
            let places: Vec<usize> = (0..lines.len()).filter(has_key).collect();
            for (to, from) in swaps {
                let (to, from) = (*to.get(&places), *from.get(&places));
                let key = lines[to].split(" = ").next().unwrap().to_owned();
                let value = lines[from].split_once(" = ").unwrap().1.to_owned();
                lines[to] = format!("{key} = {value}");
            }
            parse("b", &lines.join("\n"));
        }

        #[test]
        fn damaged_books_do_not_panic(
            damage in proptest::collection::vec((0..SAMPLE.len(), DAMAGE, 0usize..4), 1..8),
        ) {
            let mut bytes = SAMPLE.as_bytes().to_vec();
            for (at, text, cut) in damage {
                let at = at.min(bytes.len());
                let end = (at + cut).min(bytes.len());
                bytes.splice(at..end, text.bytes());
            }
            parse("b", &String::from_utf8_lossy(&bytes));
        }
    }
}
