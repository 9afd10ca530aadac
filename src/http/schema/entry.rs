//! The kinds of the book's entries, with their keys. A client may omit a key or set it to `null`;
//! both mean the same.

use super::Field;
use utoipa::ToSchema;
use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::any;
use super::boolean;
use super::closed;
use super::delivery;
use super::entrance;
use super::field;
use super::form_field;
use super::keys::entry;
use super::keys::one_or_many;
use super::list;
use super::map;
use super::one_of;
use super::refer;
use super::slug;
use super::text;
use super::whole;
use super::word;
use crate::base::Method;
use crate::base::Money;
use crate::base::Prack;
use crate::base::Srtp;
use crate::base::SymmetricRtp;
use crate::book::BodyFormat;
use crate::book::Noun;
use crate::book::RATE_MAX;
use crate::book::RepeatAfter;
use crate::book::RepeatThen;

/// A kind of entry, as a type. Handlers and documents are generated for each kind.
pub(in crate::http) trait Kind: ToSchema + Send + Sync + 'static {
    /// The kind.
    const NOUN: Noun;
    /// The path of the list.
    const PATH: &'static str;
    /// The path of one entry.
    const ITEM: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $noun:ident, $path:literal;)+) => {$(
        $(#[$doc])*
        pub(in crate::http) struct $name;

        impl Kind for $name {
            const NOUN: Noun = Noun::$noun;
            const PATH: &'static str = $path;
            const ITEM: &'static str = concat!($path, "/{id}");
        }
    )+};
}

kinds! {
    /// A carrier's SIP connection.
    TrunkEntry: Trunk, "/v1/trunks";
    /// Who sends traffic.
    SourceEntry: Source, "/v1/sources";
    /// Who pays.
    BuyerEntry: Buyer, "/v1/buyers";
    /// Offers.
    OfferEntry: Offer, "/v1/offers";
    /// Contracts: one buyer's terms for one offer.
    ContractEntry: Contract, "/v1/contracts";
    /// A number that is dialled.
    NumberEntry: Number, "/v1/numbers";
    /// A receiver of events.
    PostbackEntry: Postback, "/v1/postbacks";
}

fn limit() -> RefOr<Schema> {
    whole(0, 1_000_000_000_000)
}

fn caps() -> RefOr<Schema> {
    let money = |name| field(name, refer::<Money>(), "");
    let budget = ["hour", "day", "week", "month", "total"].map(money);
    let mut keys: Vec<_> = ["hour", "day", "week", "month", "total", "concurrent"]
        .map(|name| field(name, limit(), ""))
        .into();
    keys.push(field(
        "pacing",
        word(["asap", "even"]),
        "How the units of a day are spread over the day.",
    ));
    keys.push(field("budget", entry(&[], budget.into()), "Limits in money."));
    entry(&[], keys)
}

/// Returns the schema of a payout: an amount, or a share of the revenue.
pub(super) fn payout() -> RefOr<Schema> {
    OneOfBuilder::new().item(refer::<Money>()).item(payout_share(&[])).into()
}

/// Returns the schema of a margin: an amount, or a share of the revenue.
fn margin() -> RefOr<Schema> {
    let share = entry(&[field("share", text(), "Share of the revenue: `20%`.")], Vec::new());
    OneOfBuilder::new().item(refer::<Money>()).item(share).into()
}

/// Returns the schema of a number of times in a window.
fn rate() -> RefOr<Schema> {
    let max = field("max", whole(1, RATE_MAX as usize), "How often.");
    entry(&[max, field("per", text(), "Length of the window, such as `1m`.")], Vec::new())
}

fn call_pings() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("life", text(), "Longest life of a bid: `5s` to `1h`; `30s` by default."),
            field(
                "caller_id_required",
                boolean(),
                "Whether a ping without the caller's number gets none.",
            ),
        ],
    )
}

fn payout_share(needed: &[Field<'static>]) -> RefOr<Schema> {
    let needed: Vec<_> = needed
        .iter()
        .cloned()
        .chain([field("share", text(), "Share of the revenue: `70%`.")])
        .collect();
    entry(
        &needed,
        vec![
            field("min", refer::<Money>(), "Least payout."),
            field("max", refer::<Money>(), "Largest payout."),
        ],
    )
}

fn offer_payout() -> RefOr<Schema> {
    let offer = || field("offer", slug(), "The offer.");
    let amount = [
        offer(),
        field("amount", text(), "A decimal number."),
        field("currency", text(), "An ISO 4217 code."),
    ];
    OneOfBuilder::new().item(entry(&amount, Vec::new())).item(payout_share(&[offer()])).into()
}

fn payout_limits() -> RefOr<Schema> {
    entry(&[], payout_windows())
}

fn payout_windows() -> Vec<Field<'static>> {
    ["hour", "day", "week", "month", "total"].map(|name| field(name, limit(), "")).into()
}

