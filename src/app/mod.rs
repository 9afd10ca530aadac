//! The program: command line, wiring, telemetry, start and stop.

mod accept_returns;
mod activity;
mod alerts;
mod announced;
mod areas;
mod audit;
mod audit_warnings;
mod backtest;
mod balance;
mod bids;
mod book;
mod calls;
mod carriers;
mod certificates;
mod changes;
mod check;
mod command;
mod copy_database;
mod costs;
mod dead_letters;
mod deliveries;
mod demo;
mod explain;
mod fault;
mod file_events;
mod find_lead;
mod findings;
mod figures;
mod flow;
mod flow_files;
mod hang_ups;
mod intake;
mod join;
mod ladders;
mod leads;
mod live_book;
mod node;
mod node_events;
mod notify;
mod opening;
mod out;
mod pauses;
mod pings;
mod postbacks;
mod presets;
mod privacy;
mod private_contact;
mod publishing;
mod report;
mod retention;
mod retrain;
mod returns;
mod score;
mod serve;
mod settle_lead;
mod short_ids;
mod signalling;
mod socket;
mod statement;
mod suppress;
mod takeover;
mod tasks;
mod telemetry;
mod tls_listener;
mod token;
mod trunks;
mod user;
mod trunk_credentials;
mod verify;
mod watch_balances;
mod watch_book;
mod watch_flows;
mod watch_pauses;
mod watch_scores;
mod wrap;
mod zone;

pub use fault::Fault;
pub use node::Node;
pub use node::Plan;

use std::process::ExitCode;

use clap::Parser as _;

use command::Arguments;
use command::Command;

use crate::config::Settings;
use opening::entropy;
use opening::open_store;
use opening::warn_without_book;
use short_ids::short_ids;

/// Runs the program. Exit code: 0 success, 1 faults, 2 wrong usage, or a verification that could not
/// be made.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Fault::of(format!("cannot start the runtime: {error}"))),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) if out::failed() => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fail(&fault),
    }
}

fn fail(fault: &Fault) -> ExitCode {
    match fault {
        Fault::Printed => {}
        Fault::Files(_) | Fault::Sentence(_) => eprintln!("{fault}"),
        Fault::Unable(_) => {
            eprintln!("{fault}");
            return ExitCode::from(2);
        }
    }
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> Result<(), Fault> {
    let Arguments { config, command } = arguments;
    if let Command::Demo(options) = command {
        return demo::run(options).await;
    }
    if let Command::Flow(command) = command {
        return flow::run(config.as_deref(), command).await;
    }
    if let Command::Presets(command) = command {
        return presets::run(command);
    }
    if let Command::Verify { json, sip_logs } = command {
        return verify::run(config.as_deref(), json, sip_logs).await;
    }
    let settings = Settings::load(config.as_deref()).map_err(Fault::Files)?;
    match command {
        Command::Demo(_) | Command::Flow(_) | Command::Presets(_) | Command::Verify { .. } => {
            Ok(())
        }
        Command::Serve => Box::pin(serve::run(settings)).await,
        Command::Check { book } => check::run(&settings, book.as_deref()).await,
        Command::Book(command) => book::run(&settings, command).await,
        Command::Route(command) => explain::run(&settings, command).await,
        Command::Audit { book, json } => audit::run(&settings, book.as_deref(), json).await,
        Command::Backtest { book, since, json } => {
            backtest::run(&settings, &book, &since, json).await
        }
        Command::Report(command) => report::run(&settings, *command).await,
        Command::Balance(command) => balance::run(&settings, command).await,
        Command::Statement(command) => statement::run(&settings, *command).await,
        Command::Costs(command) => costs::run(&settings, command).await,
        Command::Returns(command) => returns::run(&settings, command).await,
        Command::Postbacks(command) => dead_letters::run(&settings, command).await,
        Command::Trunks { json } => trunks::run(&settings, json).await,
        Command::Pauses(command) => pauses::run(&settings, command).await,
        Command::Leads(command) => leads::run(&settings, command).await,
        Command::Score(command) => score::run(&settings, command).await,
        Command::Bids(command) => bids::run(&settings, command).await,
        Command::Pings(command) => pings::run(&settings, command).await,
        Command::Suppress(command) => suppress::run(&settings, command).await,
        Command::Calls(command) => calls::run(&settings, *command).await,
        Command::Activity { since, json } => activity::run(&settings, since.as_deref(), json).await,
        Command::Privacy(command) => privacy::run(&settings, command).await,
        Command::Token(command) => token::run(&settings, command).await,
        Command::Db(command::Db::Migrate) => open_store(&settings).map(drop),
        Command::Db(command::Db::Copy { from, to }) => {
            copy_database::run(&settings, from, to).await
        }
    }
}
