//! Models and past inquiries of the SQLite store.

use std::collections::BTreeMap;

use super::Database;
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
use crate::store::Scores;
use crate::store::sql::score;

impl Scores for Database {
    fn model_add(&self, model: NewModel, by: Mutation) -> Pending<'_, u64> {
        Pending::new(self.writer.write(move |db| score::add(db, &model, &by)))
    }

    fn model_use(&self, version: Option<u64>, by: Mutation) -> Pending<'_, bool> {
        self.correcting(move |db| score::put_in_use(db, version, &by))
    }

    fn model_in_use(&self) -> Pending<'_, Option<ModelInUse>> {
        self.readers.read(score::in_use)
    }

    fn model_version(&self) -> Pending<'_, Option<u64>> {
        self.readers.read(score::version)
    }

    fn models(&self) -> Pending<'_, Vec<ListedModel>> {
        self.readers.read(score::list)
    }

    fn inquiries_ended(
        &self,
        since: Wall,
        after: Option<InquiryCursor>,
    ) -> Pending<'_, PastInquiries> {
        self.readers.read(move |db| score::ended(db, since, after.as_ref()))
    }

    fn scored_tries(&self, since: Wall) -> Pending<'_, Vec<ScoredTries>> {
        self.readers.read(move |db| score::tries(db, since))
    }

    fn source_qualities(&self, since: Wall) -> Pending<'_, BTreeMap<SourceId, Quality>> {
        self.readers.read(move |db| score::qualities(db, since))
    }

    fn inquiries_of(&self, phone: Phone, since: Wall, until: Wall) -> Pending<'_, u64> {
        self.lookups.read(move |db| score::earlier(db, &phone, since, until))
    }
}
