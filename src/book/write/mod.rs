//! Writes a book: as TOML that parses to the same book, as JSON with the same structure, and as the
//! list of differences between two books. Also edits single entries, given as JSON.
//!
//! All of them use the same tree of nouns, so that every key that is written is also compared.

mod changes;
mod currency;
mod delivery;
mod edit;
mod entrance;
mod entries;
mod entry_name;
mod form_field;
mod from_json;
mod json;
mod keys;
mod merge;
mod node;
mod references;
mod removal;
mod render;
mod sale_rules;
mod trunk;

pub use changes::Change;
pub use changes::What;
pub use changes::changes;
pub use currency::CurrencyChange;
pub use currency::currency_change;
pub use edit::Edit;
pub use edit::Edited;
pub use edit::EntryFault;
pub use edit::Refusal;
pub use edit::edit;
pub use entries::entry_ids;
pub use entries::entry_json;
pub use entry_name::EntryName;
pub use from_json::JsonFault;
pub use from_json::parse_json;
pub use json::to_json;
pub use merge::merge;
pub use references::Reference;
pub use references::references;
pub use removal::LargeRemoval;
pub use removal::large_removal;
pub use render::to_toml;
