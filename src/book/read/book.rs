//! The file as a whole.

use crate::base::Diagnostic;
use crate::base::table::Document;
use crate::base::table::Report;
use crate::base::table::Table;
use crate::book::Book;
use crate::book::Dq;

use super::buyer;
use super::context::Context;
use super::contract;
use super::dq;
use super::names::Noun;
use super::number;
use super::offer;
use super::source;
use super::trunk;

/// The lists of a book.
const KEYS: &[&str] = &["trunk", "source", "buyer", "offer", "contract", "number"];

/// Reads a book from TOML. All faults come at once, in the file's order, as
/// `file:line:column: …`; there is a book exactly when none of them is an error.
pub fn parse(file: &str, text: &str) -> (Option<Book>, Vec<Diagnostic>) {
    let mut report = Report::new(file, text);
    let Some(document) = Document::parse(text, &mut report) else {
        return (None, report.finish());
    };
    let mut context = Context::new(report);
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
    let numbers = root.value("number").map(|list| list.tables(&mut cx.report));
    let mut book = Book {
        trunks: trunks.iter().filter_map(|table| trunk::read(table, cx)).collect(),
        sources: sources.iter().filter_map(|table| source::read(table, cx)).collect(),
        buyers: buyers.iter().filter_map(|table| buyer::read(table, cx)).collect(),
        offers: offers.iter().filter_map(|table| offer::read(table, cx)).collect(),
        contracts: contracts.iter().filter_map(|table| contract::read(table, cx)).collect(),
        numbers: Vec::new(),
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

/// The tables of a noun, each named by its id; ids that come twice are faults.
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
            Some(id) => table.named(format!("{} `{id}`", noun.name())),
            None => table.named(format!("this {}", noun.name())),
        });
    }
    declared
}

/// Warns of offers that can only turn inquiries away. Only for books without errors: the
/// contract that is missing may be one that could not be read.
fn look_for_idle_offers(book: &Book, tables: &[Table<'_>], cx: &mut Context<'_, '_>) {
    for (offer, table) in book.offers.iter().zip(tables) {
        if offer.dq == Dq::Reject && book.contracts_of(&offer.id).next().is_none() {
            let message = format!("{} has no contract", table.name());
            cx.report.warning(table.at(), message, "every inquiry for it is turned away");
        }
    }
}