/// Returns the schema of a sale's caps on payouts.
pub(super) fn payout_caps() -> RefOr<Schema> {
    closed(&[field("zone", text(), "IANA time zone in which windows turn.")], &payout_windows())
}

fn duplicate() -> RefOr<Schema> {
    let fields = field("fields", list(text()), "Fields that identify a person.");
    let window = field("window", text(), "A duration; `30d` by default.");
    let after = word(RepeatAfter::ALL.iter().map(|after| after.name()));
    let after = field("after", after, "Which sales count; `connected` by default.");
    let then = word(RepeatThen::ALL.iter().map(|then| then.name()));
    let then = field("then", then, "What happens to a duplicate; `refuse` by default.");
    let rule = entry(&[fields], vec![window, after, then]);
    one_of([rule.clone(), list(rule)])
}

fn conversion() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("by", word(["time", "key", "report"]), "The event that makes a sale billable."),
            field("from", word(["answer", "accept"]), "Start of the connected time."),
            field("key", text(), "Keys that the buyer presses: `*7`."),
            field("window", text(), "Duration after the sale in which the buyer may report."),
            field("min", refer::<Money>(), "Smallest revenue that the buyer may report."),
            field("max", refer::<Money>(), "Largest revenue that the buyer may report."),
        ],
    )
}

fn returns() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("window", text(), "Duration after the sale in which it may be returned."),
            field("share", text(), "Largest share of the sales that may be returned: `15%`."),
            field("reasons", list(text()), "Reasons that may be given; empty: any."),
            field("accept_after", text(), "Duration after which a return is accepted by itself."),
            field("reverse_payout", boolean(), "True if the payout is reversed too."),
            field("frees_cap", boolean(), "True if a returned sale frees its unit of the caps."),
        ],
    )
}

fn day_limits() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("calls", whole(0, 1_000_000_000_000), "Calls that are dialed."),
            field("minutes", whole(0, 1_000_000_000_000), "Connected minutes."),
            field("cost", refer::<Money>(), "Their cost; needs a `rate`."),
        ],
    )
}

fn gateways() -> RefOr<Schema> {
    let gateway = entry(
        &[field("uri", text(), "A SIP address. A host without a port is looked up by SRV.")],
        vec![
            field("priority", whole(0, 65_535), "The lowest goes first; 1 by default."),
            field("weight", whole(0, 65_535), "Share among those of its priority; 1 by default."),
        ],
    );
    OneOfBuilder::new().item(one_or_many()).item(list(gateway)).into()
}

fn trunk_prefix() -> RefOr<Schema> {
    entry(
        &[field("prefix", text(), "`+` and the first digits of numbers: `+44`.")],
        vec![
            field("rate", refer::<Money>(), "Cost of a connected minute."),
            field("day", day_limits(), "Limits on all numbers with the prefix together."),
        ],
    )
}

fn auto_pause() -> RefOr<Schema> {
    let returns = entry(
        &[
            field("share", text(), "Share of the sales at which the contract pauses: `20%`."),
            field("pause", text(), "A duration."),
        ],
        vec![
            field("sales", whole(1, 1_000_000), "Least number of sales; 10 by default."),
            field("window", text(), "Duration in which both are counted; 7 days by default."),
        ],
    );
    entry(
        &[],
        vec![
            field("unanswered", whole(1, 100), "Calls in a row; needs `window` and `pause`."),
            field("window", text(), "A duration."),
            field("pause", text(), "A duration."),
            field("returns", returns, "When returns pause the contract."),
        ],
    )
}

fn filters() -> RefOr<Schema> {
    let texts = |name, about| field(name, list(text()), about);
    entry(
        &[],
        vec![
            texts("states", "Two letters."),
            texts("zips", "Five digits."),
            texts("area_codes", "Three digits."),
            texts("cities", "`Dallas, TX`, or `Dallas`."),
            texts("counties", "`Dallas County, TX`, or a FIPS code."),
            texts("countries", "Two letters."),
            field(
                "radius",
                entry(&[field("zip", text(), ""), field("miles", whole(1, 1_000), "")], Vec::new()),
                "Zips within a distance in miles.",
            ),
            texts("dma", "Market areas (DMA) of the imported table."),
            field("fields", list(map(any())), "Tests of fields."),
            texts("required", "Fields that must be known."),
            field("min_score", any(), "Minimum of the field `score`."),
            texts("attestation", "`A`, `B`, `C`."),
            field(
                "sources",
                entry(&[], vec![texts("allow", ""), texts("deny", "")]),
                "Accepted or rejected sources.",
            ),
        ],
    )
}

