//! Who sits at the command line, for the activity log.

use crate::base::Wall;
use crate::store::Action;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Verb;

/// Where the system keeps its users.
const USERS: &str = "/etc/passwd";

/// A change that this user makes by a command.
pub(super) fn makes(verb: Verb, kind: EntityKind, command: &str, at: Wall) -> Mutation {
    Mutation::by_user(&name(), Action::new(verb, kind), command, at)
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
