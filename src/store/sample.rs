//! Sample records for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::Currency;
use crate::base::DecisionId;
use crate::base::End;
use crate::base::Money;
use crate::base::NodeName;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Conversion;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::EndedBy;
use crate::call::Recording;
use crate::call::RecordingKind;
use crate::call::RecordingPlace;
use crate::config::Location;
use crate::proof::Differences;
use crate::proof::LiveLimits;
use crate::proof::Proof;
use crate::proof::SipCalls;
use crate::sale::AttemptRecord;
use crate::sale::AttemptTier;
use crate::sale::DecisionRecord;
use crate::sale::Winner;
use crate::store::Action;
use crate::store::CallChange;
use crate::store::CarriedEnd;
use crate::store::CarriedLeg;
use crate::store::EntityKind;
use crate::store::Fact;
use crate::store::Frozen;
use crate::store::Kept;
use crate::store::Left;
use crate::store::Mutation;
use crate::store::NewToken;
use crate::store::Origin;
use crate::store::Role;
use crate::store::Secret;
use crate::store::Start;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::TokenCreated;
use crate::store::Verb;

/// Returns the instant that is `seconds` after 2025-11-20T10:00:00Z.
pub(crate) fn second(seconds: u64) -> Wall {
    Wall::from_micros(1_763_632_800_000_000) + Duration::from_secs(seconds)
}

/// Returns an amount in US dollars.
pub(crate) fn usd(amount: &str) -> Money {
    Money::parse(amount, Currency::USD).unwrap()
}

/// Returns a call that arrived at `second(seconds)` and has one ringing attempt.
pub(crate) fn ringing(seconds: u64) -> CallRecord {
    let mut rng = Rng::seeded(seconds);
    let now = Now::at(second(seconds));
    CallRecord {
        id: CallId::new(now, &mut rng),
        state: CallState::Live,
        number: "+18005550100".parse().unwrap(),
        caller: Some("+13055550123".parse().unwrap()),
        ingress: "carrier-a".parse().unwrap(),
        offer: "auto-quote".parse().unwrap(),
        source: "search-ads".parse().unwrap(),
        flow: "auto-quote".parse().unwrap(),
        book_version: 12,
        suppressed_by: None,
        ping: None,
        fields: BTreeMap::from([("zip".parse().unwrap(), "90210".to_owned())]),
        started_at: now.wall,
        answered_at: Some(now.wall),
        bridged_at: None,
        ended_at: None,
        ended_by: None,
        reason: None,
        hangup_reason: None,
        sip_status: None,
        bids: Vec::new(),
        attempts: vec![AttemptRecord {
            tier: Some(AttemptTier::Primary),
            canceled_because: None,
            id: AttemptId::new(now, &mut rng),
            contract: "acme-auto-ca".parse().unwrap(),
            buyer: "acme".parse().unwrap(),
            wave: 1,
            outcome: None,
            sip_status: None,
            started_at: now.wall,
            ring_ms: 0,
            post_dial_delay_ms: None,
        }],
        recordings: Vec::new(),
        dials: Vec::new(),
        transferred_to: None,
        tags: BTreeMap::new(),
        media: None,
        winner: None,
        talk: Duration::ZERO,
        gate: Duration::ZERO,
        keyed_at: None,
        conversion: None,
        returned: None,
        billable: false,
        revenue: None,
        payout: None,
        decision_id: None,
    }
}

/// Returns the same call, bridged ten seconds later; the buffer is 90 s.
pub(crate) fn bridged(seconds: u64) -> CallRecord {
    let mut record = ringing(seconds);
    record.bridged_at = Some(second(seconds + 10));
    for attempt in &mut record.attempts {
        attempt.outcome = Some(Outcome::Won);
        attempt.sip_status = Some(200);
        attempt.ring_ms = 9_500;
        attempt.post_dial_delay_ms = Some(120);
    }
    record.winner = Some(Winner {
        contract: "acme-auto-ca".parse().unwrap(),
        buyer: "acme".parse().unwrap(),
        price: usd("45.00"),
        buffer: Duration::from_secs(90),
        payout: Some(Payout::Fixed(usd("20.00"))),
        payout_from_seconds: None,
        payout_caps: PayoutCaps::default(),
        conversion: Conversion::default(),
        returns: None,
    });
    record.decision_id = Some(decision(seconds).id);
    record
}

/// Returns the same call, ended after 95.2 s connected.
pub(crate) fn finished(seconds: u64) -> CallRecord {
    let mut record = bridged(seconds);
    record.state = CallState::Ended;
    record.talk = Duration::from_millis(95_200);
    record.ended_at = record.bridged_at.map(|at| at + record.talk);
    record.ended_by = Some(EndedBy::Caller);
    record.reason = Some(End::Bridged);
    record.billable = true;
    record.revenue = Some(usd("45.00"));
    record.payout = Some(usd("20.00"));
    record
}

