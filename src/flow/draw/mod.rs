//! Drawings of a flow: its steps as boxes, its ways as arrows.
//!
//! [`Chart::of`] puts a flow into words, [`Chart::text`] prints it as a tree for a terminal,
//! [`Chart::svg`] as a picture. The picture's steps stand in rows, by the longest way from the
//! start; every label has a place of its own between the rows, so that nothing lies on anything
//! else; what leads back up goes aside, in the margin. The same flow is always drawn the same.

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
