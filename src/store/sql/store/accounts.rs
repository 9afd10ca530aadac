//! Statements and costs of the SQLite store.

use super::Database;
use crate::statement::Line;
use crate::statement::LinePlace;
use crate::statement::Question;
use crate::statement::Sums;
use crate::store::Cost;
use crate::store::CostId;
use crate::store::CostQuery;
use crate::store::CostSum;
use crate::store::Costs;
use crate::store::EnteredCost;
use crate::store::NewCost;
use crate::store::Pending;
use crate::store::Statements;
use crate::store::sql::cost;
use crate::store::sql::statement;

impl Costs for Database {
    fn cost_add(&self, cost: NewCost) -> Pending<'_, EnteredCost> {
        self.writer.write(move |db| cost::add(db, &cost))
    }

    fn cost_fetch(&self, id: CostId) -> Pending<'_, Option<Cost>> {
        self.readers.read(move |db| cost::fetch(db, &id))
    }

    fn costs(&self, query: CostQuery, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Cost>> {
        self.readers.read(move |db| cost::list(db, &query, before, limit))
    }

    fn costs_by_day(&self, query: CostQuery) -> Pending<'_, Vec<CostSum>> {
        self.readers.read(move |db| cost::sums(db, &query))
    }
}

impl Statements for Database {
    fn statement_sums(&self, question: Question) -> Pending<'_, Sums> {
        self.readers.read(move |db| statement::sums(db, &question))
    }

    fn statement_lines(
        &self,
        question: Question,
        last: u64,
        after: Option<LinePlace>,
        limit: usize,
    ) -> Pending<'_, Vec<Line>> {
        self.readers.read(move |db| statement::lines(db, &question, last, after, limit))
    }
}
