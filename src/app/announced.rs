//! `strowger leads announced`: leads that ad platforms announced.

use clap::Args;

use super::Fault;
use super::out::out;
use super::zone::Local;
use crate::store::AnnouncedLead;
use crate::store::Store;

/// `leads announced`.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the latest announced leads, latest first.
pub(super) async fn run(store: &dyn Store, asked: &Asked) -> Result<(), Fault> {
    let all = store.announced_list(None).await.map_err(Fault::of)?;
    if asked.json {
        out!("{}", serde_json::to_string_pretty(&all).map_err(Fault::of)?);
        return Ok(());
    }
    let local = Local::system();
    out!("{:<19}  {:<8}  {:<7}  {:>5}  id", "announced", "platform", "state", "tries");
    for AnnouncedLead { platform, id, at, state, attempts, lead, reason, .. } in &all {
        let became = lead.map(|lead| format!("  {lead}")).unwrap_or_default();
        let reason = reason.as_ref().map(|reason| format!("  {reason}")).unwrap_or_default();
        let (at, state) = (local.show(*at), state.name());
        out!("{at:<19}  {platform:<8}  {state:<7}  {attempts:>5}  {id}{became}{reason}");
    }
    Ok(())
}
