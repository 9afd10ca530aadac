//! The command line.

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;

use super::calls::Calls;
use crate::carrier::Carrier;

/// Self-hosted call router: answers, asks, picks the buyer, bridges, records.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, about)]
pub(super) struct Arguments {
    /// The settings file; else STROWGER_CONFIG, else ./strowger.toml, else built-in defaults.
    #[arg(short = 'c', long = "config", global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Everything on loopback: the switch, and simulated callers and buyers with real SIP and RTP.
    Demo {
        /// Place the calls, print a summary, and exit 0 only if every call went as told.
        #[arg(long)]
        once: bool,
    },
    /// Run the switch.
    Serve,
    /// Check settings, book, flows and sounds: every fault with its place and a hint.
    Check {
        /// A book file to check in place of the one in the database.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
    },
    /// The route book.
    #[command(subcommand)]
    Book(Book),
    /// Flow files.
    #[command(subcommand)]
    Flow(Flow),
    /// Routing.
    #[command(subcommand)]
    Route(Route),
    /// What the book allows and its owner hardly meant; exit code 1 when something cannot work.
    Audit {
        /// A book file in place of the book in the database.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// Print the findings as JSON.
        #[arg(long)]
        json: bool,
    },
    /// A drafted book, tried on past calls: who would have had them, and for how much.
    Backtest {
        /// The drafted book.
        #[arg(long, value_name = "FILE")]
        book: PathBuf,
        /// How far back, like 30d (from midnight UTC) or 12h; or a time in RFC 3339.
        #[arg(long, default_value = "30d")]
        since: String,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Balances of buyers who pay in advance.
    #[command(subcommand)]
    Balance(Balance),
    /// Calls: listed, shown, exported; live ones hung up.
    Calls(Calls),
    /// Access tokens of the HTTP interface.
    #[command(subcommand)]
    Token(Token),
    /// The database.
    #[command(subcommand)]
    Db(Db),
}

#[derive(Debug, Subcommand)]
pub(super) enum Book {
    /// Make the book equal to a file. Running nodes use it for the next call.
    Apply {
        /// A TOML file.
        file: PathBuf,
        /// Only add and change: entries that the file does not have stay as they are.
        #[arg(long)]
        merge: bool,
        /// Print what changes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Tell what applying a file would change; nothing is applied.
    Diff {
        /// A TOML file.
        file: PathBuf,
        /// As `apply --merge` would change it.
        #[arg(long)]
        merge: bool,
        /// Print the changes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the book that is in force, or an earlier version of it.
    Export {
        /// The version; the one in force when absent.
        version: Option<u64>,
    },
    /// List the versions of the book, newest first: number, time, who.
    History {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a new version that is equal to an earlier one.
    Rollback {
        /// The earlier version.
        version: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Flow {
    /// Check flow files.
    Check {
        /// Also tell what this webhook carrier cannot do: twilio, telnyx, signalwire or plivo. May
        /// be given several times.
        #[arg(long = "carrier", value_name = "NAME")]
        carriers: Vec<Carrier>,
        /// XML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the sounds that flows play; `--render` makes the missing ones.
    Sounds {
        /// XML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Render missing sentences by the speech command into `[media] prompts`.
        #[arg(long)]
        render: bool,
    },
    /// Draw a flow: a tree in the terminal, or a picture.
    Draw {
        /// An XML file.
        file: PathBuf,
        /// Where the drawing goes; to the terminal when absent.
        #[arg(short = 'o', long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// By default svg for a file, text for the terminal.
        #[arg(long)]
        format: Option<Format>,
        /// A book file: mark which contracts look at which field.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// The offer of the number that was dialled; else the book's number with this flow.
        #[arg(long, requires = "book", value_name = "ID")]
        offer: Option<String>,
    },
    /// Play a flow: type digits, see what the caller hears, how the pool narrows, who gets the call.
    Run(Play),
    /// Let random callers play a flow: where they get to, and where they are lost.
    Simulate {
        /// An XML file.
        file: PathBuf,
        /// A book file to play against.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// The offer of the number that was dialled; else the book's number with this flow.
        #[arg(long, requires = "book", value_name = "ID")]
        offer: Option<String>,
        /// How many callers.
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        callers: u32,
        /// What every random choice is drawn from: the same seed and time, the same report.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// When they call, in RFC 3339; now when absent.
        #[arg(long)]
        at: Option<String>,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `flow run`.
#[derive(Debug, clap::Args)]
pub(super) struct Play {
    /// An XML file.
    pub(super) file: PathBuf,
    /// A book file to play against; without one the pool is not known.
    #[arg(long, value_name = "FILE")]
    pub(super) book: Option<PathBuf>,
    /// The offer of the number that was dialled; else the book's number with this flow.
    #[arg(long, requires = "book", value_name = "ID")]
    pub(super) offer: Option<String>,
    /// The caller's number, in E.164; hidden when absent.
    #[arg(long, value_name = "NUMBER")]
    pub(super) caller: Option<String>,
    /// When the call comes in, in RFC 3339; now when absent.
    #[arg(long)]
    pub(super) at: Option<String>,
    /// What is known already, as `name=value`.
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(super) fields: Vec<String>,
    /// What becomes of every buyer who rings; asked when absent.
    #[arg(long)]
    pub(super) buyers: Option<Buyers>,
    /// Tell who leaves the pool, and why.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// What buyers do when they are rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Buyers {
    /// The first one answers.
    Answer,
    /// All are busy.
    Busy,
    /// Nobody answers.
    NoAnswer,
    /// Nobody is rung: it is outside their hours.
    Closed,
}

/// How a flow is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A tree of lines.
    Text,
    /// A picture.
    Svg,
}

#[derive(Debug, Subcommand)]
pub(super) enum Route {
    /// Decide without doing: who would get such a call, and why the others not.
    Explain {
        /// The offer.
        #[arg(long)]
        offer: String,
        /// `call` or `form`.
        #[arg(long, default_value = "call")]
        channel: String,
        /// What is known of the inquiry, as `name=value`; `phone` is the caller's number.
        #[arg(long = "field", value_name = "NAME=VALUE")]
        fields: Vec<String>,
        /// The source.
        #[arg(long)]
        source: Option<String>,
        /// When, in RFC 3339; now when absent.
        #[arg(long)]
        at: Option<String>,
        /// A book file in place of the book in the database.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// Print the decision as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Balance {
    /// Enter what a buyer paid in; below zero it corrects. Running nodes know it at once.
    Credit {
        /// The buyer.
        buyer: String,
        /// How much, like 250.00, in the book's currency.
        #[arg(allow_hyphen_values = true)]
        amount: String,
        /// Why: an invoice, a transfer.
        #[arg(long, default_value = "")]
        note: String,
        /// What tells it from every other credit, so that it is entered once; made up when absent.
        #[arg(long)]
        id: Option<String>,
    },
    /// Give the price of a call back to the balance that it was charged to, once.
    Return {
        /// The call's id.
        call: String,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Print every balance, or one buyer's with its latest entries.
    Show {
        /// The buyer; all of them when absent.
        buyer: Option<String>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token and print it; it cannot be shown again.
    Create {
        /// admin, operator, analyst, buyer or source.
        #[arg(long)]
        role: String,
        /// The buyer of a token with the role `buyer`.
        #[arg(long, conflicts_with = "source")]
        buyer: Option<String>,
        /// The source of a token with the role `source`.
        #[arg(long)]
        source: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Db {
    /// Bring the database to this program's version.
    Migrate,
}
