//! Hang-ups that wait for the node which keeps the call.

use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::nodes::NodeState;
use crate::store::AskedHangUp;
use crate::store::HANG_UP_WAITS;
use crate::store::HANG_UPS_TAKEN_MAX;
use crate::store::StoreError;

use super::column::Columns;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::node;

const KEEPER: &str = "
    SELECT node.* FROM inquiry JOIN node ON node.name = inquiry.node
    WHERE inquiry.id = $1 AND inquiry.state = 'live' AND node.name <> $2";
const ASK: &str = "
    INSERT INTO hang_up (call, asked_at) VALUES ($1, $2) ON CONFLICT (call) DO NOTHING";
/// The node that keeps a call at a carrier may be another by now.
const WAITING: &str = "
    SELECT hang_up.call FROM hang_up JOIN inquiry ON inquiry.id = hang_up.call
    WHERE inquiry.node = $1 ORDER BY hang_up.number LIMIT $2";
const REMOVE: &str = "DELETE FROM hang_up WHERE call = $1";
const EXPIRE: &str = "DELETE FROM hang_up WHERE asked_at <= $1";
pub(super) const NEWEST: &str = "SELECT coalesce(max(number), 0) AS number FROM hang_up";

/// Asks the node that keeps a live call to hang it up.
pub(super) fn ask(db: &Db, call: CallId, own: &NodeName) -> Result<AskedHangUp, StoreError> {
    let now = node::now(db)?;
    let call = call.to_string();
    let values = params![call, own.as_str()];
    let keeper = db.prepare_cached(KEEPER)?.query_row(values, |row| Ok(node::read(row)?));
    let Some(keeper) = keeper.optional()? else { return Ok(AskedHangUp::NotKept) };
    match keeper.state(now) {
        NodeState::Live => {
            expire(db, now)?;
            db.prepare_cached(ASK)?.execute(params![call, now.micros()])?;
            Ok(AskedHangUp::Asked)
        }
        NodeState::Stopped | NodeState::Silent | NodeState::Dead => {
            Ok(AskedHangUp::Gone(keeper.name))
        }
    }
}

/// Returns the calls that a node is asked to hang up, and removes the requests.
pub(super) fn take(db: &Db, own: &NodeName) -> Result<Vec<CallId>, StoreError> {
    expire(db, node::now(db)?)?;
    let most = i64::try_from(HANG_UPS_TAKEN_MAX).unwrap_or(i64::MAX);
    let read = |row: Row<'_>| Ok(Columns::of("hang_up", row).word("call")?);
    let values = params![own.as_str(), most];
    let calls: Vec<CallId> = db.prepare_cached(WAITING)?.query_all(values, read)?;
    for call in &calls {
        db.prepare_cached(REMOVE)?.execute(params![call.to_string()])?;
    }
    Ok(calls)
}

fn expire(db: &Db, now: Wall) -> Result<(), StoreError> {
    let oldest = now - HANG_UP_WAITS;
    db.prepare_cached(EXPIRE)?.execute(params![oldest.micros()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::base::NodeName;
    use crate::store::AskedHangUp;
    use crate::store::Database;
    use crate::store::HANG_UP_WAITS;
    use crate::store::HangUps as _;
    use crate::store::NewNode;
    use crate::store::Nodes as _;
    use crate::store::sample::node;
    use crate::store::sample::open;
    use crate::store::sample::ringing;

    /// Lets time pass for the hang-ups that wait.
    fn age(path: &std::path::Path, micros: u128) {
        let sql = format!("UPDATE hang_up SET asked_at = asked_at - {micros}");
        rusqlite::Connection::open(path).unwrap().execute_batch(&sql).unwrap();
    }

    #[tokio::test]
    async fn a_hang_up_waits_for_a_minute() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        let store = Database::sqlite(&path).unwrap();
        let (address, run) = ("192.0.2.11:8080".parse().unwrap(), "1".parse().unwrap());
        let new = NewNode { name: node(), run, address, program: "0.1.0".to_owned() };
        store.node_register(new).await.unwrap();
        open(&store, ringing(1)).await.unwrap();
        let (call, other) = (ringing(1).id, "other".parse::<NodeName>().unwrap());
        for (aged, taken) in [(HANG_UP_WAITS / 2, vec![call]), (HANG_UP_WAITS, vec![])] {
            let asked = store.hang_up_ask(call, other.clone()).await;
            assert_eq!(asked, Ok(AskedHangUp::Asked));
            age(&path, aged.as_micros());
            assert_eq!(store.hang_ups_take(node()).await, Ok(taken));
            let left = rusqlite::Connection::open(&path).unwrap();
            let sql = "SELECT count(*) FROM hang_up";
            let left: i64 = left.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(left, 0);
        }
    }
}
