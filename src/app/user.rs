//! Who sits at the command line, for the activity log.

use super::Fault;
use crate::base::Wall;
use crate::store::Action;
use crate::store::ActivityOutcome;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Store;
use crate::store::Verb;

/// Where the system keeps its users.
const USERS: &str = "/etc/passwd";

/// Longest reason of a refusal that is noted, in characters.
const REASON_CHARS_MAX: usize = 300;

/// A change that this user makes by a command.
pub(super) fn makes(verb: Verb, kind: EntityKind, command: &str, at: Wall) -> Mutation {
    Mutation::by_user(&name(), Action::new(verb, kind), command, at)
}

/// Notes in the activity log that a command was refused. What was made has noted itself.
pub(super) async fn noted<T>(
    store: &dyn Store,
    by: &Mutation,
    result: Result<T, Fault>,
) -> Result<T, Fault> {
    if let Err(fault) = &result {
        let reason = fault.to_string().lines().next().unwrap_or_default().to_owned();
        let reason = reason.chars().take(REASON_CHARS_MAX).collect();
        let refused = ActivityOutcome::Refused { status: None, reason };
        // What keeps the database from taking the note is what the command reports.
        drop(store.activity_add(by.clone(), refused).await);
    }
    result
}

/// The name of the user that runs this program, or its number when it has no name.
fn name() -> String {
    let number = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string(USERS).unwrap_or_default();
    named(&users, number).map_or_else(|| format!("uid {number}"), str::to_owned)
}

/// The name of a user in the lines of `/etc/passwd`.
fn named(users: &str, number: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, _password, uid) = (parts.next()?, parts.next()?, parts.next()?);
        (uid.parse() == Ok(number) && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_number() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\n# note\nann:x:1000:1000::/:\n:x:7:7::/:\nbad:x\n";
        for (number, name) in [(0, Some("root")), (1000, Some("ann")), (7, None), (9, None)] {
            assert_eq!(named(users, number), name, "{number}");
        }
        assert!(!name().is_empty());
    }
}
