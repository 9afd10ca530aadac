//! Branches, such as `<NoBuyer goto="…"/>`.

use std::collections::BTreeMap;

use roxmltree::Node;

use crate::flow::Goto;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;

/// Attributes of a branch.
pub(crate) const ATTRIBUTES: &[&str] = &["goto"];

/// Reads a branch into the map of branches.
pub(super) fn read<Why: Ord>(
    node: Node<'_, '_>,
    why: Option<Why>,
    branches: &mut BTreeMap<Why, Goto>,
    reader: &mut Reader<'_>,
) {
    reader.attributes(node, ATTRIBUTES);
    reader.children(node, &[]);
    let goto = reader.required_goto(node, "goto");
    if let (Some(why), Some(goto)) = (why, goto)
        && branches.insert(why, goto).is_some()
    {
        let name = node.tag_name().name();
        let fault = Fault::new(node.range().start, format!("<{name}> stands twice"));
        reader.error(fault.hint("remove one"));
    }
}
