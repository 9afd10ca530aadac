//! The SQLite store, which passes each operation to the writer or to a reader.

mod accounts;
mod after_sale;
mod announcements;
mod hang_ups;
mod ladders;
mod leads;
mod nodes;
mod outbox;
mod pauses;
mod scores;
mod privacy;
mod trunks;
mod suppressions;
mod webhooks;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use super::activity;
use super::arrival::Arrival;
use super::arrival::Arrived;
use super::attempt;
use super::balance;
use super::book;
use super::call;
use super::call_list;
use super::cap_use;
use super::change;
use super::change::Notices;
use super::copy::refuse_unfinished;
use super::decision;
use super::engine::Db;
use super::engine::Source;
use super::engine::sqlite;
use super::engine::sqlite::Checkpoints;
use super::engine::sqlite::Claim;
use super::fact;
use super::listener::Listener;
use super::mark;
use super::migrate::migrate;
use super::past;
use super::posting;
use super::random::fill;
use super::readers::Readers;
use super::recorded;
use super::report;
use super::request_key;
use super::retention;
use super::rollup_build;
use super::suppression_key::KeyFile;
use super::token;
use super::writer::Connected;
use super::writer::Writer;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::JournalId;
use crate::base::NodeName;
use crate::base::Phone;
use crate::base::Wall;
use crate::billing::Posting;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::Scope;
use crate::config::Location;
use crate::report::Question;
use crate::report::Report;
use crate::report::TooManyRows;
use crate::sale::DecisionRecord;
use crate::store::Activities;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::BalanceEntry;
use crate::store::Balances;
use crate::store::Begun;
use crate::store::BookVersion;
use crate::store::Books;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::Calls;
use crate::store::CapCount;
use crate::store::ChangeStream;
use crate::store::Changes;
use crate::store::Credit;
use crate::store::Earned;
use crate::store::Edition;
use crate::store::Entered;
use crate::store::Fact;
use crate::store::Facts;
use crate::store::Figures;
use crate::store::KeyedRequest;
use crate::store::Ledger;
use crate::store::LeftOpen;
use crate::store::Mutation;
use crate::store::NewToken;
use crate::store::Origin;
use crate::store::PastCursor;
use crate::store::PastPage;
use crate::store::Pending;
use crate::store::Recorded;
use crate::store::RecordedPage;
use crate::store::Reports;
use crate::store::SoldMark;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoredAnswer;
use crate::store::Token;
use crate::store::TokenCreated;
use crate::store::TokenRevoked;
use crate::store::Tokens;
use crate::store::Written;
use crate::store::change::Heads;
use crate::store::token::hash;

/// Bytes of a random name for a run of the program.
const RUN_BYTES: usize = 16;
/// How long the update of a bridged call may wait to share a commit. A crash during the wait bills
/// the call for that much less.
const UPDATE: Duration = Duration::from_millis(20);
/// How long the end of a call may wait to share a commit. A crash during the wait bills the call to
/// its last heartbeat.
const FINISH: Duration = Duration::from_millis(4);
/// How long heartbeats may wait to share a commit.
const BEAT: Duration = Duration::from_millis(100);
/// How long the last use of a token may wait to share a commit.
const USE: Duration = Duration::from_millis(100);

/// A database of SQLite, in write-ahead mode with `synchronous=FULL`, or of PostgreSQL. Dropping it
/// commits all queued writes, then closes the connections.
#[derive(Debug)]
pub struct Database {
    // Dropped before the writer: the last connection to close removes the write-ahead log of SQLite,
    // but only if it can write.
    readers: Readers,
    /// Readers of suppression lists alone.
    lookups: Readers,
    pub(super) writer: Writer,
    engine: Engine,
    key_file: Arc<KeyFile>,
    notices: Arc<Notices>,
    /// Unique name of this run of the program.
    run: Arc<str>,
}

/// What an engine needs beside its connections.
#[derive(Debug)]
enum Engine {
    Sqlite { _checkpoints: Checkpoints, path: PathBuf, claim: OnceLock<Claim> },
    Postgres { _listener: Listener },
}

impl Database {
    /// Opens a database file like [`Database::open`].
    ///
    /// # Errors
    /// Those of [`Database::open`].
    pub fn sqlite(path: &Path) -> Result<Database, StoreError> {
        Self::open(&Location::Sqlite(path.to_owned()))
    }

