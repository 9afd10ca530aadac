//! Transactions (RFC 3261 §17, RFC 6026): four state machines in one table. They handle
//! retransmissions by themselves and pass new messages to the sessions.

mod client_invite;
mod client_other;
mod delivery;
mod key;
mod purpose;
mod server_invite;
mod server_other;
mod table;
mod timers;

use delivery::Alarm;
pub(super) use delivery::Delivery;
pub(super) use key::MergeKey;
pub(super) use key::ServerKey;
pub(super) use key::branch_bits;
pub(super) use key::branch_text;
pub(super) use purpose::Notice;
pub(super) use purpose::Prack;
pub(super) use purpose::Purpose;
pub(super) use table::Dismissed;
pub(super) use table::Expired;
pub(super) use table::Heard;
pub(super) use table::Transactions;
pub(super) use timers::ClientId;
pub(super) use timers::ClientMethod;
pub(super) use timers::GIVE_UP;
pub(super) use timers::ServerId;
pub(super) use timers::SessionTimer;
pub(super) use timers::T1;
pub(super) use timers::T2;
pub(super) use timers::Timer;
pub(super) use timers::Timers;
