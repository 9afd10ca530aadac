//! Documents of others as one kind of tree, whether they came as JSON or as XML. Numbers stay as
//! they were written, so that neither an amount nor a long id loses a digit.

mod bounds;
mod json;
mod path;
mod print;
mod value;
mod xml;

pub use bounds::TreeBounds;
pub use bounds::TreeFault;
pub use json::from_json;
pub use json::is_number;
pub use path::InvalidPath;
pub use path::TreePath;
pub use print::to_json;
pub use print::to_xml;
pub use value::TEXT;
pub use value::Tree;
pub use xml::from_xml;
