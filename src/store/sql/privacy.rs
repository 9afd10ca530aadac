//! Removes a person's data.

use std::collections::BTreeMap;

use crate::base::CallId;
use crate::base::Person;
use crate::call::CallState;
use crate::call::Forgotten;
use crate::caps::MarkKey;
use crate::report::Facets;
use crate::store::CallCursor;
use crate::store::Mutation;
use crate::store::PersonPage;
use crate::store::RecordedCall;
use crate::store::Sale;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::bid;
use super::call;
use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::params;
use super::event;
use super::ladder;
use super::lead;
use super::mark;
use super::ping;
use super::recording;

/// Most calls of one page. Other writes wait while the data of so many are removed.
const CALLS_AT_ONCE: usize = 200;

/// `$2` is the caller's number or NULL, `$3` a JSON list of texts. Numbers in fields and tags may
/// have visual separators.
const CALLS: &str = "
    SELECT id, state FROM inquiry
    WHERE id > $1 AND channel = 'call' AND (caller = $2 OR EXISTS
        (SELECT 1 FROM (SELECT value FROM json_each(inquiry.fields)
            UNION ALL SELECT value FROM json_each(inquiry.tags)) AS given
         WHERE lower(trim(given.value)) IN (SELECT value FROM json_each($3))
            OR replace(replace(replace(replace(replace(given.value, ' ', ''), '-', ''), '.', ''),
                '(', ''), ')', '') IN (SELECT value FROM json_each($3))))
    ORDER BY id LIMIT $4";
/// Ended leads of a person; `$1` is its number or NULL, `$2` a JSON list of texts.
const LEADS: &str = "
    SELECT id FROM inquiry
    WHERE channel = 'form' AND state = 'ended' AND (caller = $1 OR EXISTS
        (SELECT 1 FROM json_each(inquiry.fields) AS given
         WHERE lower(trim(given.value)) IN (SELECT value FROM json_each($2))
            OR replace(replace(replace(replace(replace(given.value, ' ', ''), '-', ''), '.', ''),
                '(', ''), ')', '') IN (SELECT value FROM json_each($2))))";
/// What the holds of a person's sales took; the parameters are those of the leads.
const MARKED: &str = "
    SELECT taken FROM sale WHERE taken IS NOT NULL AND inquiry_id IN (SELECT id FROM inquiry
    WHERE state = 'ended' AND (caller = $1 OR EXISTS
        (SELECT 1 FROM (SELECT value FROM json_each(inquiry.fields)
            UNION ALL SELECT value FROM json_each(inquiry.tags)) AS given
         WHERE lower(trim(given.value)) IN (SELECT value FROM json_each($2))
            OR replace(replace(replace(replace(replace(given.value, ' ', ''), '-', ''), '.', ''),
                '(', ''), ')', '') IN (SELECT value FROM json_each($2)))))";
const ANONYMIZE: &str = "
    UPDATE inquiry SET caller = NULL, fields = '{}', tags = '{}'
    WHERE id = $1 AND state = 'ended' AND (caller IS NOT NULL OR fields <> '{}' OR tags <> '{}')";
const DECISIONS: &str = "DELETE FROM decision WHERE inquiry_id = $1";
/// The call itself stays known, so that a repeated first request does not begin another.
const LINES: &str = "
    DELETE FROM carrier_line WHERE token IN
        (SELECT token FROM carrier_call WHERE call_id = $1)";
const REFERENCES: &str = "
    UPDATE conversion SET reference = NULL
    WHERE reference IS NOT NULL AND sale IN (SELECT id FROM sale WHERE inquiry_id = $1)";
const NOTES: &str = "
    UPDATE sale_return SET note = '', decision_note = ''
    WHERE (note <> '' OR decision_note <> '')
        AND sale IN (SELECT id FROM sale WHERE inquiry_id = $1)";
const RECORDINGS: &str = "DELETE FROM recording WHERE inquiry_id = $1";
/// Pair 5 is tag and offer, grain 1 the day.
const TAGGED: &str = "
    SELECT coalesce(sum(calls), 0) FROM call_rollup WHERE pair = 5 AND grain = 1 AND first = $1";
const TAG: &str = "DELETE FROM call_rollup WHERE pair = 5 AND first = $1";
/// An answer without a status, of another run, is one that was lost.
fn answers(db: &Db) -> String {
    let body = db.text_of("body");
    format!(
        "UPDATE request_key SET status = NULL, headers = NULL, body = NULL, run = '' \
         WHERE status IS NOT NULL AND EXISTS (SELECT 1 FROM json_each($1) AS text \
             WHERE instr(lower({body}), text.value) > 0)"
    )
}

