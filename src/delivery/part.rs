//! Parts of an answer: reason, price, reference, redirect.

use std::borrow::Cow;
use std::time::Duration;

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
    "expiresinsec",
    "ping_ids_expiry_in_seconds",
    "bidexpireepoch",
    "expiration",
    "expires",
];
/// Usual names of the SIP address that a call is sent to.
const SIP_ADDRESSES: &[&str] =
    &["sipaddress", "sip_address", "forwarding_number_sip_address", "sipuri"];
/// Usual names of the number that a call is sent to.
const NUMBERS: &[&str] = &[
    "phonenumber",
    "phone_number",
    "phonenumbernoplus",
    "inbound_number",
    "forwarding_number",
    "transfer_number",
    "destination_number",
    "call_router_number",
    "number",
    "did",
];
/// Usual names of the connected time from which a call is billable, in seconds.
const BUFFERS: &[&str] = &[
    "callminduration",
    "min_duration",
    "minduration",
    "retreaver_seconds",
    "current_conversion_duration",
    "requiredduration",
    "required_duration",
    "duration",
];
/// Names of a list of terms, each with a code.
const TERMS: &str = "bidTerms";
/// Names of a list of warnings, each with a code.
const WARNINGS: &str = "warnings";
/// Code of a warning that an earlier bid is still valid, in Ringba's dialect.
const CACHED_CODE: &str = "230";
/// Name of the sign of an earlier bid in Retreaver's dialect.
const CACHED_SIGN: &str = "retreaver_ping_shield";
/// Most destinations of one answer that are tried.
const DESTINATIONS_MAX: usize = 8;

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

/// Returns where an answer sends a call, as it is written: SIP addresses before numbers.
pub(super) fn destinations(rule: &ResponseRule, document: &Document) -> Vec<String> {
    let usual = |names: &[&str]| {
        let all = holders(document).into_iter();
        let values = all.flat_map(|holder| names.iter().filter_map(|name| holder.named(name)));
        values.filter_map(Tree::text).map(Cow::into_owned).collect::<Vec<_>>()
    };
    let texts = match rule.destination.as_slice() {
        [] => [usual(SIP_ADDRESSES), usual(NUMBERS)].concat(),
        parts => parts.iter().filter_map(|part| at(part, document)).collect(),
    };
    let mut found = Vec::new();
    for text in texts.iter().filter_map(|text| line(text, REFERENCE_BYTES_MAX)) {
        if !found.contains(&text) && found.len() < DESTINATIONS_MAX {
            found.push(text);
        }
    }
    found
}

/// Returns the connected time from which a call is billable: whole or decimal seconds, of which
/// decimals are dropped.
pub(super) fn buffer(rule: &ResponseRule, document: &Document) -> Option<Duration> {
    let terms = || {
        let terms = holders(document).into_iter().filter_map(|holder| holder.named(TERMS));
        let mut terms = terms.flat_map(items);
        terms.find_map(|term| BUFFERS.iter().find_map(|name| term.named(name)))
    };
    let text = match (rule.duration.as_slice(), terms()) {
        ([], Some(term)) => term.text().map(Cow::into_owned),
        (parts, _) => found(parts, BUFFERS, document),
    }?;
    let whole = text.trim().split_once('.').map_or(text.trim(), |(whole, _)| whole);
    whole.parse().ok().map(Duration::from_secs)
}

/// Returns whether the answer repeats an earlier bid that is still valid.
pub(super) fn is_cached(document: &Document) -> bool {
    let warnings = holders(document).into_iter().filter_map(|holder| holder.named(WARNINGS));
    let mut codes = warnings.flat_map(items).filter_map(|warning| warning.named("code"));
    let is_code = |code: &Tree| code.text().is_some_and(|text| text.trim() == CACHED_CODE);
    let has_sign = || {
        let sign = usual(document, &[CACHED_SIGN]).and_then(Tree::text);
        sign.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    };
    codes.any(is_code) || has_sign()
}

fn items(tree: &Tree) -> Vec<&Tree> {
    match tree {
        Tree::List(items) => items.iter().collect(),
        Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::Named(_) => vec![tree],
    }
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
