//! `strowger presets`: deliveries for well-known platforms, to paste into a book.

use clap::Subcommand;

use super::Fault;
use super::out::out;
use crate::base::suggest;
use crate::delivery::PRESETS;

#[derive(Debug, Subcommand)]
pub(super) enum Presets {
    /// List the platforms.
    List,
    /// Print the delivery of form leads to a platform, to paste below a contract and edit.
    Show {
        /// Name of the preset.
        name: String,
    },
}

/// Prints a preset, or the names of all.
pub(super) fn run(command: Presets) -> Result<(), Fault> {
    let name = match command {
        Presets::List => {
            for preset in PRESETS {
                out!("{:<20}  {}", preset.name, preset.about());
            }
            return Ok(());
        }
        Presets::Show { name } => name,
    };
    let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
        let names = || PRESETS.iter().map(|preset| preset.name);
        let hint = match suggest(&name, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        return Err(Fault::of(format!("there is no preset `{name}` ({hint})")));
    };
    out!("{}", preset.text.trim_end());
    Ok(())
}
