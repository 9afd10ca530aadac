//! A decision as it is stored: its inputs and its result, without the text.
//!
//! The book's version, the seed, the instant, the inquiry and the usage at that moment give the
//! same decision again, including its text ([`Trace::replay`]). The picks and reasons are stored
//! beside them: they record what was decided, whatever a later program would decide.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde_json::json;

use super::Bids;
use super::Decision;
use super::Inquiry;
use super::Known;
use super::Performance;
use super::Snapshot;
use super::Standing;
use super::Turn;
use super::Usage;
use super::decide;
use super::snapshot::LastResort;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Channel;
use crate::book::RepeatThen;
use crate::caps::Cap;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::caps::Window;

/// A stored decision. Its JSON has short keys and omits empty values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    id: DecisionId,
    #[serde(rename = "book")]
    book_version: u64,
    /// As text: 64 bits do not fit the numbers of every JSON reader.
    #[serde(with = "hexadecimal")]
    seed: u64,
    at: Wall,
    offer: OfferId,
    channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<SourceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller: Option<Phone>,
    /// Fields that the inquiry gave. Derived fields are derived again.
    #[serde(default, rename = "told", skip_serializing_if = "BTreeMap::is_empty")]
    given: BTreeMap<FieldName, (String, Origin)>,
    /// Picks in order, each with its wave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    picks: Vec<(ContractId, u32)>,
    /// Contracts that were passed over, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    passed: BTreeMap<Skip, Vec<ContractId>>,
    /// Caps that were full, with their levels.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "full_caps")]
    full: Vec<(Level, Cap)>,
    /// When the same person was sold, for contracts passed over as duplicates.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sold: BTreeMap<ContractId, Wall>,
    /// When the person was sold, for picks for which nothing is owed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unbilled: BTreeMap<ContractId, Wall>,
    /// The same for the catch-all buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unbilled_resort: Option<Wall>,
    /// The pick that comes first because it had the person, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_buyer: Option<(ContractId, Wall)>,
    /// Turns of picks that had had one: owed, latest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    turns: BTreeMap<ContractId, (i64, u64)>,
    /// Earnings of the picks' recent calls, if those decided the order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    performances: BTreeMap<ContractId, Performance>,
    /// Bids that were received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bids: Option<Bidding>,
    /// Time at which a parked form lead is decided again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked_until: Option<Wall>,
}

/// The stored bids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Bidding {
    /// Whether there were bids, in documents of an early version: such a decision cannot be
    /// replayed.
    Unknown(bool),
    /// The bids.
    Known(Bids),
}

/// A full cap as it is stored, or as early versions stored a cap of units.
#[derive(Deserialize)]
#[serde(untagged)]
enum FullCap {
    Cap(Level, Cap),
    Units(Level, Window, u64, u64),
}

fn full_caps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(Level, Cap)>, D::Error> {
    let all = Vec::<FullCap>::deserialize(from)?.into_iter();
    let read = |full| match full {
        FullCap::Cap(level, cap) => (level, cap),
        FullCap::Units(level, window, used, limit) => (level, Cap::Units { window, used, limit }),
    };
    Ok(all.map(read).collect())
}

impl Trace {
    /// Creates the stored form of a decision.
    pub fn of(decision: &Decision) -> Self {
        let given =
            decision.known.fields.given.iter().filter(|(_, field)| !field.from.is_derived());
        let mut passed: BTreeMap<Skip, Vec<ContractId>> = BTreeMap::new();
        let (mut full, mut sold) = (Vec::new(), BTreeMap::new());
        for over in decision.passed_over() {
            passed.entry(over.reason).or_default().push(over.contract.clone());
            if let Some(at) = over.detail.sold() {
                sold.insert(over.contract.clone(), at);
            }
            if let Some(Full { level, cap }) = over.detail.full() {
                let entry = (level.clone(), *cap);
                if !full.contains(&entry) {
                    full.push(entry);
                }
            }
        }
        Self {
            id: decision.id,
            book_version: decision.book_version,
            seed: decision.seed,
            at: decision.at,
            offer: decision.offer.clone(),
            channel: decision.channel(),
            source: decision.source().cloned(),
            caller: decision.caller().cloned(),
            given: given.map(|(name, f)| (name.clone(), (f.value.clone(), f.from))).collect(),
            picks: decision.picks().map(|pick| (pick.contract, pick.wave)).collect(),
            passed,
            full,
            sold,
            unbilled: by_contract(decision, &decision.repeats.unbilled, |at| at),
            unbilled_resort: decision.repeats.resort,
            same_buyer: decision
                .repeats
                .same
                .and_then(|(slot, at)| Some((decision.roster()?.at(slot)?.contract.clone(), at))),
            turns: by_contract(decision, &decision.heard.turns, |turn| (turn.owed, turn.latest)),
            performances: by_contract(decision, &decision.heard.performances, |known| known),
            bids: decision.bids.as_ref().map(|bids| Bidding::Known(bids.since_the_first())),
            parked_until: decision.parked_until(),
        }
    }

    /// Returns the version of the book that was used.
    pub fn book_version(&self) -> u64 {
        self.book_version
    }

    /// Returns the time of the decision.
    pub fn at(&self) -> Wall {
        self.at
    }

