//! Reads TOML files that people write and reports every fault at once, each with its place.
//!
//! A derived reader stops at the first fault. Here a reader asks a [`Table`] for its keys and each
//! [`Value`] for its type; faults go to the [`Report`], and reading goes on.

mod document;
mod report;
mod table;
mod value;

pub use document::Document;
pub use report::FAULTS_MAX;
pub use report::Places;
pub use report::Report;
pub use report::clip;
pub use table::Later;
pub use table::Table;
pub use value::Value;
