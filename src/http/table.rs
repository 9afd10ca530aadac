//! The table of routes: one row for every path and method.
//!
//! A row names the method, the path, the access and the handler, whose type declares the rest (see
//! [`super::route`]). The router, the OpenAPI document and the routes of `docs/api.md` are
//! generated from the table.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use utoipa::openapi::ResponseBuilder;

use super::access::ADMIN;
use super::access::ADMIN_CHANGES;
use super::access::LISTENERS;
use super::access::PUBLIC;
use super::access::Public;
use super::access::RETURNERS;
use super::access::SENDERS;
use super::access::STAFF;
use super::access::TENANTS;
use super::access::WRITERS;
use super::activity;
use super::audit;
use super::balances;
use super::bids;
use super::body::JSON;
use super::book;
use super::calls;
use super::carriers;
use super::carriers::CARRIER;
use super::carriers::Form;
use super::change::Again;
use super::change::KEY;
use super::change::Recalled;
use super::conversions;
use super::costs;
use super::dead_leads;
use super::entities;
use super::events;
use super::explain;
use super::flows;
use super::google;
use super::handler::Admitted;
use super::health;
use super::ladders;
use super::leads;
use super::openapi::Sheet;
use super::pauses;
use super::pings;
use super::platforms;
use super::platforms::PLATFORM;
use super::postbacks;
use super::privacy;
use super::problem::Problem;
use super::ranged;
use super::recordings;
use super::reply::Reply;
use super::reply::content;
use super::reports;
use super::returns;
use super::route::Route;
use super::route::change;
use super::route::get;
use super::route::post;
use super::rtb;
use super::schema::BuyerEntry;
use super::schema::ContractEntry;
use super::schema::NumberEntry;
use super::schema::OfferEntry;
use super::schema::PostbackEntry;
use super::schema::SourceEntry;
use super::schema::TrunkEntry;
use super::schema::any;
use super::schema::map;
use super::scores;
use super::sounds;
use super::sources;
use super::sources::SOURCE;
use super::specification::document;
use super::statements;
use super::suppressions;
use super::tokens;
use super::trunk_states;
use crate::store::Action;
use crate::store::EntityKind;
use crate::store::Verb;

/// Returns every route.
pub(super) fn table() -> Vec<Route> {
    let lists = [
        v1(),
        of_leads(),
        of_call_pings(),
        of_money(),
        of_reports(),
        suppression_lists(),
        oversight(),
        entities(),
        carriers(),
        machines(),
    ];
    lists.into_iter().flatten().collect()
}

