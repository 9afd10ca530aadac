//! Converts a book to the keys and values of its nouns. Writes every key that the reader knows, and
//! omits the reader's defaults. A new field of a structure does not compile here until it is
//! written.

use jiff::civil::Weekday;
use serde_json::Value;

use crate::base::Holidays;
use crate::base::Method;
use crate::base::Money;
use crate::base::print_duration;
use crate::book::Accept;
use crate::book::AuctionRules;
use crate::book::AutoPause;
use crate::book::BodyFormat;
use crate::book::Book;
use crate::book::Budget;
use crate::book::Buyer;
use crate::book::CallPings;
use crate::book::CapLimits;
use crate::book::Channel;
use crate::book::Concern;
use crate::book::Contract;
use crate::book::Destination;
use crate::book::Dq;
use crate::book::Duplicate;
use crate::book::FieldRule;
use crate::book::FieldTest;
use crate::book::Filters;
use crate::book::HttpReceiver;
use crate::book::Noun;
use crate::book::Number;
use crate::book::Offer;
use crate::book::OfferPayout;
use crate::book::Outside;
use crate::book::Pacing;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::book::PayoutShare;
use crate::book::Postback;
use crate::book::Rate;
use crate::book::Receiver;
use crate::book::Ring;
use crate::book::Schedule;
use crate::book::Source;
use crate::book::SourceRule;
use crate::book::Strategy;
use crate::book::Target;
use crate::book::Tier;
use crate::book::TooManyReturns;
use crate::book::Trunk;
use crate::book::Unanswered;

use super::delivery;
use super::entrance;
use super::entry_name::EntryName;
use super::form_field;
use super::keys::Keys;
use super::node::Node;
use super::sale_rules;
use super::trunk;

/// One noun: its list, its id, and its keys in the order of writing.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) noun: Noun,
    pub(super) id: String,
    pub(super) keys: Keys,
}

impl Entry {
    /// Returns an entry with unchecked keys. The reader checks them.
    pub(super) fn of(name: &EntryName, keys: Vec<(String, Node)>) -> Self {
        Self { noun: name.noun, id: name.id.clone(), keys: Keys(keys) }
    }

    /// Returns the kind and id of the entry.
    pub(super) fn name(&self) -> EntryName {
        EntryName { noun: self.noun, id: self.id.clone() }
    }
}

/// Returns all nouns of a book, in the order of a file.
pub(super) fn entries(book: &Book) -> Vec<Entry> {
    let Book { trunks, sources, buyers, offers, contracts, numbers, postbacks } = book;
    let mut entries: Vec<Entry> = Vec::new();
    entries.extend(trunks.iter().map(of_trunk));
    entries.extend(sources.iter().map(source));
    entries.extend(buyers.iter().map(buyer));
    entries.extend(offers.iter().map(offer));
    entries.extend(contracts.iter().map(contract));
    entries.extend(numbers.iter().map(number));
    entries.extend(postbacks.iter().map(postback));
    entries
}

/// Returns the ids of a book's entries of a kind, sorted.
pub fn entry_ids(book: &Book, noun: Noun) -> Vec<String> {
    let mut ids: Vec<String> = match noun {
        Noun::Trunk => book.trunks.iter().map(|entry| entry.id.to_string()).collect(),
        Noun::Source => book.sources.iter().map(|entry| entry.id.to_string()).collect(),
        Noun::Buyer => book.buyers.iter().map(|entry| entry.id.to_string()).collect(),
        Noun::Offer => book.offers.iter().map(|entry| entry.id.to_string()).collect(),
        Noun::Contract => book.contracts.iter().map(|entry| entry.id.to_string()).collect(),
        Noun::Number => book.numbers.iter().map(|entry| entry.number.e164().to_owned()).collect(),
        Noun::Postback => book.postbacks.iter().map(|entry| entry.id.to_string()).collect(),
    };
    ids.sort_unstable();
    ids
}

