//! Offers plain RTP to a far end that has refused SRTP, where SRTP was only offered because SIP goes over
//! TLS: many carriers have TLS without SRTP.

use crate::base::LegId;
use crate::base::Now;
use crate::base::Srtp;
use crate::sip::Refusal;

use super::Machine;
use super::Output;
use super::leg::Leg;

/// Unsupported media type: some gear answers so in place of 488.
const UNSUPPORTED_MEDIA_TYPE: u16 = 415;

impl Machine {
    /// Returns whether a refused leg is to be offered plain RTP.
    pub(super) fn may_be_plain(&self, leg: LegId, cause: Refusal, now: Now) -> bool {
        let is_about_audio = match cause {
            Refusal::NotAcceptable(..) => true,
            Refusal::Status(status) => status == UNSUPPORTED_MEDIA_TYPE,
            Refusal::Timeout | Refusal::Unreachable | Refusal::Canceled | Refusal::AnsweredLate => {
                false
            }
        };
        let dialled = self.legs.get(&leg).and_then(Leg::dialled);
        is_about_audio
            && dialled.is_some_and(|dialled| {
                dialled.local.secrecy.is_only_preferred() && now.mono < dialled.until
            })
    }

    /// Dials the leg again with plain RTP, under the same hold, in the rest of the ring time.
    pub(super) fn offer_plain(&mut self, leg: LegId, now: Now) {
        let Some(own) = self.remove(leg) else { return };
        if let Some(dialled) = own.dialled() {
            self.push(Output::SrtpRefused { peer: dialled.local.peer });
        }
        self.dial_again(Leg { srtp: Some(Srtp::Off), ..own }, now);
    }
}