    /// Opens a database. Creates the file of SQLite (readable by its owner only), its directory and
    /// the tables if they do not exist, and migrates older tables.
    ///
    /// # Errors
    /// [`StoreError`]: the file or the server cannot be used, or a newer program migrated it.
    pub fn open(location: &Location) -> Result<Database, StoreError> {
        // A session of PostgreSQL waits for its answers, which no thread of a runtime may do.
        std::thread::scope(|scope| scope.spawn(|| Self::opened(location)).join())
            .unwrap_or(Err(StoreError::Panicked))
    }

    fn opened(location: &Location) -> Result<Database, StoreError> {
        if let Location::Sqlite(path) = location {
            sqlite::create(path)?;
        }
        let source = Source::of(location)?;
        let mut db = source.open_for_writing()?;
        migrate(&db, &location.to_string())?;
        refuse_unfinished(&db, location)?;
        rollup_build::build(&db)?;
        let notices = Arc::new(Notices::new(change::heads(&db)?, location.socket()));
        let (readers, lookups) = (Readers::open(&source)?, Readers::open(&source)?);
        let key_file = Arc::new(KeyFile::at(location.beside("-suppression.key")));
        let engine = match (&mut db, location, &source) {
            (Db::Sqlite(writer), Location::Sqlite(path), _) => {
                let checkpoints = Checkpoints::start(path, writer)?;
                let (path, claim) = (path.clone(), OnceLock::new());
                Engine::Sqlite { _checkpoints: checkpoints, path, claim }
            }
            (_, _, Source::Postgres(options)) => {
                let listener = Listener::start(options.as_ref().clone(), notices.clone())?;
                Engine::Postgres { _listener: listener }
            }
            _ => return Err(StoreError::Closed),
        };
        let committed = notices.clone();
        let connected = Connected { db, source };
        let writer = Writer::start(connected, move |db| match db {
            Db::Sqlite(_) => committed.look_at_outbox(db),
            // The listener hears of them.
            Db::Postgres(_) => {}
        })?;
        let mut run = [0; RUN_BYTES];
        fill(&mut run)?;
        let run = run.map(|byte| format!("{byte:02x}")).concat().into();
        Ok(Database { readers, lookups, writer, engine, key_file, notices, run })
    }

    /// Returns whose live calls an earlier run of a node left open. The claim on a file of SQLite
    /// excludes other switches: then those of all nodes.
    fn left_by(&self, node: &NodeName) -> Result<Option<NodeName>, StoreError> {
        match &self.engine {
            Engine::Sqlite { path, claim, .. } => {
                if claim.get().is_none() {
                    // No other thread can have set the claim, because it was free until now.
                    let _ = claim.set(sqlite::claim(path)?);
                }
                Ok(None)
            }
            Engine::Postgres { .. } => Ok(Some(node.clone())),
        }
    }

    /// Wakes followers after a write.
    async fn written(&self, heads: Heads) {
        match &self.engine {
            Engine::Sqlite { claim, .. } if claim.get().is_none() => {
                self.notices.written(heads).await;
            }
            // The server tells the other programs.
            Engine::Sqlite { .. } | Engine::Postgres { .. } => self.notices.reached(heads),
        }
    }

    /// Queues a write that may correct the ledger or pause a contract, and wakes followers after it.
    fn correcting<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending::new(async move {
            let write = self.writer.write(move |db| Ok((work(db)?, change::heads(db)?)));
            let (done, heads) = write.await?;
            self.written(heads).await;
            Ok(done)
        })
    }

    /// Wakes followers after facts that corrected the ledger.
    async fn corrected(&self, arrived: Arrived) -> Written {
        if let Some(heads) = arrived.heads {
            self.written(heads).await;
        }
        arrived.written
    }

    /// Queues the facts of a request, which do not wait for others.
    fn arrive(&self, arrival: Arrival) -> Pending<'_, Written> {
        Pending::new(async move {
            let arrived = self.writer.apply(Duration::ZERO, arrival).await?;
            Ok(self.corrected(arrived).await)
        })
    }

    /// Wakes the followers of a balance entry, even if the entry existed before: the first request
    /// may have ended before it woke them.
    async fn entered(&self, entered: Option<&Entered>) {
        match entered {
            Some(Entered::Now(entry) | Entered::Before(entry)) => {
                let heads = Heads { balances: entry.sequence, ..Heads::default() };
                self.written(heads).await;
            }
            Some(Entered::Other(_)) | None => {}
        }
    }
}

