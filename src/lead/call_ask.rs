//! What a ping for a call says of it, under the names that bidders of calls use.

use crate::base::Phone;

/// Names of the caller's number.
const CALLER: &[&str] = &["cid", "caller_id", "caller_number", "callerid"];
/// Names of the flag that lets bidders know the caller's number.
const EXPOSES: &[&str] = &["exposecallerid", "expose_caller_id"];
/// Names of the flag that asks for a SIP address.
const SIP: &[&str] = &["sipok", "sip_ok"];
/// Name of the source's own id of the call. It is a field, too.
const REFERENCE: &str = "publisherinboundcallid";
/// Names of the zip, which is a field of our name.
const ZIP: &[&str] = &["zipcode", "zip_code", "postalcode", "postal_code"];
/// Longest id of a source for a call, in characters; the rest is cut off.
const REFERENCE_CHARS_MAX: usize = 128;

/// What a ping for a call says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallAsk {
    /// The caller; `None` if the ping does not tell.
    pub caller: Option<Phone>,
    /// Whether the caller's number was given and is none.
    pub is_misdialled: bool,
    /// Whether bidders may know the caller's number before they have won.
    pub exposes_caller: bool,
    /// Whether the source can send the call to a SIP address.
    pub takes_sip: bool,
    /// The source's own id of the call.
    pub reference: Option<String>,
    /// The other names and values: fields of the call.
    pub values: Vec<(String, String)>,
}

impl CallAsk {
    /// Reads names and values as they were sent. Blank ones count as absent; of several numbers of
    /// the caller, the first counts.
    pub fn read(sent: Vec<(String, String)>) -> Self {
        let mut ask = Self::default();
        let mut caller = None;
        for (name, value) in sent {
            let (own, text) = (name.trim().to_ascii_lowercase(), value.trim());
            let is_one_of = |names: &[&str]| names.contains(&own.as_str());
            if is_one_of(CALLER) {
                caller = caller.or((!text.is_empty()).then(|| text.to_owned()));
            } else if is_one_of(EXPOSES) {
                ask.exposes_caller = is_yes(text);
            } else if is_one_of(SIP) {
                ask.takes_sip = is_yes(text);
            } else if is_one_of(ZIP) {
                ask.values.push(("zip".to_owned(), value));
            } else {
                if own == REFERENCE && !text.is_empty() {
                    ask.reference = Some(text.chars().take(REFERENCE_CHARS_MAX).collect());
                }
                ask.values.push((name, value));
            }
        }
        ask.caller = caller.as_deref().and_then(|text| Phone::of_caller(text, None));
        ask.is_misdialled = caller.is_some() && ask.caller.is_none();
        ask
    }
}

fn is_yes(text: &str) -> bool {
    ["yes", "true", "1", "y"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a ping in one line: caller, flags, id, and fields.
    fn words(sent: &[(&str, &str)]) -> String {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let ask = CallAsk::read(sent.iter().map(own).collect());
        let fields: Vec<String> = ask.values.iter().map(|(n, v)| format!("{n}={v}")).collect();
        format!(
            "{}{} expose:{} sip:{} id:{} [{}]",
            ask.caller.as_ref().map_or("-", Phone::e164),
            if ask.is_misdialled { "!" } else { "" },
            ask.exposes_caller,
            ask.takes_sip,
            ask.reference.as_deref().unwrap_or("-"),
            fields.join(" "),
        )
    }

    #[test]
    fn the_names_of_ringba_and_of_its_copies_are_known() {
        for (sent, expected) in [
            (
                &[("CID", "13055550123"), ("zipcode", "90210"), ("exposeCallerId", "yes")][..],
                "+13055550123 expose:true sip:false id:- [zip=90210]",
            ),
            (
                &[("cid", "+13055550123"), ("sipOk", "true"), ("State", "CA"), ("SubID", "7")],
                "+13055550123 expose:false sip:true id:- [State=CA SubID=7]",
            ),
            (
                &[("caller_number", "3055550123"), ("publisherInboundCallId", " a1 ")],
                "+13055550123 expose:false sip:false id:a1 [publisherInboundCallId= a1 ]",
            ),
            (&[("caller_id", "anonymous")], "-! expose:false sip:false id:- []"),
            (&[("CID", " "), ("exposeCallerId", "no")], "- expose:false sip:false id:- []"),
        ] {
            assert_eq!(words(sent), expected, "{sent:?}");
        }
    }
}
