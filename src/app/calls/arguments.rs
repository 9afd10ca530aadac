//! The command's arguments.

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

use super::Filters;

/// Calls that `list` prints by default.
const LIST: usize = 20;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::app) struct Calls {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) list: List,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List calls from the database, newest first. This is what `strowger calls` does by itself.
    List(List),
    /// List the live calls, newest first: those of every node, if several share the database.
    Live {
        #[command(flatten)]
        filters: Filters,
        /// Print the calls as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one call: its record, and what it is doing while it is live.
    Show {
        /// The call's id, or the beginning of it where that is unique.
        id: String,
        /// Print the record as JSON.
        #[arg(long)]
        json: bool,
        /// Print the call's SIP messages instead: `text`, `svg`, or `pcap`; text by default.
        #[arg(
            long, value_name = "FORMAT", conflicts_with = "json", num_args = 0..=1,
            require_equals = true, default_missing_value = "text"
        )]
        ladder: Option<LadderFormat>,
    },
    /// Hang up a live call. A bridged call is billed for the time until then.
    Hangup {
        /// The call's id, or the beginning of it where that is unique.
        id: String,
        /// Print the record as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print every call that passes, newest first, as CSV.
    Export {
        #[command(flatten)]
        filters: Filters,
        /// Print CSV with a header line. This is the default.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        /// Print one record as JSON per line.
        #[arg(long)]
        json: bool,
    },
}

/// How a ladder is printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LadderFormat {
    /// Columns and arrows.
    Text,
    /// A picture.
    Svg,
    /// A file for Wireshark.
    Pcap,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) filters: Filters,
    /// List what the running switch refused since its start instead: calls that have no record,
    /// such as those for unknown numbers or from unknown addresses.
    #[arg(long, conflicts_with_all = ["Filters", "limit"])]
    pub(super) refused: bool,
    /// Most calls to list.
    #[arg(long, default_value_t = LIST, value_name = "COUNT")]
    pub(super) limit: usize,
    /// Print the records as JSON.
    #[arg(long)]
    pub(super) json: bool,
}