/// Returns an entry as JSON, with the keys of the file; `None` when the book has no such entry.
pub fn entry_json(book: &Book, name: &EntryName) -> Option<Value> {
    let EntryName { noun, id } = name;
    let id = id.as_str();
    let found = match noun {
        Noun::Trunk => book.trunks.iter().find(|entry| entry.id.as_str() == id).map(of_trunk),
        Noun::Source => book.sources.iter().find(|entry| entry.id.as_str() == id).map(source),
        Noun::Buyer => book.buyers.iter().find(|entry| entry.id.as_str() == id).map(buyer),
        Noun::Offer => book.offers.iter().find(|entry| entry.id.as_str() == id).map(offer),
        Noun::Contract => book.contracts.iter().find(|entry| entry.id.as_str() == id).map(contract),
        Noun::Number => book.numbers.iter().find(|entry| entry.number.e164() == id).map(number),
        Noun::Postback => book.postbacks.iter().find(|entry| entry.id.as_str() == id).map(postback),
    };
    found.map(|entry| entry.to_json())
}

fn named(noun: Noun, id: &str, keys: Keys) -> Entry {
    let mut all = Keys::default().with("id", Node::text(id));
    all.0.extend(keys.0);
    Entry { noun, id: id.to_owned(), keys: all }
}

fn of_trunk(own: &Trunk) -> Entry {
    named(Noun::Trunk, own.id.as_str(), trunk::keys(own))
}

fn source(source: &Source) -> Entry {
    let Source { id, payout: own, payouts, payout_caps, intake, pings, spam, call_pings } = source;
    let PayoutCaps { zone, limits } = payout_caps;
    let of_offer = |of: &OfferPayout| {
        let keys = payout_keys(&of.payout);
        Node::Table([("offer".to_owned(), Node::text(&of.offer))].into_iter().chain(keys).collect())
    };
    let kept = own.and_then(|own| own.kept());
    let keys = Keys::default()
        .maybe("margin", kept.map(Node::Money))
        .maybe("payout", own.filter(|_| kept.is_none()).as_ref().map(payout))
        .listed("payouts", payouts.iter().map(of_offer).collect())
        .maybe("payout_caps", payout_limits(*limits).table())
        .maybe("timezone", Node::zone_unless_utc(zone))
        .maybe("pings", pings.map(rate))
        .maybe("spam", spam.map(rate))
        .maybe("call_pings", call_pings_keys(*call_pings).table())
        .listed("intake", intake.iter().map(entrance::entrance).collect());
    named(Noun::Source, id.as_str(), keys)
}

fn call_pings_keys(of: CallPings) -> Keys {
    let usual = CallPings::USUAL;
    let CallPings { life, caller_id_required } = of;
    let required = (caller_id_required != usual.caller_id_required).then_some(caller_id_required);
    Keys::default()
        .maybe("life", (life != usual.life).then(|| Node::text(print_duration(life))))
        .maybe("caller_id_required", required.map(Node::Flag))
}

fn rate(rate: Rate) -> Node {
    let Rate { max, per } = rate;
    let keys =
        Keys::default().with("max", Node::number(max)).with("per", Node::text(print_duration(per)));
    Node::Table(keys.0)
}

fn payout(payout: &Payout) -> Node {
    match payout {
        Payout::Fixed(amount) => Node::Money(*amount),
        Payout::Share(_) => Node::Table(payout_keys(payout)),
    }
}

fn payout_keys(payout: &Payout) -> Vec<(String, Node)> {
    match payout {
        Payout::Fixed(amount) => Node::money_keys(amount),
        Payout::Share(PayoutShare { share, min, max, less: _ }) => {
            let keys = Keys::default()
                .with("share", Node::text(share))
                .maybe("min", min.map(Node::Money))
                .maybe("max", max.map(Node::Money));
            keys.0
        }
    }
}

fn payout_limits(limits: PayoutLimits) -> Keys {
    let PayoutLimits { hour, day, week, month, total } = limits;
    Keys::default()
        .maybe("hour", hour.map(Node::number))
        .maybe("day", day.map(Node::number))
        .maybe("week", week.map(Node::number))
        .maybe("month", month.map(Node::number))
        .maybe("total", total.map(Node::number))
}

fn buyer(buyer: &Buyer) -> Entry {
    let Buyer { id, timezone, caps: limits, prepaid, balance_low, enabled } = buyer;
    let keys = Keys::default()
        .with("timezone", Node::text(timezone.iana_name().unwrap_or("UTC")))
        .maybe("caps", caps(limits))
        .maybe("prepaid", prepaid.then_some(Node::Flag(true)))
        .maybe("balance_low", balance_low.map(Node::Money))
        .maybe("enabled", off(*enabled));
    named(Noun::Buyer, id.as_str(), keys)
}

