//! Documents in each carrier's dialect: one printer a file, with the traps it knows.

mod plivo;
mod seconds;
mod signalwire;
mod telnyx;
mod tongue;
mod twilio;
mod twiml;
mod xml;

pub(crate) use tongue::tongue;

use super::Carrier;
use super::Document;
use xml::Braces;

/// The document as the carrier reads it.
pub(crate) fn print(document: &Document, carrier: Carrier) -> String {
    match carrier {
        Carrier::Twilio => twiml::response(document, &twilio::Twilio).print(Braces::Kept),
        Carrier::Telnyx => twiml::response(document, &telnyx::Telnyx).print(Braces::Parted),
        Carrier::SignalWire => {
            twiml::response(document, &signalwire::SignalWire).print(Braces::Kept)
        }
        Carrier::Plivo => plivo::response(document).print(Braces::Kept),
    }
}
