//! The command line.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;

use super::calls::Calls;
use super::costs::Costs;
use super::dead_letters::Postbacks;
use super::leads::Leads;
use super::presets::Presets;
use super::score::Score;
use super::statement::Account;
use super::suppress::Suppress;
use crate::base::BuyerId;
use crate::base::ReturnState;
use crate::carrier::Carrier;
use crate::config::Location;

/// Self-hosted call router: answers, asks, picks the buyer, bridges, records.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, about)]
pub(super) struct Arguments {
    /// Settings file [default: STROWGER_CONFIG, ./strowger.toml, built-in defaults, in this order].
    #[arg(short = 'c', long = "config", global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, Args)]
pub(super) struct Demo {
    /// Place the calls, print a summary, and exit with 0 only if every call went as expected.
    #[arg(long)]
    pub(super) once: bool,
    /// Place all calls at the same time, except those that need another one before.
    #[arg(long)]
    pub(super) fast: bool,
    /// Listen on this IPv4 address of the machine, too, so that phones of its network (/24) can call.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) address: Option<Ipv4Addr>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a switch on loopback, with simulated callers and buyers that speak real SIP and RTP.
    Demo(Demo),
    /// Run the switch.
    Serve,
    /// Check settings, book, flows, and sounds; report every fault with its place and a remedy.
    Check {
        /// Check this book file instead of the book in the database.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
    },
    /// Manage the route book.
    #[command(subcommand)]
    Book(Book),
    /// Check, draw, play, and simulate flow files.
    #[command(subcommand)]
    Flow(Flow),
    /// Deliveries of form leads to well-known platforms.
    #[command(subcommand)]
    Presets(Presets),
    /// Explain routing decisions.
    #[command(subcommand)]
    Route(Route),
    /// Find likely mistakes in the book; exit with 1 if a finding is an error.
    Audit {
        /// Use this book file instead of the book in the database.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// Print the findings as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run past calls against a draft of the book: who would get them, and for how much.
    Backtest {
        /// The draft: a TOML file.
        #[arg(long, value_name = "FILE")]
        book: PathBuf,
        /// How far back: a duration like 30d (from midnight UTC) or 12h, or an RFC 3339 time.
        #[arg(long, default_value = "30d")]
        since: String,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Report on ended calls: profit and loss, caps, rejections, fallbacks, answers, latency.
    Report(Box<Report>),
    /// Manage balances of prepaid buyers.
    #[command(subcommand)]
    Balance(Balance),
    /// Print every posting of a buyer or a source in a period, with totals and what is due.
    Statement(Box<Account>),
    /// Enter and list costs of traffic that are not payouts.
    #[command(subcommand)]
    Costs(Costs),
    /// List, accept, and refuse returns of sales.
    #[command(subcommand)]
    Returns(Returns),
    /// See and resend deliveries of events that were given up; make signing keys.
    #[command(subcommand)]
    Postbacks(Postbacks),
    /// Show which gateways and registrations of the trunks work at the running switch.
    Trunks {
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List contracts that were paused, and resume them.
    #[command(subcommand)]
    Pauses(Pauses),
    /// List form leads, show one with its time line, and deliver sold ones again.
    #[command(subcommand)]
    Leads(Leads),
    /// Train models that score calls and leads, and put them in use.
    #[command(subcommand)]
    Score(Score),
    /// List the bids of a day, and what became of each.
    Bids(super::bids::Asked),
    /// Count the pings of sources: with an offer, posted, and never used.
    Pings(super::pings::Asked),
    /// Manage suppression lists: callers and leads that are never routed.
    #[command(subcommand)]
    Suppress(Suppress),
    /// List, show, and export calls; hang up live ones.
    Calls(Box<Calls>),
    /// Remove a person's data.
    #[command(subcommand)]
    Privacy(Privacy),
    /// Manage access tokens of the HTTP API.
    #[command(subcommand)]
    Token(Token),
    /// List changes: who made them, over HTTP with which token, or by which command.
    Activity {
        /// Start: a duration like 30d, or an RFC 3339 time [default: the latest 200 entries].
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
        /// Print the entries as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prove that database, journal, and ledger agree; list every difference.
    ///
    /// Exits with 0 without a difference, with 1 with one, and with 2 if something cannot be read.
    /// Reads only, also while the switch runs.
    Verify {
        /// Print the differences as JSON.
        #[arg(long)]
        json: bool,
        /// Also compare with these SIP logs of callers: SIPp's, written with `-trace_msg`.
        #[arg(long = "sip-logs", value_name = "FILE", num_args = 1..)]
        sip_logs: Vec<PathBuf>,
    },
    /// Manage the database.
    #[command(subcommand)]
    Db(Db),
}

#[derive(Debug, Subcommand)]
pub(super) enum Book {
    /// Make the book equal to a file; running nodes use it from the next call on.
    Apply {
        /// A TOML file.
        file: PathBuf,
        /// Only add and change; keep entries that are not in the file.
        #[arg(long)]
        merge: bool,
        /// Apply only if this version is live; 0 for no book yet.
        #[arg(long, value_name = "VERSION")]
        expect: Option<u64>,
        /// Allow a change that removes more than a third of the contracts (three at least) or every
        /// entry of a kind.
        #[arg(long)]
        force: bool,
        /// Print the changes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what applying a file would change; apply nothing.
    Diff {
        /// A TOML file.
        file: PathBuf,
        /// Show what `apply --merge` would change.
        #[arg(long)]
        merge: bool,
        /// Print the changes as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the live book, or an earlier version.
    Export {
        /// The version [default: the live one].
        version: Option<u64>,
    },
    /// List the versions of the book, newest first, with time and author.
    History {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Apply an earlier version again, as a new version.
    Rollback {
        /// The earlier version.
        version: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Flow {
    /// Check flow files.
    Check {
        /// Also report what this webhook carrier cannot do: twilio, telnyx, signalwire, or plivo.
        /// Can be repeated.
        #[arg(long = "carrier", value_name = "NAME")]
        carriers: Vec<Carrier>,
        /// XML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the sounds that flows play; `--render` renders the missing ones.
    Sounds {
        /// XML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Render missing sentences with the speech command into `[media] prompts`.
        #[arg(long)]
        render: bool,
    },
    /// Draw a flow as a tree in the terminal, or as a picture.
    Draw {
        /// An XML file.
        file: PathBuf,
        /// Output file [default: the terminal].
        #[arg(short = 'o', long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Format [default: svg for a file, text for the terminal].
        #[arg(long)]
        format: Option<Format>,
        /// Mark which contracts of this book file use which field.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// Offer of the dialed number [default: that of the book's number with this flow].
        #[arg(long, requires = "book", value_name = "ID")]
        offer: Option<String>,
    },
    /// Play a flow: type digits; see what callers hear, how the pool narrows, who gets the call.
    Run(Play),
    /// Run random callers through a flow: where they end up, and where they are lost.
    Simulate {
        /// An XML file.
        file: PathBuf,
        /// Play against this book file.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// Offer of the dialed number [default: that of the book's number with this flow].
        #[arg(long, requires = "book", value_name = "ID")]
        offer: Option<String>,
        /// Number of callers.
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        callers: u32,
        /// Seed of all random choices; the same seed and time give the same report.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// RFC 3339 time of the calls [default: now].
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
    /// Play against this book file; without one, the pool is unknown.
    #[arg(long, value_name = "FILE")]
    pub(super) book: Option<PathBuf>,
    /// Offer of the dialed number [default: that of the book's number with this flow].
    #[arg(long, requires = "book", value_name = "ID")]
    pub(super) offer: Option<String>,
    /// The caller's E.164 number [default: withheld].
    #[arg(long, value_name = "NUMBER")]
    pub(super) caller: Option<String>,
    /// RFC 3339 time of the call [default: now].
    #[arg(long)]
    pub(super) at: Option<String>,
    /// A known field, as `name=value`; can be repeated.
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub(super) fields: Vec<String>,
    /// What every ringing buyer does [default: ask].
    #[arg(long)]
    pub(super) buyers: Option<Buyers>,
    /// Print which contracts leave the pool, and why.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// What buyers do when they ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Buyers {
    /// The first one answers.
    Answer,
    /// All are busy.
    Busy,
    /// None answers.
    NoAnswer,
    /// None rings: it is outside their hours.
    Closed,
}

/// Format of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A tree of lines.
    Text,
    /// A picture.
    Svg,
}

#[derive(Debug, Subcommand)]
pub(super) enum Route {
    /// Decide without side effects: who would get such a call, and why the others would not.
    Explain {
        /// The offer.
        #[arg(long, required_unless_present = "number")]
        offer: Option<String>,
        /// A tracking number of the book, in place of its offer and source.
        #[arg(long, conflicts_with_all = ["offer", "source"])]
        number: Option<String>,
        /// `call` or `form`.
        #[arg(long, default_value = "call")]
        channel: String,
        /// A known field, as `name=value`; `phone` is the caller's number. Can be repeated.
        #[arg(long = "field", value_name = "NAME=VALUE")]
        fields: Vec<String>,
        /// The source.
        #[arg(long)]
        source: Option<String>,
        /// Time of the decision: in RFC 3339, or local like 2026-11-26T15:00 [default: now].
        #[arg(long)]
        at: Option<String>,
        /// Time zone of a local `--at` [default: that of the offer's buyers, if they share one].
        #[arg(long, value_name = "ZONE", requires = "at")]
        zone: Option<String>,
        /// Use this book file instead of the book in the database.
        #[arg(long, value_name = "FILE")]
        book: Option<PathBuf>,
        /// Print the decision as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `report`.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The report.
    #[arg(value_enum)]
    pub(super) report: ReportName,
    /// What each row is about, separated by commas: hour or day, and offer, buyer, source, number,
    /// tag, contract, trunk, flow, reason, tier or kind, as far as the report has them.
    #[arg(long, value_name = "NAMES")]
    pub(super) group_by: Option<String>,
    /// Start: RFC 3339, a date, or how long ago, like 30d or 12h [default: 30 days with today].
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
    /// End, exclusive: as the start [default: now].
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Time zone of days, hours and dates, like America/New_York [default: UTC].
    #[arg(long, value_name = "ZONE")]
    pub(super) zone: Option<String>,
    /// Currency of the amounts [default: that of the book].
    #[arg(long, value_name = "CODE")]
    pub(super) currency: Option<String>,
    /// Print CSV with a header line.
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
    /// Print the report as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// The reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportName {
    /// Profit and loss: calls, sales, and amounts.
    Pnl,
    /// How much of each cap is used now.
    Caps,
    /// Why calls ended, attempts were lost, and contracts were passed over.
    Rejections,
    /// Calls that used a fallback, and how many it sold.
    Fallbacks,
    /// Whether buyers answer, how long they are connected, who hangs up before the buffer.
    Answer,
    /// Calls whose caller was connected to no one.
    Missed,
    /// How long buyers took to ring and to answer, by tier.
    Latency,
    /// Likely mistakes in the book, as `strowger audit`.
    Audit,
}

#[derive(Debug, Subcommand)]
pub(super) enum Returns {
    /// List returns, newest first.
    List {
        /// Only returns in this state: open, accepted, or refused.
        #[arg(long)]
        state: Option<ReturnState>,
        /// Only returns of this buyer.
        #[arg(long)]
        buyer: Option<BuyerId>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Accept a return: what the buyer owed is reversed, and the payout if the contract says so.
    Accept {
        /// The return's number.
        id: String,
        /// Note for the buyer.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Refuse a return: nothing is reversed.
    Refuse {
        /// The return's number.
        id: String,
        /// Note for the buyer.
        #[arg(long, default_value = "")]
        note: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Pauses {
    /// List the latest pauses, newest first.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// End the pause of a contract; a running switch rings its buyer from the next call on.
    Resume {
        /// The contract.
        contract: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Balance {
    /// Enter a buyer's payment; a negative amount corrects one. Running nodes count it at once.
    Credit {
        /// The buyer.
        buyer: String,
        /// Amount, like 250.00, in the book's currency.
        #[arg(allow_hyphen_values = true)]
        amount: String,
        /// Note, like an invoice number.
        #[arg(long, default_value = "")]
        note: String,
        /// Unique id of the credit, so that a repeated command enters it once [default: random].
        #[arg(long)]
        id: Option<String>,
    },
    /// Return a call's price to the balance that it was charged to, once.
    Return {
        /// The call's id.
        call: String,
        /// Note, like the reason.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Print every balance, or one buyer's with its latest entries.
    Show {
        /// The buyer [default: all].
        buyer: Option<String>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token and print its secret; it cannot be shown again.
    Create(CreateToken),
    /// List tokens, newest first. Secrets are not shown.
    List {
        /// Include revoked tokens.
        #[arg(long)]
        all: bool,
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token; a running switch rejects it from the next request on.
    Revoke {
        /// Its id or its name.
        #[arg(value_name = "ID|NAME")]
        token: String,
    },
}

/// `token create`.
#[derive(Debug, clap::Args)]
pub(super) struct CreateToken {
    /// admin, operator, analyst, buyer or source.
    #[arg(long)]
    pub(super) role: String,
    /// Name in the activity log and the book's history [default: generated].
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Expiry: a duration like 90d, or an RFC 3339 time [default: never].
    #[arg(long, value_name = "WHEN")]
    pub(super) expires: Option<String>,
    /// The buyer of a token with the role `buyer`.
    #[arg(long, conflicts_with = "source")]
    pub(super) buyer: Option<String>,
    /// The source of a token with the role `source`.
    #[arg(long)]
    pub(super) source: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Privacy {
    /// Remove caller, fields, tags, decisions, and recordings of a person's ended calls; amounts
    /// stay. A repetition removes nothing more.
    Delete {
        /// Number from which the person calls, or which the person gave, in E.164.
        #[arg(long, value_name = "NUMBER", required_unless_present = "email")]
        phone: Option<String>,
        /// E-mail address that the person gave.
        #[arg(long, value_name = "ADDRESS", conflicts_with = "phone")]
        email: Option<String>,
        /// Print the counts as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Db {
    /// Migrate the database to this program's schema.
    Migrate,
    /// Copy a database of SQLite that no switch uses to PostgreSQL; a copy that was stopped goes on.
    Copy {
        /// The original: sqlite:PATH.
        from: Location,
        /// The new database, which must be empty: postgres://USER@HOST/DATABASE.
        to: Location,
    },
}
