//! Bids of buyers on a call: who is asked, and who confirms.

use std::sync::Arc;
use std::time::Duration;

use super::conduct::Answer;
use super::conduct::Conduct;
use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Money;
use crate::call::Input;
use crate::dispatch::CallConfirm;
use crate::dispatch::CallPing;
use crate::dispatch::LATE_MAX;
use crate::routing::Inquiry;

impl Conduct {
    /// Decides without effects, to know who may be asked.
    pub(super) fn survey(&mut self, inquiry: Inquiry) {
        let (dispatch, snapshot) = (self.shared.dispatch.clone(), self.snapshot.clone());
        let now = self.shared.clock.now();
        self.asking.ask(async move {
            let made = dispatch.preview(&snapshot, &inquiry, now).await;
            Answer::Input(Input::Surveyed(Box::new(made)))
        });
    }

    /// Asks buyers for bids, all at once.
    pub(super) fn ask_bidders(
        &mut self,
        contracts: Vec<ContractId>,
        window: Duration,
        inquiry: Inquiry,
    ) {
        let (book, inquiry) = (self.snapshot.book().clone(), Arc::new(inquiry));
        let (call, source) = (self.machine.id(), self.machine.source().clone());
        let at = self.shared.clock.now().wall;
        for contract in contracts {
            let ping = CallPing {
                book: book.clone(),
                contract: contract.clone(),
                call,
                source: source.clone(),
                inquiry: inquiry.clone(),
                at,
                timeout: window + LATE_MAX,
            };
            let bidders = self.shared.bidders.clone();
            self.asking
                .ask(async move { Answer::Input(Input::Bid(contract, bidders.ask(ping).await)) });
        }
    }

    /// Asks the buyer of an attempt to confirm its bid.
    pub(super) fn confirm(
        &mut self,
        attempt: AttemptId,
        contract: ContractId,
        price: Money,
        ping_id: Option<String>,
        inquiry: Inquiry,
    ) {
        let asked = CallConfirm {
            book: self.snapshot.book().clone(),
            contract,
            call: self.machine.id(),
            source: self.machine.source().clone(),
            inquiry: Arc::new(inquiry),
            at: self.shared.clock.now().wall,
            price,
            ping_id,
        };
        let bidders = self.shared.bidders.clone();
        self.asking.ask(async move {
            Answer::Input(Input::Confirmed(attempt, bidders.confirm(asked).await))
        });
    }
}
