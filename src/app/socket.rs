//! The switch's socket, which answers requests of commands on the same machine.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::changes::LOOK;
use super::privacy;
use crate::control::ControlAnswer;
use crate::control::LIVE_MAX;
use crate::control::Listener;
use crate::control::Request;
use crate::control::serve;
use crate::intake::Intake;
use crate::lead::Settled;
use crate::net::Clock;
use crate::store::Action;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Store;
use crate::store::Verb;
use crate::switch::KnownCall;
use crate::switch::KnownPage;
use crate::switch::Operator;
use crate::switch::Recordings;

/// Opens the socket beside the database. The switch also runs without one: it finds changes itself,
/// and HTTP serves the live calls.
pub(super) fn listen(store: &dyn Store) -> Option<Listener> {
    let path = store.switch_socket()?;
    match Listener::bind(&path) {
        Ok(listener) => Some(listener),
        Err(error) => {
            let seconds = LOOK.as_secs();
            tracing::warn!(
                %error,
                seconds,
                "no switch socket: commands take effect some seconds later, and live calls are \
                 at hand by HTTP only"
            );
            None
        }
    }
}

/// What requests at the socket reach.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) operator: Operator,
    pub(super) recordings: Recordings,
    pub(super) clock: Clock,
    pub(super) intake: Intake,
}

/// Answers requests at the socket until `end`.
pub(super) async fn run(desk: Desk, socket: Option<Listener>, end: CancellationToken) {
    let Some(listener) = socket else { return };
    let answer = move |request| answer(desk.clone(), request);
    serve(listener, answer, end).await;
}

async fn answer(desk: Desk, request: Request) -> ControlAnswer {
    let Desk { store, operator, recordings, clock, intake } = desk;
    let failed =
        |error: &dyn std::fmt::Display| ControlAnswer::Failed { message: error.to_string() };
    match request {
        Request::Look => match store.changes_look().await {
            Ok(()) => ControlAnswer::Done,
            Err(error) => failed(&error),
        },
        Request::Live { query, before } => match operator.list(&query, before, LIVE_MAX).await {
            Ok(KnownPage { items, next }) => {
                let items = items.into_iter().map(KnownCall::into_live).collect();
                ControlAnswer::Calls { items, next }
            }
            Err(error) => failed(&error),
        },
        Request::Show { id } => {
            ControlAnswer::Calls { items: operator.find(id).into_iter().collect(), next: None }
        }
        Request::Refused => ControlAnswer::Refused { items: operator.refused() },
        Request::Trunks => ControlAnswer::Trunks { states: operator.trunks() },
        Request::HangUp { id } => match operator.hang_up(id).await {
            Ok(record) => ControlAnswer::HungUp { record: Box::new(record) },
            Err(error) => failed(&error),
        },
        Request::Settle { id, attempt, result, user } => {
            let settled = Settled { result, by: user };
            match intake.settle(id, attempt, settled).await {
                Ok(_record) => ControlAnswer::Done,
                Err(unsettled) => failed(&unsettled),
            }
        }
        Request::Forget { person, user } => {
            let action = Action::new(Verb::Delete, EntityKind::Person);
            let by = Mutation::by_user(&user, action, privacy::COMMAND, clock.now().wall);
            match operator.forget(&recordings, person, by).await {
                Ok(removed) => ControlAnswer::Forgotten { removed },
                Err(error) => failed(&error),
            }
        }
    }
}
