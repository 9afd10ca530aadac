//! The database: calls, decisions, usage, sales, balances, books and tokens. All SQL of the program
//! is in this room.
//!
//! [`Store`] combines the room's traits, one per noun; [`Sqlite`] implements it. Inquiries change
//! only by [`Fact`]s through [`Facts::apply`], from the journal of a node or from a caller that
//! waits for the commit. A write returns after its commit: an acknowledged write survives `kill -9`
//! and, with `synchronous=FULL`, a power failure. A repeated write changes nothing. [`Changes`]
//! reports new books and payments, whichever program writes them.

mod activity;
mod after_sale;
mod balance;
mod book;
mod cap_count;
mod carrier_call;
mod change;
mod cost;
mod conversion;
mod earned;
mod error;
mod facts;
mod interface;
mod left_open;
mod outbox;
mod page;
mod past;
mod pending;
mod request_key;
mod retention;
mod returned;
mod sale;
mod sqlite;
mod token;
mod url;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod corrupted;
#[cfg(test)]
mod kill;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod upgrade;

pub use activity::ACTIVITY_PAGE_MAX;
pub use activity::Action;
pub use activity::Activity;
pub use activity::ActivityOutcome;
pub use activity::Actor;
pub use activity::EntityKind;
pub use activity::Mutation;
pub use activity::Verb;
pub use balance::Balance;
pub use balance::BalanceEntry;
pub use balance::Balances;
pub use balance::Credit;
pub use balance::CreditId;
pub use balance::ENTRIES_MAX;
pub use balance::Entered;
pub use balance::EntryKind;
pub use balance::ReturnedCall;
pub use book::BookVersion;
pub use book::EDITIONS_MAX;
pub use book::Edition;
pub use cap_count::CapCount;
pub use carrier_call::CarrierCall;
pub use carrier_call::CarrierJournal;
pub use carrier_call::CarrierLine;
pub use carrier_call::CarrierStep;
pub use carrier_call::Written;
pub use change::Change;
pub use change::ChangeStream;
pub use conversion::CORRECTIONS_MAX;
pub use conversion::CapCorrection;
pub use conversion::ReportOutcome;
pub use conversion::SaleReport;
pub use cost::COSTS_PAGE_MAX;
pub use cost::Cost;
pub use cost::CostId;
pub use cost::CostQuery;
pub use cost::CostSum;
pub use cost::EnteredCost;
pub use cost::NOTE_BYTES_MAX;
pub use cost::NewCost;
pub use earned::EARNED_MAX;
pub use earned::Earned;
pub use error::StoreError;
pub use facts::CallChange;
pub use facts::FACT_FORMAT;
pub use facts::Fact;
pub use facts::Origin;
pub use facts::UnreadableFact;
pub use interface::Activities;
pub use interface::Books;
pub use interface::Calls;
pub use interface::Changes;
pub use interface::Conversions;
pub use interface::Costs;
pub use interface::Facts;
pub use interface::Figures;
pub use interface::Ledger;
pub use interface::Outbox;
pub use interface::Privacy;
pub use interface::Reports;
pub use interface::Returns;
pub use interface::Statements;
pub use interface::Store;
pub use interface::Tokens;
pub use interface::Webhooks;
pub use left_open::LeftOpen;
pub use outbox::Attempted;
pub use outbox::DeadDelivery;
pub use outbox::Delivery;
pub use outbox::OUTBOX_PAGE_MAX;
pub use outbox::OutboxEvent;
pub use outbox::OutboxFigures;
pub use outbox::Planned;
pub use outbox::Resend;
pub use page::CallCursor;
pub use page::CallPage;
pub use page::PAGE_CALLS_MAX;
pub use page::PersonPage;
pub use page::RecordedCall;
pub use page::RecordedPage;
pub use page::STATEMENT_PAGE_MAX;
pub use past::DecidedCall;
pub use past::PastPage;
pub use pending::Pending;
pub use request_key::ANSWER_BYTES_MAX;
pub use request_key::Begun;
pub use request_key::IdempotencyKey;
pub use request_key::KEY_UNANSWERED_MAX;
pub use request_key::KEYS_MAX;
pub use request_key::KeyedRequest;
pub use request_key::StoredAnswer;
pub use retention::Kept;
pub use retention::Left;
pub use retention::Start;
pub use returned::AskedReturn;
pub use returned::DecidedReturn;
pub use returned::DecisionOutcome;
pub use returned::RETURNS_MAX;
pub use returned::ReturnId;
pub use returned::ReturnOutcome;
pub use returned::ReturnQuery;
pub use returned::ReturnVerdict;
pub use returned::SaleReturn;
pub use sale::CapLimit;
pub use sale::Sale;
pub use sale::SoldMark;
pub use sale::Won;
pub use sqlite::Frozen;
pub use sqlite::Sqlite;
pub use token::LAST_USE_EVERY;
pub use token::NewToken;
pub use token::REVOKED_TOKENS_MAX;
pub use token::Role;
pub use token::Secret;
pub use token::TOKEN_ID_PREFIX;
pub use token::TOKENS_MAX;
pub use token::Token;
pub use token::TokenCreated;
pub use token::TokenDocument;
pub use token::TokenRevoked;
pub use token::TokenState;
pub use url::open;
