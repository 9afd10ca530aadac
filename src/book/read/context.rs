//! What the readers of nouns share: the report, and what has been read so far, for the rules
//! that span nouns.

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
use crate::geo::DmaTable;

use super::names::Names;

/// What the readers of nouns share. Offsets are of the place to point at.
#[derive(Debug)]
pub(super) struct Context<'d, 't> {
    /// The market areas that may be named.
    pub(super) areas: Option<&'d DmaTable>,
    /// Every fault.
    pub(super) report: Report<'t>,
    /// The ids that the book declares, also those of nouns that have other faults.
    pub(super) names: Names<'d>,
    /// The bundled zones: the same on every machine.
    pub(super) zones: TimeZoneDatabase,
    /// The patterns so far, so that one that many contracts have is compiled once.
    pub(super) patterns: BTreeMap<String, Pattern>,
    /// The book's currency, and where it was first used.
    pub(super) currency: Option<(Currency, usize)>,
    /// The networks that trunks take calls from: trunk's name, network, offset.
    pub(super) nets: Vec<(String, IpNet, usize)>,
    /// Trunks that cannot be dialled through.
    pub(super) inbound_only: BTreeSet<String>,
    /// Offers that distribute by weight.
    pub(super) weighted: BTreeSet<OfferId>,
    /// Which offer hands over to which other, and the offset of the rule.
    pub(super) hand_overs: BTreeMap<OfferId, (OfferId, usize)>,
    /// Catch-all buyers, and the offset of the rule.
    pub(super) catch_alls: Vec<(BuyerId, usize)>,
    /// The pairs that have a contract, and its offset.
    pub(super) pairs: BTreeMap<(BuyerId, OfferId), usize>,
    /// Tracking numbers, and their offset.
    pub(super) numbers: BTreeMap<Phone, usize>,
}

impl<'d, 't> Context<'d, 't> {
    /// Nothing read yet.
    pub(super) fn new(report: Report<'t>, areas: Option<&'d DmaTable>) -> Self {
        Self {
            areas,
            report,
            names: Names::default(),
            zones: TimeZoneDatabase::bundled(),
            patterns: BTreeMap::new(),
            currency: None,
            nets: Vec::new(),
            inbound_only: BTreeSet::new(),
            weighted: BTreeSet::new(),
            hand_overs: BTreeMap::new(),
            catch_alls: Vec::new(),
            pairs: BTreeMap::new(),
            numbers: BTreeMap::new(),
        }
    }
}
