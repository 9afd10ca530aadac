//! Drawings of a flow: its steps as boxes, its paths as arrows.
//!
//! [`Chart::of`] turns a flow into text, [`Chart::text`] prints it as a tree for a terminal,
//! [`Chart::svg`] draws it as a picture. The picture's steps are in rows, by the longest path from
//! the start; labels have their own rows in between, so that nothing overlaps; arrows that lead
//! back up run in the margin. The same flow always gives the same drawing.

mod chart;
mod layers;
mod measure;
mod order;
mod picture;
mod place;
mod svg;
mod text;
mod words;

pub use chart::Arrow;
pub use chart::Card;
pub use chart::Chart;
pub use chart::Narrowing;
pub use words::CardLine;
pub use words::Tone;

#[cfg(test)]
mod tests;
