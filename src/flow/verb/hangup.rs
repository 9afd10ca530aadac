//! `<Hangup>`: ends the call.

use roxmltree::Node;

use crate::flow::Output;
use crate::flow::reader::Reader;
use crate::flow::turn::Turn;

/// Ends the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hangup;

impl Hangup {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Hangup {
        reader.attributes(node, &[]);
        reader.children(node, &[]);
        Hangup
    }

    pub(crate) fn begin(self) -> Turn {
        Turn::End(Output::Hangup)
    }
}