    /// Returns the inquiry.
    pub fn inquiry(&self) -> Inquiry {
        let mut fields = Fields::default();
        for (name, (value, from)) in &self.given {
            fields.set_whole(name.clone(), value, *from);
        }
        Inquiry {
            offer: self.offer.clone(),
            channel: self.channel,
            source: self.source.clone(),
            caller: self.caller.clone(),
            fields,
        }
    }

    /// Repeats the decision with the book of the same version: the result is the same, bit for bit.
    pub fn replay(&self, snapshot: &Snapshot) -> Decision {
        let inquiry = self.inquiry();
        let known = Known::of(&inquiry);
        let mut sold = Vec::new();
        let roster = snapshot.roster(&self.offer);
        for terms in roster.iter().flat_map(|roster| &roster.contracts) {
            // The time of any of its marks: a mark of the offer was sold for every contract.
            let mut recall = |then, at: Option<Wall>| {
                sold.extend(terms.marks(then, &known).last().zip(at));
            };
            recall(RepeatThen::Refuse, self.sold.get(&terms.contract).copied());
            recall(RepeatThen::NotBilled, self.unbilled.get(&terms.contract).copied());
            let same = self.same_buyer.as_ref().filter(|(same, _)| *same == terms.contract);
            recall(RepeatThen::SameBuyer, same.map(|(_, at)| *at));
        }
        if let Some(LastResort::Buyer(terms)) = roster.map(|roster| &roster.last_resort) {
            let marks = terms.marks(RepeatThen::NotBilled, &known);
            sold.extend(marks.last().zip(self.unbilled_resort));
        }
        let bids = match &self.bids {
            Some(Bidding::Known(bids)) => bids,
            Some(Bidding::Unknown(_)) | None => Bids::NONE,
        };
        let used = Used { trace: self, sold, bids };
        decide::replay(snapshot, &inquiry, &used, Now::at(self.at), self.seed)
    }

    /// Returns the stored part alone, in the shape of a decision's JSON: without prices, and with
    /// each reason's general sentence for a detail.
    pub fn as_json(&self) -> serde_json::Value {
        let pick = |(contract, wave): &(ContractId, u32)| {
            let mut pick = json!({"contract": contract, "wave": wave});
            if let Some(at) = self.unbilled.get(contract) {
                pick["not_billed"] = json!(at);
            }
            if let Some((_, at)) = self.same_buyer.as_ref().filter(|(same, _)| same == contract) {
                pick["same_buyer"] = json!(at);
            }
            pick
        };
        let over = |(reason, contracts): (&Skip, &Vec<ContractId>)| {
            let passed = |contract: &ContractId| json!({"contract": contract, "reason": reason, "detail": reason.sentence()});
            contracts.iter().map(passed).collect::<Vec<_>>()
        };
        let field = |(name, (value, from)): (&FieldName, &(String, Origin))| {
            (name.to_string(), json!({"value": value, "from": from}))
        };
        json!({
            "id": self.id,
            "offer": self.offer,
            "book_version": self.book_version,
            "picks": self.picks.iter().map(pick).collect::<Vec<_>>(),
            "passed_over": self.passed.iter().flat_map(over).collect::<Vec<_>>(),
            "fields": self.given.iter().map(field).collect::<serde_json::Map<_, _>>(),
            "at": self.at,
            "seed": format!("{:016x}", self.seed),
            "parked_until": self.parked_until,
            "replayed": false,
        })
    }

    /// Returns whether a decision has the same id, picks and reasons, so that a replay is faithful.
    pub fn agrees(&self, decision: &Decision) -> bool {
        *self == Trace::of(decision)
    }
}

/// Returns what the quota reported for the picks' places, by contract, without defaults.
fn by_contract<T: Copy + Default + PartialEq, U>(
    decision: &Decision,
    heard: &[(u32, T)],
    shown: impl Fn(T) -> U,
) -> BTreeMap<ContractId, U> {
    let known = heard.iter().filter(|(_, heard)| *heard != T::default());
    let named = known.filter_map(|(slot, heard)| {
        let terms = decision.roster()?.at(*slot)?;
        Some((terms.contract.clone(), shown(*heard)))
    });
    named.collect()
}

/// The usage when the decision was made.
struct Used<'t> {
    trace: &'t Trace,
    sold: Vec<(Mark, Wall)>,
    bids: &'t Bids,
}

impl Usage for Used<'_> {
    /// Some of an offer's caps in money are full only for the expensive contracts.
    fn full(&self, ceiling: &Ceiling, _: &Periods) -> Option<Full> {
        let own = self.trace.full.iter().filter(|(level, _)| *level == ceiling.level);
        let priced = own.clone().find(|(_, cap)| cap.price() == Some(ceiling.price));
        let (level, cap) =
            priced.or_else(|| own.clone().find(|(_, cap)| cap.price().is_none()))?.clone();
        Some(Full { level, cap })
    }

    fn sold(&self, mark: Mark, _: Wall) -> Option<Wall> {
        self.sold.iter().find(|(sold, _)| *sold == mark).map(|(_, at)| *at)
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

impl Standing for Used<'_> {
    fn turn(&self, contract: &ContractId) -> Turn {
        let turn = self.trace.turns.get(contract);
        turn.map_or_else(Turn::default, |(owed, latest)| Turn { owed: *owed, latest: *latest })
    }

    fn performance(&self, contract: &ContractId) -> Performance {
        self.trace.performances.get(contract).copied().unwrap_or_default()
    }
}

mod hexadecimal {
    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(seed: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{seed:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
