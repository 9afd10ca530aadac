//! `docs/reasons.md` is generated from the catalog in `base`, so the two cannot differ.

use std::fmt::Write as _;
use std::fs;

use strowger::base::BidResult;
use strowger::base::CanceledBecause;
use strowger::base::End;
use strowger::base::Outcome;
use strowger::base::RefusalReason;
use strowger::base::Skip;

use super::tree;

const PAGE: &str = "docs/reasons.md";

/// Compares the page with the catalog; `UPDATE=1` writes it.
pub(crate) fn check() {
    let wanted = page();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(tree::root().join(PAGE), &wanted).unwrap();
    }
    assert_eq!(
        tree::text(PAGE),
        wanted,
        "{PAGE} is out of date: run UPDATE=1 cargo test --test tidy"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# Reasons\n\nGenerated from `src/base/reason.rs` by `UPDATE=1 cargo test --test tidy`; do \
         not edit it.\n\nRecords, the HTTP API, and the terminal use these codes. They are stable: a \
         code never changes its\nmeaning. Some belong to features that are not supported yet; the \
         README says which.\n",
    );
    let skips = Skip::ALL.iter().map(|reason| (reason.code(), reason.sentence()));
    section(
        &mut page,
        "Why a contract was passed over",
        "In `passed_over` of a decision. Reasons are checked in this order; a contract gets the \
         first one that\napplies.",
        skips,
    );
    let outcomes = Outcome::ALL.iter().map(|reason| (reason.code(), reason.sentence()));
    section(&mut page, "How an attempt ended", "In `attempts` of a call record.", outcomes);
    let canceled = CanceledBecause::ALL.iter().map(|reason| (reason.code(), reason.sentence()));
    section(
        &mut page,
        "Why an attempt was canceled",
        "In `canceled_because` of an attempt that ended without an answer of its own.",
        canceled,
    );
    let ends = End::ALL.iter().map(|reason| (reason.code(), reason.sentence()));
    section(&mut page, "How a call ended", "In `reason` of a call record.", ends);
    let bids = BidResult::ALL.iter().map(|result| (result.code(), result.sentence()));
    section(
        &mut page,
        "What became of a bid",
        "In `bids` of a lead, `GET /v1/bids`, and `strowger bids`.",
        bids,
    );
    let refusals = RefusalReason::ALL.iter().map(|reason| (reason.code(), reason.sentence()));
    section(
        &mut page,
        "Why a call was refused",
        "A refused call has no record. See `strowger calls --refused`, `GET /v1/calls/refused`, the \
         log, and\n`strowger_calls_refused_total`.",
        refusals,
    );
    page
}

fn section<'a>(
    page: &mut String,
    title: &str,
    prose: &str,
    rows: impl Iterator<Item = (&'a str, &'a str)>,
) {
    write!(page, "\n## {title}\n\n{prose}\n\n| code | meaning |\n|---|---|\n").unwrap();
    for (code, sentence) in rows {
        writeln!(page, "| `{code}` | {sentence} |").unwrap();
    }
}
