//! The state that the readers of nouns share: the report, and what has been read so far, for rules
//! across nouns.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use ipnet::IpNet;
use jiff::tz::TimeZoneDatabase;

use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::toml::Report;
use crate::book::Pattern;

use super::names::Names;
use super::surroundings::Surroundings;

/// The state that the readers of nouns share. Offsets point into the file.
#[derive(Debug)]
pub(super) struct Context<'d, 't> {
    /// What the book is read against.
    pub(super) beside: Surroundings<'d>,
    /// All faults.
    pub(super) report: Report<'t>,
    /// The declared ids, including those of nouns with faults.
    pub(super) names: Names<'d>,
    /// The bundled time zones, the same on every machine.
    pub(super) zones: TimeZoneDatabase,
    /// The patterns so far, so that a pattern of many contracts is compiled once.
    pub(super) patterns: BTreeMap<String, Pattern>,
    /// The currency of the book, and where it was first used.
    pub(super) currency: Option<(Currency, usize)>,
    /// The networks that trunks accept calls from.
    pub(super) nets: Vec<TrunkNet>,
    /// Trunks without an outbound address.
    pub(super) inbound_only: BTreeSet<String>,
    /// Offers that distribute by weight.
    pub(super) weighted: BTreeSet<OfferId>,
    /// Offers whose contracts may be asked for bids.
    pub(super) auctions: BTreeSet<OfferId>,
    /// The `dq` rules from offer to offer, and their offsets.
    pub(super) hand_overs: BTreeMap<OfferId, (OfferId, usize)>,
    /// Catch-all buyers, and the offsets of their rules.
    pub(super) catch_alls: Vec<(BuyerId, usize)>,
    /// The pairs of buyer and offer that have a contract, and its offset.
    pub(super) pairs: BTreeMap<(BuyerId, OfferId), usize>,
    /// Tracking numbers and their offsets.
    pub(super) numbers: BTreeMap<Phone, usize>,
    /// Digests of the keys with which sources send form leads.
    pub(super) entrances: BTreeSet<String>,
    /// Number of postbacks so far.
    pub(super) postbacks: usize,
}

/// A network that a trunk accepts calls from.
#[derive(Debug)]
pub(super) struct TrunkNet {
    /// The trunk's name.
    pub(super) trunk: String,
    pub(super) net: IpNet,
    /// Its offset in the text.
    pub(super) at: usize,
}

impl<'d, 't> Context<'d, 't> {
    /// Returns the state before anything is read.
    pub(super) fn new(report: Report<'t>, beside: Surroundings<'d>) -> Self {
        Self {
            beside,
            report,
            names: Names::default(),
            zones: TimeZoneDatabase::bundled(),
            patterns: BTreeMap::new(),
            currency: None,
            nets: Vec::new(),
            inbound_only: BTreeSet::new(),
            weighted: BTreeSet::new(),
            auctions: BTreeSet::new(),
            hand_overs: BTreeMap::new(),
            catch_alls: Vec::new(),
            pairs: BTreeMap::new(),
            numbers: BTreeMap::new(),
            entrances: BTreeSet::new(),
            postbacks: 0,
        }
    }
}
