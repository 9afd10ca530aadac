//! Returns: whether a sale may be given back.

use crate::base::ContractId;
use crate::base::Percent;
use crate::base::Wall;
use crate::base::print_duration;
use crate::book::Returns;

use super::Case;

/// Longest reason and longest note of a return, in bytes.
pub const RETURN_NOTE_BYTES_MAX: usize = 500;

/// Who asks for a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnedBy {
    /// The buyer: within the contract's rules.
    Buyer,
    /// The operator, who is bound by no window, share or reason.
    Operator,
}

/// How many sales of a contract there were within the window of its returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReturnCounts {
    /// Billed sales, the returned ones included.
    pub sales: u64,
    /// Sales of these with a return that is open or accepted.
    pub returned: u64,
}

/// Why a return is refused. Nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReturnRefused {
    /// The contract has no rule on returns.
    #[error("contract {0} takes no returns; ask the operator")]
    None(ContractId),
    /// The call has not ended.
    #[error("the call has not ended; return it afterwards")]
    Live,
    /// Nothing is owed for the sale.
    #[error("nothing is owed for this call; there is nothing to return")]
    NotBilled,
    /// The contract's window has passed.
    #[error("the call is older than {}, the time in which contract {contract} takes returns",
        print_duration(*window))]
    Late {
        /// The contract.
        contract: ContractId,
        /// Its window.
        window: std::time::Duration,
    },
    /// The reason is not one of the contract's.
    #[error("`{given}` is no reason to return a call of contract {contract}; use {}",
        known.join(", "))]
    Reason {
        /// The contract.
        contract: ContractId,
        /// The reason of the request.
        given: String,
        /// The contract's reasons.
        known: Vec<String>,
    },
    /// The largest share of returns is reached.
    #[error(
        "contract {contract} takes returns of at most {share} of its calls; \
         {returned} of {sales} are returned"
    )]
    Share {
        /// The contract.
        contract: ContractId,
        /// Its largest share.
        share: Percent,
        /// Calls returned within the window.
        returned: u64,
        /// Calls billed within the window.
        sales: u64,
    },
}

impl Case {
    /// Checks a request to return the sale. Returns when it is accepted by itself, if ever.
    ///
    /// # Errors
    /// [`ReturnRefused`]: the sale cannot be returned, or the contract does not allow it.
    pub fn ask_return(
        &self,
        by: ReturnedBy,
        reason: &str,
        counts: ReturnCounts,
        now: Wall,
    ) -> Result<Option<Wall>, ReturnRefused> {
        let bill = self.due().ok_or(ReturnRefused::Live)?;
        if !bill.billable {
            return Err(ReturnRefused::NotBilled);
        }
        let rules = self.returns.as_ref();
        if by == ReturnedBy::Buyer {
            let contract = || self.sold.contract.clone();
            let rules = rules.ok_or_else(|| ReturnRefused::None(contract()))?;
            self.check_rules(rules, reason, counts, now)?;
        }
        Ok(rules.and_then(|rules| rules.accept_after).map(|after| now + after))
    }

    fn check_rules(
        &self,
        rules: &Returns,
        reason: &str,
        counts: ReturnCounts,
        now: Wall,
    ) -> Result<(), ReturnRefused> {
        let contract = self.sold.contract.clone();
        if now > self.sold_at + rules.window {
            return Err(ReturnRefused::Late { contract, window: rules.window });
        }
        if !rules.reasons.is_empty() && !rules.reasons.iter().any(|known| known == reason) {
            let (given, known) = (reason.to_owned(), rules.reasons.clone());
            return Err(ReturnRefused::Reason { contract, given, known });
        }
        let ReturnCounts { sales, returned } = counts;
        let share = rules.share;
        if returned >= share.of_count(sales) {
            return Err(ReturnRefused::Share { contract, share, returned, sales });
        }
        Ok(())
    }

    /// Returns the end of the pause that a return begins; `counts` are those of its rule's window,
    /// this return included. `None` without a rule, or below its share or number of sales.
    pub fn pauses_until(&self, counts: ReturnCounts, now: Wall) -> Option<Wall> {
        let rule = self.returns.as_ref()?.pause?;
        let ReturnCounts { sales, returned } = counts;
        let is_enough = sales >= rule.sales.into() && rule.share.is_reached_by(returned, sales);
        is_enough.then(|| now + rule.pause)
    }

    /// Returns whether an accepted return of the sale frees its unit of the caps.
    pub fn frees_cap(&self) -> bool {
        self.returned && self.returns.as_ref().is_some_and(|returns| returns.frees_cap)
    }
}
