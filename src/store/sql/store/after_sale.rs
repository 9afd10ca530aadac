//! Buyers' reports and returns in the SQLite store.

use super::Database;
use crate::base::AttemptId;
use crate::base::BuyerReport;
use crate::base::ContractId;
use crate::base::Wall;
use crate::store::AskedReturn;
use crate::store::CapCorrection;
use crate::store::Conversions;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::Pending;
use crate::store::ReportOutcome;
use crate::store::ReturnId;
use crate::store::ReturnOutcome;
use crate::store::ReturnQuery;
use crate::store::Returns;
use crate::store::SaleReturn;
use crate::store::sql::correction;
use crate::store::sql::report_of_sale;
use crate::store::sql::reporting;
use crate::store::sql::returned;
use crate::store::sql::returning;

impl Conversions for Database {
    fn conversion_secret(&self, entropy: [u8; 32]) -> Pending<'_, [u8; 32]> {
        self.writer.write(move |db| report_of_sale::secret(db, entropy))
    }

    fn sale_report(
        &self,
        sale: AttemptId,
        report: BuyerReport,
        at: Wall,
    ) -> Pending<'_, ReportOutcome> {
        self.correcting(move |db| reporting::add(db, sale, report, at))
    }

    fn cap_corrections_after(&self, posting: u64) -> Pending<'_, Vec<CapCorrection>> {
        self.readers.read(move |db| correction::after(db, posting))
    }

    fn cap_corrections_newest(&self) -> Pending<'_, u64> {
        self.readers.read(correction::newest)
    }
}

impl Returns for Database {
    fn return_ask(&self, asked: AskedReturn) -> Pending<'_, ReturnOutcome> {
        self.correcting(move |db| returning::ask(db, &asked))
    }

    fn return_decide(&self, decided: DecidedReturn) -> Pending<'_, DecisionOutcome> {
        self.correcting(move |db| returning::decide(db, &decided))
    }

    fn returns(
        &self,
        query: ReturnQuery,
        before: Option<ReturnId>,
        limit: usize,
    ) -> Pending<'_, Vec<SaleReturn>> {
        self.readers.read(move |db| returned::list(db, &query, before, limit))
    }

    fn returns_accept_due(&self, at: Wall) -> Pending<'_, Option<Wall>> {
        self.correcting(move |db| returning::accept_due(db, at))
    }

    fn returns_of_contract(&self, contract: ContractId, since: Wall) -> Pending<'_, u64> {
        self.readers.read(move |db| returned::of_contract(db, &contract, since))
    }
}
