//! `[[source]]`

use crate::base::table::Table;
use crate::book::Source;

use super::context::Context;
use super::money;

const KEYS: &[&str] = &["id", "payout"];

pub(super) fn read(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Source> {
    table.check_keys(KEYS, &[], &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let payout = table.value("payout").map(|payout| money::read(&payout, cx));
    let payout = match payout {
        Some(None) => return None,
        Some(Some(payout)) => Some(payout),
        None => None,
    };
    Some(Source { id: id?, payout })
}