fn schedule() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("weekly", map(list(text())), "Hours by day: `{\"mon-fri\": [\"09:00-17:00\"]}`."),
            field("holidays", word(["us-federal"]), "Days that are closed every year."),
            field("closed", list(text()), "Dates: `2026-12-24`."),
            field("outside", word(["skip", "park"]), "What happens outside the hours."),
        ],
    )
}

fn symmetric_rtp() -> Field<'static> {
    let names = SymmetricRtp::ALL.iter().map(|sources| sources.name());
    field("symmetric_rtp", word(names), "Where audio may come from besides the negotiated address.")
}

fn srtp() -> Field<'static> {
    field("srtp", word(Srtp::ALL.iter().map(|srtp| srtp.name())), "Whether the audio is SRTP.")
}

fn destination() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("sip", text(), "SIP address to dial."),
            field("phone", text(), "Number to dial through `trunk`."),
            field("trunk", slug(), "A trunk with `outbound`."),
            field("whisper", text(), "What the buyer hears before the bridge."),
            field("accept", word(["none", "press-1"]), "How the buyer accepts."),
            symmetric_rtp(),
            srtp(),
        ],
    )
}

fn dq() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("reject", boolean(), ""),
            field("offer", slug(), ""),
            field("buyer", slug(), ""),
            field("recording", text(), ""),
        ],
    )
}

fn id() -> Field<'static> {
    field("id", slug(), "Your id for it. It cannot change, and may be omitted if the path has it.")
}

fn country() -> Field<'static> {
    field("country", text(), "Country of numbers without a calling code: two letters of ISO 3166.")
}

fn auction() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field(
                "window",
                text(),
                "How long bids are awaited: `50ms` to `2s`; `500ms` if absent.",
            ),
            field("floor", refer::<Money>(), "Lowest bid that is accepted."),
        ],
    )
}

fn caps_key() -> Field<'static> {
    field("caps", caps(), "Limits; an omitted window has none.")
}

