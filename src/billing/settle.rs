//! Postings for the end of a sale, and for its return.

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::SourceId;
use crate::base::Wall;

use super::Author;
use super::Bill;
use super::Cause;
use super::Entries;
use super::Posting;
use super::PostingKind;
use super::Unbalanced;

/// A sale whose inquiry has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// The winning attempt.
    pub sale: AttemptId,
    /// Its contract.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// The source that is paid for the inquiry.
    pub source: SourceId,
    /// Price that the hold took from budgets, and from the balance of a buyer who pays in advance.
    pub price: Money,
    /// Whether the buyer pays in advance.
    pub prepaid: bool,
    /// Event that ended the inquiry.
    pub cause: Cause,
    /// Time of that event.
    pub at: Wall,
}

/// A charge to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// Sale of the charge.
    pub sale: AttemptId,
    /// Buyer whose balance was charged.
    pub buyer: BuyerId,
    /// Amount posted; negative.
    pub amount: Money,
    /// Event that returns it.
    pub cause: Cause,
    /// Time of that event.
    pub at: Wall,
    /// Author and reason of the return.
    pub by: Author,
}

/// Returns the postings of a sale's bill.
///
/// Billable: the buyer owes the revenue, the source is owed the payout, and the rest is the margin;
/// a buyer who pays in advance is charged the revenue. Not billable: the buyer owes nothing, the
/// budgets get the price back, and the source is owed only what it was promised.
///
/// # Errors
/// [`Unbalanced`]: the bill's amounts have two currencies, or their difference overflows.
pub fn settle(sold: &Sold, bill: &Bill) -> Result<Vec<Posting>, Unbalanced> {
    let entries = Entries::of(bill)?;
    if !bill.billable {
        let mut postings = vec![sold.posting(PostingKind::Budget, negative(sold.price)?)];
        if entries.source().micros() != 0 {
            let payout = PostingKind::Payout(sold.source.clone());
            postings.push(sold.posting(payout, entries.source()));
            postings.push(sold.posting(PostingKind::Margin, entries.margin()));
        }
        return Ok(postings);
    }
    let mut postings = Vec::with_capacity(4);
    if sold.prepaid {
        let charge =
            sold.posting(PostingKind::Charge(sold.buyer.clone()), negative(entries.buyer())?);
        let note = sold.contract.to_string();
        postings.push(Posting { by: Author { note, ..charge.by }, ..charge });
    }
    postings.push(sold.posting(PostingKind::Revenue(sold.buyer.clone()), entries.buyer()));
    if bill.payout.is_some() {
        postings.push(sold.posting(PostingKind::Payout(sold.source.clone()), entries.source()));
    }
    postings.push(sold.posting(PostingKind::Margin, entries.margin()));
    Ok(postings)
}

/// Returns the posting that returns a charge.
///
/// # Errors
/// [`Unbalanced`]: the negated amount overflows.
pub fn give_back(charged: Charged) -> Result<Posting, Unbalanced> {
    let Charged { sale, buyer, amount, cause, at, by } = charged;
    Ok(Posting { sale, kind: PostingKind::Return(buyer), cause, amount: negative(amount)?, at, by })
}

impl Sold {
    fn posting(&self, kind: PostingKind, amount: Money) -> Posting {
        let by = Author { who: "call".to_owned(), note: String::new() };
        Posting { sale: self.sale, kind, cause: self.cause.clone(), amount, at: self.at, by }
    }
}

