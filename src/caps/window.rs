//! The windows of a cap.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Skip;

/// Over which time units are counted. In the order in which a full one is named.
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
    /// Under way at this moment.
    Concurrent,
}

impl Window {
    /// How many windows there are.
    pub(crate) const COUNT: usize = 6;

    /// Every window, in the order in which a full one is named.
    pub const ALL: [Window; Window::COUNT] =
        [Window::Hour, Window::Day, Window::Week, Window::Month, Window::Total, Window::Concurrent];

    /// The word for people: `day cap 100 of 100 used`.
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

    /// Why a contract is passed over when this window is full.
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

    /// Its place in [`Window::ALL`].
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
