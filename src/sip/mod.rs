//! SIP without IO: messages on the wire, transactions, dialogs and sessions (RFC 3261).

pub mod wire;
