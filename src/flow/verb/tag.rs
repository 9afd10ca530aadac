//! `<Tag>`: stores a tag in the call record, for reports.

use std::collections::VecDeque;

use roxmltree::Node;

use crate::base::FieldName;
use crate::flow::Facts;
use crate::flow::Output;
use crate::flow::Text;
use crate::flow::reader::Reader;
use crate::flow::turn::Then;
use crate::flow::turn::Turn;

/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] = &["name", "value"];

/// Stores a name and a value in the call record, then continues. Routing never sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Name of the tag.
    pub name: FieldName,
    /// Value of the tag, which may have variables.
    pub value: Text,
}

impl Tag {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Tag> {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        let name = reader.required(node, "name");
        let name = reader.parsed(name);
        let value = reader.value_text(node)?;
        Some(Tag { name: name?, value })
    }

    pub(crate) fn begin(&self, facts: &Facts<'_>, out: &mut VecDeque<Output>) -> Turn {
        let value = self.value.filled(facts.fields);
        out.push_back(Output::Tag { name: self.name.clone(), value });
        Turn::Go(Then::Next)
    }
}
