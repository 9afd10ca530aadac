//! The steps in progress. Requests for the same step wait for the same answer: a carrier that was
//! sent back to a step, or that asks again, begins no second one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// Most steps at once. Beyond that, a carrier is sent back to its step without work on it.
const STEPS_MAX: usize = 8_192;

/// The answer of a step, once it is known.
#[derive(Clone)]
pub(super) struct Answer<T>(watch::Receiver<Option<T>>);

impl<T: Clone> Answer<T> {
    /// Waits for the answer; `None` when the step's task failed.
    pub(super) async fn known(mut self) -> Option<T> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// What came of a request for a step.
pub(super) enum Joined<T> {
    /// It began the step.
    Begun(Answer<T>),
    /// The step was in progress.
    Known(Answer<T>),
    /// There are as many steps as there may be.
    Full,
}

/// The steps in progress, by name.
pub(super) struct InProgress<T> {
    steps: Mutex<HashMap<String, Answer<T>>>,
    tasks: TaskTracker,
}

/// The entry of a step; dropping it removes the entry, however the step ends.
struct Entry<T> {
    all: Arc<InProgress<T>>,
    name: String,
}

impl<T> Default for InProgress<T> {
    fn default() -> Self {
        Self { steps: Mutex::default(), tasks: TaskTracker::new() }
    }
}

impl<T: Clone + Send + Sync + 'static> InProgress<T> {
    /// Joins the step of this name, or begins it with `work`. A step completes even if no request
    /// waits for it.
    pub(super) fn join<F>(self: &Arc<Self>, name: String, work: impl FnOnce() -> F) -> Joined<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut steps = self.lock();
        if let Some(answer) = steps.get(&name) {
            return Joined::Known(answer.clone());
        }
        if steps.len() >= STEPS_MAX {
            return Joined::Full;
        }
        let (known, answer) = watch::channel(None);
        let answer = Answer(answer);
        steps.insert(name.clone(), answer.clone());
        drop(steps);
        let (entry, work) = (Entry { all: self.clone(), name }, work());
        self.tasks.spawn(async move {
            let answer = work.await;
            known.send_replace(Some(answer));
            drop(entry);
        });
        Joined::Begun(answer)
    }

    /// The tasks of the steps.
    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Answer<T>>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Entry<T> {
    fn drop(&mut self) {
        let mut steps = self.all.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    async fn text(joined: Joined<String>) -> Option<String> {
        match joined {
            Joined::Begun(answer) | Joined::Known(answer) => answer.known().await,
            Joined::Full => None,
        }
    }

    #[tokio::test]
    async fn requests_for_one_step_begin_it_once() {
        let all = Arc::new(InProgress::default());
        let (go, gone) = oneshot::channel::<()>();
        let first = all.join("a".to_owned(), || async {
            gone.await.unwrap();
            "once".to_owned()
        });
        let again = all.join("a".to_owned(), || async { "twice".to_owned() });
        assert!(matches!(first, Joined::Begun(_)) && matches!(again, Joined::Known(_)));
        let other = all.join("b".to_owned(), || async { "other".to_owned() });
        assert_eq!(text(other).await.as_deref(), Some("other"));
        go.send(()).unwrap();
        assert_eq!(text(first).await.as_deref(), Some("once"));
        assert_eq!(text(again).await.as_deref(), Some("once"));
    }

    #[tokio::test]
    async fn a_step_that_panics_leaves_no_entry() {
        let all = Arc::new(InProgress::default());
        let failed = all.join("a".to_owned(), || async { panic!("expected by the test") });
        assert_eq!(text(failed).await, None);
        all.tasks().close();
        all.tasks().wait().await;
        assert!(all.lock().is_empty());
    }

    #[tokio::test]
    async fn there_is_a_bound_of_steps() {
        let all = Arc::new(InProgress::default());
        let (go, _) = tokio::sync::broadcast::channel::<()>(1);
        for place in 0..STEPS_MAX {
            let mut gone = go.subscribe();
            let begun = all.join(place.to_string(), || async move {
                drop(gone.recv().await);
                String::new()
            });
            assert!(matches!(begun, Joined::Begun(_)));
        }
        let more = all.join("more".to_owned(), || async { String::new() });
        assert!(matches!(more, Joined::Full));
        assert!(matches!(all.join("7".to_owned(), || async { String::new() }), Joined::Known(_)));
        go.send(()).unwrap();
        all.tasks().close();
        all.tasks().wait().await;
        assert!(all.lock().is_empty());
    }
}
