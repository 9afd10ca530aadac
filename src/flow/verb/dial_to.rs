//! The destination of `<Dial>`.

use std::fmt;

use crate::base::Phone;
use crate::base::SipUri;
use crate::base::TrunkId;

/// Destination of `<Dial>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialTo {
    /// A phone number.
    Phone {
        /// Phone number of the destination.
        number: Phone,
        /// Outbound trunk; the call's inbound trunk when absent.
        trunk: Option<TrunkId>,
    },
    /// A SIP address.
    Sip(SipUri),
}

/// Formats the number, which is the operator's and not a caller's, or the address.
impl fmt::Display for DialTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DialTo::Phone { number, .. } => f.pad(number.e164()),
            DialTo::Sip(uri) => fmt::Display::fmt(uri, f),
        }
    }
}
