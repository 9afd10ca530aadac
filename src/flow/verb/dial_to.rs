//! Whom `<Dial>` rings.

use std::fmt;

use crate::base::Phone;
use crate::base::SipUri;
use crate::base::TrunkId;

/// Whom `<Dial>` rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialTo {
    /// A phone number.
    Phone {
        /// The number.
        number: Phone,
        /// The trunk that calls it; the one by which the call came when there is none.
        trunk: Option<TrunkId>,
    },
    /// A SIP address.
    Sip(SipUri),
}

/// The number, which is our own and no caller's, or the address.
impl fmt::Display for DialTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DialTo::Phone { number, .. } => f.pad(number.e164()),
            DialTo::Sip(uri) => fmt::Display::fmt(uri, f),
        }
    }
}
