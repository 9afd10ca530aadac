//! `<Route>`: routes the call to a buyer.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use roxmltree::Node;

use crate::base::OfferId;
use crate::flow::Goto;
use crate::flow::NotRouted;
use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

use super::branch;
use super::play::is_file;
use super::ringing::Ringing;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["offer", "ringWidth", "ringTimeout", "ringback"];
/// Children of the verb.
pub(crate) const CHILDREN: &[&str] = &["NoBuyer", "Closed", "Capped", "NoMatch"];

/// Maximum number of buyers that a flow may ring at once; the route book has the same bound.
const RING_WIDTH_MAX: u32 = 10;

/// Routes the call. When a buyer is bridged, the flow is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Offer to route to; the number's own when absent.
    pub offer: Option<OfferId>,
    /// Ring settings that override the offer's.
    pub ringing: Ringing,
    /// Steps for calls that are not routed, by reason.
    pub branches: BTreeMap<NotRouted, Goto>,
}

impl Route {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Route {
        reader.attributes(node, ATTRIBUTES);
        let offer = reader.parsed(node.attribute_node("offer"));
        let width = reader.number(node, "ringWidth", 1..=RING_WIDTH_MAX);
        let ringing = Ringing {
            width: width.and_then(|width| u8::try_from(width).ok()),
            timeout: reader.seconds(node, "ringTimeout"),
            ringback: ringback(node, reader),
        };
        let mut branches = BTreeMap::new();
        for child in reader.children(node, CHILDREN) {
            let why = NotRouted::ALL.iter().find(|why| child.has_tag_name(why.name()));
            branch::read(child, why.copied(), &mut branches, reader);
        }
        Route { offer, ringing, branches }
    }

    /// Returns the step for a call that is not routed: by its reason, else by `<NoBuyer>`, which
    /// matches any.
    pub fn branch(&self, why: NotRouted) -> Option<Goto> {
        self.branches.get(&why).or_else(|| self.branches.get(&NotRouted::NoBuyer)).copied()
    }

    /// Returns whether a call that is not routed may continue below: some reason has no branch.
    pub(crate) fn may_go_on(&self) -> bool {
        NotRouted::ALL.iter().any(|why| self.branch(*why).is_none())
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        let (offer, ringing) = (self.offer.clone(), self.ringing.clone());
        out.push_back(Output::Route { offer, ringing });
        Turn::Wait(Await::Routed)
    }
}

fn ringback(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Sound> {
    let attribute = node.attribute_node("ringback")?;
    if !is_file(attribute.value()) {
        reader.bad_value(attribute, "a WAV file's name like sounds/hold.wav");
        return None;
    }
    Some(Sound::File(attribute.value().to_owned()))
}