fn negative(amount: Money) -> Result<Money, Unbalanced> {
    let zero = Money::zero(amount.currency());
    zero.checked_sub(amount).ok_or(Unbalanced::TooLarge { revenue: zero, payout: amount })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::CallId;
    use crate::base::Currency;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::billing::bill;
    use crate::book::Payout;

    fn usd(amount: &str) -> Money {
        Money::parse(amount, Currency::USD).unwrap()
    }

    fn sold(price: &str, prepaid: bool) -> Sold {
        let (at, mut rng) = (Now::at(Wall::from_micros(1_763_632_800_000_000)), Rng::seeded(1));
        Sold {
            sale: AttemptId::new(at, &mut rng),
            contract: "acme-auto-ca".parse().unwrap(),
            buyer: "acme".parse().unwrap(),
            source: "ads".parse().unwrap(),
            price: usd(price),
            prepaid,
            cause: CallId::new(at, &mut rng).into(),
            at: at.wall,
        }
    }

    fn text(postings: &[Posting]) -> String {
        let one = |posting: &Posting| {
            let party = posting.kind.party().map(|party| format!(" {party}")).unwrap_or_default();
            format!("{}{party} {}", posting.kind.name(), posting.amount.amount())
        };
        postings.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_table_of_cases() {
        // price, payout, prepaid, buffer s, connected s: postings
        let table = "
            45.00 20.00  no 90 90: revenue acme 45.00, payout ads 20.00, margin 25.00
            45.00 20.00  no 90 89: budget -45.00
            45.00     -  no 90 90: revenue acme 45.00, margin 45.00
            45.00     -  no 90 89: budget -45.00
            45.00  5.00 yes 90 90: charge acme -45.00, revenue acme 45.00, payout ads 5.00, \
                                   margin 40.00
            45.00 20.00 yes 90 89: budget -45.00
            10.00 20.00  no 90 90: revenue acme 10.00, payout ads 20.00, margin -10.00
             0.00 20.00  no 90 90: revenue acme 0.00, payout ads 20.00, margin -20.00
             0.00     -  no 90 10: budget 0.00
            45.00  0.00  no  0  0: revenue acme 45.00, payout ads 0.00, margin 45.00
        ";
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let (given, expected) = row.split_once(": ").unwrap();
            let [price, payout, prepaid, buffer, connected] =
                given.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
            let payout = (payout != "-").then(|| Payout::Fixed(usd(payout)));
            let seconds = |text: &str| Duration::from_secs(text.parse().unwrap());
            let connected = Some(seconds(connected));
            let bill = bill(usd(price), seconds(buffer), payout.as_ref(), connected);
            let sold = sold(price, prepaid == "yes");
            let postings = settle(&sold, &bill).unwrap();
            assert_eq!(text(&postings), expected, "{row}");
            for posting in &postings {
                assert_eq!((posting.sale, &posting.cause), (sold.sale, &sold.cause), "{row}");
            }
        }
    }

    /// The source was promised 20.00 from 60 s, whatever the buyer owes.
    #[test]
    fn a_promise_is_owed_whatever_the_buyer_owes() {
        let (price, fixed) = (usd("45.00"), Payout::Fixed(usd("20.00")));
        for (billable, is_owed, expected) in [
            (true, true, "revenue acme 45.00, payout ads 20.00, margin 25.00"),
            (true, false, "revenue acme 45.00, payout ads 0.00, margin 45.00"),
            (false, true, "budget -45.00, payout ads 20.00, margin -20.00"),
            (false, false, "budget -45.00"),
        ] {
            let bill = Bill::of(price, Some(&fixed), billable).promised(Some(&fixed), is_owed);
            let postings = settle(&sold("45.00", false), &bill).unwrap();
            assert_eq!(text(&postings), expected, "{billable} {is_owed}");
        }
    }

    /// The buyer owes what the source is owed plus the margin.
    #[test]
    fn postings_of_one_cause_balance() {
        for (price, payout) in [("45.00", "20.00"), ("1.00", "2.50"), ("0.000001", "0.000002")] {
            let connected = Some(Duration::ZERO);
            let fixed = Payout::Fixed(usd(payout));
            let bill = bill(usd(price), Duration::ZERO, Some(&fixed), connected);
            let sum: i64 = settle(&sold(price, true), &bill)
                .unwrap()
                .iter()
                .map(|posting| match posting.kind {
                    PostingKind::Revenue(_) => posting.amount.micros(),
                    PostingKind::Payout(_) | PostingKind::Margin => -posting.amount.micros(),
                    PostingKind::Budget | PostingKind::Charge(_) | PostingKind::Return(_) => 0,
                })
                .sum();
            assert_eq!(sum, 0, "{price} {payout}");
        }
    }

    #[test]
    fn a_charge_names_its_contract_and_is_given_back_once_over() {
        let sold = sold("45.00", true);
        let bill = bill(usd("45.00"), Duration::ZERO, None, Some(Duration::ZERO));
        let charge = settle(&sold, &bill).unwrap().remove(0);
        assert_eq!((charge.by.who.as_str(), charge.by.note.as_str()), ("call", "acme-auto-ca"));
        let by = Author { who: "ann".to_owned(), note: "wrong number".to_owned() };
        let (buyer, cause, at) = (sold.buyer, sold.cause, sold.at);
        let Posting { sale, amount, .. } = charge;
        let back = give_back(Charged { sale, buyer, amount, cause, at, by: by.clone() }).unwrap();
        assert_eq!(text(std::slice::from_ref(&back)), "return acme 45.00");
        assert_eq!((back.sale, back.by), (sold.sale, by));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut huge = sold("1.00", false);
        huge.price = Money::from_micros(i64::MIN, Currency::USD);
        let unbilled = bill(huge.price, Duration::from_secs(1), None, None);
        assert!(matches!(settle(&huge, &unbilled), Err(Unbalanced::TooLarge { .. })));
        let euros = Money::from_micros(1, "EUR".parse().unwrap());
        let euros = Payout::Fixed(euros);
        let mixed = bill(usd("1.00"), Duration::ZERO, Some(&euros), Some(Duration::ZERO));
        let refused = settle(&sold("1.00", false), &mixed);
        assert!(matches!(refused, Err(Unbalanced::Currencies { .. })));
    }
}
