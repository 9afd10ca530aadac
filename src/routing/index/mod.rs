//! The same verdicts as [`plain`](super::plain) from bitmaps: one bit for each contract, in rank
//! order, and for each value of an attribute one row of the contracts that take it.
//!
//! One pass ANDs the rows of an inquiry's values. A contract whose bit goes out is stamped with
//! the stage at which it did: stages are numbers of four bits, kept as four rows (planes), so that
//! stamping 64 contracts is four ORs. What cannot be a row (field rules with their regular
//! expressions, caps, hours) is asked last and only of contracts that are still in.

mod build;
mod groups;
mod planes;
mod row;

pub(super) use build::Index;
pub use planes::Planes;

use crate::caps::Full;

use super::Known;
use super::Moment;
use super::Roster;
use super::Usage;
use super::Verdict;
use super::moment::Opening;
use planes::Stage;

/// Finds the first stage that each contract fails; verdicts are in the roster's order.
pub fn evaluate(
    roster: &Roster,
    known: &Known,
    usage: &dyn Usage,
    moment: &Moment<'_>,
) -> Vec<Verdict> {
    sweep(roster, known, usage, moment).verdicts()
}

/// The same, left in planes.
pub fn sweep(roster: &Roster, known: &Known, usage: &dyn Usage, moment: &Moment<'_>) -> Planes {
    let index = &roster.index;
    let mut planes = Planes::new(roster.len());
    let zip = index.zips.row(known.zip);
    planes.keep([
        (Stage::Off, index.on.words()),
        (Stage::Channel, index.channel(known.channel).words()),
        (Stage::State, index.states.row(known.state.as_ref()).words()),
        (Stage::Zip, zip.words()),
        (Stage::AreaCode, index.area_codes.row(known.area_code.as_ref()).words()),
        (Stage::Source, index.sources.row(known.source.as_ref()).words()),
    ]);
    index.rules.sweep(&mut planes, |rule| {
        let taken = rule.takes(known.fields.value(rule.field.as_str()));
        (!taken).then_some(Stage::Field)
    });
    index
        .required
        .sweep(&mut planes, |name| known.value(name.as_str()).is_none().then_some(Stage::Required));
    drop_full(roster, usage, moment, &mut planes);
    index.hours.sweep(&mut planes, |(schedule, zone)| match moment.open(schedule, *zone) {
        Opening::Open => None,
        Opening::Closed => Some(Stage::Hours),
        Opening::Holiday => Some(Stage::Holiday),
    });
    planes
}

/// Asks for the caps of the contracts still in: each contract's and its buyer's (no two contracts
/// of an offer share a buyer), and the offer's once.
fn drop_full(roster: &Roster, usage: &dyn Usage, moment: &Moment<'_>, planes: &mut Planes) {
    let mut offers: Option<Option<Full>> = None;
    for slot in planes.still_in(&roster.index.capped) {
        let Some(terms) = roster.contracts.get(slot) else { continue };
        let ask = |level: usize| terms.full_at(level, usage, moment);
        let own = ask(0).or_else(|| ask(1));
        let full = own.or_else(|| offers.get_or_insert_with(|| ask(2)).clone());
        if let Some(full) = full {
            planes.drop_full(slot, full);
        }
    }
}
