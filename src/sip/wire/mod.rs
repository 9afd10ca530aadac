//! SIP messages as bytes.

/// One SIP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(pub(crate) bytes::Bytes);

/// A URI, its text preserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri(pub(crate) String);
