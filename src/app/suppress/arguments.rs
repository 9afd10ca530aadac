//! The command's arguments.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(in crate::app) enum Suppress {
    /// Add the contacts of a file to a list, as a whole or not at all. Calls see the list at once.
    Import(Import),
    /// Add contacts to a list. What was said of those that it has is replaced.
    Add {
        /// Phone numbers and e-mail addresses.
        #[arg(required = true, value_name = "CONTACT")]
        contacts: Vec<String>,
        #[command(flatten)]
        to: ToList,
        #[command(flatten)]
        remark: Said,
    },
    /// Remove contacts from a list.
    Remove {
        /// Phone numbers and e-mail addresses.
        #[arg(required = true, value_name = "CONTACT")]
        contacts: Vec<String>,
        /// The list.
        #[arg(long, value_name = "NAME")]
        list: String,
    },
    /// Show which lists hold a contact, why, and since when.
    Check {
        /// A phone number or an e-mail address.
        contact: String,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show all lists, with their number of entries.
    Lists {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Drop a list with all its entries.
    Drop {
        /// The list.
        list: String,
    },
}

/// `suppress import`.
#[derive(Debug, Args)]
pub(in crate::app) struct Import {
    /// One contact per line, or CSV with the columns `phone` and `email`; `-`: standard input.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) to: ToList,
    #[command(flatten)]
    pub(super) remark: Said,
    /// Remove every entry of the list that is not in the file.
    #[arg(long)]
    pub(super) replace: bool,
    /// Leave out lines that cannot be read, instead of importing nothing.
    #[arg(long)]
    pub(super) skip_bad: bool,
}

/// The list that entries go to.
#[derive(Debug, Args)]
pub(in crate::app) struct ToList {
    /// Name of the list, like dnc or litigators; the first entries make it.
    #[arg(long, value_name = "NAME")]
    pub(super) list: String,
    /// The list applies to this offer only [default: all].
    #[arg(long, value_name = "ID", conflicts_with = "source")]
    pub(super) offer: Option<String>,
    /// The list applies to this source only [default: all].
    #[arg(long, value_name = "ID")]
    pub(super) source: Option<String>,
}

/// What is said of entries.
#[derive(Debug, Args)]
pub(in crate::app) struct Said {
    /// Why they are listed.
    #[arg(long, default_value = "")]
    pub(super) reason: String,
    /// End: a duration like 90d, or an RFC 3339 time [default: none].
    #[arg(long, value_name = "WHEN")]
    pub(super) until: Option<String>,
}
