//! Past traffic: what the database tells the audit, and a drafted book tried on it.

mod backtest;
mod evidence;
mod tally;

pub use backtest::backtest;
pub use evidence::Past;
pub use evidence::past;
pub use tally::BuyerTally;
pub use tally::Outcome;
pub use tally::Report;

#[cfg(test)]
mod tests;
