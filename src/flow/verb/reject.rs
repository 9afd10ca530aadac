//! `<Reject>`: rejects the call.

use roxmltree::Node;

use crate::flow::Output;
use crate::flow::reader::Reader;
use crate::flow::turn::Turn;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["reason"];

/// Rejects the call, for one of these reasons. A call that is already answered is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    /// The call is not wanted: 603 Decline (RFC 3261 §21.6.2).
    Rejected,
    /// The caller hears the busy tone: 486 Busy Here (RFC 3261 §21.4.24).
    Busy,
    /// Not available now: 480 Temporarily Unavailable (RFC 3261 §21.4.18).
    Unavailable,
}

impl Reject {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Reject {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        let Some(reason) = node.attribute_node("reason") else { return Reject::Rejected };
        match reason.value() {
            "rejected" => Reject::Rejected,
            "busy" => Reject::Busy,
            "unavailable" => Reject::Unavailable,
            _other => {
                reader.bad_value(reason, "rejected, busy or unavailable");
                Reject::Rejected
            }
        }
    }

    /// Returns the SIP status of the rejection.
    pub fn status(self) -> u16 {
        match self {
            Reject::Rejected => 603,
            Reject::Busy => 486,
            Reject::Unavailable => 480,
        }
    }

    pub(crate) fn begin(self) -> Turn {
        Turn::End(Output::Reject { status: self.status() })
    }
}