schemas! {
    TrunkEntry => entry(&[], vec![
        id(),
        field("accept_from", one_or_many(), "Addresses and networks that may send calls."),
        field(
            "credentials",
            text(),
            "Name of credentials in the settings: the carrier's challenges are answered with them, and \
             without `accept_from` they let it call from any address.",
        ),
        field(
            "register",
            one_or_many(),
            "Registrars with which the node registers by the credentials.",
        ),
        field("register_expires", text(), "Time that a registrar is asked for; 1h by default."),
        field("from_domain", text(), "Host in the caller's identities, and in the account."),
        field("outbound", gateways(), "Gateways for calls to phone numbers."),
        field("ping", text(), "How often gateways are asked by OPTIONS, or `off`; 30s by default."),
        field(
            "final_codes",
            list(whole(400, 699)),
            "Statuses after which no other gateway is tried; 486, 600, and 603 by default.",
        ),
        field(
            "allow_prefixes",
            one_or_many(),
            "Prefixes of emergency, premium-rate, shared-cost, and satellite numbers that may be \
             dialed.",
        ),
        field(
            "identity",
            word(["p_asserted_identity", "remote_party_id", "from"]),
            "Header with the caller's number; `p_asserted_identity` by default.",
        ),
        field(
            "number_form",
            word(["e164", "e164_plain", "national"]),
            "How numbers are written; `e164` by default.",
        ),
        field("headers_pass", list(text()), "Headers of the caller's INVITE that are repeated."),
        field("headers_add", map(text()), "Headers that are added, with their values."),
        field("headers_remove", list(text()), "Headers that are left out."),
        field(
            "prack",
            word(Prack::ALL.iter().map(|prack| prack.name())),
            "Whether provisional responses are acknowledged; `auto` by default.",
        ),
        field("calls_at_once", whole(1, 100_000), "Most calls at once at a node, in and out."),
        field("calls_per_second", whole(1, 10_000), "Most new calls a second at a node, in and out."),
        field("timezone", text(), "Zone of the day of the limits; UTC by default."),
        field("rate", refer::<Money>(), "Cost of a connected minute."),
        field("day", day_limits(), "Limits on what is dialed in a day."),
        field("prefixes", list(trunk_prefix()), "Rates and limits of prefixes."),
        symmetric_rtp(),
        srtp(),
        field(
            "codecs",
            list(word(["pcmu", "pcma", "g722"])),
            "Codecs, the preferred one first; all three by default.",
        ),
        country(),
        field("ringback", text(), "A country, or a recording, that callers hear while phones ring."),
        field("hold_music", text(), "A recording for parties on hold; without it, a soft tone."),
    ]);
    SourceEntry => entry(&[], vec![
        id(),
        field("payout", payout(), "Payout per billable call."),
        field("margin", margin(), "What is kept, in place of `payout`."),
        field(
            "payouts",
            list(offer_payout()),
            "Payouts for single offers, which take the place of `payout`.",
        ),
        field("payout_caps", payout_limits(), "How many calls are paid; beyond it, the payout is 0."),
        field("timezone", text(), "IANA time zone in which the payout caps turn; UTC if absent."),
        field("pings", rate(), "How many pings it may send; any number if absent."),
        field("call_pings", call_pings(), "How its pings for calls are answered."),
        field("spam", rate(), "How many leads of one address it may send; any number if absent."),
        field("intake", list(entrance::entrance()), "Where it sends form leads: `/in/{key}`."),
    ]), needs Money;
    BuyerEntry => entry(&[], vec![
        id(),
        field("timezone", text(), "IANA time zone of its caps and hours."),
        caps_key(),
        field("prepaid", boolean(), "True if its calls are paid from its balance."),
        field("balance_low", refer::<Money>(), "Balance below which an event reports it."),
        field("enabled", boolean(), "False disables all its contracts."),
    ]), needs Money;
    OfferEntry => entry(&[], vec![
        id(),
        field(
            "strategy",
            word([
                "priority", "weighted", "round_robin", "highest_price", "performance", "auction",
            ]),
            "How contracts are ordered.",
        ),
        field("auction", auction(), "How bids are taken, with the strategy `auction`."),
        field("ring", word(["sequential", "simultaneous"]), "One after another, or in waves."),
        field(
            "ring_width",
            whole(2, 10),
            "Number of buyers that ring at once; for simultaneous ring only.",
        ),
        field("ring_timeout", text(), "A duration from `1s` to `3m`."),
        caps_key(),
        field("duplicate", duplicate(), "How duplicates are recognized."),
        field("share", whole(1, 10), "Number of buyers to whom a form lead is sold."),
        field("show_buyer", boolean(), "True: a source is told which buyer has its form lead."),
        field("bill_silent", boolean(), "False: not billable if a party was never heard."),
        field("fields", list(form_field::form_field()), "Fields of its form leads."),
        field("dq", dq(), "What happens to calls that no contract takes: one of these keys."),
    ]), needs Money;
    ContractEntry => entry(&[
        field("buyer", slug(), "The buyer."),
        field("offer", slug(), "The offer."),
        field("price", refer::<Money>(), "Price of a billable call."),
    ], vec![
        id(),
        field("channels", list(word(["call", "form"])), ""),
        field("tier", word(["primary", "secondary", "overflow", "fallback"]), ""),
        field("priority", whole(0, 1_000_000), "Priority; the lowest number first."),
        field("weight", whole(0, 1_000_000), "Weight, for offers with the strategy `weighted`."),
        field("buffer", text(), "Duration: connected time from which a call is billable."),
        field("conversion", conversion(), "What makes a sale billable."),
        field("returns", returns(), "Which sales the buyer may return."),
        caps_key(),
        field("duplicate", duplicate(), "How duplicates are recognized."),
        field(
            "auto_pause",
            auto_pause(),
            "When the contract pauses after unanswered calls or returns.",
        ),
        field("enabled", boolean(), "False disables it."),
        field("filters", filters(), "Which inquiries it accepts."),
        field("schedule", schedule(), "Hours, in the buyer's time zone."),
        field(
            "destination",
            destination(),
            "Destination of its calls: `sip`, or `phone` and `trunk`.",
        ),
        field("bidder", delivery::bidder(), "How the buyer is asked for bids on calls."),
        field("delivery", delivery::delivery(), "How its form leads are posted to the buyer."),
    ]), needs Money;
    NumberEntry => entry(&[
        field("offer", slug(), "Offer that it sells."),
        field("source", slug(), "Source of its calls."),
        field("flow", text(), "The flow's name."),
    ], vec![
        field(
            "number",
            text(),
            "E.164. It cannot change; where the path has it, it may be left out.",
        ),
        country(),
    ]);
    PostbackEntry => entry(&[
        field("event", one_or_many(), "Kinds of events: `call.completed`, `cap.reached` …"),
    ], vec![
        id(),
        field("source", slug(), "Events of this source only."),
        field("buyer", slug(), "Events of this buyer only."),
        field("offer", slug(), "Events of this offer only."),
        field("filter", list(map(any())), "Tests of the caller's fields."),
        field("url", text(), "HTTPS URL with tokens such as `{call_id}`."),
        field(
            "method",
            word(Method::ALL.iter().map(|(name, _)| *name)),
            "`POST` by default.",
        ),
        field("headers", map(text()), "Further headers; values may have tokens."),
        field("body", text(), "Body with tokens; by default the event as JSON."),
        field("format", word(BodyFormat::ALL.iter().map(|(name, _)| *name)), "Format of `body`."),
        field("email", one_or_many(), "Mailboxes, instead of `url`."),
        field("enabled", boolean(), "False: nothing is sent."),
    ]);
}
