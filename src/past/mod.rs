//! Past traffic: evidence for the audit, and backtests of drafted books.

mod backtest;
mod caps;
mod evidence;
mod examples;
mod inquiry;
mod line;
mod tally;

pub use backtest::backtest;
pub use caps::caps_used;
pub use evidence::Past;
pub use evidence::past;
pub use examples::examples;
pub use tally::BuyerTally;
pub use tally::ChannelTally;
pub use tally::Outcome;
pub use tally::Report;
pub use tally::Sold;

#[cfg(test)]
mod tests;
