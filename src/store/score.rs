//! Models that score inquiries, and the inquiries that they are trained on.

use serde::Serialize;

use crate::audit::Tried;
use crate::base::ContractId;
use crate::base::Wall;
use crate::score::Evaluation;
use crate::score::Past;

/// Most models that are kept: a new one deletes the oldest, except the one in use.
pub const MODELS_MAX: usize = 20;
/// Most inquiries of one page of [`crate::store::Scores::inquiries_ended`].
pub const PAGE_INQUIRIES_MAX: usize = 2_000;
/// Most earlier inquiries of a person that are counted.
pub const EARLIER_MAX: u64 = 100;

/// A model that was trained.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModel {
    /// Its trees, as [`crate::score::Model::from_json`] reads them.
    pub json: String,
    /// Number of examples that it was trained on.
    pub examples: usize,
    /// Its evaluation.
    pub evaluation: Evaluation,
}

/// A model of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedModel {
    /// Version; later models have higher ones.
    pub version: u64,
    /// When it was trained.
    pub trained_at: Wall,
    /// Number of examples that it was trained on.
    pub examples: u64,
    /// Its evaluation on examples that it was not trained on.
    pub evaluation: Evaluation,
    /// Whether it scores inquiries now.
    pub in_use: bool,
}

/// The model in use.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInUse {
    /// Its version.
    pub version: u64,
    /// Its trees, as [`crate::score::Model::from_json`] reads them.
    pub json: String,
}

/// Most ended inquiries, the latest, of which [`crate::store::Scores::scored_tries`] are counted.
pub const SCORED_MAX: usize = 50_000;

/// What a contract was tried with whose scores are in one band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredTries {
    /// The contract.
    pub contract: ContractId,
    /// The band: the score in tens.
    pub band: u8,
    /// How many, and what came of them.
    pub tried: Tried,
}

/// A page of inquiries that have ended, in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub struct PastInquiries {
    /// The inquiries.
    pub items: Vec<Past>,
    /// Where the next page begins; `None` on the last page.
    pub next: Option<InquiryCursor>,
}

/// A place among inquiries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryCursor(pub(super) String);
