//! Header names, their compact forms, and which of them are lists.

/// Longest name that is looked up; no known name is longer.
const NAME_MAX: usize = 32;

macro_rules! header_names {
    ($($variant:ident $text:literal $($lower:literal)|+ ;)+) => {
        /// Name of a header. Names are case-insensitive, and a compact form is the same name as the
        /// long one.
        #[derive(Debug, Clone, Copy)]
        pub enum HeaderName<'a> {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )+
            /// A name that is not in this list.
            Other(&'a str),
        }

        impl<'a> HeaderName<'a> {
            /// Returns the name as the agent writes it.
            pub const fn as_str(&self) -> &'a str {
                match self {
                    $(HeaderName::$variant => $text,)+
                    HeaderName::Other(name) => name,
                }
            }

            /// Returns the known name that matches the lower-case bytes.
            fn known(lower: &[u8]) -> Option<HeaderName<'static>> {
                match lower {
                    $($($lower)|+ => Some(HeaderName::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

header_names! {
    Accept "Accept" b"accept";
    AcceptEncoding "Accept-Encoding" b"accept-encoding";
    AcceptLanguage "Accept-Language" b"accept-language";
    AlertInfo "Alert-Info" b"alert-info";
    Allow "Allow" b"allow";
    AllowEvents "Allow-Events" b"allow-events" | b"u";
    AuthenticationInfo "Authentication-Info" b"authentication-info";
    Authorization "Authorization" b"authorization";
    CallId "Call-ID" b"call-id" | b"i";
    CallInfo "Call-Info" b"call-info";
    Contact "Contact" b"contact" | b"m";
    ContentDisposition "Content-Disposition" b"content-disposition";
    ContentEncoding "Content-Encoding" b"content-encoding" | b"e";
    ContentLanguage "Content-Language" b"content-language";
    ContentLength "Content-Length" b"content-length" | b"l";
    ContentType "Content-Type" b"content-type" | b"c";
    Cseq "CSeq" b"cseq";
    Date "Date" b"date";
    Diversion "Diversion" b"diversion";
    ErrorInfo "Error-Info" b"error-info";
    Event "Event" b"event" | b"o";
    Expires "Expires" b"expires";
    From "From" b"from" | b"f";
    HistoryInfo "History-Info" b"history-info";
    Identity "Identity" b"identity" | b"y";
    InReplyTo "In-Reply-To" b"in-reply-to";
    InfoPackage "Info-Package" b"info-package";
    MaxForwards "Max-Forwards" b"max-forwards";
    MimeVersion "MIME-Version" b"mime-version";
    MinExpires "Min-Expires" b"min-expires";
    MinSe "Min-SE" b"min-se";
    Organization "Organization" b"organization";
    PAssertedIdentity "P-Asserted-Identity" b"p-asserted-identity";
    PPreferredIdentity "P-Preferred-Identity" b"p-preferred-identity";
    Path "Path" b"path";
    Priority "Priority" b"priority";
    Privacy "Privacy" b"privacy";
    ProxyAuthenticate "Proxy-Authenticate" b"proxy-authenticate";
    ProxyAuthorization "Proxy-Authorization" b"proxy-authorization";
    ProxyRequire "Proxy-Require" b"proxy-require";
    RAck "RAck" b"rack";
    RSeq "RSeq" b"rseq";
    Reason "Reason" b"reason";
    RecordRoute "Record-Route" b"record-route";
    RecvInfo "Recv-Info" b"recv-info";
    ReferTo "Refer-To" b"refer-to" | b"r";
    ReferredBy "Referred-By" b"referred-by" | b"b";
    RemotePartyId "Remote-Party-ID" b"remote-party-id";
    Replaces "Replaces" b"replaces";
    ReplyTo "Reply-To" b"reply-to";
    Require "Require" b"require";
    RetryAfter "Retry-After" b"retry-after";
    Route "Route" b"route";
    Server "Server" b"server";
    ServiceRoute "Service-Route" b"service-route";
    SessionExpires "Session-Expires" b"session-expires" | b"x";
    Subject "Subject" b"subject" | b"s";
    SubscriptionState "Subscription-State" b"subscription-state";
    Supported "Supported" b"supported" | b"k";
    Timestamp "Timestamp" b"timestamp";
    To "To" b"to" | b"t";
    Unsupported "Unsupported" b"unsupported";
    UserAgent "User-Agent" b"user-agent";
    Via "Via" b"via" | b"v";
    Warning "Warning" b"warning";
    WwwAuthenticate "WWW-Authenticate" b"www-authenticate";
}

impl<'a> HeaderName<'a> {
    /// Parses a name in its long or compact form, in any case.
    pub fn parse(name: &'a str) -> HeaderName<'a> {
        Self::lookup(name.as_bytes()).unwrap_or(HeaderName::Other(name))
    }

    /// Returns the same name, and never `Other` for a known name.
    pub(crate) fn recognised(self) -> HeaderName<'a> {
        match self {
            HeaderName::Other(name) => HeaderName::parse(name),
            known => known,
        }
    }

    /// Returns the known name that matches these bytes.
    pub(crate) fn lookup(name: &[u8]) -> Option<HeaderName<'static>> {
        let mut lower = [0u8; NAME_MAX];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        HeaderName::known(lower)
    }

    /// Returns whether the header's value is a comma-separated list (RFC 3261 §7.3.1), whose
    /// elements may also be on separate lines.
    pub const fn is_list(&self) -> bool {
        matches!(
            self,
            HeaderName::Accept
                | HeaderName::AcceptEncoding
                | HeaderName::AcceptLanguage
                | HeaderName::AlertInfo
                | HeaderName::Allow
                | HeaderName::AllowEvents
                | HeaderName::CallInfo
                | HeaderName::Contact
                | HeaderName::ContentEncoding
                | HeaderName::ContentLanguage
                | HeaderName::Diversion
                | HeaderName::ErrorInfo
                | HeaderName::HistoryInfo
                | HeaderName::InReplyTo
                | HeaderName::PAssertedIdentity
                | HeaderName::PPreferredIdentity
                | HeaderName::Path
                | HeaderName::ProxyRequire
                | HeaderName::Reason
                | HeaderName::RecordRoute
                | HeaderName::RecvInfo
                | HeaderName::RemotePartyId
                | HeaderName::Require
                | HeaderName::Route
                | HeaderName::ServiceRoute
                | HeaderName::Supported
                | HeaderName::Unsupported
                | HeaderName::Via
                | HeaderName::Warning
        )
    }
}

impl PartialEq<HeaderName<'_>> for HeaderName<'_> {
    fn eq(&self, other: &HeaderName<'_>) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for HeaderName<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_know_compact_forms() {
        for (text, name) in [
            ("Via", HeaderName::Via),
            ("vIA", HeaderName::Via),
            ("v", HeaderName::Via),
            ("V", HeaderName::Via),
            ("call-id", HeaderName::CallId),
            ("I", HeaderName::CallId),
            ("CSEQ", HeaderName::Cseq),
            ("l", HeaderName::ContentLength),
            ("x", HeaderName::SessionExpires),
            ("P-ASSERTED-IDENTITY", HeaderName::PAssertedIdentity),
        ] {
            assert_eq!(HeaderName::parse(text), name, "{text}");
        }
        assert_eq!(HeaderName::parse("X-Campaign"), HeaderName::Other("x-campaign"));
        assert!(matches!(HeaderName::parse("C%6Fntact"), HeaderName::Other("C%6Fntact")));
        assert!(matches!(HeaderName::parse(&"x".repeat(99)), HeaderName::Other(_)));
    }

    #[test]
    fn every_name_reads_back() {
        for name in [HeaderName::WwwAuthenticate, HeaderName::MinSe, HeaderName::RemotePartyId] {
            assert_eq!(HeaderName::parse(name.as_str()), name);
        }
    }
}
