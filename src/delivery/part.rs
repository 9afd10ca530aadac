//! Parts of an answer: reason, price, reference, redirect.

use std::borrow::Cow;

use crate::base::Currency;
use crate::base::tree::Tree;
use crate::book::AnswerPart;
use crate::book::ResponseRule;

use super::answer::Content;
use super::answer::Document;
use super::price;
use super::price::AnsweredPrice;
use super::text::line;

/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 300;
/// Longest reference, in bytes.
const REFERENCE_BYTES_MAX: usize = 128;
/// Longest URL of a redirect, in bytes.
const REDIRECT_BYTES_MAX: usize = 2_048;

/// Names of objects that hold an answer.
const WRAPPERS: &[&str] = &["response", "result", "data", "lead", "bids", "buyers"];
/// Usual names of a reason.
pub(super) const REASONS: &[&str] = &[
    "rejectreason",
    "reject_reason",
    "unmatched_reason",
    "reason",
    "message",
    "msg",
    "error",
    "errors",
    "responsedetail",
    "details",
    "comment",
    "comments",
    "info",
];
/// Usual names of a price.
const PRICES: &[&str] = &[
    "price",
    "payout",
    "bid",
    "bidamount",
    "bidprice",
    "bid_price",
    "bid_amount",
    "offer_conversion_payout",
    "retreaver_payout",
    "best_bid",
    "seller_lead_bid",
];
/// Usual names of the buyer's id of the lead.
const REFERENCES: &[&str] = &[
    "lead_id",
    "leadid",
    "leadidentifier",
    "transactionid",
    "transaction_id",
    "reference",
    "uuid",
    "id",
];
/// Usual names of the buyer's id of a bid.
const PING_IDS: &[&str] = &[
    "ping_id",
    "pingid",
    "ping_token",
    "pingtoken",
    "lp_ping_id",
    "try_all_buyers_ping_id",
    "bidid",
    "bid_id",
    "token",
    "uuid",
    "txid",
    "orderid",
    "transactionid",
    "transaction_id",
    "leadauctionid",
    "lead_id",
    "leadid",
    "id",
    "lead",
];
/// Usual names of the end of a bid's life.
const EXPIRIES: &[&str] = &[
    "expires_at",
    "expiresat",
    "expireinseconds",
    "expires_in",
    "expires_in_seconds",
    "ping_ids_expiry_in_seconds",
    "bidexpireepoch",
    "expiration",
    "expires",
];
/// Usual names of the consumer's next page.
const REDIRECTS: &[&str] = &["redirect_url", "redirecturl", "redirect", "nextpage"];

/// Returns the first value under one of these names, in any case, that is not empty: at the root, or
/// in an object around the answer.
pub(super) fn usual<'d>(document: &'d Document, names: &[&str]) -> Option<&'d Tree> {
    holders(document).into_iter().find_map(|holder| {
        names.iter().find_map(|name| holder.named(name).filter(|value| !is_empty(value)))
    })
}

/// Returns the objects in which an answer usually stands.
pub(super) fn holders(document: &Document) -> Vec<&Tree> {
    let root = match &document.content {
        Content::Json(tree) | Content::Xml(_, tree) => first(tree),
        Content::Page | Content::Text => return Vec::new(),
    };
    let inner = WRAPPERS.iter().filter_map(|name| root.named(name).map(first));
    [root].into_iter().chain(inner).collect()
}

/// Returns the first item of a list, or the value itself.
fn first(tree: &Tree) -> &Tree {
    match tree {
        Tree::List(items) => items.first().unwrap_or(tree),
        Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::Named(_) => tree,
    }
}

/// Returns whether a value says nothing.
pub(super) fn is_empty(tree: &Tree) -> bool {
    match tree {
        Tree::Null => true,
        Tree::Text(text) => text.trim().is_empty(),
        Tree::List(items) => items.iter().all(is_empty),
        Tree::Named(pairs) => pairs.iter().all(|(_, value)| is_empty(value)),
        Tree::Flag(_) | Tree::Number(_) => false,
    }
}

/// Returns the reason of a rejection.
pub(super) fn reason(rule: &ResponseRule, document: &Document) -> Option<String> {
    let found: Vec<String> = match rule.reason.as_slice() {
        [] => usual(document, REASONS).into_iter().filter_map(joined).collect(),
        parts => parts.iter().filter_map(|part| at(part, document)).collect(),
    };
    line(&found.join("; "), REASON_BYTES_MAX).or_else(|| rule.reason_default.clone())
}

/// Returns the price.
pub(super) fn price(rule: &ResponseRule, document: &Document, money: Currency) -> AnsweredPrice {
    let found = found(&rule.price, PRICES, document);
    found.map_or(AnsweredPrice::Unsaid, |text| price::read(&text, money))
}

/// Returns the buyer's id of the lead.
pub(super) fn reference(rule: &ResponseRule, document: &Document) -> Option<String> {
    line(&found(&rule.reference, REFERENCES, document)?, REFERENCE_BYTES_MAX)
}

/// Returns the buyer's id of a bid.
pub(super) fn ping_id(rule: &ResponseRule, document: &Document) -> Option<String> {
    line(&found(&rule.reference, PING_IDS, document)?, REFERENCE_BYTES_MAX)
}

/// Returns what may say when a bid ends.
pub(super) fn expires(rule: &ResponseRule, document: &Document) -> Option<String> {
    found(&rule.expires, EXPIRIES, document).map(|text| text.trim().to_owned())
}

/// Returns the page to which the consumer is sent: a URL of the Web.
pub(super) fn redirect(rule: &ResponseRule, document: &Document) -> Option<String> {
    let found = found(&rule.redirect, REDIRECTS, document)?;
    let url = found.trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    });
    let clean = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    (is_web && url.len() <= REDIRECT_BYTES_MAX && url.chars().all(clean)).then(|| url.to_owned())
}

/// Returns the first part that is found: at the places of the rule, or else under usual names.
fn found(parts: &[AnswerPart], names: &[&str], document: &Document) -> Option<String> {
    match parts {
        [] => usual(document, names).and_then(Tree::text).map(Cow::into_owned),
        parts => parts.iter().find_map(|part| at(part, document)),
    }
}

fn at(part: &AnswerPart, document: &Document) -> Option<String> {
    match part {
        AnswerPart::Path(path) => joined(&*document.at(path)?),
        AnswerPart::Capture(pattern) => pattern.capture(&document.text).map(str::to_owned),
    }
}

fn joined(tree: &Tree) -> Option<String> {
    let texts = tree.texts();
    (!texts.is_empty()).then(|| texts.join("; "))
}