impl Facts for Database {
    fn apply(&self, origin: Origin, facts: Vec<Fact>) -> Pending<'_, ()> {
        let patience = patience(origin, &facts);
        Pending::new(async move {
            let arrived = self.writer.apply(patience, Arrival::Facts { origin, facts }).await?;
            self.corrected(arrived).await;
            Ok(())
        })
    }

    fn applied(&self, journal: JournalId) -> Pending<'_, u64> {
        self.readers.read(move |db| fact::applied(db, journal))
    }
}

/// Returns how long facts may wait to share a commit. Facts of a journal do not wait: the journal
/// delivers them in batches, and they are already durable.
fn patience(origin: Origin, facts: &[Fact]) -> Duration {
    let of = |fact: &Fact| match fact {
        Fact::Opened { .. } | Fact::Decided { .. } | Fact::Attempted { .. } => Duration::ZERO,
        Fact::Bridged(_) => UPDATE,
        Fact::Beat { .. } | Fact::Carried { .. } => BEAT,
        Fact::Ended(_) | Fact::Presumed(_) => FINISH,
    };
    match origin {
        Origin::Transaction => facts.iter().map(of).min().unwrap_or_default(),
        Origin::Journal { .. } => Duration::ZERO,
    }
}

impl Calls for Database {
    fn calls_left_open(&self, node: &NodeName) -> Pending<'_, Vec<LeftOpen>> {
        let by = self.left_by(node);
        Pending::new(async move {
            let by = by?;
            self.readers.read(move |db| call::left_open(db, by.as_ref())).await
        })
    }

    fn call_left_open(&self, id: CallId) -> Pending<'_, Option<LeftOpen>> {
        self.readers.read(move |db| call::left_open_one(db, id))
    }

    fn call_list(
        &self,
        query: CallQuery,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, CallPage> {
        self.readers.read(move |db| call_list::page(db, &query, cursor, limit))
    }

    fn call_ids(&self, start: String, limit: usize) -> Pending<'_, Vec<CallId>> {
        self.readers.read(move |db| call_list::ids(db, &start, limit))
    }

    fn call_fetch(&self, id: CallId) -> Pending<'_, Option<CallRecord>> {
        self.readers.read(move |db| call::fetch(db, id))
    }

    fn call_last_of(&self, caller: Phone, before: CallId) -> Pending<'_, Option<Wall>> {
        self.readers.read(move |db| call::last_of(db, &caller, before))
    }

    fn decision_fetch(&self, call: CallId) -> Pending<'_, Option<DecisionRecord>> {
        self.readers.read(move |db| decision::last_of_inquiry(db, call))
    }

    fn decisions_fetch(&self, call: CallId) -> Pending<'_, Vec<DecisionRecord>> {
        self.readers.read(move |db| decision::of_inquiry(db, call))
    }

    fn decided_since(
        &self,
        since: Wall,
        cursor: Option<PastCursor>,
        limit: usize,
    ) -> Pending<'_, PastPage> {
        self.readers.read(move |db| past::decided_since(db, since, cursor, limit))
    }

    fn recordings_due(
        &self,
        before: Wall,
        cursor: Option<CallCursor>,
    ) -> Pending<'_, RecordedPage> {
        self.readers.read(move |db| retention::recordings_due(db, before, cursor))
    }

    fn recordings_remove(&self, calls: Vec<CallId>) -> Pending<'_, ()> {
        self.writer.write(move |db| retention::remove_recordings(db, &calls))
    }
}

impl Books for Database {
    fn book_apply(&self, text: String, by: Mutation) -> Pending<'_, u64> {
        Pending::new(async move {
            let version = self.writer.write(move |db| book::apply(db, &text, &by)).await?;
            self.written(Heads { book: version, ..Heads::default() }).await;
            Ok(version)
        })
    }

    fn book_apply_after(&self, after: u64, text: String, by: Mutation) -> Pending<'_, Option<u64>> {
        Pending::new(async move {
            let write = self.writer.write(move |db| book::apply_after(db, after, &text, &by));
            let version = write.await?;
            if let Some(version) = version {
                self.written(Heads { book: version, ..Heads::default() }).await;
            }
            Ok(version)
        })
    }

    fn book_latest(&self) -> Pending<'_, Option<BookVersion>> {
        self.readers.read(book::latest)
    }

    fn book_fetch(&self, version: u64) -> Pending<'_, Option<BookVersion>> {
        self.readers.read(move |db| book::fetch(db, version))
    }

    fn book_history(&self, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Edition>> {
        self.readers.read(move |db| book::history(db, before, limit))
    }
}

