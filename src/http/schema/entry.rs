//! The kinds of the book's entries, with their keys. What a client sends may leave keys out or
//! name them `null`, which means the same.

use super::Field;
use utoipa::ToSchema;
use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::any;
use super::boolean;
use super::closed;
use super::field;
use super::list;
use super::map;
use super::nullable;
use super::refer;
use super::slug;
use super::text;
use super::whole;
use super::word;
use crate::base::Money;
use crate::base::SymmetricRtp;
use crate::book::Noun;

/// A kind of entry, as a type: handlers and documents are made for each.
pub(in crate::http) trait Kind: ToSchema + Send + Sync + 'static {
    /// The kind.
    const NOUN: Noun;
    /// The path of all entries.
    const PATH: &'static str;
    /// The path of one.
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
    /// What is sold.
    OfferEntry: Offer, "/v1/offers";
    /// One buyer for one offer.
    ContractEntry: Contract, "/v1/contracts";
    /// A number that is dialled.
    NumberEntry: Number, "/v1/numbers";
}

/// Returns an object with keys that are there and others that may be left out.
fn entry(needed: &[Field<'static>], optional: Vec<Field<'static>>) -> RefOr<Schema> {
    let nullable = |one: Field<'static>| Field { schema: nullable(one.schema), ..one };
    let optional: Vec<_> = optional.into_iter().map(nullable).collect();
    closed(needed, &optional)
}

/// A text, or a list of them.
fn one_or_many() -> RefOr<Schema> {
    OneOfBuilder::new().item(text()).item(list(text())).into()
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
        "How the units of a day are spread over it.",
    ));
    keys.push(field("budget", entry(&[], budget.into()), "The same in money."));
    entry(&[], keys)
}

fn duplicate() -> RefOr<Schema> {
    let fields = field("fields", list(text()), "The fields that make a person.");
    entry(&[fields, field("window", text(), "A duration: `30d`.")], Vec::new())
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
                "Zips within so many miles.",
            ),
            texts("dma", "Market areas of the imported table."),
            field("fields", list(map(any())), "Tests of fields."),
            texts("required", "Fields that must be known."),
            field("min_score", any(), "The least value of the field `score`."),
            texts("attestation", "`A`, `B`, `C`."),
            field(
                "sources",
                entry(&[], vec![texts("allow", ""), texts("deny", "")]),
                "Sources that are taken, or that are not.",
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
            field("outside", word(["skip", "park"]), "What comes outside the hours."),
        ],
    )
}

fn symmetric_rtp() -> Field<'static> {
    let names = SymmetricRtp::ALL.iter().map(|sources| sources.name());
    field("symmetric_rtp", word(names), "Where audio may come from besides the negotiated address.")
}

fn destination() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            field("sip", text(), "A SIP address that is dialled."),
            field("phone", text(), "A number that is dialled through `trunk`."),
            field("trunk", slug(), "A trunk with `outbound`."),
            field("whisper", text(), "What the buyer hears before the bridge."),
            field("accept", word(["none", "press-1"]), "How the buyer accepts."),
            symmetric_rtp(),
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
    field("id", slug(), "Yours. It cannot change; where the path has it, it may be left out.")
}

fn caps_key() -> Field<'static> {
    field("caps", caps(), "Limits; what is left out has none.")
}

schemas! {
    TrunkEntry => entry(&[], vec![
        id(),
        field("accept_from", one_or_many(), "Addresses and networks that may send calls."),
        field("outbound", one_or_many(), "SIP addresses for calls to phone numbers, by priority."),
        symmetric_rtp(),
        field("hold_music", text(), "A recording for parties on hold; without it, a soft tone."),
    ]);
    SourceEntry => entry(&[], vec![
        id(),
        field("payout", refer::<Money>(), "What it is owed for each billable call."),
    ]), needs Money;
    BuyerEntry => entry(&[], vec![
        id(),
        field("timezone", text(), "An IANA name. Caps and hours are read in it."),
        caps_key(),
        field("prepaid", boolean(), "Whether its calls are paid from its balance."),
        field("enabled", boolean(), "False takes all its contracts out."),
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
        field("ring", word(["sequential", "simultaneous"]), "One after the other, or in waves."),
        field("ring_width", whole(2, 10), "How many ring at once; with simultaneous ring only."),
        field("ring_timeout", text(), "A duration from `1s` to `3m`."),
        caps_key(),
        field("duplicate", duplicate(), "Who counts as the same person."),
        field("share", whole(1, 10), "To how many buyers a form lead is sold."),
        field("bill_silent", boolean(), "False: no bill if a party of a SIP call was never heard."),
        field("dq", dq(), "What becomes of calls that nobody takes: one of these keys."),
    ]), needs Money;
    ContractEntry => entry(&[
        field("buyer", slug(), "Who buys."),
        field("offer", slug(), "What is bought."),
        field("price", refer::<Money>(), "Of a billable call."),
    ], vec![
        id(),
        field("channels", list(word(["call", "form"])), ""),
        field("tier", word(["primary", "secondary", "overflow", "fallback"]), ""),
        field("priority", whole(0, 1_000_000), "The lowest first."),
        field("weight", whole(0, 1_000_000), "Its share in an offer by weight."),
        field("buffer", text(), "A duration: talk from which the call is billable."),
        caps_key(),
        field("duplicate", duplicate(), "Who counts as the same person."),
        field(
            "auto_pause",
            entry(&[
                field("unanswered", whole(1, 1_000), "Calls in a row."),
                field("window", text(), "A duration."),
                field("pause", text(), "A duration."),
            ], Vec::new()),
            "When it rests.",
        ),
        field("enabled", boolean(), "False takes it out."),
        field("filters", filters(), "Which inquiries it takes."),
        field("schedule", schedule(), "Its hours, in the buyer's zone."),
        field("destination", destination(), "Where its calls go: `sip`, or `phone` and `trunk`."),
    ]), needs Money;
    NumberEntry => entry(&[
        field("offer", slug(), "What it sells."),
        field("source", slug(), "Whom its calls come from."),
        field("flow", text(), "The flow's name."),
    ], vec![
        field("number", text(), "E.164. It cannot change; where the path has it, it may be left out."),
    ]);
}
