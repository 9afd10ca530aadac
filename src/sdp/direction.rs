//! Direction of the media (RFC 3264 §5.1, §6.1, §8.4).

use sdp_types::Attribute;

/// Direction of the media, seen from the side that describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// From the switch to the far end: the switch holds the call.
    SendOnly,
    /// From the far end to the switch: the far end holds the call.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// Returns the attribute's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// Returns the direction as the other side sees it: what the far end's attribute means for the
    /// switch, and what an answer contains for an offer.
    pub const fn mirrored(self) -> Direction {
        match self {
            Direction::SendRecv => Direction::SendRecv,
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::Inactive => Direction::Inactive,
        }
    }

    /// Returns whether the switch sends media.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Returns whether the switch receives media.
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
