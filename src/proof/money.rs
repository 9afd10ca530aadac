//! The money of one call: its record against the postings of its sales.

use std::collections::BTreeMap;

use super::Differences;
use super::Kind;
use super::StoredCall;
use super::StoredLead;
use super::StoredSale;
use super::call::subject;
use crate::base::AttemptId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::SourceId;
use crate::billing::Cause;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::call::CallState;
use crate::lead::LeadSale;

/// Sums of postings, in micros.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    revenue: i128,
    payout: i128,
    margin: i128,
    /// Charges to a balance and their corrections.
    charged: i128,
    /// Charges that were returned by hand: their cause is the call.
    by_hand: i128,
    budget: i128,
}

/// The postings of one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OfCause<'p> {
    sale: AttemptId,
    cause: &'p str,
}

impl Sums {
    fn of<'p>(postings: impl IntoIterator<Item = &'p Posting>) -> Self {
        postings.into_iter().fold(Self::default(), Self::with)
    }

    fn with(mut self, posting: &Posting) -> Self {
        let sum = match posting.kind {
            PostingKind::Revenue(_) => &mut self.revenue,
            PostingKind::Payout(_) => &mut self.payout,
            PostingKind::Margin => &mut self.margin,
            PostingKind::Budget => &mut self.budget,
            PostingKind::Return(_) if is_of_the_call(posting) => &mut self.by_hand,
            PostingKind::Charge(_) | PostingKind::Return(_) => &mut self.charged,
        };
        *sum += i128::from(posting.amount.micros());
        self
    }
}

/// Returns whether the end of the call, and no later correction, caused a posting.
fn is_of_the_call(posting: &Posting) -> bool {
    !Cause::is_correction(posting.cause.as_str())
}

/// The money of one inquiry.
struct Accounts<'r> {
    subject: String,
    source: &'r SourceId,
    /// Currency of its price, if it has one.
    currency: Option<Currency>,
    has_ended: bool,
    billable: bool,
    revenue: Option<Money>,
    payout: Option<Money>,
    sales: &'r [StoredSale],
    postings: &'r [Posting],
}

/// Checks the money of a call.
pub(super) fn check(call: &StoredCall, found: &mut Differences) {
    let record = &call.record;
    let own = Accounts {
        subject: subject(record),
        source: &record.source,
        currency: record.winner.as_ref().map(|winner| winner.price.currency()),
        has_ended: record.state == CallState::Ended,
        billable: record.billable,
        revenue: record.revenue,
        payout: record.payout,
        sales: &call.sales,
        postings: &call.postings,
    };
    own.check(found);
    if own.has_ended {
        sold(call, &own, found);
    }
}

/// Checks the money of a lead.
pub(super) fn check_lead(lead: &StoredLead, found: &mut Differences) {
    let record = &lead.record;
    let own = Accounts {
        subject: super::lead::subject(record),
        source: &record.source,
        currency: record.sales.first().map(|sale| sale.winner.price.currency()),
        has_ended: record.status.is_over(),
        billable: record.billable,
        revenue: record.revenue,
        payout: record.payout,
        sales: &lead.sales,
        postings: &lead.postings,
    };
    own.check(found);
    if !own.has_ended {
        return;
    }
    for LeadSale { id, winner } in &record.sales {
        if let Some(sale) = own.sales.iter().find(|sale| sale.id == *id) {
            own.sale(sale, winner.price, found);
        }
    }
}

