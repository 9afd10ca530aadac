//! A picture with all positions, in pixels from the top left.

use super::layers::Printed;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Area {
    pub(super) fn right(&self) -> i64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> i64 {
        self.y + self.height
    }

    #[cfg(test)]
    pub(super) fn overlaps(&self, other: &Area) -> bool {
        let beside = self.right() <= other.x || other.right() <= self.x;
        let apart = self.bottom() <= other.y || other.bottom() <= self.y;
        !beside && !apart
    }

    #[cfg(test)]
    pub(super) fn holds(&self, other: &Area) -> bool {
        let across = self.x <= other.x && other.right() <= self.right();
        across && self.y <= other.y && other.bottom() <= self.bottom()
    }
}

/// A step's box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Index of the step.
    pub(super) step: usize,
    pub(super) area: Area,
    pub(super) lines: Vec<Printed>,
}

/// One stroke of an arrow; the next one starts at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// Straight line to this point.
    Line(i64, i64),
    /// Curve down to this point, vertical at both ends.
    Curve(i64, i64),
}

/// An arrow's line and label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wire {
    /// Index of the arrow.
    pub(super) arrow: usize,
    pub(super) from: (i64, i64),
    pub(super) strokes: Vec<Stroke>,
    pub(super) label: Option<Tag>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) area: Area,
    pub(super) lines: Vec<String>,
}

/// All elements of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) blocks: Vec<Block>,
    pub(super) wires: Vec<Wire>,
}
