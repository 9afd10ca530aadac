//! `strowger leads settle`: says what became of a post whose result is unknown.

use clap::Args;

use super::Fault;
use super::calls::find;
use super::find_lead;
use super::out::out;
use super::user::makes;
use super::user::noted;
use crate::base::AttemptId;
use crate::control::ControlAnswer;
use crate::control::Request;
use crate::lead::SettledAs;
use crate::net::Clock;
use crate::store::ActivityOutcome;
use crate::store::EntityKind;
use crate::store::Store;
use crate::store::Verb;

const COMMAND: &str = "strowger leads settle";

/// `leads settle`.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Id of the lead, or the beginning of it.
    id: String,
    /// The buyer has the lead.
    #[arg(long, required_unless_present = "rejected", conflicts_with = "rejected")]
    accepted: bool,
    /// The buyer does not have the lead: another one may get it.
    #[arg(long)]
    rejected: bool,
    /// The buyer's own id of an accepted lead.
    #[arg(long, conflicts_with = "rejected")]
    reference: Option<String>,
    /// Why the lead was rejected.
    #[arg(long, conflicts_with = "accepted")]
    reason: Option<String>,
    /// The post, if several have an unknown result.
    #[arg(long)]
    attempt: Option<AttemptId>,
}

/// Settles the post through the running switch.
pub(super) async fn run(store: &dyn Store, asked: Asked) -> Result<(), Fault> {
    let Asked { id, accepted, rejected: _, reference, reason, attempt } = asked;
    let id = find_lead::find(store, &id).await?;
    let by = makes(Verb::Settle, EntityKind::Lead, COMMAND, Clock::system().now().wall).of(id);
    let result = match accepted {
        true => SettledAs::Accepted { reference },
        false => SettledAs::Rejected { reason },
    };
    let user = by.actor.to_string();
    let request = Request::Settle { id, attempt, result, user };
    let answer = find::asked(store, request).await?.ok_or_else(find::no_switch);
    let settled = answer.and_then(|answer| match answer {
        ControlAnswer::Done => Ok(()),
        ControlAnswer::Failed { message } => Err(Fault::of(format!("lead {id}: {message}"))),
        ControlAnswer::Calls { .. }
        | ControlAnswer::Refused { .. }
        | ControlAnswer::Trunks { .. }
        | ControlAnswer::HungUp { .. }
        | ControlAnswer::Forgotten { .. } => Err(find::unexpected()),
    });
    noted(store, &by, settled).await?;
    let done = ActivityOutcome::Done { book_version: None };
    store.activity_add(by, done).await.map_err(Fault::of)?;
    out!("lead {id}: settled");
    Ok(())
}
