//! Converts the rules on what becomes of a sale to keys and values.

use crate::base::print_duration;
use crate::book::Conversion;
use crate::book::ConversionBy;
use crate::book::Returns;

use super::keys::Keys;
use super::node::Node;

/// Returns the keys of a conversion; `None` for the reader's default.
pub(super) fn conversion(rule: &Conversion) -> Option<Node> {
    if *rule == Conversion::default() {
        return None;
    }
    let Conversion { by, window, min, max } = rule;
    let keys = Keys::default().with("by", Node::text(by.name()));
    let keys = match by {
        ConversionBy::Time { from } => keys.with("from", Node::text(from.name())),
        ConversionBy::Key { key } => keys.with("key", Node::text(key)),
        ConversionBy::Report | ConversionBy::Repeated { .. } => keys,
    };
    keys.with("window", Node::text(print_duration(*window)))
        .maybe("min", min.map(Node::Money))
        .maybe("max", max.map(Node::Money))
        .table()
}

/// Returns the keys of a rule on returns.
pub(super) fn returns(rule: &Returns) -> Node {
    let Returns { window, share, reasons, accept_after, reverse_payout, frees_cap, pause: _ } =
        rule;
    let keys = Keys::default()
        .with("window", Node::text(print_duration(*window)))
        .with("share", Node::text(share))
        .maybe("reasons", (!reasons.is_empty()).then(|| Node::texts(reasons)))
        .maybe("accept_after", accept_after.map(|after| Node::text(print_duration(after))))
        .with("reverse_payout", Node::Flag(*reverse_payout))
        .with("frees_cap", Node::Flag(*frees_cap));
    Node::Table(keys.0)
}
