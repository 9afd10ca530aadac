//! A decision as it is stored: what it was made from, and what came of it, without the words.
//!
//! The book's version, the seed, the instant, the inquiry and what was used at that moment give
//! the same decision again, words and all ([`Trace::replay`]). The picks and the reasons are kept
//! beside them: they are what was decided, whatever a later program would decide.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;
use serde_json::json;

use super::Decision;
use super::Inquiry;
use super::Snapshot;
use super::Turn;
use super::Usage;
use super::decide;
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
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Periods;
use crate::caps::Window;

/// A stored decision. Its JSON has short keys and leaves out what is empty.
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
    /// What was told; what follows from it is worked out again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    told: BTreeMap<FieldName, (String, Origin)>,
    /// The picks in order; each with its wave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    picks: Vec<(ContractId, u32)>,
    /// Who was passed over, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    passed: BTreeMap<Skip, Vec<ContractId>>,
    /// The caps that were full: whose, which window, used, limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    full: Vec<(Level, Window, u64, u64)>,
    /// The turns of picks that had had one: owed, latest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    turns: BTreeMap<ContractId, (i64, u64)>,
}

impl Trace {
    /// What is stored of a decision.
    pub fn of(decision: &Decision) -> Self {
        let told = decision.fields.iter().filter(|(_, field)| !field.from.is_derived());
        let mut passed: BTreeMap<Skip, Vec<ContractId>> = BTreeMap::new();
        let mut full = Vec::new();
        for over in &decision.passed_over {
            passed.entry(over.reason).or_default().push(over.contract.clone());
            if let Some(Full { level, window, used, limit }) = over.detail.full() {
                let entry = (level.clone(), *window, *used, *limit);
                if !full.contains(&entry) {
                    full.push(entry);
                }
            }
        }
        let turns = decision.picks.iter().filter(|pick| pick.turn != Turn::default());
        Self {
            id: decision.id,
            book_version: decision.book_version,
            seed: decision.seed,
            at: decision.at,
            offer: decision.offer.clone(),
            channel: decision.channel,
            source: decision.source.clone(),
            caller: decision.caller.clone(),
            told: told.map(|(name, f)| (name.clone(), (f.value.clone(), f.from))).collect(),
            picks: decision.picks.iter().map(|pick| (pick.contract.clone(), pick.wave)).collect(),
            passed,
            full,
            turns: turns
                .map(|pick| (pick.contract.clone(), (pick.turn.owed, pick.turn.latest)))
                .collect(),
        }
    }

    /// The version of the book that it was made by.
    pub fn book_version(&self) -> u64 {
        self.book_version
    }

    /// When it was made.
    pub fn at(&self) -> Wall {
        self.at
    }

    /// What it was made for.
    pub fn inquiry(&self) -> Inquiry {
        let mut fields = Fields::default();
        for (name, (value, from)) in &self.told {
            fields.set(name.clone(), value, *from);
        }
        Inquiry {
            offer: self.offer.clone(),
            channel: self.channel,
            source: self.source.clone(),
            caller: self.caller.clone(),
            fields,
        }
    }

    /// Decides again, with the book of the same version: the same decision, bit for bit.
    pub fn replay(&self, snapshot: &Snapshot) -> Decision {
        decide::replay(snapshot, &self.inquiry(), self, Now::at(self.at), self.seed)
    }

    /// The stored part alone, in the shape of a decision's JSON: without prices, and with each
    /// reason's general sentence for a detail.
    pub fn told(&self) -> serde_json::Value {
        let pick =
            |(contract, wave): &(ContractId, u32)| json!({"contract": contract, "wave": wave});
        let over = |(reason, contracts): (&Skip, &Vec<ContractId>)| {
            let tell = |contract: &ContractId| json!({"contract": contract, "reason": reason, "detail": reason.sentence()});
            contracts.iter().map(tell).collect::<Vec<_>>()
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
            "fields": self.told.iter().map(field).collect::<serde_json::Map<_, _>>(),
            "at": self.at,
            "seed": format!("{:016x}", self.seed),
            "replayed": false,
        })
    }

    /// Whether a decision has this one's id, picks and reasons: whether a replay is faithful.
    pub fn agrees(&self, decision: &Decision) -> bool {
        *self == Trace::of(decision)
    }
}

/// What was used when the decision was made.
impl Usage for Trace {
    fn full(&self, ceiling: &Ceiling, _: &Periods) -> Option<Full> {
        let (level, window, used, limit) =
            self.full.iter().find(|(level, ..)| *level == ceiling.level)?.clone();
        Some(Full { level, window, used, limit })
    }

    fn turn(&self, contract: &ContractId) -> Turn {
        let turn = self.turns.get(contract);
        turn.map_or_else(Turn::default, |(owed, latest)| Turn { owed: *owed, latest: *latest })
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
