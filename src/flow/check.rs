//! Judges the ways through a flow: steps that nothing leads to, ends, loops.

use super::Flow;
use super::reader::Reader;

/// Notes what is wrong with the ways through a flow.
pub(crate) fn check(flow: &Flow, reader: &mut Reader<'_>) {
    let _ = (flow, reader);
}
