//! Publishing: a book and the flows go live, for the calls that begin from then on.

mod publisher;
mod shelf;
mod web;

pub use publisher::LIVE_BOOK;
pub use publisher::Live;
pub use publisher::Publisher;
pub use shelf::FileStamp;
pub use shelf::Shelf;
pub use web::fetch;
