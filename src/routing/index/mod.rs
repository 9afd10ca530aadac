//! Computes the same verdicts as [`plain`](super::plain) from bitmaps: one bit for each contract,
//! in rank order, and for each value of an attribute one row of the contracts that take it.
//!
//! One pass ANDs the rows of an inquiry's values. A contract whose bit is cleared gets the stage at
//! which that happened: stages are numbers of five bits, kept as five rows (planes), so that
//! recording the stage of 64 contracts takes a few ORs. What cannot be a row (patterns, caps) is
//! evaluated last and only for contracts that are still eligible; hours are a row that is built
//! once a minute.

mod build;
mod fields;
mod groups;
mod places;
mod planes;
mod row;
mod zips;

pub(super) use build::Index;
pub use planes::Planes;
pub(super) use planes::Stage;
pub(super) use row::Row;
pub(super) use row::slots_of;

use smallvec::SmallVec;

use crate::base::Skip;
use crate::base::Wall;
use crate::book::Attestation;
use crate::book::Decimal;
use crate::caps::Full;

use super::Known;
use super::Moment;
use super::Roster;
use super::Usage;
use super::Verdict;
use row::BITS;

/// Result of an evaluation: a stage for each contract, and the details of some.
#[derive(Debug, Clone, Default)]
pub struct Sweep {
    pub(super) planes: Planes,
    notes: Notes,
}

/// Details of verdicts beside the stage, in slot order; or one for all contracts.
#[derive(Debug, Clone, Default)]
struct Notes {
    full: SmallVec<[(usize, Full); 2]>,
    offer_full: Option<Full>,
    sold: SmallVec<[(usize, Wall); 1]>,
}

impl Sweep {
    /// Returns a contract's verdict.
    pub(super) fn verdict(&self, slot: usize) -> Verdict {
        match self.planes.stage(slot) {
            None => Verdict::Eligible,
            Some(Stage::Off) => Verdict::Off,
            Some(Stage::Channel) => Verdict::Channel,
            Some(Stage::State) => Verdict::State,
            Some(Stage::Zip) => Verdict::Zip,
            Some(Stage::AreaCode) => Verdict::AreaCode,
            Some(Stage::Source) => Verdict::Source,
            Some(Stage::Field) => Verdict::Field,
            Some(Stage::Required) => Verdict::Required,
            Some(Stage::Duplicate) => Verdict::Duplicate(self.notes.sold(slot)),
            Some(Stage::Cap) => match self.notes.full(slot) {
                Some(full) => Verdict::Cap(Box::new(full.clone())),
                None => Verdict::Eligible,
            },
            Some(Stage::Hours) => Verdict::Hours,
            Some(Stage::Holiday) => Verdict::Holiday,
            Some(Stage::City) => Verdict::City,
            Some(Stage::County) => Verdict::County,
            Some(Stage::Country) => Verdict::Country,
            Some(Stage::Radius) => Verdict::Radius,
            Some(Stage::Dma) => Verdict::Dma,
            Some(Stage::Score) => Verdict::Score,
            Some(Stage::Attestation) => Verdict::Attestation,
        }
    }

    /// Returns every contract's reason, in rank order; `None` for eligible contracts.
    pub(super) fn skips(&self) -> impl Iterator<Item = Option<Skip>> {
        self.planes.stages().enumerate().map(|(slot, stage)| self.skip_at(slot, stage?))
    }

    /// Returns a contract's reason; `None` when it is eligible.
    pub(super) fn skip(&self, slot: usize) -> Option<Skip> {
        self.skip_at(slot, self.planes.stage(slot)?)
    }

    fn skip_at(&self, slot: usize, stage: Stage) -> Option<Skip> {
        match stage {
            Stage::Off => Some(Skip::Disabled),
            Stage::Channel => Some(Skip::Channel),
            Stage::State
            | Stage::Zip
            | Stage::AreaCode
            | Stage::City
            | Stage::County
            | Stage::Country
            | Stage::Radius
            | Stage::Dma => Some(Skip::GeoMismatch),
            Stage::Source => Some(Skip::SourceDenied),
            Stage::Field => Some(Skip::FieldMismatch),
            Stage::Required => Some(Skip::RequiredMissing),
            Stage::Score => Some(Skip::ScoreLow),
            Stage::Attestation => Some(Skip::QualityFailed),
            Stage::Duplicate => Some(Skip::Duplicate),
            Stage::Cap => self.notes.full(slot).map(|full| full.cap.skip()),
            Stage::Hours => Some(Skip::Closed),
            Stage::Holiday => Some(Skip::Holiday),
        }
    }

    fn clear(&mut self, slots: usize) {
        self.planes.begin(slots);
        self.notes.full.clear();
        self.notes.offer_full = None;
        self.notes.sold.clear();
    }

    /// Returns the eligible contracts' places in the roster, in rank order.
    pub fn eligible(&self) -> impl Iterator<Item = usize> + Clone {
        self.planes.eligible()
    }
}

impl Notes {
    fn full(&self, slot: usize) -> Option<&Full> {
        match self.full.binary_search_by_key(&slot, |(slot, _)| *slot) {
            Ok(place) => self.full.get(place).map(|(_, full)| full),
            Err(_) => self.offer_full.as_ref(),
        }
    }

    fn sold(&self, slot: usize) -> Wall {
        let place = self.sold.binary_search_by_key(&slot, |(slot, _)| *slot).ok();
        place.and_then(|place| self.sold.get(place)).map_or(Wall::default(), |(_, at)| *at)
    }
}

