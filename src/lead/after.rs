//! What happens to a lead after its end.

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerReport;
use crate::base::ContractId;
use crate::base::ReturnState;
use crate::base::Wall;

/// One step of a lead after its end, as it is stored elsewhere: with the delivery, the report, or
/// the return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterStep {
    /// When it happened.
    pub at: Wall,
    /// What happened.
    #[serde(flatten)]
    pub what: After,
}

/// What happened to a lead after its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum After {
    /// It was delivered to a contract that bought it.
    Delivered {
        /// The contract.
        contract: ContractId,
        /// Attempts that this took.
        attempts: u32,
    },
    /// Its delivery was given up; it can be sent again.
    Undelivered {
        /// The contract.
        contract: ContractId,
        /// Attempts that were made.
        attempts: u32,
        /// What failed.
        said: String,
    },
    /// A buyer reported what became of it.
    Reported {
        /// The report.
        #[serde(flatten)]
        report: BuyerReport,
    },
    /// A buyer asked to return it.
    ReturnAsked {
        /// The reason that was given.
        said: String,
    },
    /// A return was decided.
    ReturnDecided {
        /// How.
        state: ReturnState,
    },
}

impl After {
    /// Removes what was said of the person.
    pub(super) fn forget_person(&mut self) {
        match self {
            After::Undelivered { said, .. } | After::ReturnAsked { said } => said.clear(),
            After::Reported { report } => (report.disposition, report.reference) = (None, None),
            After::Delivered { .. } | After::ReturnDecided { .. } => {}
        }
    }
}
