//! Publishing: makes a book and the flows live for new calls.

mod publisher;
mod read_sounds;
mod shelf;
mod web;

pub use publisher::LIVE_BOOK;
pub use publisher::Live;
pub use publisher::Publisher;
pub use read_sounds::FileStamp;
pub use shelf::Shelf;
pub use web::fetch;