fn offer(offer: &Offer) -> Entry {
    let Offer { id, strategy, auction, ring, ring_timeout, caps: limits, .. } = offer;
    let Offer { duplicate: twice, share, bill_silent, show_buyer, fields, dq, .. } = offer;
    let strategy = match strategy {
        Strategy::Priority => "priority",
        Strategy::Weighted => "weighted",
        Strategy::RoundRobin => "round_robin",
        Strategy::HighestPrice => "highest_price",
        Strategy::Performance => "performance",
        Strategy::Auction => "auction",
    };
    let width = match ring {
        Ring::Sequential => None,
        Ring::Simultaneous { width } => Some(Node::number(width)),
    };
    let dq = match dq {
        Dq::Reject => ("reject", Node::Flag(true)),
        Dq::Offer(offer) => ("offer", Node::text(offer)),
        Dq::Buyer(buyer) => ("buyer", Node::text(buyer)),
        Dq::Recording(name) => ("recording", Node::text(name)),
    };
    let keys = Keys::default()
        .with("strategy", Node::text(strategy))
        .maybe("auction", auction_rules(*auction))
        .maybe("ring", width.is_some().then(|| Node::text("simultaneous")))
        .maybe("ring_width", width)
        .with("ring_timeout", Node::text(print_duration(*ring_timeout)))
        .maybe("caps", caps(limits))
        .maybe("duplicate", duplicates(twice))
        .maybe("share", (*share != 1).then(|| Node::number(share)))
        .maybe("bill_silent", off(*bill_silent))
        .maybe("show_buyer", show_buyer.then_some(Node::Flag(true)))
        .listed("fields", fields.iter().map(form_field::form_field).collect())
        .maybe("dq", Keys::default().with(dq.0, dq.1).table());
    named(Noun::Offer, id.as_str(), keys)
}

fn auction_rules(rules: AuctionRules) -> Option<Node> {
    let AuctionRules { window, floor } = rules;
    let window = Some(window).filter(|window| *window != AuctionRules::WINDOW);
    Keys::default()
        .maybe("window", window.map(|window| Node::text(print_duration(window))))
        .maybe("floor", floor.map(Node::Money))
        .table()
}

fn contract(contract: &Contract) -> Entry {
    let Contract {
        id,
        buyer,
        offer,
        channels,
        tier,
        priority,
        weight,
        price,
        buffer,
        rules,
        filters: wanted,
        schedule: hours,
        caps: limits,
        destination: target,
        bidder: asked,
        delivery: posted,
        duplicate: twice,
        auto_pause: rest,
        enabled,
    } = contract;
    let channels = Channel::ALL.iter().filter(|channel| channels.contains(**channel));
    let tier = match tier {
        Tier::Primary | Tier::Secondary | Tier::Overflow | Tier::Fallback => tier.name(),
    };
    let keys = Keys::default()
        .with("buyer", Node::text(buyer))
        .with("offer", Node::text(offer))
        .with("channels", Node::texts(channels))
        .with("tier", Node::text(tier))
        .with("priority", Node::number(priority))
        .with("weight", Node::number(weight))
        .with("price", Node::Money(*price))
        .with("buffer", Node::text(print_duration(*buffer)))
        .maybe("conversion", sale_rules::conversion(&rules.conversion))
        .maybe("returns", rules.returns.as_ref().map(sale_rules::returns))
        .maybe("caps", caps(limits))
        .maybe("duplicate", duplicates(twice))
        .maybe("auto_pause", rest.as_ref().map(auto_pause))
        .maybe("enabled", off(*enabled))
        .maybe("filters", filters(wanted))
        .maybe("schedule", hours.as_ref().and_then(schedule))
        .maybe("destination", target.as_ref().and_then(destination))
        .maybe("bidder", asked.as_deref().and_then(delivery::bidder))
        .maybe("delivery", posted.as_deref().and_then(delivery::delivery));
    named(Noun::Contract, id.as_str(), keys)
}

