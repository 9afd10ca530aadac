//! An event as a JSON document.

use serde_json::Value;
use serde_json::json;

use crate::book::Concern;
use crate::call::CallRecord;
use crate::call::Scope;
use crate::lead::LeadRecord;

use super::Event;
use super::Subject;
use super::sentence::sentence;

/// Returns an event as its receiver may see it: `id`, `type`, `timestamp`, `message`, and `data`
/// (the members of a payload by Standard Webhooks, and two more).
pub fn document(event: &Event, of: &Concern) -> Value {
    json!({
        "id": event.id,
        "type": event.kind().name(),
        "timestamp": event.at,
        "message": sentence(event, of),
        "data": data(&event.subject, of),
    })
}

fn data(subject: &Subject, of: &Concern) -> Value {
    match subject {
        Subject::Call { record, .. } => call(record, of),
        Subject::Lead { record, .. } => lead(record, of),
        Subject::Cap { level, cap, percent } => {
            json!({ "level": level, "reason": cap.skip(), "cap": cap, "percent": percent })
        }
        Subject::Balance { buyer, left, price } => {
            json!({ "buyer": buyer, "left": left, "price": price })
        }
        Subject::Paused { contract, because, until } => {
            json!({ "contract": contract, "because": because, "until": until })
        }
        Subject::Unanswered { call, offer, contract, buyer } => {
            json!({ "call": call, "offer": offer, "contract": contract, "buyer": buyer })
        }
        Subject::TrunkDown { trunk } | Subject::TrunkUp { trunk } => json!({ "trunk": trunk }),
    }
}

/// Returns a call as the API shows it to the same party; null if it is not the party's own.
fn call(record: &CallRecord, of: &Concern) -> Value {
    json!(record.clone().seen_by(&scope_of(of)))
}

/// Returns a form lead as the API shows it to the same party; null if it is not the party's own.
fn lead(record: &LeadRecord, of: &Concern) -> Value {
    json!(record.clone().seen_by(&scope_of(of)))
}

fn scope_of(of: &Concern) -> Scope {
    match of {
        Concern::Source(id) => Scope::Source(id.clone()),
        Concern::Buyer(id) => Scope::Buyer(id.clone()),
        Concern::Offer(_) | Concern::All => Scope::All,
    }
}
