//! The turns of every offer, as this node knows them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::PoisonError;

use tokio::sync::Mutex;

use crate::base::ContractId;
use crate::base::OfferId;
use crate::routing::Sequence;
use crate::routing::Turn;

/// The turns of one offer as this node knows them.
#[derive(Debug, Default)]
pub(super) struct OfferTurns {
    /// Version at Redis; empty before the first answer.
    pub(super) version: String,
    /// The turns.
    pub(super) sequence: Sequence,
}

/// The turns of every offer, each behind its own lock: decisions of one node for one offer are
/// ordered one after another, and only nodes race for a turn.
#[derive(Debug, Default)]
pub(super) struct SharedTurns(std::sync::Mutex<HashMap<OfferId, Arc<Mutex<OfferTurns>>>>);

impl SharedTurns {
    /// Returns the turns of an offer.
    pub(super) fn of(&self, offer: &OfferId) -> Arc<Mutex<OfferTurns>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(offer) {
            Some(turns) => turns.clone(),
            None => all.entry(offer.clone()).or_default().clone(),
        }
    }
}

impl OfferTurns {
    /// Takes over the turns that Redis has: contracts and turns, and the version under no name.
    pub(super) fn take_over(&mut self, words: &[String]) {
        let pairs = words.chunks_exact(2).filter_map(|pair| <&[String; 2]>::try_from(pair).ok());
        let version = pairs.clone().find(|[name, _]| name.is_empty());
        self.version = version.map(|[_, version]| version.clone()).unwrap_or_default();
        self.sequence = Sequence::of(pairs.filter_map(|[name, turn]| {
            let (owed, latest) = turn.split_once(' ')?;
            let turn = Turn { owed: owed.parse().ok()?, latest: latest.parse().ok()? };
            Some((name.parse::<ContractId>().ok()?, turn))
        }));
    }

    /// Returns the version as Redis is asked for it.
    pub(super) fn version(&self) -> &str {
        if self.version.is_empty() { "0" } else { &self.version }
    }
}