/// Returns the routes of the book's entries, by kind.
fn entities() -> Vec<Route> {
    [
        entities::routes::<TrunkEntry>(),
        entities::routes::<SourceEntry>(),
        entities::routes::<BuyerEntry>(),
        entities::routes::<OfferEntry>(),
        entities::routes::<ContractEntry>(),
        entities::routes::<NumberEntry>(),
        entities::routes::<PostbackEntry>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const APPLY: Action = Action::new(Verb::Apply, EntityKind::Book);
const ROLL_BACK: Action = Action::new(Verb::RollBack, EntityKind::Book);
const HANG_UP: Action = Action::new(Verb::HangUp, EntityKind::Call);
const SETTLE: Action = Action::new(Verb::Settle, EntityKind::Lead);
const FORGET: Action = Action::new(Verb::Delete, EntityKind::Person);
const CREDIT: Action = Action::new(Verb::Credit, EntityKind::Balance);

const ADD_COST: Action = Action::new(Verb::Create, EntityKind::Cost);
const RETURN: Action = Action::new(Verb::Create, EntityKind::Return);
const ACCEPT: Action = Action::new(Verb::Accept, EntityKind::Return);
const REFUSE: Action = Action::new(Verb::Refuse, EntityKind::Return);
const RESEND: Action = Action::new(Verb::Resend, EntityKind::Postback);
const RESEND_LEADS: Action = Action::new(Verb::Resend, EntityKind::Contract);
const MAKE_KEY: Action = Action::new(Verb::MakeKey, EntityKind::Postback);

const USE_MODEL: Action = Action::new(Verb::Use, EntityKind::Model);
const RESUME: Action = Action::new(Verb::Resume, EntityKind::Contract);
const SUPPRESS: Action = Action::new(Verb::Create, EntityKind::Suppression);
const UNSUPPRESS: Action = Action::new(Verb::Delete, EntityKind::Suppression);

const CREATE_TOKEN: Action = Action::new(Verb::Create, EntityKind::Token);
const REVOKE_TOKEN: Action = Action::new(Verb::Revoke, EntityKind::Token);

fn v1() -> Vec<Route> {
    vec![
        get("/v1/openapi.json", PUBLIC, openapi).about("This API as an OpenAPI 3.1 document."),
        get("/v1/calls", TENANTS, calls::list).about("Calls, newest first. All filters combine."),
        get("/v1/calls/refused", STAFF, calls::refused)
            .about("Calls that this switch refused since its start, latest first."),
        get("/v1/gateways", STAFF, trunk_states::gateways)
            .about("Gateways of the trunks, and whether they take calls, as this switch sees it."),
        get("/v1/registrations", STAFF, trunk_states::registrations)
            .about("Registrations of this switch with carriers."),
        get("/v1/calls/{id}", TENANTS, calls::fetch).about("One call."),
        change(Method::POST, "/v1/calls/{id}/hangup", WRITERS, HANG_UP, calls::hang_up)
            .about("Hangs up a live call and returns its stored record, or asks the node that keeps it.")
            .faults(&[409, 502]),
        get("/v1/calls/{id}/decision", STAFF, calls::decision)
            .about("The last routing decision of a call, or its `n`th."),
        get("/v1/calls/{id}/decisions", STAFF, calls::decisions)
            .about("Every routing decision of a call, in order."),
        get("/v1/calls/{id}/ladder", STAFF, ladders::fetch)
            .about("The SIP messages of a call, as JSON, text, SVG, or PCAP by `Accept`.")
            .faults(&[409]),
        get("/v1/calls/{id}/recordings", TENANTS, recordings::list)
            .about("The recordings of a call. Messages of the caller are for staff only."),
        get("/v1/calls/{id}/recordings/{n}", LISTENERS, recordings::fetch)
            .about("A recording as WAV; ranges are honoured. The activity log has each download.")
            .headers(ranged::HEADERS)
            .faults(&[409]),
        get("/v1/events", STAFF, events::follow)
            .about("Events of calls, caps and the book, as server-sent events.")
            .headers(&[(
                events::LAST_EVENT_ID,
                "Id of the last event received, to resume after it.",
            )]),
        get("/v1/book", STAFF, book::fetch)
            .about("The live book, as JSON or TOML by `Accept`; its version is the `ETag`.")
            .faults(&[404]),
        change(Method::PUT, "/v1/book", WRITERS, APPLY, book::put)
            .about("Replaces the book by the body, as a whole or not at all.")
            .body_max(book::BOOK_BYTES_MAX)
            .headers(&[entities::CONDITION])
            .faults(&[412])
            .again(Again::by(|site, done| Recalled::by(book::again(site, done)))),
        get("/v1/book/versions", STAFF, book::versions)
            .about("Who applied which version of the book, newest first."),
        get("/v1/book/versions/{version}", STAFF, book::version)
            .about("An earlier version of the book, as JSON or TOML by `Accept`."),
        change(Method::POST, "/v1/book/rollback", WRITERS, ROLL_BACK, book::rollback)
            .about("Applies a new version that is equal to an earlier one.")
            .headers(&[entities::CONDITION])
            .faults(&[404, 412])
            .again(Again::by(|site, done| Recalled::by(book::again(site, done)))),
        get("/v1/flows", STAFF, flows::list)
            .about("Every flow, its live version, and the faults of its file."),
        post("/v1/flows/check", STAFF, flows::check)
            .about("Checks a text as a flow and lists its faults. Changes nothing.")
            .body_max(flows::FLOW_BYTES_MAX),
    ]
}

/// Form leads.
fn of_leads() -> Vec<Route> {
    vec![
        get("/v1/leads", TENANTS, leads::list).about("Leads, newest first. All filters combine."),
        post("/v1/leads", SENDERS, leads::receive)
            .about("Takes a form lead in, sells it, and answers what became of it.")
            .body_max(leads::LEAD_BYTES_MAX)
            .headers(&[(KEY, "Makes the request safe to retry, for one day.")])
            .faults(&[404, 409, 422, 429, 503]),
        post("/v1/leads/ping", SENDERS, pings::ping)
            .about(
                "Asks what a lead would bring. No buyer is told of a person, and no cap is used.",
            )
            .body_max(leads::LEAD_BYTES_MAX)
            .faults(&[404, 422, 429, 503]),
        post("/v1/leads/post", SENDERS, pings::post)
            .about("Takes a lead in that is posted to a ping, once; first to the best bidder.")
            .body_max(leads::LEAD_BYTES_MAX)
            .headers(&[(KEY, "Makes the request safe to retry, for one day.")])
            .faults(&[404, 409, 422, 429, 503]),
        get("/v1/bids", TENANTS, bids::list).about(
            "Bids on calls, leads, and pings, latest first. Filters combine; a buyer sees its own.",
        ),
        get("/v1/leads/{id}", TENANTS, leads::fetch).about("One lead, with its time line."),
        change(Method::POST, "/v1/leads/{id}/settle", WRITERS, SETTLE, leads::settle)
            .about("Says what became of a post whose result is unknown, and returns the lead.")
            .faults(&[409, 503]),
        get("/in/{key}", SOURCE, sources::submit).about(LEAD),
        post("/in/{key}", SOURCE, sources::submit_body)
            .about(LEAD)
            .body_max(sources::SOURCE_BYTES_MAX)
            .headers(LEAD_HEADERS)
            .faults(LEAD_FAULTS),
        post("/in/google", PUBLIC, google::receive)
            .about("A lead of a Google Ads lead form; its `google_key` is the key of the source.")
            .body_max(sources::SOURCE_BYTES_MAX)
            .faults(&[403, 503]),
        get("/in/meta", PLATFORM, platforms::meta_check)
            .about("Meta's check of the subscription: its challenge, if it has our token.")
            .faults(&[403]),
        post("/in/meta", PLATFORM, platforms::meta)
            .about("Leads that Meta announces, signed by the app's secret; fetched afterwards.")
            .body_max(sources::SOURCE_BYTES_MAX)
            .faults(&[403, 503]),
        get("/in/linkedin", PLATFORM, platforms::linkedin_check)
            .about("LinkedIn's check of the address: its challenge, and the signature of it.")
            .faults(&[403]),
        post("/in/linkedin", PLATFORM, platforms::linkedin)
            .about(
                "A lead that LinkedIn announces, signed by the app's secret; fetched afterwards.",
            )
            .body_max(sources::SOURCE_BYTES_MAX)
            .faults(&[403, 503]),
        get("/v1/leads/announced", STAFF, platforms::list).about(
            "Leads that ad platforms announced, latest first: waiting, taken, and given up.",
        ),
        get("/in/{key}/spec", SOURCE, sources::spec)
            .about("What the source sends, and how it is answered: a page, or JSON by `Accept`."),
        get("/in/{key}/form.js", SOURCE, sources::script)
            .about("The script that sends a form of a web page, for an entrance with `origins`."),
        get("/in/{key}/ping", SOURCE, sources::ping).about(PING),
        post("/in/{key}/ping", SOURCE, sources::ping_body)
            .about(PING)
            .body_max(sources::SOURCE_BYTES_MAX)
            .faults(&[404, 406, 422, 429, 503]),
        get("/in/{key}/post", SOURCE, sources::submit).about(LEAD),
        post("/in/{key}/post", SOURCE, sources::submit_body)
            .about(LEAD)
            .body_max(sources::SOURCE_BYTES_MAX)
            .headers(LEAD_HEADERS)
            .faults(LEAD_FAULTS),
    ]
}

/// Pings for calls, and lists of pings.
fn of_call_pings() -> Vec<Route> {
    vec![
        get("/v1/pings", TENANTS, pings::list)
            .about("Pings, latest first, with the lead or call that came; a source sees its own."),
        get("/in/{key}/rtb.json", SOURCE, rtb::json).about(RTB),
        post("/in/{key}/rtb.json", SOURCE, rtb::json_body)
            .about(RTB)
            .body_max(sources::SOURCE_BYTES_MAX)
            .faults(RTB_FAULTS),
        get("/in/{key}/rtb.xml", SOURCE, rtb::xml).about(RTB),
        post("/in/{key}/rtb.xml", SOURCE, rtb::xml_body)
            .about(RTB)
            .body_max(sources::SOURCE_BYTES_MAX)
            .faults(RTB_FAULTS),
    ]
}

const PING: &str = "What a lead of a source would bring, as a query, a form, JSON, or XML.";
const RTB: &str =
    "What a call of a source would bring, in the dialect of Ringba's bidders; the bid is promised.";
const RTB_FAULTS: &[u16] = &[404, 503];
const LEAD: &str = "A form lead of a source, as a query, a form, JSON, or XML.";
const LEAD_HEADERS: &[(&str, &str)] = &[(KEY, "Makes the request safe to retry, for one day.")];
const LEAD_FAULTS: &[u16] = &[404, 406, 422, 429, 503];

/// Balances, conversions, and returns.
fn of_money() -> Vec<Route> {
    vec![
        get("/v1/balances", TENANTS, balances::list).about("The balances of prepaid buyers."),
        get("/v1/balances/{buyer}", TENANTS, balances::fetch)
            .about("The balance of a buyer, and its latest 100 entries."),
        change(Method::POST, "/v1/balances/{buyer}/credits", WRITERS, CREDIT, balances::credit)
            .about("Credits a payment to a buyer.")
            .again(Again::by(|site, done| Recalled::by(balances::again(site, done)))),
        get("/v1/costs", STAFF, costs::list)
            .about("What traffic cost beside payouts, the latest entry first."),
        change(Method::POST, "/v1/costs", WRITERS, ADD_COST, costs::add)
            .about("Enters a cost of a source's traffic. A negative amount corrects one.")
            .faults(&[404, 409])
            .again(Again::by(|site, done| Recalled::by(costs::again(site, done)))),
        get("/v1/statements/buyers/{buyer}", TENANTS, statements::of_buyer)
            .about("Every posting of a buyer in a period, with balances, totals, and what is due.")
            .faults(&[404]),
        get("/v1/statements/sources/{source}", TENANTS, statements::of_source)
            .about("Every posting of a source in a period, with balances, totals, and what is due.")
            .faults(&[404]),
        post("/v1/conversions/{key}", PUBLIC, conversions::report)
            .about("A buyer's report of a sale, during or after the call.")
            .body_max(conversions::REPORT_BYTES_MAX)
            .faults(&[404, 409, 422]),
        get("/v1/returns", TENANTS, returns::list).about("Returns of sales, newest first."),
        change(Method::POST, "/v1/returns", RETURNERS, RETURN, returns::ask)
            .about("Asks for the return of a sale. A returned sale gets the same answer.")
            .faults(&[404, 409, 422])
            .again(Again::by(|site, done| Recalled::by(returns::asked_again(site, done)))),
        change(Method::POST, "/v1/returns/{return}/accept", WRITERS, ACCEPT, returns::accept)
            .about("Accepts a return: revenue and payout are reversed together.")
            .faults(&[404, 409])
            .again(Again::by(|site, done| Recalled::by(returns::again(site, done)))),
        change(Method::POST, "/v1/returns/{return}/refuse", WRITERS, REFUSE, returns::refuse)
            .about("Refuses a return: nothing is reversed.")
            .faults(&[404, 409])
            .again(Again::by(|site, done| Recalled::by(returns::again(site, done)))),
        get("/v1/pauses", STAFF, pauses::list)
            .about("Contracts that their rules have paused, newest first, and who resumed them."),
        change(Method::POST, "/v1/contracts/{id}/resume", WRITERS, RESUME, pauses::resume)
            .about("Ends the pause of a contract.")
            .faults(&[409]),
        get("/v1/scores", STAFF, scores::list)
            .about("Models that score calls and leads, with their evaluations, newest first."),
        change(Method::POST, "/v1/scores/{version}/use", WRITERS, USE_MODEL, scores::put_in_use)
            .about("Scores new calls and leads by a model, or by the points table (`points`).")
            .faults(&[404]),
        post("/v1/explain", STAFF, explain::explain)
            .about("A routing decision without side effects, by the live book or by a draft.")
            .body_max(book::BOOK_BYTES_MAX)
            .faults(&[422]),
    ]
}

/// Returns the routes of suppression lists.
fn suppression_lists() -> Vec<Route> {
    let max = suppressions::CONTACTS_BYTES_MAX;
    let entries = "/v1/suppressions/{list}/entries";
    let remove = "/v1/suppressions/{list}/remove";
    vec![
        get("/v1/suppressions", STAFF, suppressions::lists).about("Suppression lists, by name."),
        post("/v1/suppressions/check", STAFF, suppressions::check)
            .about("The lists that hold a phone number or an e-mail address, why, since when."),
        change(Method::POST, entries, WRITERS, SUPPRESS, suppressions::add)
            .about("Adds phone numbers and e-mail addresses to a list, which the first ones make.")
            .body_max(max)
            .faults(&[409]),
        change(Method::POST, remove, WRITERS, UNSUPPRESS, suppressions::remove)
            .about("Removes phone numbers and e-mail addresses from a list.")
            .body_max(max)
            .faults(&[404]),
        change(
            Method::DELETE,
            "/v1/suppressions/{list}",
            WRITERS,
            UNSUPPRESS,
            suppressions::drop_list,
        )
        .about("Drops a list with all its entries.")
        .faults(&[404]),
    ]
}

/// Returns the routes of postbacks and deliveries that were given up, tokens, the activity log, and
/// reports.
fn oversight() -> Vec<Route> {
    vec![
        get("/v1/leads/dead", STAFF, dead_leads::dead)
            .about("Sold leads whose delivery was given up, newest first."),
        change(
            Method::POST,
            "/v1/contracts/{id}/resend",
            WRITERS,
            RESEND_LEADS,
            dead_leads::resend,
        )
        .about("Makes dead deliveries of sold leads to a contract due again: one, or all.")
        .faults(&[404]),
        get("/v1/postbacks/dead", STAFF, postbacks::dead)
            .about("Deliveries of events that were given up, newest first."),
        change(Method::POST, "/v1/postbacks/{id}/resend", WRITERS, RESEND, postbacks::resend)
            .about("Makes dead deliveries of a postback due again: one event's, or all.")
            .faults(&[404]),
        change(Method::POST, "/v1/postbacks/{id}/secret", WRITERS, MAKE_KEY, postbacks::make_key)
            .about("Makes a postback's signing key. Only this response shows it.")
            .faults(&[404]),
        get("/v1/tokens", ADMIN, tokens::list)
            .about("Tokens, newest first, without their secrets."),
        change(Method::POST, "/v1/tokens", ADMIN_CHANGES, CREATE_TOKEN, tokens::create)
            .about("Creates a token. Only this response shows its secret.")
            .faults(&[409]),
        change(Method::DELETE, "/v1/tokens/{token}", ADMIN_CHANGES, REVOKE_TOKEN, tokens::revoke)
            .about("Revokes a token by its id or name. The next request with it is rejected.")
            .faults(&[404]),
        change(Method::POST, "/v1/privacy/delete", ADMIN_CHANGES, FORGET, privacy::delete)
            .about("Removes what is stored of a person; amounts stay."),
        get("/v1/activity", STAFF, activity::list).about("Who changed what, newest first."),
    ]
}

/// Returns the routes of reports.
fn of_reports() -> Vec<Route> {
    vec![
        get("/v1/reports/pnl", TENANTS, reports::pnl)
            .about("Profit and loss: calls, sales, and amounts."),
        get("/v1/reports/pings", TENANTS, pings::report)
            .about("Pings by source and offer: with an offer, posted, and never used."),
        get("/v1/reports/caps", TENANTS, reports::caps).about("How much of each cap is used now."),
        get("/v1/reports/rejections", TENANTS, reports::rejections)
            .about("Why calls ended, attempts were lost, and contracts were passed over."),
        get("/v1/reports/fallbacks", STAFF, reports::fallbacks)
            .about("Calls that used a fallback, and how many it sold."),
        get("/v1/reports/answer", TENANTS, reports::answer)
            .about("Whether buyers answer, and how long they are connected."),
        get("/v1/reports/missed", TENANTS, reports::missed)
            .about("Calls whose caller was connected to no one."),
        get("/v1/reports/latency", TENANTS, reports::latency)
            .about("How long buyers took to ring and to answer."),
        get("/v1/reports/audit", STAFF, audit::audit)
            .about("Likely mistakes in the live book, the gravest first."),
    ]
}

/// Returns the routes of webhook carriers: GET and POST, as a carrier may be configured for either.
fn carriers() -> Vec<Route> {
    let voice = "/carriers/{carrier}/voice";
    let voice_of = "/carriers/{carrier}/voice/{number}";
    let status = "/carriers/{carrier}/status";
    let callback = "/carriers/{carrier}/call/{token}/{*callback}";
    vec![
        get(voice, CARRIER, carriers::voice::<()>).about(VOICE),
        post(voice, CARRIER, carriers::voice::<Form>).about(VOICE),
        get(voice_of, CARRIER, carriers::voice_of::<()>).about(VOICE_OF),
        post(voice_of, CARRIER, carriers::voice_of::<Form>).about(VOICE_OF),
        get(status, CARRIER, carriers::status::<()>).about(STATUS),
        post(status, CARRIER, carriers::status::<Form>).about(STATUS),
        get(callback, CARRIER, carriers::callback::<()>).about(CALLBACK),
        post(callback, CARRIER, carriers::callback::<Form>).about(CALLBACK),
        get("/sounds/{*name}", PUBLIC, sounds::fetch)
            .about("A sound of the flows, as WAV; ranges and `If-None-Match` are honoured.")
            .headers(ranged::HEADERS),
    ]
}

const VOICE: &str = "A call's first request; the number is `To`.";
const VOICE_OF: &str = "A call's first request, for the number of the path.";
const STATUS: &str = "The state of a call, as the number's own callback reports it.";
const CALLBACK: &str = "A callback that an earlier response named.";

fn machines() -> Vec<Route> {
    vec![
        get("/healthz", PUBLIC, health::alive).about("200 while the program can answer."),
        get("/readyz", PUBLIC, health::ready)
            .about("200 when the switch accepts calls, else 503 with the reason."),
        get("/metrics", PUBLIC, health::metrics).about("Metrics for Prometheus."),
    ]
}

/// The OpenAPI document, as text.
pub(super) static OPENAPI: LazyLock<String> = LazyLock::new(|| {
    let text = serde_json::to_string_pretty(&document(&table())).unwrap_or_default();
    text + "\n"
});

/// The OpenAPI document as an answer.
struct OpenApiText;

impl Reply for OpenApiText {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content(JSON, map(any())))]
    }

    fn reply(self) -> Response {
        ([(CONTENT_TYPE, HeaderValue::from_static(JSON))], OPENAPI.as_str()).into_response()
    }
}

async fn openapi(_: Admitted<Public>) -> Result<OpenApiText, Problem> {
    Ok(OpenApiText)
}

#[cfg(test)]
mod tests;