/// Returns some calls of a person, oldest first.
pub(super) fn calls(
    db: &Db,
    person: &Person,
    cursor: Option<CallCursor>,
) -> Result<PersonPage, StoreError> {
    let after = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
    let most = i64::try_from(CALLS_AT_ONCE).unwrap_or(i64::MAX);
    let caller = match person {
        Person::Phone(phone) => Some(phone.e164()),
        Person::Email(_) => None,
    };
    let mut statement = db.prepare_cached(CALLS)?;
    let mut rows = statement.query(params![after, caller, texts(person)?, most])?;
    let mut page = PersonPage { items: Vec::new(), live: 0, next: None };
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let column = Columns::of("inquiry", row);
        let call: CallId = column.word("id")?;
        count += 1;
        page.next = (count == CALLS_AT_ONCE).then_some(CallCursor(call));
        match column.word("state")? {
            CallState::Live => page.live += 1,
            CallState::Ended => {
                let recordings = recording::of_call(db, call)?;
                page.items.push(RecordedCall { call, recordings });
            }
        }
    }
    Ok(page)
}

/// Removes from ended calls of a person what may tell of it.
pub(super) fn forget_calls(
    db: &Db,
    calls: &[CallId],
    person: &Person,
) -> Result<Forgotten, StoreError> {
    let mut forgotten = Forgotten::default();
    let mut tags: BTreeMap<String, u64> = BTreeMap::new();
    for id in calls {
        let ended = call::fetch(db, *id)?.filter(|record| record.state == CallState::Ended);
        let Some(record) = ended else { continue };
        for tag in Facets::of(&record).tag_groups() {
            *tags.entry(tag).or_default() += 1;
        }
        let id = word(id)?;
        forgotten += forget_call(db, &id)?;
        mark::forget(db, &id)?;
        forgotten.recordings += changed(db, RECORDINGS, &id)?;
    }
    let texts = person.texts();
    for (tag, own) in tags {
        let all: i64 = db.prepare_cached(TAGGED)?.query_row(params![tag], |row| row.get(0))?;
        // A tag that no other call had tells of the person, too.
        let is_own = u64::try_from(all).is_ok_and(|all| (1..=own).contains(&all));
        let names = texts.iter().any(|text| tag.to_lowercase().contains(text));
        if (is_own || names) && db.prepare_cached(TAG)?.execute(params![tag])? > 0 {
            forgotten.tags += 1;
        }
    }
    Ok(forgotten)
}

/// Removes what may tell of the persons of an ended call, except its recordings.
pub(super) fn forget_call(db: &Db, call: &str) -> Result<Forgotten, StoreError> {
    let forgotten = Forgotten {
        calls: changed(db, ANONYMIZE, call)?,
        decisions: changed(db, DECISIONS, call)?,
        journal_lines: changed(db, LINES, call)?,
        ladders: u64::from(ladder::forget(db, call)? > 0),
        events: event::forget_person(db, call)?,
        notes: changed(db, REFERENCES, call)?
            + changed(db, NOTES, call)?
            + u64::from(lead::forget_person(db, call)?),
        ..Forgotten::default()
    };
    bid::forget_person(db, call)?;
    Ok(forgotten)
}

/// Removes from the ended leads of a person what may tell of it.
fn forget_leads(db: &Db, person: &Person) -> Result<Forgotten, StoreError> {
    let phone = match person {
        Person::Phone(phone) => Some(phone.e164()),
        Person::Email(_) => None,
    };
    let mut statement = db.prepare_cached(LEADS)?;
    let values = params![phone, texts(person)?];
    let ids: Vec<String> = statement.query_all(values, |row| row.get(0))?;
    let mut forgotten = Forgotten::default();
    for id in ids {
        forgotten += forget_call(db, &id)?;
        mark::forget(db, &id)?;
    }
    Ok(forgotten)
}

/// Returns the marks of the sales of a person's ended calls and leads.
pub(super) fn marks(db: &Db, person: &Person) -> Result<Vec<MarkKey>, StoreError> {
    let phone = match person {
        Person::Phone(phone) => Some(phone.e164()),
        Person::Email(_) => None,
    };
    let mut statement = db.prepare_cached(MARKED)?;
    let mut rows = statement.query(params![phone, texts(person)?])?;
    let mut marks = Vec::new();
    while let Some(row) = rows.next()? {
        let taken: Sale = Columns::of("sale", row).json("taken")?;
        marks.extend(taken.marks.iter().chain(&taken.converted_marks).map(|mark| mark.key()));
    }
    Ok(marks)
}

/// Executes a statement for a call. Returns the number of changed rows.
pub(super) fn changed(db: &Db, sql: &str, call: &str) -> Result<u64, StoreError> {
    let rows = db.prepare_cached(sql)?.execute(params![call])?;
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}

