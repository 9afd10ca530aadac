//! Past traffic: evidence for the audit, and backtests of drafted books.

mod backtest;
mod caps;
mod evidence;
mod tally;

pub use backtest::backtest;
pub use caps::caps_used;
pub use evidence::Past;
pub use evidence::past;
pub use tally::BuyerTally;
pub use tally::Outcome;
pub use tally::Report;

#[cfg(test)]
mod tests;
