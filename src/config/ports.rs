//! The range of media ports.

use std::fmt;
use std::str::FromStr;

/// Lowest unprivileged port.
const PORT_MIN: u16 = 1024;

/// The ports for media, both ends included: from an even port to an odd one. Each leg uses a pair:
/// RTP on the even port and RTCP on the next (RFC 3550 §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The default range.
    pub(super) const DEFAULT: PortRange = PortRange { first: 20_000, last: 29_999 };

    /// Returns the first port; even, 1024 or above.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// Returns the last port; odd, above the first.
    pub const fn last(self) -> u16 {
        self.last
    }

    /// Returns the number of port pairs, which is the number of legs that can have media at once.
    pub const fn pairs(self) -> u16 {
        (self.last - self.first) / 2 + 1
    }
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(40).collect();
        let read = text.split_once('-').and_then(|(first, last)| {
            Some((first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?))
        });
        let Some((first, last)) = read else {
            return Err(format!("`{shown}` is not a range of ports: write it like 20000-29999"));
        };
        if first < PORT_MIN {
            return Err(format!("`{shown}` starts below {PORT_MIN}, among the system's ports"));
        }
        if first >= last {
            return Err(format!("`{shown}` ends before it starts"));
        }
        if !first.is_multiple_of(2) || last.is_multiple_of(2) {
            return Err(format!(
                "`{shown}` must start with an even port and end with an odd one: \
                 media takes pairs"
            ));
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}
