//! Removal of a person's data, and of what is older than it is kept.

use super::Database;
use super::Engine;
use crate::base::CallId;
use crate::base::Person;
use crate::base::Wall;
use crate::call::Forgotten;
use crate::caps::MarkKey;
use crate::store::CallCursor;
use crate::store::Kept;
use crate::store::Left;
use crate::store::Mutation;
use crate::store::Pending;
use crate::store::PersonPage;
use crate::store::Privacy;
use crate::store::Start;
use crate::store::StoreError;
use crate::store::sql::engine::sqlite;
use crate::store::sql::privacy;
use crate::store::sql::retention;

impl Privacy for Database {
    fn person_calls(&self, person: Person, cursor: Option<CallCursor>) -> Pending<'_, PersonPage> {
        self.readers.read(move |db| privacy::calls(db, &person, cursor))
    }

    fn person_marks(&self, person: Person) -> Pending<'_, Vec<MarkKey>> {
        self.readers.read(move |db| privacy::marks(db, &person))
    }

    fn calls_forget(&self, calls: Vec<CallId>, person: Person) -> Pending<'_, Forgotten> {
        self.writer.write(move |db| privacy::forget_calls(db, &calls, &person))
    }

    fn old_remove(&self, kind: Kept, start: Start, before: Wall) -> Pending<'_, Left> {
        self.writer.write(move |db| retention::remove(db, kind, start, before))
    }

    fn person_forget(&self, person: Person, by: Mutation) -> Pending<'_, Forgotten> {
        self.writer.write(move |db| privacy::forget(db, &person, &by))
    }

    fn removed_overwrite(&self) -> Pending<'_, bool> {
        let path = match &self.engine {
            Engine::Sqlite { path, .. } => Some(path.clone()),
            // Old versions of rows go with the next vacuum, which the server does by itself.
            Engine::Postgres { .. } => None,
        };
        Pending::new(async move {
            let Some(path) = path else { return Ok(true) };
            let overwritten = tokio::task::spawn_blocking(move || sqlite::empty_log(&path)).await;
            overwritten.unwrap_or(Err(StoreError::Panicked))
        })
    }
}
