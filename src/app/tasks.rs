//! The node's tasks, and which of them it cannot do without.

use std::collections::HashMap;

use tokio::task::Id;
use tokio::task::JoinSet;

/// Whether the node goes on when a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// It does not: without this task calls are lost, not billed, or not seen.
    Core,
    /// It does, unless the task panicked.
    Side,
}

/// A task that has ended.
struct Ended {
    /// Its name and duty.
    task: Option<(&'static str, Duty)>,
    panicked: bool,
}

/// The tasks of a node.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    set: JoinSet<()>,
    names: HashMap<Id, (&'static str, Duty)>,
}

impl Tasks {
    /// Starts a task.
    pub(super) fn spawn(
        &mut self,
        name: &'static str,
        duty: Duty,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.set.spawn(task).id();
        self.names.insert(id, (name, duty));
    }

    /// Waits until a core task ends, or any task panics; returns its name. Nothing is lost when the
    /// future is dropped.
    pub(super) async fn broken(&mut self) -> &'static str {
        while let Some(Ended { task, panicked }) = self.next_ended().await {
            match task {
                Some((name, Duty::Core)) => return name,
                Some((name, Duty::Side)) if panicked => return name,
                Some((_, Duty::Side)) | None => {}
            }
        }
        std::future::pending().await
    }

    /// Waits until the task of a name has ended. It may have ended before.
    pub(super) async fn end_of(&mut self, name: &str) {
        while self.names.values().any(|(known, _)| *known == name) {
            if self.next_ended().await.is_none() {
                return;
            }
        }
    }

    /// Waits until a task ends; `None` if there are no more.
    async fn next_ended(&mut self) -> Option<Ended> {
        let ended = self.set.join_next_with_id().await?;
        let (id, panicked) = match &ended {
            Ok((id, ())) => (*id, false),
            Err(error) => (error.id(), true),
        };
        Some(Ended { task: self.names.remove(&id), panicked })
    }

    /// Waits until every task has ended.
    pub(super) async fn ended(mut self) {
        while self.set.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// Returns what breaks the node once every task that can run has run.
    async fn broken(tasks: &mut Tasks) -> Option<&'static str> {
        tokio::select! {
            biased;
            name = tasks.broken() => Some(name),
            () = all_that_can_run() => None,
        }
    }

    async fn all_that_can_run() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_core_task_that_ends_and_any_that_panics_break_the_node() {
        let mut tasks = Tasks::default();
        tasks.spawn("signalling", Duty::Core, std::future::pending());
        tasks.spawn("socket", Duty::Side, async {});
        assert_eq!(broken(&mut tasks).await, None, "a side task may end");
        tasks.spawn("sweep", Duty::Core, async {});
        assert_eq!(broken(&mut tasks).await, Some("sweep"));
        tasks.spawn("journal", Duty::Core, async { panic!("a test") });
        assert_eq!(broken(&mut tasks).await, Some("journal"));
        tasks.spawn("flows", Duty::Side, async { panic!("a test") });
        assert_eq!(broken(&mut tasks).await, Some("flows"));
        assert_eq!(broken(&mut tasks).await, None);
    }

    #[tokio::test]
    async fn one_task_is_waited_for_while_others_go_on_or_end() {
        let (mut tasks, end) = (Tasks::default(), CancellationToken::new());
        tasks.spawn("signalling", Duty::Core, std::future::pending());
        tasks.spawn("socket", Duty::Side, async {});
        tasks.spawn("registrations", Duty::Side, end.clone().cancelled_owned());
        tokio::select! {
            biased;
            () = tasks.end_of("registrations") => panic!("it goes on"),
            () = all_that_can_run() => end.cancel(),
        }
        tasks.end_of("registrations").await;
        tasks.end_of("registrations").await;
        tasks.end_of("socket").await;
    }
}