impl Changes for Database {
    fn book_version(&self) -> Pending<'_, u64> {
        self.readers.read(book::version)
    }

    fn changes(&self) -> ChangeStream {
        self.notices.follow()
    }

    fn changes_look(&self) -> Pending<'_, ()> {
        Pending::new(async move {
            let heads = self.readers.read(change::heads).await?;
            self.notices.reached(heads);
            Ok(())
        })
    }

    fn switch_socket(&self) -> Option<PathBuf> {
        Some(self.notices.socket())
    }
}

impl Tokens for Database {
    fn token_create(
        &self,
        wanted: NewToken,
        entropy: [u8; 32],
        by: Mutation,
    ) -> Pending<'_, TokenCreated> {
        self.writer.write(move |db| token::create(db, &wanted, entropy, &by))
    }

    fn token_check<'a>(&'a self, presented: &str, at: Wall) -> Pending<'a, Option<Token>> {
        let hash = hash(presented);
        Pending::new(async move {
            let found = self.readers.read(move |db| token::of_hash(db, &hash)).await?;
            if let Some(token) = found.as_ref().filter(|token| token::is_use_due(token, at)) {
                let token = token.clone();
                self.writer.write_unanswered(USE, move |db| token::used(db, &token, at));
            }
            Ok(found)
        })
    }

    fn tokens(&self) -> Pending<'_, Vec<Token>> {
        self.readers.read(token::list)
    }

    fn token_revoke(&self, wanted: &str, by: Mutation) -> Pending<'_, TokenRevoked> {
        let wanted = wanted.to_owned();
        self.writer.write(move |db| token::revoke(db, &wanted, &by))
    }
}

impl Activities for Database {
    fn activity_begin(
        &self,
        mutation: Mutation,
        request: Option<KeyedRequest>,
    ) -> Pending<'_, Begun> {
        let run = self.run.clone();
        self.writer.write(move |db| request_key::begin(db, &run, mutation, request.as_ref()))
    }

    fn activity_finish(
        &self,
        mutation: Mutation,
        outcome: ActivityOutcome,
        answer: Option<StoredAnswer>,
    ) -> Pending<'_, ()> {
        self.writer.write(move |db| request_key::finish(db, &mutation, &outcome, answer.as_ref()))
    }

    fn activity_add(&self, mutation: Mutation, outcome: ActivityOutcome) -> Pending<'_, ()> {
        self.writer.write(move |db| activity::add(db, &mutation, Some(&outcome)).map(drop))
    }

    fn activities(
        &self,
        since: Option<Wall>,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<Activity>> {
        self.readers.read(move |db| activity::list(db, since, before, limit))
    }
}

impl Ledger for Database {
    fn cap_usage_since(&self, since: Wall) -> Pending<'_, Vec<CapCount>> {
        self.readers.read(move |db| cap_use::counts_since(db, since))
    }

    fn recorded(&self, since: Wall, holds: Vec<HoldId>) -> Pending<'_, Recorded> {
        self.readers.read(move |db| recorded::read(db, since, holds))
    }

    fn marks_at(&self, at: Wall) -> Pending<'_, Vec<SoldMark>> {
        self.readers.read(move |db| mark::since(db, at))
    }

    fn earned_since(&self, contracts: Vec<ContractId>, since: Wall) -> Pending<'_, Vec<Earned>> {
        self.readers.read(move |db| attempt::earned_since(db, &contracts, since))
    }

    fn postings(&self, call: CallId) -> Pending<'_, Vec<Posting>> {
        self.readers.read(move |db| posting::of_inquiry(db, call))
    }

    fn balance_credit(&self, credit: Credit) -> Pending<'_, Entered> {
        Pending::new(async move {
            let entered = self.writer.write(move |db| balance::credit(db, &credit)).await?;
            self.entered(Some(&entered)).await;
            Ok(entered)
        })
    }

    fn balance_charge(&self, call: CallId) -> Pending<'_, Option<BalanceEntry>> {
        self.readers.read(move |db| balance::charge(db, call))
    }

    fn balance_post(&self, posting: Posting, by: Mutation) -> Pending<'_, Entered> {
        Pending::new(async move {
            let entered = self.writer.write(move |db| balance::post(db, &posting, &by)).await?;
            self.entered(Some(&entered)).await;
            Ok(entered)
        })
    }

    fn balances_of(&self, scope: Scope) -> Pending<'_, Balances> {
        self.readers.read(move |db| balance::sums(db, &scope))
    }

    fn balance_entries_after(&self, sequence: u64) -> Pending<'_, Vec<BalanceEntry>> {
        self.readers.read(move |db| balance::after(db, sequence))
    }

    fn balance_history(
        &self,
        buyer: BuyerId,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<BalanceEntry>> {
        self.readers.read(move |db| balance::of_buyer(db, &buyer, before, limit))
    }
}

