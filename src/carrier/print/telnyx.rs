//! TeXML.

use crate::carrier::Carrier;
use crate::carrier::Gather;

use super::twiml::Bounds;
use super::twiml::Dialect;
use super::xml::Element;

/// Telnyx's dialect: no `method` and no `actionOnEmptyResult` in a `<Gather>`, which holds no
/// `<Pause>` either; no `sequential`.
pub(crate) struct Telnyx;

impl Dialect for Telnyx {
    const CARRIER: Carrier = Carrier::Telnyx;
    const BOUNDS: Bounds = Bounds {
        pause: 1..=180,
        gather: 1..=120,
        ring: 5..=120,
        talk: 60..=14_400,
        record: 1..=14_400,
        silence: 1..=120,
    };

    fn gather(&self, element: Element, _gather: &Gather) -> Element {
        element
    }

    fn pauses_in_gather(&self) -> bool {
        false
    }
}
