//! How much of a request is read.

use crate::base::tree::TreeBounds;

/// Largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// How much of a JSON or XML document is read.
pub(super) const DOCUMENT: TreeBounds = TreeBounds { depth: 8, values: 512 };
/// Most values of one request.
pub(super) const VALUES_MAX: usize = 200;
/// Longest name, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 200;
/// Longest value, in bytes.
pub(super) const VALUE_BYTES_MAX: usize = 8 * 1024;
/// Longest URL of the consumer's next page, in bytes.
pub(super) const REDIRECT_BYTES_MAX: usize = 2_048;
