//! `strowger activity`: the log of changes and their authors.

use super::Fault;
use super::open_store;
use super::out::out;
use super::warn_without_book;
use crate::base::Wall;
use crate::base::parse_duration;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::ACTIVITY_PAGE_MAX;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::Store;

/// Prints the activity log, newest first: everything since `since`, or the latest page.
pub(super) async fn run(settings: &Settings, since: Option<&str>, json: bool) -> Result<(), Fault> {
    let store = open_store(settings)?;
    warn_without_book(settings, store.as_ref()).await?;
    let since = since.map(|text| start_of(text, Clock::system().now().wall)).transpose()?;
    let entries = entries(store.as_ref(), since).await?;
    if json {
        out!("{}", serde_json::to_string_pretty(&entries).map_err(Fault::of)?);
        return Ok(());
    }
    for entry in &entries {
        out!("{}", line(entry));
    }
    Ok(())
}

async fn entries(store: &dyn Store, since: Option<Wall>) -> Result<Vec<Activity>, Fault> {
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let page = store.activities(since, before, ACTIVITY_PAGE_MAX).await.map_err(Fault::of)?;
        let last = page.len() < ACTIVITY_PAGE_MAX || since.is_none();
        before = page.last().map(|entry| entry.number);
        entries.extend(page);
        if last {
            return Ok(entries);
        }
    }
}

fn start_of(text: &str, now: Wall) -> Result<Wall, Fault> {
    if let Ok(duration) = parse_duration(text) {
        return Ok(now - duration);
    }
    text.parse().map_err(|_| {
        Fault::of(format!("`--since {text}`: expected a duration like 30d or a time in RFC 3339"))
    })
}

/// Formats `2026-05-04T15:00:00Z  ann (user)  apply book  version 12`.
fn line(entry: &Activity) -> String {
    let Activity { mutation, outcome, .. } = entry;
    let subject = mutation.subject.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let (verb, kind) = (mutation.action.verb.name(), mutation.action.kind.name());
    let ended = match outcome {
        Some(ActivityOutcome::Done { book_version: Some(version) }) => {
            format!("done, book version {version}")
        }
        Some(ActivityOutcome::Done { book_version: None }) => "done".to_owned(),
        Some(ActivityOutcome::Refused { reason, .. }) => format!("refused: {reason}"),
        Some(ActivityOutcome::Failed { reason, .. }) => format!("failed: {reason}"),
        None => "unknown".to_owned(),
    };
    let from = mutation.address.map(|address| format!(" from {address}")).unwrap_or_default();
    let (at, actor, via) = (mutation.at, &mutation.actor, &mutation.via);
    format!("{at}  {actor}{from}  {verb} {kind}{subject}  {ended}  ({via})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Action;
    use crate::store::EntityKind;
    use crate::store::Mutation;
    use crate::store::Verb;

    #[test]
    fn an_entry_is_one_line() {
        let at: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        let action = Action::new(Verb::Revoke, EntityKind::Token);
        let by = Mutation::by_user("ann", action, "strowger token revoke", at).of("ci");
        let refused = ActivityOutcome::Refused { status: None, reason: "no such token".to_owned() };
        for (outcome, expected) in [
            (None, "unknown"),
            (Some(ActivityOutcome::Done { book_version: None }), "done"),
            (Some(ActivityOutcome::Done { book_version: Some(7) }), "done, book version 7"),
            (Some(refused), "refused: no such token"),
        ] {
            let entry = Activity { number: 1, mutation: by.clone(), outcome };
            let expected = format!(
                "2026-05-04T15:00:00Z  user ann  revoke token ci  {expected}  (strowger token revoke)"
            );
            assert_eq!(line(&entry), expected);
        }
    }

    #[test]
    fn since_is_a_duration_or_a_time() {
        let now: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        assert_eq!(start_of("1d", now).unwrap().to_string(), "2026-05-03T15:00:00Z");
        assert_eq!(
            start_of("2026-05-01T00:00:00Z", now).unwrap().to_string(),
            "2026-05-01T00:00:00Z"
        );
        assert!(start_of("yesterday", now).is_err());
    }
}