impl Reports for Database {
    fn report(&self, question: Question) -> Pending<'_, Result<Report, TooManyRows>> {
        self.readers.read(move |db| report::answer(db, &question))
    }
}

impl Store for Database {
    fn figures(&self) -> Figures {
        self.writer.figures()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rusqlite::Connection;
    use tokio::task::JoinSet;

    use super::*;
    use crate::store::conformance::conforms;
    use crate::store::postgres::Postgres;
    use crate::store::sample::bridged;
    use crate::store::sample::by;
    use crate::store::sample::finish;
    use crate::store::sample::finished;
    use crate::store::sample::node;
    use crate::store::sample::open;
    use crate::store::sample::ringing;
    use crate::store::sample::second;
    use crate::store::sample::update;
    use crate::store::sql::engine::params;

    fn opened(home: &tempfile::TempDir) -> Arc<Database> {
        Arc::new(Database::sqlite(&home.path().join("strowger.db")).unwrap())
    }

    #[tokio::test]
    async fn it_conforms() {
        let home = tempfile::tempdir().unwrap();
        let number = std::cell::Cell::new(0);
        conforms(async || {
            number.set(number.get() + 1);
            let path = home.path().join(format!("{}.db", number.get()));
            Arc::new(Database::sqlite(&path).unwrap()) as Arc<dyn Store>
        })
        .await;
    }

    #[tokio::test]
    async fn it_conforms_on_postgresql() {
        let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
        let at = |url| Location::Postgres { url, directory: home.path().to_owned() };
        drop(Database::open(&at(server.create("empty", "template0"))).unwrap());
        let number = std::cell::Cell::new(0);
        conforms(async || {
            number.set(number.get() + 1);
            let url = server.create(&format!("d{}", number.get()), "empty");
            Arc::new(Database::open(&at(url)).unwrap()) as Arc<dyn Store>
        })
        .await;
    }

    #[tokio::test]
    async fn stored_data_survives_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        finish(&*store, finished(1)).await.unwrap();
        store.book_apply("x".to_owned(), by("ann", second(1))).await.unwrap();
        drop(store);
        let store = opened(&home);
        assert_eq!(store.call_fetch(finished(1).id).await, Ok(Some(finished(1))));
        assert_eq!(store.book_version().await, Ok(1));
    }

    #[tokio::test]
    async fn a_second_switch_does_not_close_the_calls_of_the_first() {
        let home = tempfile::tempdir().unwrap();
        let (first, second_switch) = (opened(&home), opened(&home));
        assert_eq!(first.calls_close_open(&node(), second(1)).await, Ok(vec![]));
        open(&*first, ringing(2)).await.unwrap();
        let refused = second_switch.calls_close_open(&node(), second(3)).await;
        let path = home.path().join("strowger.db");
        assert_eq!(refused, Err(StoreError::Claimed(path)));
        assert_eq!(first.call_fetch(ringing(2).id).await, Ok(Some(ringing(2))));
        assert_eq!(first.calls_close_open(&node(), second(4)).await, Ok(vec![ringing(2).id]));
        drop(first);
        assert_eq!(second_switch.calls_close_open(&node(), second(5)).await, Ok(vec![]));
    }

