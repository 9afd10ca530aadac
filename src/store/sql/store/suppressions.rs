//! Suppression lists. Look-ups have a connection of their own, so that reports do not delay calls.

use std::time::Duration;

use super::Database;
use crate::base::ListName;
use crate::base::Wall;
use crate::store::Added;
use crate::store::Addition;
use crate::store::Destination;
use crate::store::ImportId;
use crate::store::ImportMode;
use crate::store::Imported;
use crate::store::Mutation;
use crate::store::NotThere;
use crate::store::Pending;
use crate::store::Remark;
use crate::store::SuppressionList;
use crate::store::Suppressions;
use crate::store::sql::suppression;
use crate::store::sql::suppression_import;
use crate::store::sql::suppression_import::PURGE_STEPS;
use crate::store::sql::suppression_list;
use crate::suppression::Contact;
use crate::suppression::Digest;
use crate::suppression::Listed;
use crate::suppression::SuppressionKey;

/// Pause after each write of an import. A program that waits for the write lock looks for it every
/// few milliseconds, and finds it free.
const IMPORT_PAUSE: Duration = Duration::from_millis(20);
/// Pause after each range that had rows to remove, for the same reason.
const PURGE_PAUSE: Duration = Duration::from_millis(4);

impl Suppressions for Database {
    fn suppression_check(&self, contact: Contact, at: Wall) -> Pending<'_, Vec<Listed>> {
        let key = self.key_file.clone();
        self.lookups.read(move |db| match key.of_lists(db)? {
            Some(key) => suppression::check(db, key.digest(&contact), at),
            None => Ok(Vec::new()),
        })
    }

    fn suppression_lists(&self) -> Pending<'_, Vec<SuppressionList>> {
        self.readers.read(suppression_list::all)
    }

    fn suppression_add(&self, addition: Addition) -> Pending<'_, Result<Added, NotThere>> {
        let key = self.key_file.clone();
        self.writer.write(move |db| suppression::add(db, &key.for_entries(db)?, &addition))
    }

    fn suppression_remove(
        &self,
        list: ListName,
        contacts: Vec<Contact>,
        by: Mutation,
    ) -> Pending<'_, Option<u64>> {
        let key = self.key_file.clone();
        self.writer.write(move |db| {
            let Some(key) = key.of_lists(db)? else { return Ok(None) };
            let digests: Vec<Digest> = contacts.iter().map(|one| key.digest(one)).collect();
            suppression::remove(db, &list, &digests, &by)
        })
    }

    fn suppression_drop(&self, list: ListName, by: Mutation) -> Pending<'_, bool> {
        self.writer.write(move |db| suppression_list::drop(db, &list, &by))
    }

    fn suppression_key(&self) -> Pending<'_, SuppressionKey> {
        let key = self.key_file.clone();
        self.writer.write(move |db| key.for_entries(db))
    }

    fn suppression_import_begin(
        &self,
        to: Destination,
        remark: Remark,
        at: Wall,
    ) -> Pending<'_, Result<ImportId, NotThere>> {
        self.writer.write(move |db| suppression_import::begin(db, &to, &remark, at))
    }

    fn suppression_import_rows(
        &self,
        import: ImportId,
        mode: ImportMode,
        digests: Vec<Digest>,
        at: Wall,
    ) -> Pending<'_, ()> {
        Pending::new(async move {
            let write = self
                .writer
                .write(move |db| suppression_import::rows(db, import, mode, &digests, at));
            write.await?;
            tokio::time::sleep(IMPORT_PAUSE).await;
            Ok(())
        })
    }

    fn suppression_import_finish(
        &self,
        import: ImportId,
        mode: ImportMode,
        by: Mutation,
    ) -> Pending<'_, Imported> {
        self.writer.write(move |db| suppression_import::finish(db, import, mode, &by))
    }

    fn suppression_purge(&self, at: Wall) -> Pending<'_, u64> {
        Pending::new(async move {
            let parts = self.writer.write(move |db| suppression_import::dropped(db, at)).await?;
            if parts.is_empty() {
                return Ok(0);
            }
            let mut removed = 0;
            for step in 0..PURGE_STEPS {
                let own = parts.clone();
                let write = self.writer.write(move |db| suppression_import::purge(db, &own, step));
                let count = write.await?;
                removed += count;
                if count > 0 {
                    tokio::time::sleep(PURGE_PAUSE).await;
                }
            }
            self.writer.write(move |db| suppression_import::forget(db, &parts)).await?;
            Ok(removed)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;
    use crate::store::LISTS_MAX;
    use crate::store::StoreError;
    use crate::store::sample::by;
    use crate::store::sample::second;

    const PHONE: &str = "+13055550123";
    const EMAIL: &str = "ann@example.com";

    fn contacts() -> Vec<Contact> {
        vec![PHONE.parse().unwrap(), EMAIL.parse().unwrap()]
    }

    fn destination() -> Destination {
        Destination { list: "dnc".parse().unwrap(), applies: None }
    }

    async fn add(store: &Database) {
        let (to, remark) = (destination(), Remark::default());
        let addition = Addition { to, contacts: contacts(), remark, by: by("ann", second(1)) };
        store.suppression_add(addition).await.unwrap().unwrap();
    }

    async fn is_listed(store: &Database) -> Result<bool, StoreError> {
        let phone = PHONE.parse().unwrap();
        Ok(!store.suppression_check(phone, second(2)).await?.is_empty())
    }

    fn key_of(home: &Path) -> std::path::PathBuf {
        home.join("strowger.db-suppression.key")
    }

    /// Neither a contact nor a hash that could be looked up in a table is in any file.
    #[tokio::test]
    async fn no_file_holds_a_contact_and_only_its_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt as _;

        use sha2::Digest as _;

        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("strowger.db")).unwrap();
        add(&store).await;
        store
            .suppression_remove("dnc".parse().unwrap(), contacts(), by("ann", second(2)))
            .await
            .unwrap();
        add(&store).await;
        let mode = fs::metadata(key_of(home.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let key = fs::read_to_string(key_of(home.path())).unwrap();
        let plain = sha2::Sha256::digest(PHONE.as_bytes());
        let mut files = 0;
        for entry in fs::read_dir(home.path()).unwrap() {
            let entry = entry.unwrap();
            let bytes = fs::read(entry.path()).unwrap();
            let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            for part in [&PHONE.as_bytes()[1..], b"5550123", EMAIL.as_bytes(), &plain[..8]] {
                assert!(!holds(part), "{:?}", entry.file_name());
            }
            files += 1;
            let is_key = entry.file_name().to_string_lossy().ends_with(".key");
            assert_eq!(holds(key.trim().as_bytes()), is_key, "{:?}", entry.file_name());
        }
        assert!(files >= 3, "the log of the database is looked at, too");
    }

    #[tokio::test]
    async fn without_its_key_a_list_is_an_error_until_it_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let open = || Database::sqlite(&home.path().join("strowger.db")).unwrap();
        add(&open()).await;
        assert_eq!(is_listed(&open()).await, Ok(true));
        let key = fs::read_to_string(key_of(home.path())).unwrap();
        let other = "07".repeat(32);
        for (text, cause) in [
            (None, "is missing"),
            (Some("x"), "is not a key"),
            (Some(&other[..]), "is not the one"),
        ] {
            drop(fs::remove_file(key_of(home.path())));
            if let Some(text) = text {
                fs::write(key_of(home.path()), text).unwrap();
            }
            let store = open();
            let error = is_listed(&store).await.unwrap_err().to_string();
            assert!(error.contains(cause), "{error}");
            let error = store.suppression_key().await.unwrap_err().to_string();
            assert!(error.contains(cause), "no second key is made: {error}");
        }
        fs::write(key_of(home.path()), &key).unwrap();
        let store = open();
        assert_eq!(is_listed(&store).await, Ok(true));
        fs::remove_file(key_of(home.path())).unwrap();
        assert_eq!(is_listed(&store).await, Ok(true), "the key is read once");
        let dropped = store.suppression_drop("dnc".parse().unwrap(), by("ann", second(3))).await;
        assert_eq!(dropped, Ok(true));
        add(&store).await;
        assert_ne!(fs::read_to_string(key_of(home.path())).unwrap(), key);
        assert_eq!(is_listed(&store).await, Ok(true), "by the new key");
    }

    /// A switch that was running before the first list uses it at once.
    #[tokio::test]
    async fn another_program_sees_a_list_at_once() {
        let home = tempfile::tempdir().unwrap();
        let open = || Database::sqlite(&home.path().join("strowger.db")).unwrap();
        let (switch, terminal) = (open(), open());
        assert_eq!(is_listed(&switch).await, Ok(false));
        add(&terminal).await;
        assert_eq!(is_listed(&switch).await, Ok(true));
    }

    /// Reports do not hold up look-ups.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_lookup_does_not_wait_for_other_reads() {
        let home = tempfile::tempdir().unwrap();
        let store =
            std::sync::Arc::new(Database::sqlite(&home.path().join("strowger.db")).unwrap());
        add(&store).await;
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Arc::new(std::sync::Mutex::new(gate));
        let mut reads = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (store, gate) = (store.clone(), gate.clone());
            reads.spawn(async move {
                let read = store.readers.read(move |_| Ok(gate.lock().unwrap().recv().is_ok()));
                read.await
            });
        }
        while !format!("{:?}", store.readers).contains("free: 0") {
            tokio::task::yield_now().await;
        }
        assert_eq!(is_listed(&store).await, Ok(true));
        drop(release);
        while let Some(read) = reads.join_next().await {
            read.unwrap().unwrap();
        }
    }

    /// A crash in an import leaves rows that do not count and are removed later.
    #[tokio::test]
    async fn what_a_crash_leaves_of_an_import_is_purged() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        let store = Database::sqlite(&path).unwrap();
        let key = store.suppression_key().await.unwrap();
        let begun =
            store.suppression_import_begin(destination(), Remark::default(), second(1)).await;
        let digests = contacts().iter().map(|one| key.digest(one)).collect();
        let rows = store.suppression_import_rows(
            begun.unwrap().unwrap(),
            ImportMode::Add,
            digests,
            second(1),
        );
        rows.await.unwrap();
        drop(store);
        let store = Database::sqlite(&path).unwrap();
        assert_eq!(is_listed(&store).await, Ok(false));
        let count = || -> i64 {
            let db = Connection::open(&path).unwrap();
            db.query_one("SELECT count(*) FROM suppression", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(), 2);
        fill_up(&path, LISTS_MAX - 1);
        let add = async |list: &str| {
            let to = Destination { list: list.parse().unwrap(), applies: None };
            let (contacts, remark) = (contacts(), Remark::default());
            let addition = Addition { to, contacts, remark, by: by("ann", second(3)) };
            store.suppression_add(addition).await.unwrap()
        };
        assert_eq!(add("new").await, Err(NotThere::TooMany));
        assert_eq!(store.suppression_purge(second(7_200)).await, Ok(2));
        assert_eq!(count(), 0);
        assert_eq!(add("new").await, Ok(Added { added: 2, known: 0 }));
        assert_eq!(add("one-more").await, Err(NotThere::TooMany));
        assert_eq!(add("new").await, Ok(Added { added: 0, known: 2 }), "a list that is there");
    }

    /// Makes lists, each with a part that took effect.
    fn fill_up(path: &Path, lists: usize) {
        let db = Connection::open(path).unwrap();
        let made = format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {lists})
             INSERT INTO suppression_list (name, applies_to, created_at, changed_at)
                 SELECT 'list-' || n, 'all', 0, 0 FROM n;
             INSERT INTO suppression_part (list, state, at, touched_at)
                 SELECT id, 'live', 0, 0 FROM suppression_list WHERE name LIKE 'list-%';"
        );
        db.execute_batch(&made).unwrap();
    }

    /// Every range is looked at, the first and the last too.
    #[tokio::test]
    async fn rows_are_purged_wherever_they_are() {
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("strowger.db")).unwrap();
        store.suppression_key().await.unwrap();
        let begun =
            store.suppression_import_begin(destination(), Remark::default(), second(1)).await;
        let digests: Vec<Digest> = [0x00, 0x0f, 0x10, 0x7f, 0xff].map(|n| Digest([n; 16])).into();
        let import = begun.unwrap().unwrap();
        let count = digests.len() as u64;
        let rows = store.suppression_import_rows(import, ImportMode::Add, digests, second(1));
        rows.await.unwrap();
        assert_eq!(store.suppression_purge(second(7_200)).await, Ok(count));
    }
}
