//! Percent-encoding (RFC 3986 §2.1).

/// Percent-encodes every byte except unreserved characters (RFC 3986 §2.3): letters, digits, `-`,
/// `.`, `_`, and `~`. The result may stand in a path, a query, or a form.
pub fn percent_encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
