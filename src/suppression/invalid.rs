//! Text that is no contact.

/// Text that is neither a phone number nor an e-mail address. Does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither a phone number nor an e-mail address: write numbers outside North America with `+` \
     and country code"
)]
pub struct InvalidContact;
