//! `<Set>`: sets a field.

use std::collections::VecDeque;

use roxmltree::Node;

use crate::base::FieldName;
use crate::flow::Facts;
use crate::flow::Output;
use crate::flow::Text;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Then;
use crate::flow::turn::Turn;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["field", "value"];

/// Sets a field, then continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Name of the field.
    pub field: FieldName,
    /// Value of the field, which may have variables.
    pub value: Text,
}

impl Set {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Set> {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        let field = reader.required(node, "field");
        let field = reader.parsed(field);
        let value = reader.value_text(node)?;
        Some(Set { field: field?, value })
    }

    pub(crate) fn begin(&self, facts: &Facts<'_>, out: &mut VecDeque<Output>) -> Turn {
        let value = self.value.filled(facts.fields);
        out.push_back(Output::Field { name: self.field.clone(), value });
        Turn::Wait(Await::FieldSet(Then::Next))
    }
}
