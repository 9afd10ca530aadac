//! Calls that the user places while the demo runs.

use std::collections::HashMap;

use super::screen::Screen;
use super::show;
use crate::base::CallId;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::demo::Scene;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Subject;

/// A call of the user that has not ended.
struct Yours {
    number: usize,
    since: Wall,
}

/// Prints the events of every call that is no scene's, until the events end. Its lines carry its
/// number, because several calls may be up.
pub(super) async fn show(mut events: Follower, scenes: &'static [Scene], mut screen: Screen) {
    let mut number = scenes.len();
    let mut live: HashMap<CallId, Yours> = HashMap::new();
    while let Some(followed) = events.next().await {
        let Followed::Event(event) = followed else { continue };
        let Subject::Call(id, what) = &event.subject else { continue };
        if let CallEvent::Arrived { number: called, caller, .. } = what
            && !scenes.iter().any(|scene| scene.is_arrival(what))
        {
            number += 1;
            show::yours(&mut screen, number, caller.as_ref(), called);
            live.insert(*id, Yours { number, since: event.at });
        }
        let Some(call) = live.get(id) else { continue };
        show::line(&mut screen, &format!("{:>2} ", call.number), call.since, event.at, what);
        if matches!(what, CallEvent::Ended { .. }) {
            live.remove(id);
        }
    }
}
