//! `strowger bids`: bids of a day, from the database, whether the switch runs or not. At most a page
//! of them is in memory.

use clap::Args;
use jiff::tz::TimeZone;

use super::Fault;
use super::open_store;
use super::out::out;
use super::zone::Local;
use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Wall;
use crate::base::csv;
use crate::base::days_ago;
use crate::base::parse_instant;
use crate::config::Settings;
use crate::net::Clock;
use crate::sale::BidRecord;
use crate::store::BidQuery;
use crate::store::PAGE_BIDS_MAX;
use crate::store::StoredBid;

/// Columns of the CSV.
const COLUMNS: &str =
    "asked_at,lead,offer,contract,buyer,result,amount,currency,answer_ms,expires_at,ping_id,reason";

/// `bids`.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Start: RFC 3339, a date, or how long ago, like 30d or 12h [default: the current day].
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// End, exclusive: as the start [default: now].
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only bids for this offer.
    #[arg(long)]
    offer: Option<OfferId>,
    /// Only bids of this contract.
    #[arg(long)]
    contract: Option<ContractId>,
    /// Only bids of this buyer.
    #[arg(long)]
    buyer: Option<BuyerId>,
    /// Only bids of which this became: won, outbid, late, below_floor …
    #[arg(long)]
    result: Option<BidResult>,
    /// Print every bid as CSV with a header line.
    #[arg(long)]
    csv: bool,
}

/// Prints bids, latest first.
pub(super) async fn run(settings: &Settings, asked: Asked) -> Result<(), Fault> {
    let (zone, now) = (TimeZone::system(), Clock::system().now().wall);
    let time = |text: &Option<String>, usual: Option<Wall>| match text {
        None => Ok(usual),
        Some(text) => match parse_instant(text, &zone, now) {
            Some(at) => Ok(Some(at)),
            None => Err(Fault::of(format!("`{text}` is no time: 2026-12-24, RFC 3339, or 12h"))),
        },
    };
    let query = BidQuery {
        since: time(&asked.since, Some(days_ago(&zone, now, 0)))?,
        until: time(&asked.until, None)?,
        offer: asked.offer,
        contract: asked.contract,
        buyer: asked.buyer,
        result: asked.result,
    };
    let store = open_store(settings)?;
    let local = Local::system();
    match asked.csv {
        true => out!("{COLUMNS}"),
        false => {
            let (asked, result) = ("asked", "result");
            out!(
                "{asked:<19}  {result:<11}  {:>14}  {:>8}  contract  call, lead, or ping",
                "bid",
                "after"
            )
        }
    }
    let (mut cursor, mut count) = (None, 0_usize);
    loop {
        let page = store.bid_list(query.clone(), cursor, PAGE_BIDS_MAX).await.map_err(Fault::of)?;
        count += page.items.len();
        for stored in &page.items {
            match asked.csv {
                true => out!("{}", row(stored)),
                false => out!("{}", line(stored, &local)),
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if !asked.csv {
        out!("{count} bids. Times are in {}.", local.name());
    }
    Ok(())
}

/// Returns a bid as a line for people.
fn line(stored: &StoredBid, local: &Local) -> String {
    let StoredBid { on, bid, .. } = stored;
    let BidRecord { contract, result, amount, answer_ms, reason, .. } = bid;
    let at = local.show(bid.asked_at);
    let amount = amount.map(|amount| amount.to_string()).unwrap_or_default();
    let after = answer_ms.map(|millis| format!("{millis} ms")).unwrap_or_default();
    let reason = reason.as_ref().map(|reason| format!("  {reason}")).unwrap_or_default();
    format!("{at:<19}  {result:<11}  {amount:>14}  {after:>8}  {contract}  {on}{reason}")
}

/// Returns a bid as a row of CSV.
fn row(stored: &StoredBid) -> String {
    let StoredBid { on, bid, .. } = stored;
    let text = |text: &Option<String>| text.as_deref().map(csv::safe).unwrap_or_default();
    let cells = [
        bid.asked_at.to_string(),
        on.to_string(),
        csv::safe(bid.offer.as_str()),
        csv::safe(bid.contract.as_str()),
        csv::safe(bid.buyer.as_str()),
        bid.result.to_string(),
        bid.amount.map(Money::amount).unwrap_or_default(),
        bid.amount.map(|amount| amount.currency().as_str().to_owned()).unwrap_or_default(),
        bid.answer_ms.map(|millis| millis.to_string()).unwrap_or_default(),
        bid.expires_at.map(|end| end.to_string()).unwrap_or_default(),
        text(&bid.ping_id),
        text(&bid.reason),
    ];
    cells.iter().map(|cell| csv::quoted(cell)).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::BidOn;

    /// What a buyer says cannot become a formula or a second cell.
    #[test]
    fn a_row_has_safe_cells() {
        let bid: BidRecord = serde_json::from_value(serde_json::json!({
            "offer": "o", "contract": "a", "buyer": "acme", "asked_at": "2026-11-29T12:00:00Z",
            "answer_ms": 41, "amount": { "amount": "12.50", "currency": "USD" },
            "ping_id": "=1+1", "expires_at": null, "result": "outbid", "reason": "no, \"x\"",
        }))
        .unwrap();
        let lead = "0190a0b0-0000-7000-8000-000000000001";
        let stored = StoredBid { on: BidOn::Lead(lead.parse().unwrap()), ordinal: 0, bid };
        assert_eq!(
            row(&stored),
            format!(
                "2026-11-29T12:00:00Z,{lead},o,a,acme,outbid,12.50,USD,41,,'=1+1,\"no, \"\"x\"\"\""
            )
        );
        assert_eq!(COLUMNS.split(',').count(), 12);
    }
}
