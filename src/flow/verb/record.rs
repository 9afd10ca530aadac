//! `<Record>`: records the caller.

use std::collections::VecDeque;
use std::time::Duration;

use roxmltree::Node;

use crate::base::FieldName;
use crate::flow::Output;
use crate::flow::reader::Reader;
use crate::flow::turn::Await;
use crate::flow::turn::Turn;

use super::gather::finish_key;

/// Default maximum length of a recording.
const LENGTH: Duration = Duration::from_secs(120);
/// Upper bound of the maximum length that a flow may set, in seconds.
const LENGTH_SECONDS_MAX: u32 = 600;
/// Default silence that ends a recording.
const SILENCE: Duration = Duration::from_secs(5);
/// Attributes of the verb.
pub(crate) const ATTRIBUTES: &[&str] =
    &["field", "maxLength", "timeout", "finishOnKey", "playBeep"];

/// Records the caller, then continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Field for the recording's name.
    pub field: Option<FieldName>,
    /// Maximum length, at most 600 s.
    pub max: Duration,
    /// Silence that ends the recording.
    pub silence: Duration,
    /// Key that ends the recording.
    pub finish: Option<char>,
    /// Whether a beep plays first.
    pub beep: bool,
}

impl Record {
    pub(crate) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Record {
        reader.attributes(node, ATTRIBUTES);
        reader.children(node, &[]);
        let max = reader.number(node, "maxLength", 1..=LENGTH_SECONDS_MAX);
        Record {
            field: reader.parsed(node.attribute_node("field")),
            max: max.map_or(LENGTH, |seconds| Duration::from_secs(u64::from(seconds))),
            silence: reader.seconds(node, "timeout").unwrap_or(SILENCE),
            finish: finish_key(node, None, reader),
            beep: reader.boolean(node, "playBeep").unwrap_or(true),
        }
    }

    pub(crate) fn begin(&self, out: &mut VecDeque<Output>) -> Turn {
        out.push_back(Output::Record {
            field: self.field.clone(),
            max: self.max,
            silence: self.silence,
            finish: self.finish,
            beep: self.beep,
        });
        Turn::Wait(Await::Recorded)
    }
}
