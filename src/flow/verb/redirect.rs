//! `<Redirect>`: goes to a step or to another flow.

use roxmltree::Node;

use crate::base::FlowName;
use crate::flow::Goto;
use crate::flow::Output;
use crate::flow::reader::Fault;
use crate::flow::reader::Reader;
use crate::flow::turn::Then;
use crate::flow::turn::Turn;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["step", "flow"];

/// Goes to another step or flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// To a step of this flow.
    Step(Goto),
    /// To the first step of another flow; the fields go along.
    Flow(FlowName),
}

impl Redirect {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Redirect> {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        match (node.attribute_node("step"), node.attribute_node("flow")) {
            (Some(_), None) => reader.goto(node, "step").map(Redirect::Step),
            (None, flow @ Some(_)) => reader.parsed(flow).map(Redirect::Flow),
            (None, None) => {
                let fault = Fault::new(node.range().start, "<Redirect> does not say where to");
                reader.error(fault.hint("give it step=\"…\" or flow=\"…\""));
                None
            }
            (Some(_), Some(flow)) => {
                let message = "<Redirect> goes to a step or to a flow, not both";
                reader.fault_in(flow, message.to_owned(), "remove one");
                None
            }
        }
    }

    pub(crate) fn begin(&self) -> Turn {
        match self {
            Redirect::Step(goto) => Turn::Go(Then::Goto(*goto)),
            Redirect::Flow(flow) => Turn::End(Output::Redirect(flow.clone())),
        }
    }
}
