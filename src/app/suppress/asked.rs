//! What a command asks for: lists, contacts, remarks.

use super::arguments::Said;
use super::arguments::ToList;
use crate::app::Fault;
use crate::app::live_book;
use crate::app::user;
use crate::base::ListName;
use crate::base::Wall;
use crate::base::parse_duration;
use crate::base::suggest;
use crate::book::Book;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::CONTACTS_MAX;
use crate::store::Destination;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Remark;
use crate::store::Store;
use crate::store::Verb;
use crate::suppression::Applies;
use crate::suppression::Contact;
use crate::suppression::reason_of;

/// Returns a change of a list. The command names no contact, because the activity log shows it.
pub(super) fn makes(verb: Verb, command: &str, list: &str) -> Mutation {
    let command = format!("strowger suppress {command}");
    user::makes(verb, EntityKind::Suppression, &command, Clock::system().now().wall).of(list)
}

pub(super) fn name_of(list: &str) -> Result<ListName, Fault> {
    list.parse().map_err(|error| Fault::of(format!("`--list {list}`: {error}")))
}

/// Returns the list that is asked for. What it applies to has to be in the live book: a list of a
/// misspelled offer would stop no caller.
pub(super) async fn destination(settings: &Settings, to: &ToList) -> Result<Destination, Fault> {
    let list = name_of(&to.list)?;
    let applies = Applies::of(to.offer.as_deref(), to.source.as_deref()).map_err(Fault::of)?;
    if applies == Applies::All {
        return Ok(Destination { list, applies: None });
    }
    known(&live_book::needed(settings).await?.1, &applies)?;
    Ok(Destination { list, applies: Some(applies) })
}

fn known(book: &Book, applies: &Applies) -> Result<(), Fault> {
    let Some(asked) = applies.id() else { return Ok(()) };
    let ids: Vec<&str> = match applies {
        Applies::All => Vec::new(),
        Applies::Offer(_) => book.offers.iter().map(|offer| offer.id.as_str()).collect(),
        Applies::Source(_) => book.sources.iter().map(|source| source.id.as_str()).collect(),
    };
    if ids.contains(&asked) {
        return Ok(());
    }
    let near = suggest(asked, ids).map(|near| format!(" (did you mean `{near}`?)"));
    let near = near.unwrap_or_default();
    Err(Fault::of(format!("{} `{asked}` is not in the book{near}", applies.kind())))
}

pub(super) fn remark(given: &Said, now: Wall) -> Result<Remark, Fault> {
    let reason =
        reason_of(&given.reason).map_err(|error| Fault::of(format!("--reason: {error}")))?;
    let until = given.until.as_deref().map(|text| end_of(text, now)).transpose()?;
    Ok(Remark { reason, until })
}

/// Parses an end: a duration like `90d` from now, or a time in RFC 3339, not in the past.
fn end_of(text: &str, now: Wall) -> Result<Wall, Fault> {
    let end = match parse_duration(text) {
        Ok(duration) => Some(now + duration),
        Err(_) => text.parse().ok(),
    };
    end.filter(|end| *end > now).ok_or_else(|| {
        Fault::of(format!(
            "`--until {text}`: expected a duration like 90d, or a time to come in RFC 3339"
        ))
    })
}

/// Reads contacts of the command line. A fault names the place only.
pub(super) fn contacts_of(texts: &[String]) -> Result<Vec<Contact>, Fault> {
    if texts.len() > CONTACTS_MAX {
        return Err(Fault::of(format!(
            "more than {CONTACTS_MAX} contacts: write them to a file, and import it"
        )));
    }
    let read = |(place, text): (usize, &String)| {
        text.parse().map_err(|error| Fault::of(format!("contact {}: {error}", place + 1)))
    };
    texts.iter().enumerate().map(read).collect()
}

/// Removes rows that do not count any more.
pub(super) async fn purge(store: &dyn Store) -> Result<(), Fault> {
    store.suppression_purge(Clock::system().now().wall).await.map(drop).map_err(Fault::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_durations_and_times_to_come() {
        let now: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90d", Some("2026-08-02T15:00:00Z")),
            ("2026-12-24T00:00:00Z", Some("2026-12-24T00:00:00Z")),
            ("2026-05-04T15:00:00Z", None),
            ("0d", None),
            ("soon", None),
        ] {
            let end = end_of(text, now).ok().map(|end| end.to_string());
            assert_eq!(end.as_deref(), expected, "{text}");
        }
    }

    /// The activity log and the terminal show the message.
    #[test]
    fn a_fault_names_the_place_of_a_contact_and_not_the_contact() {
        let texts = ["+13055550123".to_owned(), "555 0124".to_owned()];
        let fault = contacts_of(&texts).unwrap_err().to_string();
        assert!(fault.contains("contact 2: neither") && !fault.contains("0124"), "{fault}");
    }
}
