//! REFER: a far end asks to be replaced by another party (RFC 3515).

use super::check::Fault;
use super::wire::Elements;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Method;
use super::wire::NameAddr;
use super::wire::Uri;

/// Why a far end is not replaced by another party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoTransfer {
    /// The address is no destination that calls may be transferred to.
    UnknownDestination,
    /// Attended: the address names a call that is to be replaced (RFC 3891).
    Attended,
    /// A request other than INVITE is asked for.
    OtherMethod,
    /// The caller asks for it.
    ByCaller,
    /// The far end has not answered, or is not connected with the caller yet.
    NotConnected,
    /// The far end is no buyer.
    NotABuyer,
    /// It is outside any call.
    OutsideCall,
    /// An earlier transfer of the call has not ended.
    InProgress,
    /// The call was transferred as often as it may be.
    TooOften,
}

impl NoTransfer {
    /// All values.
    pub const ALL: &'static [NoTransfer] = &[
        NoTransfer::UnknownDestination,
        NoTransfer::Attended,
        NoTransfer::OtherMethod,
        NoTransfer::ByCaller,
        NoTransfer::NotConnected,
        NoTransfer::NotABuyer,
        NoTransfer::OutsideCall,
        NoTransfer::InProgress,
        NoTransfer::TooOften,
    ];

    /// Returns the text of the response's Reason header.
    pub const fn text(self) -> &'static str {
        match self {
            NoTransfer::UnknownDestination => "not a destination of the route book",
            NoTransfer::Attended => "attended transfers are not supported",
            NoTransfer::OtherMethod => "only calls can be transferred",
            NoTransfer::ByCaller => "callers cannot transfer",
            NoTransfer::NotConnected => "the call is not connected",
            NoTransfer::NotABuyer => "only buyers can transfer",
            NoTransfer::OutsideCall => "outside a call",
            NoTransfer::InProgress => "a transfer is in progress",
            NoTransfer::TooOften => "transferred too often",
        }
    }

    /// Returns the response: 403 with a Reason (RFC 3326).
    pub(super) fn fault(self) -> Fault {
        let reason = format!("SIP;cause=403;text=\"{}\"", self.text());
        Fault::with(403, HeaderName::Reason, &reason)
    }
}

/// Reads where a REFER leads.
///
/// # Errors
/// 400 unless there is exactly one Refer-To with a URI (RFC 3515 §2.4.2), and 403 for anything but a
/// blind transfer.
pub(super) fn refer_to(refer: &Message) -> Result<Uri, Fault> {
    let mut values = refer.headers(HeaderName::ReferTo).flat_map(Elements::of);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Fault::plain(400)) };
    let address = NameAddr::parse(value).map_err(|_| Fault::plain(400))?;
    let asks_for = address.uri.param("method");
    if asks_for.is_some_and(|method| method != Method::Invite.as_str()) {
        return Err(NoTransfer::OtherMethod.fault());
    }
    let mut headers =
        address.uri.headers().split('&').filter_map(|header| header.split('=').next());
    if headers.any(|name| name.eq_ignore_ascii_case(HeaderName::Replaces.as_str())) {
        return Err(NoTransfer::Attended.fault());
    }
    Ok(address.uri)
}

/// Returns whether a REFER asks for notifications: unless `Refer-Sub: false` (RFC 4488 §4).
pub(super) fn is_followed(refer: &Message) -> bool {
    let value = refer.header(REFER_SUB).and_then(|value| value.split(';').next());
    !value.is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
}

/// Whether a REFER is followed by notifications (RFC 4488).
pub(super) const REFER_SUB: HeaderName<'static> = HeaderName::Other("Refer-Sub");
