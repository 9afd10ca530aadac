//! `strowger privacy`: removes a person's data.

use super::Fault;
use super::calls::find;
use super::command;
use super::open_store;
use super::out::out;
use super::user;
use crate::base::Person;
use crate::call::Forgotten;
use crate::config::Settings;
use crate::control::ControlAnswer;
use crate::control::Request;
use crate::net::Clock;
use crate::store::EntityKind;
use crate::store::Verb;
use crate::switch::Recordings;
use crate::switch::forget;

/// The command, as the activity log has it.
pub(super) const COMMAND: &str = "strowger privacy delete";

pub(super) async fn run(settings: &Settings, command: command::Privacy) -> Result<(), Fault> {
    let command::Privacy::Delete { phone, email, json } = command;
    let person = match (phone, email) {
        (Some(phone), _) => Person::Phone(phone.parse().map_err(Fault::of)?),
        (None, Some(email)) => Person::Email(email.parse().map_err(Fault::of)?),
        (None, None) => return Err(Fault::of("give --phone or --email")),
    };
    let store = open_store(settings)?;
    let by = user::makes(Verb::Delete, EntityKind::Person, COMMAND, Clock::system().now().wall);
    let request = Request::Forget { person: person.clone(), user: by.actor.name().to_owned() };
    // A running switch also has data in its memory and in its journal.
    let forgotten = match find::asked(store.as_ref(), request).await? {
        Some(ControlAnswer::Forgotten { removed }) => removed,
        Some(ControlAnswer::Failed { message }) => return Err(Fault::of(message)),
        Some(
            ControlAnswer::Done
            | ControlAnswer::Calls { .. }
            | ControlAnswer::HungUp { .. }
            | ControlAnswer::Refused { .. }
            | ControlAnswer::Trunks { .. },
        ) => return Err(Fault::of("the switch sent an unexpected answer")),
        None => {
            let recordings = Recordings::at(settings.media.recordings.clone());
            let done = forget(store.as_ref(), &recordings, &person, by.clone()).await;
            user::noted(store.as_ref(), &by, done.map_err(Fault::of)).await?
        }
    };
    if json {
        out!("{}", serde_json::to_string_pretty(&forgotten).map_err(Fault::of)?);
    } else {
        print(forgotten);
    }
    Ok(())
}

fn print(forgotten: Forgotten) {
    let Forgotten {
        calls,
        live,
        decisions,
        journal_lines,
        ladders,
        recordings,
        events,
        notes,
        answers,
        tags,
    } = forgotten;
    for (count, what) in [
        (calls, "calls without caller, fields, and tags"),
        (decisions, "decisions removed"),
        (journal_lines, "lines of journals at webhook carriers removed"),
        (ladders, "calls without their SIP messages"),
        (recordings, "recordings removed"),
        (events, "events of postbacks without the person"),
        (notes, "references and notes removed"),
        (answers, "kept answers removed"),
        (tags, "tag values removed from reports"),
    ] {
        out!("{count:>8}  {what}");
    }
    if live > 0 {
        out!("{live:>8}  live calls left: repeat the command when they have ended");
    }
}
