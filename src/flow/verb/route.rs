//! `<Route>`: routes the call to a buyer.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use roxmltree::Node;

use crate::base::OfferId;
use crate::flow::Goto;
use crate::flow::NotRouted;
use crate::flow::Output;
use crate::flow::reader::Reader;
use crate::flow::run::Await;
use crate::flow::run::Turn;

use super::branch;

/// What it may carry.
pub(crate) const ATTRIBUTES: &[&str] = &["offer"];
/// What it may hold.
pub(crate) const CHILDREN: &[&str] = &["NoBuyer", "Closed", "Capped", "NoMatch"];

/// Routes the call. When a buyer is bridged, the flow is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The offer to route to; the number's own when there is none.
    pub offer: Option<OfferId>,
    /// Where a call goes that is not routed, by the reason.
    pub branches: BTreeMap<NotRouted, Goto>,
}

impl Route {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Route {
        reader.attributes(node, ATTRIBUTES);
        let offer = reader.parsed(node.attribute_node("offer"));
        let mut branches = BTreeMap::new();
        for child in reader.children(node, CHILDREN) {
            let why = NotRouted::ALL.iter().find(|why| child.has_tag_name(why.name()));
            branch::read(child, why.copied(), &mut branches, reader);
        }
        Route { offer, branches }
    }

    /// Where a call goes that is not routed: by its reason, else by `<NoBuyer>`, which stands
    /// for any.
    pub fn branch(&self, why: NotRouted) -> Option<Goto> {
        self.branches.get(&why).or_else(|| self.branches.get(&NotRouted::NoBuyer)).copied()
    }

    /// Whether a call that is not routed may go on below: some reason has no branch.
    pub(crate) fn may_go_on(&self) -> bool {
        NotRouted::ALL.iter().any(|why| self.branch(*why).is_none())
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Route { offer: self.offer.clone() });
        Turn::Wait(Await::Routed)
    }
}
