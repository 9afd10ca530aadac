//! The same verdicts as [`plain`](super::plain) from bitmaps: one bit for each contract, in rank
//! order, and for each value of an attribute one row of the contracts that take it.
//!
//! One pass ANDs the rows of an inquiry's values. A contract whose bit goes out is stamped with
//! the stage at which it did: stages are numbers of four bits, kept as four rows (planes), so that
//! stamping 64 contracts is four ORs. What cannot be a row (field rules with their regular
//! expressions, caps, hours) is asked last and only of contracts that are still in.

mod build;
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
    for (rule, row) in &index.rules {
        if planes.any_of(row) && !rule.takes(known.fields.value(rule.field.as_str())) {
            planes.drop(Stage::Field, row);
        }
    }
    for (name, row) in &index.required {
        if planes.any_of(row) && known.value(name.as_str()).is_none() {
            planes.drop(Stage::Required, row);
        }
    }
    drop_full(roster, usage, moment, &mut planes);
    for hours in &index.hours {
        if !planes.any_of(&hours.row) {
            continue;
        }
        match moment.open(&hours.schedule, hours.zone) {
            Verdict::Hours => planes.drop(Stage::Hours, &hours.row),
            Verdict::Holiday => planes.drop(Stage::Holiday, &hours.row),
            Verdict::Eligible
            | Verdict::Off
            | Verdict::Channel
            | Verdict::State
            | Verdict::Zip
            | Verdict::AreaCode
            | Verdict::Source
            | Verdict::Field
            | Verdict::Required
            | Verdict::Cap(_) => {}
        }
    }
    planes
}

/// Asks for the caps of the contracts still in. A buyer and the offer are asked once.
fn drop_full(roster: &Roster, usage: &dyn Usage, moment: &Moment<'_>, planes: &mut Planes) {
    let index = &roster.index;
    let candidates = planes.still_in(&index.capped);
    if candidates.is_empty() {
        return;
    }
    let ask = |slot: usize, level: usize| -> Option<Full> {
        let terms = roster.contracts.get(slot)?;
        let (ceiling, zone) = terms.ceilings.get(level).zip(terms.ceiling_zones.get(level))?;
        if ceiling.limits.is_unlimited() {
            return None;
        }
        usage.full(ceiling, moment.periods(*zone)?)
    };
    let mut offer: Option<Option<Full>> = None;
    let mut buyers: Vec<Option<Option<Full>>> = vec![None; index.buyers];
    for slot in candidates {
        let of_buyer = |buyers: &mut Vec<Option<Option<Full>>>| {
            let seen = buyers.get_mut(*index.buyer_of.get(slot)?)?;
            seen.get_or_insert_with(|| ask(slot, 1)).clone()
        };
        let full = ask(slot, 0)
            .or_else(|| of_buyer(&mut buyers))
            .or_else(|| offer.get_or_insert_with(|| ask(slot, 2)).clone());
        if let Some(full) = full {
            planes.drop_full(slot, full);
        }
    }
}
