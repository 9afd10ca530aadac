//! TwiML.

use crate::carrier::BargeIn;
use crate::carrier::Carrier;
use crate::carrier::Dial;
use crate::carrier::Gather;
use crate::carrier::Silence;

use super::twiml::Bounds;
use super::twiml::Dialect;
use super::twiml::is_sequential;
use super::xml::Element;

/// Twilio tries a URL once unless its fragment says more: three times more, after a failed
/// connection, a timeout or a 5xx.
const RETRY: &str = "#rc=3&rp=ct,rt,5xx";

/// Twilio's dialect.
pub(crate) struct Twilio;

impl Dialect for Twilio {
    const CARRIER: Carrier = Carrier::Twilio;
    const BOUNDS: Bounds = Bounds {
        pause: 1..=180,
        gather: 1..=600,
        ring: 1..=600,
        talk: 1..=14_400,
        record: 1..=14_400,
        silence: 1..=600,
    };

    fn callback(&self, url: &str) -> String {
        if url.contains('#') { url.to_owned() } else { format!("{url}{RETRY}") }
    }

    fn gather(&self, element: Element, gather: &Gather) -> Element {
        let element = element.with("method", "POST");
        let element = match gather.barge_in {
            BargeIn::On => element,
            BargeIn::Off => element.with("bargeIn", "false"),
        };
        match gather.silence {
            Silence::Action => element.with("actionOnEmptyResult", "true"),
            Silence::Hangup => element,
        }
    }

    fn knows_barge_in(&self) -> bool {
        true
    }

    fn dial(&self, element: Element, dial: &Dial) -> Element {
        if is_sequential(dial) { element.with("sequential", "true") } else { element }
    }
}