/// Returns the same call, whose caller left a message of 4.2 s before it was bridged.
pub(crate) fn recorded(seconds: u64) -> CallRecord {
    let mut record = finished(seconds);
    let name = Recording::file_name(record.id, 1);
    record.fields.insert("message".parse().unwrap(), name);
    record.recordings = vec![Recording {
        n: 1,
        kind: RecordingKind::Message,
        started_at: second(seconds),
        length: Some(Duration::from_millis(4_200)),
        place: RecordingPlace::File { bytes: 67_244, channels: 1 },
    }];
    record
}

/// Returns the node that serves the calls.
pub(crate) fn node() -> NodeName {
    "strowger-1".parse().unwrap()
}

/// Opens a call.
pub(crate) async fn open(store: &dyn Store, record: CallRecord) -> Result<(), StoreError> {
    let fact = Fact::Opened { record: Box::new(record), node: node() };
    store.apply(Origin::Transaction, vec![fact]).await
}

/// Bridges a call.
pub(crate) async fn update(
    store: &dyn Store,
    change: impl Into<CallChange>,
) -> Result<(), StoreError> {
    store.apply(Origin::Transaction, vec![Fact::Bridged(Box::new(change.into()))]).await
}

/// Stores a heartbeat of calls.
pub(crate) async fn beat(
    store: &dyn Store,
    calls: Vec<CallId>,
    at: Wall,
) -> Result<(), StoreError> {
    store.apply(Origin::Transaction, vec![Fact::Beat { at, calls }]).await
}

/// Ends a call.
pub(crate) async fn finish(
    store: &dyn Store,
    change: impl Into<CallChange>,
) -> Result<(), StoreError> {
    store.apply(Origin::Transaction, vec![Fact::Ended(Box::new(change.into()))]).await
}

/// Removes everything of a kind from before `before`. Returns the time of the oldest that is left.
pub(crate) async fn remove_due(store: &dyn Store, kind: Kept, before: Wall) -> Option<Wall> {
    let mut start = Start::At(Wall::from_micros(0));
    loop {
        match store.old_remove(kind, start, before).await.unwrap() {
            Left::More(next) => start = next,
            Left::Since(oldest) => return oldest,
        }
    }
}

/// Returns the decision of the call.
pub(crate) fn decision(seconds: u64) -> DecisionRecord {
    let now = Now::at(second(seconds));
    let id = DecisionId::new(now, &mut Rng::seeded(seconds + 1));
    let document = format!("{{\"id\":\"{id}\",\"offer\":\"auto-quote\"}}");
    DecisionRecord { id, at: now.wall, document }
}

/// Returns a change that a user makes in a test.
pub(crate) fn by(user: &str, at: Wall) -> Mutation {
    Mutation::by_user(user, Action::new(Verb::Apply, EntityKind::Book), "test", at)
}

/// Creates a token named after its role and scope.
pub(crate) async fn token(store: &dyn Store, role: Role, entropy: [u8; 32], at: Wall) -> Secret {
    let name = [Some(role.name()), role.scope()].into_iter().flatten().collect::<Vec<_>>();
    let name = Some(name.join("-").parse().unwrap());
    let wanted = NewToken { role, name, expires_at: None };
    match store.token_create(wanted, entropy, by("ann", at)).await.unwrap() {
        TokenCreated::Now(_, secret) => secret,
        refused => panic!("{refused}"),
    }
}

/// Deletes the stored answers of idempotency keys, but not the changes that were made with them.
pub(crate) fn lose_answers(database: &Path) {
    let database = rusqlite::Connection::open(database).unwrap();
    let forget = "UPDATE request_key SET status = NULL, headers = NULL, body = NULL";
    database.execute(forget, []).unwrap();
}

/// Returns a leg that was dialed through trunk `t`.
pub(crate) fn carried(seconds: u64) -> CarriedLeg {
    CarriedLeg {
        leg: format!("{seconds:016x}"),
        trunk: "t".parse().unwrap(),
        number: "+442079460018".parse().unwrap(),
        way: 0,
        dialed_at: second(seconds),
        ended: None,
    }
}

/// Returns the same leg, which ended a minute after it was dialed and cost 0.50.
pub(crate) fn ended_leg(seconds: u64) -> CarriedLeg {
    let ended = CarriedEnd { at: second(seconds + 60), talk_ms: 45_000, micros: 500_000 };
    CarriedLeg { ended: Some(ended), ..carried(seconds) }
}

/// Returns the differences that a proof finds in a database file.
pub(crate) fn proven(database: &Path, limits: LiveLimits, running: Option<Wall>) -> Differences {
    let mut proof = Proof::new(limits, running, SipCalls::default());
    Frozen::open(&Location::Sqlite(database.to_owned())).unwrap().prove(&mut proof).unwrap();
    proof.finish().0
}
