//! Which way media flows (RFC 3264 §5.1, §6.1, §8.4).

use sdp_types::Attribute;

/// Which way media flows, seen from the side that describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// From us to the far end: we are holding.
    SendOnly,
    /// From the far end to us: we are on hold.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// Returns the direction as the other side sees it: what the far end's attribute means for us,
    /// and what an answer contains for an offer.
    pub const fn mirrored(self) -> Direction {
        match self {
            Direction::SendRecv => Direction::SendRecv,
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::Inactive => Direction::Inactive,
        }
    }

    /// Returns whether we send media.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Returns whether we receive media.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// Returns the direction without receiving. An address of zeros means this: it was the way to
    /// hold a call before RFC 3264.
    pub(crate) const fn without_receiving(self) -> Direction {
        match self {
            Direction::SendRecv | Direction::SendOnly => Direction::SendOnly,
            Direction::RecvOnly | Direction::Inactive => Direction::Inactive,
        }
    }

    /// Returns the direction of the first direction attribute, if there is one.
    pub(crate) fn among(attributes: &[Attribute]) -> Option<Direction> {
        attributes.iter().find_map(|attribute| match attribute.attribute.as_str() {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_their_own_inverse() {
        for direction in
            [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
        {
            assert_eq!(direction.mirrored().mirrored(), direction);
            assert_eq!(direction.mirrored().sends(), direction.receives());
        }
    }
}
