//! The answer to a ping for a call, in the dialect of Ringba's bidders.

use crate::base::Wall;
use crate::base::tree::Tree;

use super::NoBid;
use super::PingRecord;

/// Code of the term that names the connected time from which the source is owed the bid.
const DURATION: &str = "100";
/// Code of the warning that an earlier bid still counts.
const REPEATED: &str = "230";

/// What the source of a ping for a call is told.
#[derive(Debug, Clone, Copy)]
pub struct RtbAnswer<'a> {
    /// The ping.
    pub ping: &'a PingRecord,
    /// Why there is no bid; `None` with one.
    pub no_bid: Option<&'a NoBid>,
    /// Whether the ping repeats an earlier one whose bid still counts.
    pub is_repeated: bool,
    /// Host of SIP addresses; `None` if calls come to numbers only.
    pub sip_host: Option<&'a str>,
    /// Time of the answer.
    pub at: Wall,
}

impl RtbAnswer<'_> {
    /// Returns names and values of the answer.
    pub fn tree(&self) -> Tree {
        let text = |text: &str| Tree::Text(text.to_owned());
        let mut pairs = vec![("bidId", text(&self.ping.id.bid_id()))];
        let offered = self.ping.price.zip(self.ping.expires_at);
        let Some((price, end)) = offered.filter(|_| self.no_bid.is_none()) else {
            let why = self.no_bid.map_or_else(|| NoBid::Bidders.sentence(), NoBid::sentence);
            pairs.push(("bidAmount", Tree::Number("0".to_owned())));
            pairs.push(("rejectReason", text(&why)));
            return named(pairs);
        };
        pairs.push(("bidAmount", Tree::Number(price.amount())));
        let left = end.since(self.at).as_secs();
        let date = end.timestamp().strftime("%-m/%-d/%Y %-I:%M:%S %p +00:00").to_string();
        pairs.push(("expireInSeconds", Tree::Number(left.to_string())));
        pairs.push(("bidExpireDT", text(&date)));
        pairs.push(("bidExpireEpoch", Tree::Number((end.micros() / 1_000).to_string())));
        if let Some(call) = &self.ping.call {
            match (self.sip_host.filter(|_| call.by_sip), &call.number) {
                (Some(host), _) => {
                    let address = format!("{}@{host}", self.ping.id.bid_id());
                    pairs.push(("sipAddress", text(&address)));
                }
                (None, Some(number)) => {
                    let whole = number.e164();
                    pairs.push(("phoneNumber", text(whole)));
                    pairs.push(("phoneNumberNoPlus", text(whole.trim_start_matches('+'))));
                }
                (None, None) => {}
            }
            let seconds = Tree::Number(call.buffer.as_secs().to_string());
            let code = ("code", Tree::Number(DURATION.to_owned()));
            let term = named(vec![code, ("callMinDuration", seconds)]);
            pairs.push(("bidTerms", Tree::List(vec![term])));
        }
        if self.is_repeated {
            let code = ("code", Tree::Number(REPEATED.to_owned()));
            let why = text("An earlier bid for this caller still counts.");
            let warning = named(vec![code, ("description", why)]);
            pairs.push(("warnings", Tree::List(vec![warning])));
        }
        named(pairs)
    }
}

fn named(pairs: Vec<(&str, Tree)>) -> Tree {
    Tree::Named(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::base::Currency;
    use crate::base::Money;
    use crate::base::tree::to_json;
    use crate::lead::CallTerms;

    fn ping(by_sip: bool) -> PingRecord {
        let at = Wall::from_micros(1_763_632_800_000_000);
        PingRecord {
            id: "0190a0b0-0000-7000-8000-00000000000f".parse().unwrap(),
            offer: "o".parse().unwrap(),
            source: "web".parse().unwrap(),
            book_version: 1,
            test: false,
            fields: BTreeMap::new(),
            bids: Vec::new(),
            at,
            price: Money::parse("24.50", Currency::USD).ok(),
            expires_at: Some(at + Duration::from_secs(30)),
            reason: None,
            lead: None,
            call: Some(CallTerms {
                caller: None,
                reference: None,
                number: "+18005550100".parse().ok(),
                by_sip,
                buffer: Duration::from_secs(90),
                came: None,
            }),
        }
    }

    fn answer(ping: &PingRecord, no_bid: Option<&NoBid>, is_repeated: bool) -> String {
        let at = ping.at + Duration::from_secs(2);
        let sip_host = Some("sip.example");
        to_json(&RtbAnswer { ping, no_bid, is_repeated, sip_host, at }.tree())
    }

    #[test]
    fn the_answer_is_that_of_ringba() {
        let bid = "\"bidId\":\"RTB0190a0b000007000800000000000000f\"";
        let money = "\"bidAmount\":24.50,\"expireInSeconds\":28,\
                     \"bidExpireDT\":\"11/20/2025 10:00:30 AM +00:00\",\
                     \"bidExpireEpoch\":1763632830000";
        let terms = "\"bidTerms\":[{\"code\":100,\"callMinDuration\":90}]";
        let number = "\"phoneNumber\":\"+18005550100\",\"phoneNumberNoPlus\":\"18005550100\"";
        let expected = format!("{{{bid},{money},{number},{terms}}}");
        assert_eq!(answer(&ping(false), None, false), expected);
        let sip = "\"sipAddress\":\"RTB0190a0b000007000800000000000000f@sip.example\"";
        let warned = "\"warnings\":[{\"code\":230,\
                      \"description\":\"An earlier bid for this caller still counts.\"}]";
        let expected = format!("{{{bid},{money},{sip},{terms},{warned}}}");
        assert_eq!(answer(&ping(true), None, true), expected);
        let refused = "\"bidAmount\":0,\
                       \"rejectReason\":\"Every buyer of such calls is full or closed. (Code: 1003)\"";
        let expected = format!("{{{bid},{refused}}}");
        assert_eq!(answer(&ping(false), Some(&NoBid::Capacity), false), expected);
    }

    #[test]
    fn the_id_of_a_bid_is_read_in_any_case() {
        let ping = ping(false);
        let id = ping.id.bid_id();
        for (text, expected) in [
            (id.clone(), true),
            (id.to_ascii_uppercase(), true),
            (id.to_ascii_lowercase(), true),
            (id[1..].to_owned(), false),
            (format!("{id}0"), false),
            (format!("RTB{}", "g".repeat(32)), false),
            ("RTß".to_owned(), false),
            (String::new(), false),
        ] {
            let read = crate::base::PingId::of_bid_id(&text);
            assert_eq!(read == Some(ping.id), expected, "{text}");
        }
    }
}
