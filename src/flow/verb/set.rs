//! `<Set>`: sets a field.

use std::collections::VecDeque;

use roxmltree::Node;

use crate::base::FieldName;
use crate::flow::Output;
use crate::flow::reader::Reader;
use crate::flow::run::Await;
use crate::flow::run::Then;
use crate::flow::run::Turn;

/// Longest value that a flow gives a field, in bytes.
pub(crate) const VALUE_BYTES_MAX: usize = 200;

/// Sets a field to a fixed value, then goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Which field.
    pub field: FieldName,
    /// Its value.
    pub value: String,
}

impl Set {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Set> {
        reader.attributes(node, &["field", "value"]);
        reader.children(node, &[]);
        let field = reader.required(node, "field");
        let field = reader.parsed(field);
        let value = reader.required(node, "value")?;
        if value.value().len() > VALUE_BYTES_MAX {
            reader.fault_in(value, format!("the value is longer than {VALUE_BYTES_MAX} bytes"), "");
        }
        Some(Set { field: field?, value: value.value().to_owned() })
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Field { name: self.field.clone(), value: self.value.clone() });
        Turn::Wait(Await::FieldSet(Then::Next))
    }
}