fn number(number: &Number) -> Entry {
    let Number { number, offer, source, flow, country } = number;
    let keys = Keys::default()
        .with("number", Node::text(number.e164()))
        .with("offer", Node::text(offer))
        .with("source", Node::text(source))
        .with("flow", Node::text(flow))
        .maybe("country", country.as_ref().map(Node::text));
    Entry { noun: Noun::Number, id: number.e164().to_owned(), keys }
}

fn postback(postback: &Postback) -> Entry {
    let Postback { id, of, events, filter, receiver, enabled } = postback;
    let of = match of {
        Concern::Source(id) => Some(("source", Node::text(id))),
        Concern::Buyer(id) => Some(("buyer", Node::text(id))),
        Concern::Offer(id) => Some(("offer", Node::text(id))),
        Concern::All => None,
    };
    let keys = of.into_iter().fold(Keys::default(), |keys, (key, id)| keys.with(key, id));
    let keys = keys
        .with("event", Node::texts(events))
        .listed("filter", filter.iter().map(field).collect());
    let keys = match receiver {
        Receiver::Http(receiver) => http_receiver(keys, receiver),
        Receiver::Email(mailboxes) => keys.with("email", Node::texts(mailboxes)),
    };
    named(Noun::Postback, id.as_str(), keys.maybe("enabled", off(*enabled)))
}

fn http_receiver(keys: Keys, receiver: &HttpReceiver) -> Keys {
    let HttpReceiver { url, method, headers, body } = receiver;
    let headers = headers.iter().map(|(name, value)| (name.clone(), Node::text(value)));
    let format = body.as_ref().map(|body| body.format);
    let format = format.filter(|format| *format != BodyFormat::default());
    keys.with("url", Node::text(url))
        .maybe("method", (*method != Method::default()).then(|| Node::text(method.name())))
        .maybe("headers", Keys(headers.collect()).table())
        .maybe("body", body.as_ref().map(|body| Node::text(&body.text)))
        .maybe("format", format.map(|format| Node::text(format.name())))
}

/// Returns a key that is false; true is its default.
fn off(enabled: bool) -> Option<Node> {
    (!enabled).then_some(Node::Flag(false))
}

fn caps(limits: &CapLimits) -> Option<Node> {
    let CapLimits { hour, day, week, month, total, concurrent, budget: money, pacing } = limits;
    let all = [
        ("hour", hour),
        ("day", day),
        ("week", week),
        ("month", month),
        ("total", total),
        ("concurrent", concurrent),
    ];
    let add =
        |keys: Keys, (key, limit): (&str, &Option<u64>)| keys.maybe(key, limit.map(Node::number));
    let pacing = match pacing {
        Pacing::Asap => None,
        Pacing::Even => Some(Node::text("even")),
    };
    let keys = all.into_iter().fold(Keys::default(), add);
    keys.maybe("pacing", pacing).maybe("budget", budget(money)).table()
}

fn budget(budget: &Budget) -> Option<Node> {
    let Budget { hour, day, week, month, total } = budget;
    let all = [("hour", hour), ("day", day), ("week", week), ("month", month), ("total", total)];
    let add =
        |keys: Keys, (key, limit): (&str, &Option<Money>)| keys.maybe(key, limit.map(Node::Money));
    all.into_iter().fold(Keys::default(), add).table()
}

fn duplicates(rules: &[Duplicate]) -> Option<Node> {
    match rules {
        [] => None,
        [rule] => Some(duplicate(rule)),
        rules => Some(Node::List(rules.iter().map(duplicate).collect())),
    }
}

fn duplicate(rule: &Duplicate) -> Node {
    let Duplicate { fields, window, after, then } = rule;
    let keys = Keys::default()
        .with("fields", Node::texts(fields))
        .with("window", Node::text(print_duration(*window)))
        .with("after", Node::text(after.name()))
        .with("then", Node::text(then.name()));
    Node::Table(keys.0)
}

fn auto_pause(rule: &AutoPause) -> Node {
    let AutoPause { unanswered, returns } = rule;
    let keys = match unanswered {
        Some(Unanswered { calls, window, pause }) => Keys::default()
            .with("unanswered", Node::number(calls))
            .with("window", Node::text(print_duration(*window)))
            .with("pause", Node::text(print_duration(*pause))),
        None => Keys::default(),
    };
    let returns = returns.as_ref().map(|TooManyReturns { share, sales, window, pause }| {
        let keys = Keys::default()
            .with("share", Node::text(share))
            .with("sales", Node::number(sales))
            .with("window", Node::text(print_duration(*window)))
            .with("pause", Node::text(print_duration(*pause)));
        Node::Table(keys.0)
    });
    Node::Table(keys.maybe("returns", returns).0)
}

