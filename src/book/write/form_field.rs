//! Converts the form fields of an offer to keys and values.

use std::fmt;

use crate::base::print_duration;
use crate::book::FormField;
use crate::book::FormKind;
use crate::book::Limits;

use super::keys::Keys;
use super::node::Node;

/// Returns the keys of a form field.
pub(super) fn form_field(field: &FormField) -> Node {
    let FormField { name, also, kind, required } = field;
    let keys = Keys::default()
        .with("name", Node::text(name))
        .with("type", Node::text(kind.name()))
        .maybe("also", (!also.is_empty()).then(|| Node::texts(also)))
        .maybe("required", required.then_some(Node::Flag(true)));
    let keys = match kind {
        FormKind::Text { length, pattern } => {
            let length = length.as_ref().map(|length| {
                Node::List(vec![Node::number(length.start()), Node::number(length.end())])
            });
            keys.maybe("length", length)
                .maybe("regex", pattern.as_ref().map(|pattern| Node::text(pattern.as_str())))
        }
        FormKind::Number(limits) | FormKind::Integer(limits) => {
            with_limits(keys, limits, Node::number)
        }
        FormKind::Date(limits) => with_limits(keys, limits, Node::text),
        FormKind::BirthDate(limits) => with_limits(keys, limits, Node::number),
        FormKind::Choice(choices) => keys.with("in", Node::texts(choices)),
        FormKind::ConsentTime(age) => keys.with("max_age", Node::text(print_duration(*age))),
        FormKind::Phone
        | FormKind::Email
        | FormKind::Zip
        | FormKind::State
        | FormKind::Bool
        | FormKind::Url
        | FormKind::Ip
        | FormKind::ConsentText
        | FormKind::TrustedForm
        | FormKind::Jornaya => keys,
    };
    Node::Table(keys.0)
}

fn with_limits<T: fmt::Display + Copy>(
    keys: Keys,
    limits: &Limits<T>,
    node: impl Fn(T) -> Node,
) -> Keys {
    let Limits { min, max } = limits;
    keys.maybe("min", min.map(&node)).maybe("max", max.map(&node))
}
