//! Channels: how an inquiry arrives.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Channel by which an inquiry arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A phone call.
    Call,
    /// A form lead.
    Form,
}

impl Channel {
    /// All channels.
    pub const ALL: &'static [Channel] = &[Channel::Call, Channel::Form];

    /// Returns the name in books, in records and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Call => "call",
            Channel::Form => "form",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Channel::Call => 1,
            Channel::Form => 2,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Channel {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|channel| channel.name() == text);
        known.ok_or_else(|| format!("`{text}` is not a channel: use `call` or `form`"))
    }
}

/// A set of channels.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Channels(u8);

impl Channels {
    /// Calls only: the default of a contract.
    pub const CALL: Channels = Channels(Channel::Call.bit());

    /// Returns whether the set contains the channel.
    pub const fn contains(self, channel: Channel) -> bool {
        self.0 & channel.bit() != 0
    }

    /// Returns whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        Self(channels.into_iter().fold(0, |bits, channel| bits | channel.bit()))
    }
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = Channel::ALL.iter().filter(|channel| self.contains(**channel));
        f.debug_set().entries(held).finish()
    }
}
