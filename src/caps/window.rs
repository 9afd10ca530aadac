//! The windows of a cap.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Skip;

/// Time span in which units are counted, in the order in which a full one is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// A clock hour.
    Hour,
    /// A calendar day.
    Day,
    /// An ISO week, Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// All time.
    Total,
    /// Live at this moment.
    Concurrent,
}

impl Window {
    /// Number of windows.
    pub(crate) const COUNT: usize = 6;

    /// Every window, in the order in which a full one is reported.
    pub const ALL: [Window; Window::COUNT] =
        [Window::Hour, Window::Day, Window::Week, Window::Month, Window::Total, Window::Concurrent];

    /// Returns the name for people: `day cap 100 of 100 used`.
    pub const fn name(self) -> &'static str {
        match self {
            Window::Hour => "hour",
            Window::Day => "day",
            Window::Week => "week",
            Window::Month => "month",
            Window::Total => "total",
            Window::Concurrent => "concurrent",
        }
    }

    /// Returns the reason for skipping a contract when this window is full.
    pub const fn skip(self) -> Skip {
        match self {
            Window::Hour => Skip::CapHour,
            Window::Day => Skip::CapDay,
            Window::Week => Skip::CapWeek,
            Window::Month => Skip::CapMonth,
            Window::Total => Skip::CapTotal,
            Window::Concurrent => Skip::CapConcurrent,
        }
    }

    /// Returns the index in [`Window::ALL`].
    pub(crate) const fn index(self) -> usize {
        match self {
            Window::Hour => 0,
            Window::Day => 1,
            Window::Week => 2,
            Window::Month => 3,
            Window::Total => 4,
            Window::Concurrent => 5,
        }
    }
}
