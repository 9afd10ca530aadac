//! A form lead: what a source sends, and whether it is what the offer asks for.

pub mod body;
pub mod check;
