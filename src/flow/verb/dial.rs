//! `<Dial>`: connects the caller to a fixed destination, without any contract.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::Duration;

use roxmltree::Attribute;
use roxmltree::Node;

use crate::base::Phone;
use crate::base::SipUri;
use crate::base::TrunkId;
use crate::flow::Goto;
use crate::flow::NotDialled;
use crate::flow::Output;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

use super::branch;
use super::dial_to::DialTo;

/// Default ring timeout.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["to", "trunk", "timeout", "callerId"];
/// Children of the verb.
pub(crate) const CHILDREN: &[&str] = &["Busy", "NoAnswer", "Failed"];

/// Connects the caller to a fixed destination. When the destination answers, the flow is over. No
/// contract is used, and nothing is billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Destination to ring.
    pub to: DialTo,
    /// Ring timeout.
    pub timeout: Duration,
    /// Caller id to show; the caller's own number when absent.
    pub caller_id: Option<Phone>,
    /// Steps for calls that were not answered, by reason.
    pub branches: BTreeMap<NotDialled, Goto>,
}

impl Dial {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Dial> {
        reader.attributes(node, ATTRIBUTES);
        let mut branches = BTreeMap::new();
        for child in reader.children(node, CHILDREN) {
            let why = NotDialled::ALL.iter().find(|why| child.has_tag_name(why.name()));
            branch::read(child, why.copied(), &mut branches, reader);
        }
        let trunk: Option<TrunkId> = reader.parsed(node.attribute_node("trunk"));
        let timeout = reader.seconds(node, "timeout").unwrap_or(TIMEOUT);
        let caller_id = reader.parsed(node.attribute_node("callerId"));
        let to = reader.required(node, "to")?;
        let to = if to.value().starts_with(['+', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        {
            DialTo::Phone { number: reader.parsed(Some(to))?, trunk }
        } else {
            DialTo::Sip(read_sip(to, node.attribute_node("trunk"), reader)?)
        };
        Some(Dial { to, timeout, caller_id, branches })
    }

    /// Returns the step for a call that was not answered: by its reason, else by `<Failed>`, which
    /// matches any.
    pub fn branch(&self, why: NotDialled) -> Option<Goto> {
        self.branches.get(&why).or_else(|| self.branches.get(&NotDialled::Failed)).copied()
    }

    /// Returns whether a call that was not answered may continue below: some reason has no branch.
    pub(crate) fn may_go_on(&self) -> bool {
        NotDialled::ALL.iter().any(|why| self.branch(*why).is_none())
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Dial {
            to: self.to.clone(),
            timeout: self.timeout,
            caller_id: self.caller_id.clone(),
        });
        Turn::Wait(Await::Dialled)
    }
}

fn read_sip(
    to: Attribute<'_, '_>,
    trunk: Option<Attribute<'_, '_>>,
    reader: &mut Reader<'_>,
) -> Option<SipUri> {
    if !to.value().to_ascii_lowercase().starts_with("sip") {
        reader.bad_value(to, "a phone number like +13055550123, or a SIP address");
        return None;
    }
    if let Some(trunk) = trunk {
        let message = String::from("`trunk` is for phone numbers");
        reader.fault_in(trunk, message, "a SIP address is called directly; remove it");
    }
    reader.parsed(Some(to))
}