impl Accounts<'_> {
    fn check(&self, found: &mut Differences) {
        self.parties(found);
        self.causes(found);
        if self.has_ended {
            self.amounts(found);
        } else if !self.postings.is_empty() {
            let detail = format!("{} postings", self.postings.len());
            found.add(Kind::PostedWhileLive, self.subject.clone(), detail);
        }
    }

    fn parties(&self, found: &mut Differences) {
        for posting in self.postings {
            let sale = self.sales.iter().find(|sale| sale.id == posting.sale);
            let right = match &posting.kind {
                PostingKind::Revenue(buyer)
                | PostingKind::Charge(buyer)
                | PostingKind::Return(buyer) => sale.is_some_and(|sale| sale.buyer == *buyer),
                PostingKind::Payout(source) => *self.source == *source,
                PostingKind::Margin | PostingKind::Budget => true,
            };
            let (kind, sale) = (posting.kind.name(), posting.sale);
            if !right {
                let party = posting.kind.party().unwrap_or_default();
                let detail = format!("sale {sale}: {kind} names {party}");
                found.add(Kind::PartyDiffers, self.subject.clone(), detail);
            }
            let posted = posting.amount.currency();
            if self.currency.is_some_and(|currency| currency != posted) {
                let detail = format!("sale {sale}: {kind} is in {}", posted.as_str());
                found.add(Kind::CurrencyDiffers, self.subject.clone(), detail);
            }
        }
    }

    /// Each event posts revenue = payout + margin.
    fn causes(&self, found: &mut Differences) {
        let mut causes: BTreeMap<OfCause<'_>, Sums> = BTreeMap::new();
        for posting in self.postings {
            let key = OfCause { sale: posting.sale, cause: posting.cause.as_str() };
            let sums = causes.entry(key).or_default();
            *sums = sums.with(posting);
        }
        for (OfCause { sale, cause }, sums) in causes {
            if sums.revenue != sums.payout + sums.margin {
                let [revenue, payout, margin] =
                    [sums.revenue, sums.payout, sums.margin].map(amount_of_micros);
                let detail = format!(
                    "sale {sale}, cause {cause}: revenue {revenue}, payout {payout}, margin {margin}"
                );
                found.add(Kind::CauseUnbalanced, self.subject.clone(), detail);
            }
        }
    }

    /// The record's amounts are the sums of its postings.
    fn amounts(&self, found: &mut Differences) {
        let sums = Sums::of(self.postings);
        let micros = |money: Option<Money>| money.map_or(0, |money| i128::from(money.micros()));
        for (kind, recorded, posted) in [
            (Kind::RevenueDiffers, micros(self.revenue), sums.revenue),
            (Kind::PayoutDiffers, micros(self.payout), sums.payout),
        ] {
            if recorded != posted {
                let detail = differs("record", recorded, "postings", posted);
                found.add(kind, self.subject.clone(), detail);
            }
        }
        if !self.billable && sums.revenue != 0 {
            let detail = format!("not billable, and revenue {}", amount_of_micros(sums.revenue));
            found.add(Kind::BillableDiffers, self.subject.clone(), detail);
        }
    }

    /// What a sale took from budgets and from a balance is what it is billed.
    fn sale(&self, sale: &StoredSale, price: Money, found: &mut Differences) {
        let taken = sale.taken.as_ref();
        let price = taken.map_or(price, |taken| taken.price);
        let sums = Sums::of(self.postings.iter().filter(|posting| posting.sale == sale.id));
        let expected = sums.revenue - i128::from(price.micros());
        if sums.budget != expected {
            let detail = differs("budgets got", sums.budget, "revenue less price", expected);
            found.add(
                Kind::BudgetDiffers,
                self.subject.clone(),
                format!("sale {}: {detail}", sale.id),
            );
        }
        self.charge(sale, sums, found);
        self.due(sale, found);
    }

    /// What stands in the ledger for the sale is what its facts make due: there is nothing to correct.
    fn due(&self, sale: &StoredSale, found: &mut Differences) {
        let Some(case) = &sale.case else { return };
        let wrong = match case.corrections(&case.sold.cause, case.sold.at, "") {
            Ok(corrections) if corrections.is_empty() => return,
            Ok(corrections) => {
                let amount = |posting: &Posting| {
                    let micros = i128::from(posting.amount.micros());
                    format!("{} {}", posting.kind.name(), amount_of_micros(micros))
                };
                format!("missing {}", corrections.iter().map(amount).collect::<Vec<_>>().join(", "))
            }
            Err(error) => error.to_string(),
        };
        found.add(Kind::DueDiffers, self.subject.clone(), format!("sale {}: {wrong}", sale.id));
    }

    /// A prepaid balance is charged the revenue. A charge that was returned by hand stays returned.
    fn charge(&self, sale: &StoredSale, sums: Sums, found: &mut Differences) {
        let is_prepaid = match &sale.taken {
            Some(taken) => taken.prepaid,
            // What an older program took is unknown; its charge shows it.
            None => sums.charged != 0,
        };
        let expected = match (is_prepaid, sums.by_hand) {
            (true, 0) => -sums.revenue,
            // Later corrections leave the balance alone.
            (true, by_hand) => sums.charged.min(-by_hand),
            (false, _) => 0,
        };
        if sums.charged != expected {
            let detail = differs("charged", sums.charged, "owed", expected);
            let detail = format!("sale {}: {detail}", sale.id);
            found.add(Kind::ChargeDiffers, self.subject.clone(), detail);
        }
    }
}

/// What the winner's sale took from budgets and from a balance is what it is billed.
fn sold(call: &StoredCall, own: &Accounts<'_>, found: &mut Differences) {
    let record = &call.record;
    let Some(winner) = &record.winner else { return };
    let won = record.won().map(|attempt| attempt.id.to_string());
    let won = won.unwrap_or_else(|| record.id.to_string());
    let sale = call.sales.iter().find(|sale| sale.id.to_string() == won);
    let Some(sale) = sale else {
        if record.bridged_at.is_some() {
            found.add(Kind::SaleMissing, subject(record), format!("{} won", winner.contract));
        }
        return;
    };
    own.sale(sale, winner.price, found);
}

/// Returns two amounts that differ: `record 45.00, postings 90.00`.
pub(super) fn differs(one: &str, amount: i128, other: &str, expected: i128) -> String {
    let [amount, expected] = [amount, expected].map(amount_of_micros);
    format!("{one} {amount}, {other} {expected}")
}

/// Returns an amount with its decimals; two at least.
pub(super) fn amount_of_micros(micros: i128) -> String {
    let (whole, part) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let part = format!("{part:06}");
    let end = part.trim_end_matches('0').len().max(2);
    let sign = if micros < 0 { "-" } else { "" };
    format!("{sign}{whole}.{}", &part[..end])
}
