//! PostgreSQL: sessions, and how values travel.

mod bound;
mod session;
mod text;
mod value;

pub(in crate::store) use session::Purpose;
pub(in crate::store) use session::Session;
pub(in crate::store) use text::numbered;
pub(in crate::store) use text::numbers;
pub(in crate::store) use text::part;
pub(in crate::store) use text::repeated;
pub(in crate::store) use value::place;
pub(in crate::store) use value::value;
