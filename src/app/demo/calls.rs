//! The calls of the demo's scenes: places them, prints their events, and compares the results.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::screen::Screen;
use super::show;
use super::show::Row;
use crate::base::CallId;
use crate::call::CallEvent;
use crate::call::CallRecord;
use crate::demo;
use crate::demo::PhoneLine;
use crate::demo::Scene;
use crate::demo::carrier::Site;
use crate::dispatch::Dispatch;
use crate::dispatch::stored_decision;
use crate::events::Events;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Subject;
use crate::net::Clock;
use crate::store::Store;

/// Longest duration of one call.
const CALL_MAX: Duration = Duration::from_secs(60);
/// Most time between the end of the events and the end of the caller.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// What a scene needs of the switch.
#[derive(Clone)]
pub(super) struct Stage {
    /// Its SIP address.
    pub(super) sip: SocketAddr,
    /// Its address for webhook carriers.
    pub(super) site: Site,
    pub(super) events: Events,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) store: Arc<dyn Store>,
}

/// A call that was placed, and its lines.
pub(super) struct Placed {
    pub(super) row: Row,
    pub(super) scene: &'static Scene,
    pub(super) screen: Screen,
}

impl Stage {
    /// Places one call, prints its events, and compares the result with the expected one.
    pub(super) async fn place(
        &self,
        number: usize,
        scene: &'static Scene,
        line: PhoneLine,
        mut screen: Screen,
    ) -> Placed {
        show::scene(&mut screen, number, scene);
        let mut watched = Watched { events: self.events.follow(), call: None };
        let mut differences = self.watch(scene, line, &mut watched, &mut screen).await;
        let record = match watched.call {
            Some(call) => self.finished(call).await,
            None => None,
        };
        match &record {
            Some((record, decision)) => {
                differences.extend(demo::differences(scene, record, decision.as_ref()));
            }
            None => differences.push("the call has no record".to_owned()),
        }
        let record = record.map(|(record, _)| record);
        Placed { row: Row { number, record, differences }, scene, screen }
    }

    /// Plays the call of a scene and prints its events. Returns what went wrong for the caller.
    async fn watch(
        &self,
        scene: &Scene,
        line: PhoneLine,
        watched: &mut Watched,
        screen: &mut Screen,
    ) -> Vec<String> {
        let caller = self.play(scene, line);
        let printed = tokio::time::timeout(CALL_MAX, watched.follow(scene, screen));
        tokio::pin!(caller, printed);
        // Both end with the call. After the first ends, the other has a moment to end too.
        let played = tokio::select! {
            played = &mut caller => {
                drop(tokio::time::timeout(AFTERWARDS, &mut printed).await);
                played
            }
            ended = &mut printed => match ended {
                Ok(()) => tokio::time::timeout(AFTERWARDS, &mut caller).await.unwrap_or(Ok(())),
                Err(_) => {
                    return vec![format!("the call did not end within {} s", CALL_MAX.as_secs())];
                }
            },
        };
        played.err().map(|error| format!("the caller: {error}")).into_iter().collect()
    }

    async fn play(&self, scene: &Scene, line: PhoneLine) -> Result<(), String> {
        match line {
            PhoneLine::Phones(phones) => {
                demo::play(&phones, self.sip, scene).await.map_err(|error| error.to_string())
            }
            PhoneLine::Webhooks(mut webhooks) => {
                let now = Clock::system().now().wall;
                webhooks.play(self.site.clone(), scene, now).await
            }
        }
    }

    /// Waits for the record of an ended call. Returns it with the first decision.
    async fn finished(&self, call: CallId) -> Option<(CallRecord, Option<Value>)> {
        const POLLS: u32 = 200;
        let store = self.store.as_ref();
        for _ in 0..POLLS {
            if let Ok(Some(record)) = store.call_fetch(call).await
                && record.ended_at.is_some()
            {
                let decision = store.decision_fetch(call).await.ok().flatten();
                let decision = match decision {
                    Some(row) => stored_decision(store, &self.dispatch.snapshot(), &row).await.ok(),
                    None => None,
                };
                return Some((record, decision));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }
}

/// The events of a scene's call.
struct Watched {
    events: Follower,
    /// The call, once it has arrived.
    call: Option<CallId>,
}

impl Watched {
    /// Prints the events of the scene's call until it has ended.
    async fn follow(&mut self, scene: &Scene, screen: &mut Screen) {
        let mut since = None;
        while let Some(followed) = self.events.next().await {
            let Followed::Event(event) = followed else { continue };
            let Subject::Call(id, what) = &event.subject else { continue };
            if self.call.is_none() && scene.is_arrival(what) {
                self.call = Some(*id);
            }
            if self.call == Some(*id) {
                let since = *since.get_or_insert(event.at);
                show::line(screen, show::SCENE, since, event.at, what);
                if matches!(what, CallEvent::Ended { .. }) {
                    return;
                }
            }
        }
    }
}
