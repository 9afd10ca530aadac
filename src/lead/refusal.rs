//! Leads that end before they are routed.

use crate::base::ContractId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::LeadId;
use crate::base::ListName;
use crate::base::Money;
use crate::base::Wall;

use super::LeadRecord;
use super::LeadStatus;
use super::UnknownNames;
use super::What;
use super::check::FieldFault;

/// What would have become of a test lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// Number of contracts that might have taken it.
    pub picks: usize,
    /// The first of them.
    pub contract: Option<ContractId>,
    /// What its source would have been owed if that one had bought it.
    pub payout: Option<Money>,
}

/// Why a lead ends when it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Early {
    /// It is refused.
    Refused(Refusal),
    /// It is a test, which would have been refused.
    TestRefused(Refusal),
    /// It is a test, which would have been routed.
    Test(Rehearsal),
}

/// Why a lead is not routed. It uses no cap, and no buyer gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Fields are missing or wrong: all faults.
    Invalid(Vec<FieldFault>),
    /// A contact is on this suppression list.
    Suppressed(ListName),
    /// Another person's lead, or another source's, has the same consent certificate.
    CertificateReused {
        /// Field with the certificate.
        field: FieldName,
        /// The earlier lead.
        lead: LeadId,
    },
}

impl Refusal {
    /// Returns the reason with which the lead ends.
    pub const fn reason(&self) -> End {
        match self {
            Refusal::Invalid(_) => End::InvalidLead,
            Refusal::Suppressed(_) => End::SuppressedLead,
            Refusal::CertificateReused { .. } => End::CertificateReused,
        }
    }
}

impl From<Refusal> for What {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(faults) => What::Invalid { faults },
            Refusal::Suppressed(list) => What::Suppressed { list },
            Refusal::CertificateReused { field, lead } => What::CertificateReused { field, lead },
        }
    }
}

impl LeadRecord {
    /// Ends a lead that came in.
    pub fn end_early(&mut self, early: Early, at: Wall) {
        let (what, reason) = match early {
            Early::Refused(refusal) => {
                let reason = refusal.reason();
                (refusal.into(), reason)
            }
            Early::TestRefused(refusal) => (refusal.into(), End::TestLead),
            Early::Test(Rehearsal { picks, contract, payout }) => {
                (What::Rehearsed { picks, contract, payout }, End::TestLead)
            }
        };
        self.note(what, at);
        self.end(LeadStatus::Rejected, reason, at);
    }

    /// Ends a lead that came in and is not routed.
    pub fn refuse(&mut self, refusal: Refusal, at: Wall) {
        self.end_early(Early::Refused(refusal), at);
    }

    /// Returns whether it was a test, which counts in no report and makes no event.
    pub fn is_test(&self) -> bool {
        self.reason == Some(End::TestLead)
    }

    /// Returns the names that its offer did not have.
    pub fn unknown_names(&self) -> UnknownNames {
        let mut names = UnknownNames::default();
        for step in &self.steps {
            if let What::UnknownNames { kept, ignored } = &step.what {
                names = UnknownNames { kept: kept.clone(), ignored: ignored.clone() };
            }
        }
        names
    }

    /// Returns the faults of its fields for which it was refused.
    pub fn faults(&self) -> &[FieldFault] {
        for step in &self.steps {
            if let What::Invalid { faults } = &step.what {
                return faults;
            }
        }
        &[]
    }
}
