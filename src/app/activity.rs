//! `strowger activity`: the log of changes and their authors.

use super::Fault;
use super::open_store;
use super::out::out;
use super::short_ids;
use super::warn_without_book;
use super::wrap::hanging;
use super::zone::Local;
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
    for line in table(&entries, &Local::system()) {
        out!("{line}");
    }
    Ok(())
}

/// Returns the lines of the table, at most 100 columns wide.
fn table(entries: &[Activity], local: &Local) -> Vec<String> {
    if entries.is_empty() {
        return vec!["no changes".to_owned()];
    }
    let mut lines = vec![format!("{:<19}  who  change  outcome  (command or request)", "time")];
    for entry in short_ids(entries.iter().map(|entry| line(entry, local))) {
        lines.extend(hanging(&entry));
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
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

/// Formats `2026-05-04 15:00:00  user ann  apply book  done, book version 12  (strowger …)`.
fn line(entry: &Activity, local: &Local) -> String {
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
    let (at, actor, via) = (local.show(mutation.at), &mutation.actor, &mutation.via);
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
                "2026-05-04 11:00:00  user ann  revoke token ci  {expected}  (strowger token revoke)"
            );
            assert_eq!(line(&entry, &Local::named("America/New_York")), expected);
        }
    }

    #[test]
    fn the_table_has_local_times_and_short_ids_and_fits_a_terminal() {
        let id = "019aa0b1-2c3d-7abc-8def-0123456789ab";
        let at: Wall = "2026-05-05T01:30:00Z".parse().unwrap();
        let action = Action::new(Verb::HangUp, EntityKind::Call);
        let path = format!("POST /v1/calls/{id}/hangup");
        let by = Mutation::by_user("ann", action, &path, at).of(id);
        let reason = "the switch has no call of this id, or it ended before the request".to_owned();
        let refused = Some(ActivityOutcome::Refused { status: None, reason });
        let entry = Activity { number: 1, mutation: by, outcome: refused };
        assert_eq!(
            table(&[entry], &Local::named("America/New_York")),
            [
                "time                 who  change  outcome  (command or request)",
                "2026-05-04 21:30:00  user ann  hang_up call 019aa0b1-2c3d  refused: the switch \
                 has no call of",
                "    this id, or it ended before the request  \
                 (POST /v1/calls/019aa0b1-2c3d/hangup)",
                "Times are in America/New_York.",
            ]
        );
        assert_eq!(table(&[], &Local::system()), ["no changes"]);
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
