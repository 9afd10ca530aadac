//! What stands in the ledger for a sale: the sums of its postings.

use super::Cause;
use super::Posting;
use super::PostingKind;
use super::payout::is_capped;

/// Sums of a sale's postings, in micros, by account. Saturating: a sum that does not fit is as
/// wrong as the amounts it consists of, and a correction of it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Amount that the buyer owes.
    pub revenue: i64,
    /// Amount that the source is owed.
    pub payout: i64,
    /// Revenue less payout.
    pub margin: i64,
    /// Change of the buyer's balance: charges and returns.
    pub balance: i64,
    /// The part of it that was given back by hand, with `strowger balance return`.
    pub by_hand: i64,
    /// Whether the buyer was billed for the sale, even if that was reversed.
    pub billed: bool,
    /// Whether the source was paid for the sale, even if that was reversed.
    pub paid: bool,
    /// Whether a cap of the source reduced the payout to nothing.
    pub capped: bool,
    /// Change of the budgets since the price was taken from them.
    pub budget: i64,
}

impl Standing {
    /// Returns the sums of a sale's postings.
    pub fn of<'a>(postings: impl IntoIterator<Item = &'a Posting>) -> Self {
        let mut stands = Self::default();
        for posting in postings {
            let sum = match posting.kind {
                PostingKind::Revenue(_) => &mut stands.revenue,
                PostingKind::Payout(_) => &mut stands.payout,
                PostingKind::Margin => &mut stands.margin,
                PostingKind::Budget => &mut stands.budget,
                PostingKind::Charge(_) | PostingKind::Return(_) => &mut stands.balance,
            };
            *sum = sum.saturating_add(posting.amount.micros());
            let bills = matches!(posting.kind, PostingKind::Revenue(_));
            stands.billed |= bills && posting.amount.micros() > 0;
            stands.paid |= posting.pays();
            stands.capped |= is_capped(posting);
            if matches!(posting.kind, PostingKind::Return(_))
                && !Cause::is_correction(posting.cause.as_str())
            {
                stands.by_hand = stands.by_hand.saturating_add(posting.amount.micros());
            }
        }
        stands
    }
}
