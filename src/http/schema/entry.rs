//! The kinds of the book's entries, with their keys. What a client sends may leave keys out or
//! name them `null`, which means the same.

use utoipa::ToSchema;
use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::any;
use super::boolean;
use super::closed;
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

/// An object with keys that are there and others that may be left out: name, schema, meaning.
fn entry(
    needed: &[(&'static str, RefOr<Schema>, &'static str)],
    optional: Vec<(&'static str, RefOr<Schema>, &'static str)>,
) -> RefOr<Schema> {
    let optional = optional.into_iter();
    let optional: Vec<_> =
        optional.map(|(name, schema, about)| (name, nullable(schema), about)).collect();
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
    let money = |name| (name, refer::<Money>(), "");
    let budget = ["hour", "day", "week", "month", "total"].map(money);
    let mut keys: Vec<_> = ["hour", "day", "week", "month", "total", "concurrent"]
        .map(|name| (name, limit(), ""))
        .into();
    keys.push(("pacing", word(["asap", "even"]), "How the units of a day are spread over it."));
    keys.push(("budget", entry(&[], budget.into()), "The same in money."));
    entry(&[], keys)
}

fn duplicate() -> RefOr<Schema> {
    let fields = ("fields", list(text()), "The fields that make a person.");
    entry(&[fields, ("window", text(), "A duration: `30d`.")], Vec::new())
}

fn filters() -> RefOr<Schema> {
    let texts = |name, about| (name, list(text()), about);
    entry(
        &[],
        vec![
            texts("states", "Two letters."),
            texts("zips", "Five digits."),
            texts("area_codes", "Three digits."),
            texts("cities", "`Dallas, TX`, or `Dallas`."),
            texts("counties", "`Dallas County, TX`, or a FIPS code."),
            texts("countries", "Two letters."),
            (
                "radius",
                entry(&[("zip", text(), ""), ("miles", whole(1, 1_000), "")], Vec::new()),
                "Zips within so many miles.",
            ),
            texts("dma", "Market areas of the imported table."),
            ("fields", list(map(any())), "Tests of fields."),
            texts("required", "Fields that must be known."),
            ("min_score", any(), "The least value of the field `score`."),
            texts("attestation", "`A`, `B`, `C`."),
            (
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
            ("weekly", map(list(text())), "Hours by day: `{\"mon-fri\": [\"09:00-17:00\"]}`."),
            ("holidays", word(["us-federal"]), "Days that are closed every year."),
            ("closed", list(text()), "Dates: `2026-12-24`."),
            ("outside", word(["skip", "park"]), "What comes outside the hours."),
        ],
    )
}

fn symmetric_rtp() -> (&'static str, RefOr<Schema>, &'static str) {
    let names = SymmetricRtp::ALL.iter().map(|sources| sources.name());
    ("symmetric_rtp", word(names), "Where audio may come from besides the negotiated address.")
}

fn destination() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            ("sip", text(), "A SIP address that is dialled."),
            ("phone", text(), "A number that is dialled through `trunk`."),
            ("trunk", slug(), "A trunk with `outbound`."),
            ("whisper", text(), "What the buyer hears before the bridge."),
            ("accept", word(["none", "press-1"]), "How the buyer accepts."),
            symmetric_rtp(),
        ],
    )
}

fn dq() -> RefOr<Schema> {
    entry(
        &[],
        vec![
            ("reject", boolean(), ""),
            ("offer", slug(), ""),
            ("buyer", slug(), ""),
            ("recording", text(), ""),
        ],
    )
}

fn id() -> (&'static str, RefOr<Schema>, &'static str) {
    ("id", slug(), "Yours. It cannot change; where the path has it, it may be left out.")
}

fn caps_key() -> (&'static str, RefOr<Schema>, &'static str) {
    ("caps", caps(), "Limits; what is left out has none.")
}

schemas! {
    TrunkEntry => entry(&[], vec![
        id(),
        ("accept_from", one_or_many(), "Addresses and networks that may send calls."),
        ("outbound", one_or_many(), "SIP addresses for calls to phone numbers, by priority."),
        symmetric_rtp(),
    ]);
    SourceEntry => entry(&[], vec![
        id(),
        ("payout", refer::<Money>(), "What it is owed for each billable call."),
    ]), needs Money;
    BuyerEntry => entry(&[], vec![
        id(),
        ("timezone", text(), "An IANA name. Caps and hours are read in it."),
        caps_key(),
        ("prepaid", boolean(), "Whether its calls are paid from its balance."),
        ("enabled", boolean(), "False takes all its contracts out."),
    ]), needs Money;
    OfferEntry => entry(&[], vec![
        id(),
        (
            "strategy",
            word([
                "priority", "weighted", "round_robin", "highest_price", "performance", "auction",
            ]),
            "How contracts are ordered.",
        ),
        ("ring", word(["sequential", "simultaneous"]), "One after the other, or in waves."),
        ("ring_width", whole(2, 10), "How many ring at once; with simultaneous ring only."),
        ("ring_timeout", text(), "A duration from `1s` to `3m`."),
        caps_key(),
        ("duplicate", duplicate(), "Who counts as the same person."),
        ("share", whole(1, 10), "To how many buyers a form lead is sold."),
        ("dq", dq(), "What becomes of calls that nobody takes: one of these keys."),
    ]), needs Money;
    ContractEntry => entry(&[
        ("buyer", slug(), "Who buys."),
        ("offer", slug(), "What is bought."),
        ("price", refer::<Money>(), "Of a billable call."),
    ], vec![
        id(),
        ("channels", list(word(["call", "form"])), ""),
        ("tier", word(["primary", "secondary", "overflow", "fallback"]), ""),
        ("priority", whole(0, 1_000_000), "The lowest first."),
        ("weight", whole(0, 1_000_000), "Its share in an offer by weight."),
        ("buffer", text(), "A duration: talk from which the call is billable."),
        caps_key(),
        ("duplicate", duplicate(), "Who counts as the same person."),
        (
            "auto_pause",
            entry(&[
                ("unanswered", whole(1, 1_000), "Calls in a row."),
                ("window", text(), "A duration."),
                ("pause", text(), "A duration."),
            ], Vec::new()),
            "When it rests.",
        ),
        ("enabled", boolean(), "False takes it out."),
        ("filters", filters(), "Which inquiries it takes."),
        ("schedule", schedule(), "Its hours, in the buyer's zone."),
        ("destination", destination(), "Where its calls go: `sip`, or `phone` and `trunk`."),
    ]), needs Money;
    NumberEntry => entry(&[
        ("offer", slug(), "What it sells."),
        ("source", slug(), "Whom its calls come from."),
        ("flow", text(), "The flow's name."),
    ], vec![
        ("number", text(), "E.164. It cannot change; where the path has it, it may be left out."),
    ]);
}
