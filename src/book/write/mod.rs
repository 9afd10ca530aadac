//! The book written out: as TOML that reads back as the same book, as JSON of the same shape, and
//! as the list of what differs between two books.
//!
//! All three come from one tree of a book's nouns, so that a key that is printed is also compared.

mod changes;
mod entries;
mod from_json;
mod json;
mod merge;
mod node;
mod render;

pub use changes::Change;
pub use changes::What;
pub use changes::changes;
pub use from_json::JsonFault;
pub use from_json::parse_json;
pub use json::to_json;
pub use merge::merge;
pub use render::print;
