//! The database as a whole: which operation goes to the writer and which to a reader.

use std::path::Path;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::DecisionRecord;
use crate::store::BookVersion;
use crate::store::CallChange;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::CapCount;
use crate::store::Figures;
use crate::store::Pending;
use crate::store::Role;
use crate::store::Secret;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::token::hash;

use super::book;
use super::call;
use super::cap_use;
use super::decision;
use super::file;
use super::migrate::migrate;
use super::readers::Readers;
use super::token;
use super::writer::Writer;

/// A SQLite database in write-ahead mode with `synchronous=FULL`. Dropping it commits what is
/// queued, then closes the file.
#[derive(Debug)]
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
}

impl Sqlite {
    /// Opens the database of a file; makes the file (readable by its owner only), its directory
    /// and its tables when they are missing.
    pub fn open(path: &Path) -> Result<Sqlite, StoreError> {
        file::create(path)?;
        let mut connection = file::open_for_writing(path)?;
        migrate(&mut connection, path)?;
        Ok(Sqlite { writer: Writer::start(connection)?, readers: Readers::open(path)? })
    }

    fn save(&self, change: CallChange, state: CallState) -> Pending<'_, ()> {
        if change.record.state != state {
            return Pending::new(async { Err(StoreError::WrongState) });
        }
        self.writer.write(move |db| call::save(db, &change))
    }
}

impl Store for Sqlite {
    fn call_open(&self, record: CallRecord) -> Pending<'_, ()> {
        if record.state != CallState::Live {
            return Pending::new(async { Err(StoreError::WrongState) });
        }
        self.writer.write(move |db| call::open(db, &record))
    }

    fn call_update(&self, change: CallChange) -> Pending<'_, ()> {
        self.save(change, CallState::Live)
    }

    fn call_beat(&self, ids: Vec<CallId>, at: Wall) -> Pending<'_, ()> {
        self.writer.write(move |db| call::beat(db, &ids, at))
    }

    fn call_finish(&self, change: CallChange) -> Pending<'_, ()> {
        self.save(change, CallState::Ended)
    }

    fn calls_close_open(&self, at: Wall) -> Pending<'_, Vec<CallId>> {
        self.writer.write(move |db| call::close_open(db, at))
    }

    fn call_list(&self, cursor: Option<CallCursor>, limit: usize) -> Pending<'_, CallPage> {
        self.readers.read(move |db| call::list(db, cursor, limit))
    }

    fn call_fetch(&self, id: CallId) -> Pending<'_, Option<CallRecord>> {
        self.readers.read(move |db| call::fetch(db, id))
    }

    fn decision_fetch(&self, call: CallId) -> Pending<'_, Option<DecisionRecord>> {
        self.readers.read(move |db| decision::last_of_call(db, call))
    }

    fn book_apply(&self, text: String, who: String, at: Wall) -> Pending<'_, u64> {
        self.writer.write(move |db| book::apply(db, &text, &who, at))
    }

    fn book_latest(&self) -> Pending<'_, Option<BookVersion>> {
        self.readers.read(book::latest)
    }

    fn book_version(&self) -> Pending<'_, u64> {
        self.readers.read(book::version)
    }

    fn token_create(&self, role: Role, entropy: [u8; 32], at: Wall) -> Pending<'_, Secret> {
        self.writer.write(move |db| {
            let secret = Secret::new(entropy);
            token::insert(db, &hash(secret.reveal()), &role, at)?;
            Ok(secret)
        })
    }

    fn token_check<'a>(&'a self, presented: &str) -> Pending<'a, Option<Role>> {
        let hash = hash(presented);
        self.readers.read(move |db| token::role_of(db, &hash))
    }

    fn cap_usage_since(&self, since: Wall) -> Pending<'_, Vec<CapCount>> {
        self.readers.read(move |db| cap_use::counts_since(db, since))
    }

    fn figures(&self) -> Figures {
        self.writer.figures()
    }
}