    /// A node may be renamed, and no other node would end its calls.
    #[tokio::test]
    async fn a_live_row_names_its_node_and_a_start_under_another_name_closes_it() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        let named = || {
            let db = Connection::open(home.path().join("strowger.db")).unwrap();
            let query = "SELECT state || ' ' || node FROM inquiry";
            db.query_one(query, [], |row| row.get::<_, String>(0)).unwrap()
        };
        open(&*store, ringing(1)).await.unwrap();
        assert_eq!(named(), "live strowger-1");
        update(&*store, bridged(1)).await.unwrap();
        assert_eq!(named(), "live strowger-1");
        let renamed = "east-1".parse().unwrap();
        let closed = store.calls_close_open(&renamed, second(60)).await;
        assert_eq!(closed, Ok(vec![ringing(1).id]));
        assert_eq!(named(), "ended strowger-1");
    }

    #[tokio::test]
    async fn a_clean_stop_leaves_one_file() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        open(&*store, ringing(1)).await.unwrap();
        store.call_fetch(ringing(1).id).await.unwrap();
        drop(store);
        let files = std::fs::read_dir(home.path()).unwrap().count();
        assert_eq!(files, 1, "only the database, without a log");
    }

    #[tokio::test]
    async fn another_program_sees_a_book_at_once() {
        let home = tempfile::tempdir().unwrap();
        let (node, terminal) = (opened(&home), opened(&home));
        assert_eq!(node.book_version().await, Ok(0));
        terminal.book_apply("x".to_owned(), by("ann", second(1))).await.unwrap();
        assert_eq!(node.book_version().await, Ok(1));
    }

    /// Writes queue while another program holds the write lock, and then share a few commits.
    #[tokio::test]
    async fn writes_wait_for_a_lock_and_share_commits() {
        const WRITES: u64 = 200;
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        let other = Connection::open(home.path().join("strowger.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut writes = JoinSet::new();
        for seconds in 0..WRITES {
            let store = Arc::clone(&store);
            writes.spawn(async move { open(&*store, ringing(seconds)).await });
        }
        // One thread runs all tasks. After each has run once, all writes are queued and none is
        // made.
        for _ in 0..=WRITES {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.figures(), Figures::default());
        assert_eq!(store.call_fetch(ringing(0).id).await, Ok(None), "readers do not wait");
        other.execute_batch("ROLLBACK").unwrap();
        while let Some(written) = writes.join_next().await {
            written.unwrap().unwrap();
        }
        let Figures { writes, failures, commits, .. } = store.figures();
        assert_eq!((writes, failures), (WRITES, 0));
        assert!((1..=3).contains(&commits), "{commits} commits");
    }

    #[tokio::test]
    async fn a_failed_write_does_not_affect_others() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        let other = Connection::open(home.path().join("strowger.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let fails = |db: &Db| {
            let fact = Fact::Opened { record: Box::new(ringing(2)), node: node() };
            fact::apply_one(db, &fact)?;
            Ok(db.execute("INSERT INTO attempt (id) VALUES ('x')", params![]).map(drop)?)
        };
        let (first, second, third) =
            tokio::join!(open(&*store, ringing(1)), store.writer.write(fails), async {
                let queued = open(&*store, ringing(3));
                tokio::task::yield_now().await;
                other.execute_batch("ROLLBACK").unwrap();
                queued.await
            },);
        assert_eq!((first, third), (Ok(()), Ok(())));
        assert!(matches!(second, Err(StoreError::Sql(_))), "{second:?}");
        let stored = store.call_list(CallQuery::default(), None, 10).await.unwrap().items;
        assert_eq!(stored, [ringing(3), ringing(1)]);
        assert_eq!((store.figures().writes, store.figures().failures), (2, 1));
    }

    #[tokio::test]
    async fn writes_fail_on_a_full_disk_and_succeed_again_later() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        let pages = |db: &Db, most: i64| -> Result<(), StoreError> {
            Ok(db.query_row(&format!("PRAGMA max_page_count = {most}"), params![], |_| Ok(()))?)
        };
        store.writer.write(move |db| pages(db, 1)).await.unwrap();
        let large = "x".repeat(1_000_000);
        let applied = store.book_apply(large.clone(), by("ann", second(1))).await;
        assert_eq!(applied, Err(StoreError::Full));
        assert_eq!(store.book_latest().await, Ok(None));
        store.writer.write(move |db| pages(db, 1_000_000)).await.unwrap();
        assert_eq!(store.book_apply(large, by("ann", second(1))).await, Ok(1));
    }

    #[tokio::test]
    async fn queued_writes_are_made_even_if_not_awaited() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        let other = Connection::open(home.path().join("strowger.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        {
            let mut write = std::pin::pin!(open(&*store, ringing(1)));
            let waiting = std::future::poll_fn(|context| {
                std::task::Poll::Ready(write.as_mut().poll(context).is_pending())
            });
            assert!(waiting.await);
        }
        other.execute_batch("ROLLBACK").unwrap();
        drop(store);
        assert_eq!(opened(&home).call_fetch(ringing(1).id).await, Ok(Some(ringing(1))));
    }
}
