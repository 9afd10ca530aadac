//! Carries out the requests of the sale: questions become outputs, and waves become dials.

use crate::base::CanceledBecause;
use crate::base::Now;
use crate::call::CallEvent;
use crate::flow;
use crate::sale;

use super::Call;
use super::Output;

impl Call {
    /// Carries out the requests of the sale until it waits.
    pub(super) fn follow_sale(&mut self, now: Now) {
        while let Some(output) = self.sale.poll() {
            self.on_sale(output, now);
        }
    }

    fn on_sale(&mut self, output: sale::Output, now: Now) {
        match output {
            sale::Output::Survey(inquiry) => self.push(Output::Survey(inquiry)),
            sale::Output::Ask(bidding) => self.on_ask(&bidding, now),
            sale::Output::Decide(inquiry, bids) => self.push(Output::Decide(*inquiry, bids)),
            sale::Output::Confirm(attempt) => self.on_confirm(attempt),
            sale::Output::Hold { hold, pick } => self.push(Output::Hold { hold, pick }),
            sale::Output::Settle { hold, how } => self.push(Output::Settle { hold, how }),
            sale::Output::Try(wave) => self.dial(&wave, now),
            sale::Output::Unsold(why) => self.flow.handle(flow::Input::NotRouted(why), now),
            sale::Output::Event(event) => self.report(CallEvent::from(event)),
            // Only the carrier cancels the legs that it rings, and only the end of a dial reports a
            // win.
            sale::Output::Cancel { .. } | sale::Output::Won(_) | sale::Output::Sold => {}
        }
    }

    /// Withdraws the call from sale.
    pub(super) fn withdraw(&mut self, because: CanceledBecause, now: Now) {
        self.tell_sale(sale::Input::Withdrawn(because), now);
        self.follow_sale(now);
    }
}