/// Finds the first stage that each contract fails; verdicts are in the roster's order.
pub fn evaluate(
    roster: &Roster,
    known: &Known,
    usage: &dyn Usage,
    moment: &Moment<'_>,
) -> Vec<Verdict> {
    let mut found = Sweep::default();
    sweep(roster, known, usage, moment, &mut found);
    (0..roster.len()).map(|slot| found.verdict(slot)).collect()
}

/// Evaluates into planes, and reuses the memory of the last result.
pub fn sweep(
    roster: &Roster,
    known: &Known,
    usage: &dyn Usage,
    moment: &Moment<'_>,
    found: &mut Sweep,
) {
    let index = &roster.index;
    found.clear(roster.len());
    let Sweep { planes, notes } = found;
    planes.keep(Stage::Off, index.on.words());
    planes.keep(Stage::Channel, index.channel(known.channel).words());
    if index.states.is_named() {
        planes.keep(Stage::State, index.states.row(known.state.as_ref()));
    }
    if index.zips.is_named() {
        planes.keep_with(Stage::Zip, index.zips.any(), index.zips.named(known.zip).iter());
    }
    if index.area_codes.is_named() {
        planes.keep(Stage::AreaCode, index.area_codes.row(known.area_code.as_ref()));
    }
    index.cities.sweep(planes, known.city, known.state);
    if index.counties.is_named() {
        planes.keep(Stage::County, index.counties.row(known.county.as_ref()));
    }
    if index.countries.is_named() {
        planes.keep(Stage::Country, index.countries.row(known.country.as_ref()));
    }
    index.circles.sweep(planes, Stage::Radius, known.zip);
    index.areas.sweep(planes, Stage::Dma, known.zip);
    if index.sources.is_named() {
        planes.keep(Stage::Source, index.sources.row(known.source.as_ref()));
    }
    for field in &index.fields {
        field.sweep(planes, &known.fields);
    }
    index
        .rules
        .sweep(planes, Stage::Field, |rule| !rule.takes(known.fields.value(rule.field.as_str())));
    index.required.sweep(planes, Stage::Required, |name| known.value(name.as_str()).is_none());
    drop_poor(index, known, planes);
    drop_sold(roster, known, usage, moment, planes, notes);
    drop_full(roster, usage, moment, planes, notes);
    if index.scheduled {
        // A closed date is reported before the hours.
        planes.keep(Stage::Holiday, moment.minute.workday.words());
        planes.keep(Stage::Hours, moment.minute.open.words());
    }
}

/// Drops the contracts that require a better score or another attestation.
fn drop_poor(index: &Index, known: &Known, planes: &mut Planes) {
    if !index.scores.is_empty() {
        let given = known.value("score").and_then(|given| given.trim().parse::<Decimal>().ok());
        index.scores.sweep(planes, Stage::Score, |min| given.is_none_or(|score| score < *min));
    }
    if index.attestations.is_named() {
        let given = known.value("attestation").and_then(|given| given.parse::<Attestation>().ok());
        planes.keep(Stage::Attestation, index.attestations.row(given.as_ref()));
    }
}

/// Checks duplicates for the eligible contracts that have a rule.
fn drop_sold(
    roster: &Roster,
    known: &Known,
    usage: &dyn Usage,
    moment: &Moment<'_>,
    planes: &mut Planes,
    notes: &mut Notes,
) {
    for (place, row) in roster.index.once.words().iter().enumerate() {
        let still_in = planes.alive().get(place).copied().unwrap_or(0) & row;
        for slot in slots_of(place, still_in) {
            let Some(terms) = roster.contracts.get(slot) else { continue };
            if let Some(at) = terms.sold(known, usage, moment) {
                planes.drop_one(Stage::Duplicate, slot);
                notes.sold.push((slot, at));
            }
        }
    }
}

/// Checks caps for the eligible contracts: each contract's and its buyer's (no two contracts of an
/// offer share a buyer), and the offer's once. Caps that count only units are read only if they are
/// marked as possibly full.
fn drop_full(
    roster: &Roster,
    usage: &dyn Usage,
    moment: &Moment<'_>,
    planes: &mut Planes,
    notes: &mut Notes,
) {
    let index = &roster.index;
    for (place, (capped, always)) in
        index.capped.words().iter().zip(index.moving.words()).enumerate()
    {
        let alive = planes.alive().get(place).copied().unwrap_or(0) & capped;
        if alive == 0 {
            continue;
        }
        let asked = alive & (always | usage.doubted(place));
        if asked == 0 {
            continue;
        }
        // Clear the mark before the read: a call that fills a cap in between sets it again.
        usage.doubt(place, asked, false);
        let mut out = 0;
        for slot in slots_of(place, asked) {
            let Some(terms) = roster.contracts.get(slot) else { continue };
            let ask = |level: usize| terms.full_at(level, usage, moment);
            let own = ask(0).or_else(|| ask(1));
            let full = own.or_else(|| index.offer_moves.then(|| ask(2)).flatten());
            if let Some(full) = full {
                out |= 1 << (slot % BITS);
                notes.full.push((slot, full));
            }
        }
        if out != 0 {
            usage.doubt(place, out, true);
            planes.drop_some(Stage::Cap, place, out);
        }
    }
    if !index.offer_capped || index.offer_moves || !usage.offer_doubted() {
        return;
    }
    let any = planes.eligible().next().and_then(|slot| roster.contracts.get(slot));
    if let Some(full) = any.and_then(|terms| terms.full_at(2, usage, moment)) {
        planes.drop(Stage::Cap, index.capped.words());
        notes.offer_full = Some(full);
    }
}
