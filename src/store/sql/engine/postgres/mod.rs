//! PostgreSQL: sessions, and how values travel.

mod bound;
mod session;
mod text;
mod value;

pub(in crate::store) use session::Purpose;
pub(in crate::store) use session::Session;
pub(in crate::store) use text::numbered;
pub(in crate::store) use text::parameters;
pub(in crate::store) use value::place;
pub(in crate::store) use value::value;
