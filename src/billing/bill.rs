//! Whether a call is billable, and the amounts that are owed for it.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::Money;
use crate::book::ConversionBy;
use crate::book::CountedFrom;
use crate::book::Payout;
use crate::caps::Settle;

use super::payout::payout_of;

/// Bill of one bridged call. If it is not billable, nothing is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Whether buyer and caller were connected for the whole buffer.
    pub billable: bool,
    /// Amount the buyer owes; zero in the price's currency if not billable.
    pub revenue: Money,
    /// Amount the source is owed; zero if not billable, `None` if the source is not paid.
    pub payout: Option<Money>,
}

/// Returns the bill of a call. `connected` is the time from the bridge (the winner's answer, or its
/// acceptance if it had to accept) to the hang-up, in whole milliseconds, or `None` if the call was
/// never bridged, or a party sent no audio and its offer does not bill such calls. A bridged call is
/// billable if its connected time reaches the buffer; with a buffer of zero, every bridged call is.
pub fn bill(
    price: Money,
    buffer: Duration,
    payout: Option<&Payout>,
    connected: Option<Duration>,
) -> Bill {
    let evidence = Evidence { connected, keyed: false };
    let by = ConversionBy::Time { from: CountedFrom::Accept };
    Bill::of(price, payout, evidence.converts(&by, buffer))
}

/// What a call itself shows of its conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Connected time, from where the contract counts it; `None` if the call was never bridged, or
    /// a party sent no audio and its offer does not bill such calls.
    pub connected: Option<Duration>,
    /// Whether the buyer pressed the contract's keys.
    pub keyed: bool,
}

impl Evidence {
    /// Returns whether the call converts by itself. A sale that the buyer reports never does.
    pub fn converts(self, by: &ConversionBy, buffer: Duration) -> bool {
        match (by, self.connected) {
            (ConversionBy::Time { .. }, Some(connected)) => whole_millis(connected) >= buffer,
            (ConversionBy::Key { .. }, Some(_)) => self.keyed,
            (ConversionBy::Report | ConversionBy::Repeated { .. }, Some(_)) | (_, None) => false,
        }
    }
}

impl Bill {
    /// Returns the bill of a sale at these amounts, or a bill of nothing if it did not convert.
    pub fn of(revenue: Money, payout: Option<&Payout>, billable: bool) -> Self {
        if billable {
            let payout = payout.map(|payout| payout_of(payout, revenue));
            return Self { billable, revenue, payout };
        }
        let nothing = Money::zero(revenue.currency());
        Self { billable, revenue: nothing, payout: payout.map(|_| nothing) }
    }
}

impl Bill {
    /// Returns the bill of a sale whose source was promised its payout: it is owed or not, whatever
    /// the buyer owes.
    #[must_use]
    pub fn promised(self, payout: Option<&Payout>, is_owed: bool) -> Self {
        let nothing = Money::zero(self.revenue.currency());
        let owed = |payout| if is_owed { payout_of(payout, self.revenue) } else { nothing };
        Self { payout: payout.map(owed), ..self }
    }
}

/// Returns the connected time that is billed and recorded, in whole milliseconds.
pub fn whole_millis(connected: Duration) -> Duration {
    Duration::from_millis(u64::try_from(connected.as_millis()).unwrap_or(u64::MAX))
}

/// Returns how a winner's hold is settled: if nothing is owed, the budgets and the balance get the
/// price back.
pub fn settled(billable: bool) -> Settle {
    if billable { Settle::End } else { Settle::Unbilled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;

    fn usd(amount: &str) -> Money {
        Money::parse(amount, Currency::USD).unwrap()
    }

    #[test]
    fn the_buffer_decides() {
        // price, payout, buffer ms, connected ms (- = never bridged), billable, revenue, payout
        let table = "
            45.00 20.00 90000     -  no   0.00  0.00
            45.00 20.00 90000     0  no   0.00  0.00
            45.00 20.00 90000 89999  no   0.00  0.00
            45.00 20.00 90000 90000 yes  45.00 20.00
            45.00 20.00 90000 95200 yes  45.00 20.00
            45.00     - 90000 95200 yes  45.00     -
            45.00     - 90000 10000  no   0.00     -
            45.00 20.00     0     0 yes  45.00 20.00
            45.00 20.00     0     -  no   0.00  0.00
             0.00 20.00    10    10 yes   0.00 20.00
        ";
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let [price, payout, buffer, connected, billable, revenue, owed] =
                row.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
            let millis = |text: &str| text.parse().ok().map(Duration::from_millis);
            let money = |text| (text != "-").then(|| usd(text));
            let fixed = money(payout).map(Payout::Fixed);
            let bill = bill(usd(price), millis(buffer).unwrap(), fixed.as_ref(), millis(connected));
            assert_eq!(bill.billable, billable == "yes", "{row}");
            assert_eq!(bill.revenue, usd(revenue), "{row}");
            assert_eq!(bill.payout, money(owed), "{row}");
        }
    }

    /// The record stores milliseconds, so that a bill can be recalculated from it.
    #[test]
    fn parts_of_a_millisecond_do_not_count() {
        let (price, buffer) = (usd("45.00"), Duration::from_micros(90_000_500));
        for (micros, billable) in [(90_000_999, false), (90_001_000, true)] {
            let connected = Duration::from_micros(micros);
            assert_eq!(bill(price, buffer, None, Some(connected)).billable, billable, "{micros}");
        }
    }
}
