//! What is known about a lead when it is sent.

use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::SecretName;
use crate::base::SourceId;
use crate::base::Wall;

/// A lead that is sent to the buyer of a contract.
#[derive(Debug, Clone, Copy)]
pub struct Lead<'l> {
    /// Id of the lead.
    pub id: &'l str,
    /// Its offer.
    pub offer: &'l OfferId,
    /// Its source.
    pub source: &'l SourceId,
    /// The contract.
    pub contract: &'l ContractId,
    /// Price that the contract pays.
    pub price: Money,
    /// Time at which it is sent.
    pub at: Wall,
    /// Its fields.
    pub fields: &'l Fields,
    /// Whether it is a test.
    pub test: bool,
    /// The buyer's id of its bid; `None` without a bid.
    pub ping_id: Option<&'l str>,
    /// Fields by which the contract recognizes a person again: a partial body has their hashes.
    pub hashed: &'l [FieldName],
    /// URL at which the buyer reports what became of it; `None` if it has none.
    pub conversion_url: Option<&'l str>,
    /// The buyer's own id of it; `None` if it named none, or has not answered yet.
    pub reference: Option<&'l str>,
}

/// The secrets of the settings.
pub trait Secrets {
    /// Returns a secret; `None` if the settings have none of this name.
    fn secret(&self, name: &SecretName) -> Option<&str>;
}
