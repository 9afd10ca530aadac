//! Standard reason phrases.

/// Codes and their phrases (RFC 3261 §21 and its extensions), in order.
const PHRASES: &[(u16, &str)] = &[
    (100, "Trying"),
    (180, "Ringing"),
    (181, "Call Is Being Forwarded"),
    (182, "Queued"),
    (183, "Session Progress"),
    (199, "Early Dialog Terminated"),
    (200, "OK"),
    (202, "Accepted"),
    (204, "No Notification"),
    (300, "Multiple Choices"),
    (301, "Moved Permanently"),
    (302, "Moved Temporarily"),
    (305, "Use Proxy"),
    (380, "Alternative Service"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (410, "Gone"),
    (412, "Conditional Request Failed"),
    (413, "Request Entity Too Large"),
    (414, "Request-URI Too Long"),
    (415, "Unsupported Media Type"),
    (416, "Unsupported URI Scheme"),
    (420, "Bad Extension"),
    (421, "Extension Required"),
    (422, "Session Interval Too Small"),
    (423, "Interval Too Brief"),
    (428, "Use Identity Header"),
    (429, "Provide Referrer Identity"),
    (433, "Anonymity Disallowed"),
    (436, "Bad Identity Info"),
    (437, "Unsupported Credential"),
    (438, "Invalid Identity Header"),
    (469, "Bad Info Package"),
    (480, "Temporarily Unavailable"),
    (481, "Call/Transaction Does Not Exist"),
    (482, "Loop Detected"),
    (483, "Too Many Hops"),
    (484, "Address Incomplete"),
    (485, "Ambiguous"),
    (486, "Busy Here"),
    (487, "Request Terminated"),
    (488, "Not Acceptable Here"),
    (489, "Bad Event"),
    (491, "Request Pending"),
    (493, "Undecipherable"),
    (494, "Security Agreement Required"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Server Time-out"),
    (505, "Version Not Supported"),
    (513, "Message Too Large"),
    (580, "Precondition Failure"),
    (600, "Busy Everywhere"),
    (603, "Decline"),
    (604, "Does Not Exist Anywhere"),
    (606, "Not Acceptable"),
    (607, "Unwanted"),
    (608, "Rejected"),
];

/// Returns the reason phrase of a status code; for an unknown code, that of its class.
pub fn reason_phrase(status: u16) -> &'static str {
    let known = PHRASES.binary_search_by_key(&status, |(code, _)| *code);
    match (known.ok().and_then(|i| PHRASES.get(i)), status) {
        (Some((_, phrase)), _) => phrase,
        (None, 100..=199) => "Session Progress",
        (None, 200..=299) => "OK",
        (None, 300..=399) => "Multiple Choices",
        (None, 500..=599) => "Server Internal Error",
        (None, 600..=699) => "Decline",
        (None, _) => "Bad Request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_take_their_class() {
        for (status, phrase) in
            [(487, "Request Terminated"), (199, "Early Dialog Terminated"), (299, "OK")]
        {
            assert_eq!(reason_phrase(status), phrase);
        }
        for (status, like) in [(150, 183), (399, 300), (650, 603)] {
            assert_eq!(reason_phrase(status), reason_phrase(like), "{status}");
        }
        assert_eq!(reason_phrase(499), "Bad Request");
        assert_eq!(reason_phrase(555), "Server Internal Error");
        assert!(PHRASES.is_sorted_by_key(|(code, _)| *code));
    }
}