/// Removes kept answers that name a person, and what its leads tell of it, and logs the removal.
pub(super) fn forget(db: &Db, person: &Person, by: &Mutation) -> Result<Forgotten, StoreError> {
    let answers = db.prepare_cached(&answers(db))?.execute(params![texts(person)?])?;
    if let Person::Phone(phone) = person {
        ping::forget_caller(db, phone)?;
    }
    let mut forgotten = forget_leads(db, person)?;
    activity::done(db, by, Effect::default())?;
    forgotten.answers += u64::try_from(answers).unwrap_or(u64::MAX);
    Ok(forgotten)
}

fn texts(person: &Person) -> Result<String, StoreError> {
    super::column::json(&person.texts())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rusqlite::Connection;

    use super::Db;
    use super::forget_call;
    use crate::base::CallId;
    use crate::base::FieldName;
    use crate::base::Person;
    use crate::call::CallRecord;
    use crate::call::Forgotten;
    use crate::store::Action;
    use crate::store::Activities as _;
    use crate::store::ActivityOutcome;
    use crate::store::Calls as _;
    use crate::store::Database;
    use crate::store::EntityKind;
    use crate::store::Kept;
    use crate::store::Ledger as _;
    use crate::store::Mutation;
    use crate::store::Privacy as _;
    use crate::store::Verb;
    use crate::store::sample::finish;
    use crate::store::sample::finished;
    use crate::store::sample::recorded;
    use crate::store::sample::remove_due;
    use crate::store::sample::ringing;
    use crate::store::sample::second;

    const PHONE: &str = "+12025550187";
    const EMAIL: &str = "Quillon.Fenwick77@example.com";

    fn person() -> Person {
        Person::Phone(PHONE.parse().unwrap())
    }

    fn removal() -> Mutation {
        let action = Action::new(Verb::Delete, EntityKind::Person);
        Mutation::by_user("ann", action, "strowger privacy delete", second(900))
    }

    /// A call of the person, whose field and tag nobody else has.
    fn personal(mut record: CallRecord) -> CallRecord {
        let name = |text: &str| text.parse::<FieldName>().unwrap();
        record.caller = Some(PHONE.parse().unwrap());
        record.fields.insert(name("email"), EMAIL.to_owned());
        record.fields.insert(name("name"), "Peregrina Vantongeren".to_owned());
        record.tags.insert(name("who"), "Peregrina".to_owned());
        let bid = serde_json::json!({
            "offer": "o", "contract": "a", "buyer": "acme", "asked_at": second(1),
            "answer_ms": 41, "amount": { "amount": "12.50", "currency": "USD" },
            "ping_id": "quillon-7", "expires_at": null, "destination": "sip:fenwick@a.example",
            "result": "outbid", "reason": "no Vantongeren please",
        });
        record.bids = vec![serde_json::from_value(bid).unwrap()];
        record
    }

    /// Returns the texts of the person that the database's files have.
    fn found(database: &Path) -> Vec<&'static str> {
        let texts = ["2025550187", "quillon", "peregrina", "vantongeren", "fenwick"];
        let files = fs::read_dir(database.parent().unwrap()).unwrap();
        let written: String = files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase())
            .collect();
        texts.into_iter().filter(|text| written.contains(text)).collect()
    }

    /// Returns the SQL of a buyer's report and of a decided return of a call's sale.
    fn after_sale(call: CallId) -> String {
        format!(
            "INSERT INTO sale (id, inquiry_id, contract, buyer) VALUES ('x', '{call}', 'c', 'b');
             INSERT INTO conversion (sale, sold, reference, reported_at)
             VALUES ('x', 1, 'Vantongeren', 5);
             INSERT INTO sale_return (sale, contract, buyer, state, reason, note, asked_at,
                 asked_by, decided_at, decided_by, decision_note)
             VALUES ('x', 'c', 'b', 'refused', 'r', 'Quillon asks', 5, 'b', 6, 'a', 'Fenwick');"
        )
    }

    #[tokio::test]
    async fn reports_and_returns_are_final_apart_from_what_tells_of_a_person() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("s.db");
        let store = Database::sqlite(&path).unwrap();
        finish(&store, recorded(1)).await.unwrap();
        let database = Db::file(&path);
        database.execute_batch(&after_sale(recorded(1).id)).unwrap();
        for refused in [
            "UPDATE conversion SET reference = 'y'",
            "UPDATE conversion SET reference = NULL, sold = 0",
            "UPDATE conversion SET reference = NULL, micros = 1",
            "UPDATE sale_return SET note = 'y'",
            "UPDATE sale_return SET note = '', decision_note = '', state = 'open'",
            "UPDATE sale_return SET note = '', decision_note = '', decided_by = 'y'",
        ] {
            let error = database.execute_batch(refused).unwrap_err().to_string();
            assert!(error.contains("final"), "{refused}: {error}");
        }
        let removed = forget_call(&database, &recorded(1).id.to_string()).unwrap();
        assert_eq!(removed.notes, 2);
    }

    #[tokio::test]
    async fn a_number_is_found_as_people_write_it() {
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("s.db")).unwrap();
        let name: FieldName = "callback".parse().unwrap();
        for (seconds, given) in [(1, "(202) 555-0187"), (2, "+1 202.555.0187"), (3, "2025550188")] {
            let mut record = finished(seconds);
            record.fields.insert(name.clone(), given.to_owned());
            finish(&store, record).await.unwrap();
        }
        let page = store.person_calls(person(), None).await.unwrap();
        let calls: Vec<_> = page.items.iter().map(|one| one.call).collect();
        assert_eq!(calls, [finished(1).id, finished(2).id]);
    }

    #[tokio::test]
    async fn nothing_of_a_person_is_left_in_the_files() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("s.db");
        let store = Database::sqlite(&path).unwrap();
        let (own, other) = (personal(recorded(1)), recorded(2));
        for record in [&own, &other] {
            finish(&store, record.clone()).await.unwrap();
        }
        let database = Connection::open(&path).unwrap();
        database.execute_batch(&after_sale(own.id)).unwrap();
        assert_eq!(found(&path).len(), 5, "the person is stored");
        let postings = store.postings(own.id).await.unwrap();
        for by in [person(), Person::Email(EMAIL.parse().unwrap())] {
            let page = store.person_calls(by, None).await.unwrap();
            let calls: Vec<_> = page.items.iter().map(|one| one.call).collect();
            assert_eq!((calls, page.live, page.next), (vec![own.id], 0, None));
        }
        let removed = store.calls_forget(vec![own.id], person()).await.unwrap();
        assert_eq!((removed.calls, removed.recordings, removed.tags), (1, 1, 1), "{removed:?}");
        assert!(removed.events >= 2, "{removed:?}");
        assert_eq!(removed.notes, 2, "{removed:?}");
        store.person_forget(person(), removal()).await.unwrap();
        assert!(store.removed_overwrite().await.unwrap());
        assert_eq!(found(&path), [""; 0]);

        let left = store.call_fetch(own.id).await.unwrap().unwrap();
        assert_eq!((left.caller, left.fields.len(), left.tags.len()), (None, 0, 0));
        assert_eq!((left.revenue, left.billable), (own.revenue, own.billable));
        assert_eq!(store.postings(own.id).await.unwrap(), postings);
        assert_eq!(store.call_fetch(other.id).await.unwrap().as_ref(), Some(&other));
        let logged = store.activities(None, None, 1).await.unwrap().remove(0);
        assert_eq!(logged.mutation.subject, None);
        let page = store.person_calls(person(), None).await.unwrap();
        assert!(page.items.is_empty(), "a repeated removal finds nothing");
    }

    #[tokio::test]
    async fn callers_of_calls_that_ended_long_ago_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("s.db")).unwrap();
        let (old, new) = (personal(recorded(1)), personal(recorded(2)));
        for record in [&old, &new] {
            finish(&store, record.clone()).await.unwrap();
        }
        let before = new.ended_at.unwrap();
        for _ in 0..2 {
            let oldest = remove_due(&store, Kept::Callers, before).await;
            assert_eq!(oldest, None, "no call arrived later");
            let left = store.call_fetch(old.id).await.unwrap().unwrap();
            assert_eq!((left.caller, left.fields.len(), left.tags.len()), (None, 0, 0));
            assert_eq!((left.revenue, left.billable), (old.revenue, old.billable));
            assert_eq!(store.call_fetch(new.id).await.unwrap().as_ref(), Some(&new));
        }
    }

    #[tokio::test]
    async fn old_entries_of_the_activity_log_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("s.db")).unwrap();
        let done = ActivityOutcome::Done { book_version: None };
        for at in [800, 900] {
            let by = Mutation { at: second(at), ..removal() };
            store.activity_add(by, done.clone()).await.unwrap();
        }
        for _ in 0..2 {
            let oldest = remove_due(&store, Kept::Activity, second(900)).await;
            assert_eq!(oldest, Some(second(900)));
            let left = store.activities(None, None, 9).await.unwrap();
            let times: Vec<_> = left.iter().map(|entry| entry.mutation.at).collect();
            assert_eq!(times, [second(900)]);
        }
    }

    #[tokio::test]
    async fn a_live_call_is_counted_and_stays() {
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("s.db")).unwrap();
        let live = personal(ringing(1));
        crate::store::sample::open(&store, live.clone()).await.unwrap();
        let page = store.person_calls(person(), None).await.unwrap();
        assert_eq!((page.items.len(), page.live), (0, 1));
        assert_eq!(store.calls_forget(vec![live.id], person()).await, Ok(Forgotten::default()));
        let left = store.call_fetch(live.id).await.unwrap().unwrap();
        assert_eq!(left.caller, live.caller);
    }
}
