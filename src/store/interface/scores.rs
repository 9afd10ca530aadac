//! Models that score inquiries.

use std::collections::BTreeMap;

use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::score::Quality;
use crate::store::InquiryCursor;
use crate::store::ListedModel;
use crate::store::ModelInUse;
use crate::store::Mutation;
use crate::store::NewModel;
use crate::store::PastInquiries;
use crate::store::Pending;
use crate::store::ScoredTries;

/// Models that score inquiries. A change of the model in use wakes the followers of
/// [`crate::store::Changes`].
pub trait Scores: Send + Sync {
    /// Stores a model, and returns its version. It is not in use yet. Deletes the oldest models
    /// beyond [`crate::store::MODELS_MAX`], but not the one in use.
    fn model_add(&self, model: NewModel, by: Mutation) -> Pending<'_, u64>;

    /// Scores new inquiries by a model, or by the points table (`None`). Returns `false`, without a
    /// change, if there is no such model.
    fn model_use(&self, version: Option<u64>, by: Mutation) -> Pending<'_, bool>;

    /// Returns the model in use; `None`: the points table.
    fn model_in_use(&self) -> Pending<'_, Option<ModelInUse>>;

    /// Returns the version of the model in use; `None`: the points table.
    fn model_version(&self) -> Pending<'_, Option<u64>>;

    /// Returns the models, newest first.
    fn models(&self) -> Pending<'_, Vec<ListedModel>>;

    /// Returns inquiries that came in at `since` or later and have ended, in the order of their
    /// arrival, from `after` on; at most [`crate::store::PAGE_INQUIRIES_MAX`].
    fn inquiries_ended(
        &self,
        since: Wall,
        after: Option<InquiryCursor>,
    ) -> Pending<'_, PastInquiries>;

    /// Returns what contracts were tried with, by the band of the score: of the inquiries that came in
    /// at `since` or later and have ended, the latest [`crate::store::SCORED_MAX`]. Leads count that
    /// a buyer accepted or rejected, and calls that it had.
    fn scored_tries(&self, since: Wall) -> Pending<'_, Vec<ScoredTries>>;

    /// Returns what became of the ended inquiries of each source, from the day of `since`, in UTC,
    /// until now.
    fn source_qualities(&self, since: Wall) -> Pending<'_, BTreeMap<SourceId, Quality>>;

    /// Returns how many inquiries a person's number made from `since` to before `until`: calls and
    /// form leads; at most [`crate::store::EARLIER_MAX`].
    fn inquiries_of(&self, phone: Phone, since: Wall, until: Wall) -> Pending<'_, u64>;
}