fn filters(filters: &Filters) -> Option<Node> {
    let Filters { states, zips, area_codes, cities, counties, countries, radius, dma, .. } =
        filters;
    let Filters { fields, required, sources, min_score, attestation, .. } = filters;
    let radius = radius.as_ref().map(|radius| {
        let keys = Keys::default().with("zip", Node::text(radius.zip));
        Node::Table(keys.with("miles", Node::number(radius.miles)).0)
    });
    let codes = dma.iter().flat_map(|rule| &rule.codes).map(Node::text).collect();
    let rule = match sources {
        SourceRule::Any => None,
        SourceRule::Only(list) => Some(("allow", list)),
        SourceRule::Except(list) => Some(("deny", list)),
    };
    let sources = rule.and_then(|(key, list)| Keys::default().with(key, Node::texts(list)).table());
    Keys::default()
        .listed("states", states.iter().map(Node::text).collect())
        .listed("zips", zips.iter().map(Node::text).collect())
        .listed("area_codes", area_codes.iter().map(Node::text).collect())
        .listed("cities", cities.iter().map(Node::text).collect())
        .listed("counties", counties.iter().map(Node::text).collect())
        .listed("countries", countries.iter().map(Node::text).collect())
        .maybe("radius", radius)
        .listed("dma", codes)
        .listed("fields", fields.iter().map(field).collect())
        .listed("required", required.iter().map(Node::text).collect())
        .maybe("min_score", min_score.map(Node::number))
        .listed("attestation", attestation.iter().map(Node::text).collect())
        .maybe("sources", sources)
        .table()
}

fn field(rule: &FieldRule) -> Node {
    let FieldRule { field, tests } = rule;
    let mut keys = Keys::default().with("field", Node::text(field));
    for test in tests {
        keys = match test {
            FieldTest::Min(min) => keys.with("min", Node::number(min)),
            FieldTest::Max(max) => keys.with("max", Node::number(max)),
            FieldTest::Equals(text) => keys.with("equals", Node::text(text)),
            FieldTest::OneOf(texts) => keys.with("in", Node::texts(texts)),
            FieldTest::Matches(pattern) => keys.with("regex", Node::text(pattern.as_str())),
            FieldTest::Present => keys.with("present", Node::Flag(true)),
        };
    }
    Node::Table(keys.0)
}

fn schedule(schedule: &Schedule) -> Option<Node> {
    let Schedule { weekly, closed, holidays, outside } = schedule;
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let days = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let hours = days.map(|day| {
        let spans = weekly.day(day).iter();
        spans.map(|span| format!("{}-{}", clock(span.from), clock(span.to))).collect()
    });
    let calendar = holidays.map(|calendar| match calendar {
        Holidays::UsFederal => Node::text("us-federal"),
    });
    let outside = match outside {
        Outside::Skip => None,
        Outside::Park => Some(Node::text("park")),
    };
    Keys::default()
        .with("weekly", Node::Week(hours))
        .maybe("holidays", calendar)
        .listed("closed", closed.iter().map(Node::text).collect())
        .maybe("outside", outside)
        .table()
}

fn destination(destination: &Destination) -> Option<Node> {
    let Destination { to, whisper, accept, symmetric_rtp, srtp } = destination;
    let keys = match to {
        Target::Sip { uri } => Keys::default().with("sip", Node::text(uri)),
        Target::Phone { number, trunk } => Keys::default()
            .with("phone", Node::text(number.e164()))
            .with("trunk", Node::text(trunk)),
    };
    let accept = match accept {
        Accept::None => None,
        Accept::Press1 => Some(Node::text("press-1")),
    };
    keys.maybe("whisper", whisper.as_ref().map(Node::text))
        .maybe("accept", accept)
        .maybe("symmetric_rtp", symmetric_rtp.map(|sources| Node::text(sources.name())))
        .maybe("srtp", srtp.map(|srtp| Node::text(srtp.name())))
        .table()
}
