//! Conversion by key: the buyer presses the contract's keys while connected to the caller.

use crate::base::LegId;
use crate::base::Now;
use crate::book::ConversionBy;

use super::CallEvent;
use super::Machine;
use super::Output;
use super::machine::Stage;

impl Machine {
    /// Handles a key of the buyer during the bridge. The contract's keys convert the sale; the
    /// record with the time is stored at once, so that a crash does not lose it.
    pub(super) fn on_buyer_digit(&mut self, leg: LegId, digit: char, now: Now) {
        let bridged = matches!(self.stage, Stage::Bridged { buyer, .. } if buyer == leg);
        let Some(winner) = self.record.winner.as_ref().filter(|_| bridged) else { return };
        let ConversionBy::Key { key } = &winner.conversion.by else { return };
        if self.record.keyed_at.is_some() || !self.pressed.press(digit, key.as_str(), now.mono) {
            return;
        }
        let contract = winner.contract.clone();
        self.record.keyed_at = Some(now.wall);
        self.push(Output::Update(Box::new(self.whole_record())));
        self.report(CallEvent::Converted { contract });
    }
}
