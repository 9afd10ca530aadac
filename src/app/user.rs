//! The user of the command line, for the activity log.

use super::Fault;
use crate::base::Wall;
use crate::store::Action;
use crate::store::ActivityOutcome;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Store;
use crate::store::Verb;

/// The file with the users of the system.
const USERS: &str = "/etc/passwd";

/// Longest reason in the activity log, in characters.
const REASON_CHARS_MAX: usize = 300;

/// Returns a change that this user makes with a command.
pub(super) fn makes(verb: Verb, kind: EntityKind, command: &str, at: Wall) -> Mutation {
    Mutation::by_user(&name(), Action::new(verb, kind), command, at)
}

/// Adds a rejected command to the activity log. A successful change adds itself.
pub(super) async fn noted<T>(
    store: &dyn Store,
    by: &Mutation,
    result: Result<T, Fault>,
) -> Result<T, Fault> {
    if let Err(fault) = &result {
        let reason = fault.to_string().lines().next().unwrap_or_default().to_owned();
        let reason = reason.chars().take(REASON_CHARS_MAX).collect();
        let refused = ActivityOutcome::Refused { status: None, reason };
        // If this fails, the fault that the command reports shows why.
        drop(store.activity_add(by.clone(), refused).await);
    }
    result
}

/// Returns the name of the user that runs this program, or its number when it has no name.
fn name() -> String {
    let number = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string(USERS).unwrap_or_default();
    named(&users, number).map_or_else(|| format!("uid {number}"), str::to_owned)
}

/// Returns the name of a user from the lines of `/etc/passwd`.
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
