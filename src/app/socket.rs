//! The switch's socket, which answers requests of commands on the same machine.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::changes::LOOK;
use crate::control::ControlAnswer;
use crate::control::LIVE_MAX;
use crate::control::Listener;
use crate::control::Request;
use crate::control::serve;
use crate::store::Store;
use crate::switch::LivePage;
use crate::switch::Operator;

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

/// Answers requests at the socket until `end`.
pub(super) async fn run(
    store: Arc<dyn Store>,
    operator: Operator,
    socket: Option<Listener>,
    end: CancellationToken,
) {
    let Some(listener) = socket else { return };
    let answer = move |request| answer(store.clone(), operator.clone(), request);
    serve(listener, answer, end).await;
}

async fn answer(store: Arc<dyn Store>, operator: Operator, request: Request) -> ControlAnswer {
    let failed =
        |error: &dyn std::fmt::Display| ControlAnswer::Failed { message: error.to_string() };
    match request {
        Request::Look => match store.changes_look().await {
            Ok(()) => ControlAnswer::Done,
            Err(error) => failed(&error),
        },
        Request::Live { query, before } => {
            let LivePage { items, next } = operator.list(&query, before, LIVE_MAX);
            ControlAnswer::Calls { items, next }
        }
        Request::Show { id } => {
            ControlAnswer::Calls { items: operator.find(id).into_iter().collect(), next: None }
        }
        Request::Refused => ControlAnswer::Refused { items: operator.refused() },
        Request::HangUp { id } => match operator.hang_up(id).await {
            Ok(record) => ControlAnswer::HungUp { record: Box::new(record) },
            Err(error) => failed(&error),
        },
    }
}
