//! Every preset against the buyer of its platform, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::AttemptId;
use crate::base::Fields;
use crate::base::LeadId;
use crate::base::Now;
use crate::base::Origin;
use crate::base::Outcome;
use crate::base::Reach;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Surroundings;
use crate::book::parse_with;
use crate::config::Settings;
use crate::delivery::PRESETS;
use crate::dispatch::Dispatch;
use crate::intake::Buyers;
use crate::intake::BuyersParts;
use crate::intake::Pinging;
use crate::intake::Poster as _;
use crate::intake::Posting;
use crate::lead::Lead;
use crate::lead::LeadRecord;
use crate::lead::Reply;
use crate::lead::UnknownNames;
use crate::net::Clock;
use crate::outbox::Links;
use crate::quota::Quota;
use crate::routing::Snapshot;
use crate::sale::BidReply;
use crate::sale::ConversionSecret;
use crate::score::Scorer;

/// Keys that the presets name.
const SECRETS: &str = "[secrets]\nboberdoo_key = \"x\"\ncake_key = \"x\"\nleadspedia_key = \"x\"\n\
                       lead_prosper_key = \"x\"\nphonexa_password = \"x\"\nbuyer_token = \"x\"\n";

/// Returns a book with one contract that delivers by a preset, to simulated addresses, and asks once.
fn book(preset: &str, text: &str, post: &str, ping: &str) -> Arc<Book> {
    let moved: Vec<String> = text
        .lines()
        .map(|line| match line.split_once(" = ").map(|(key, _)| key) {
            Some("post") => format!("post = \"{post}\"\ntimeout = \"1s\""),
            Some("url") => format!("url = \"{ping}\""),
            Some("timeout") => String::new(),
            Some(_) | None => line.to_owned(),
        })
        .collect();
    let strategy = if preset.ends_with("-ping") { "strategy = \"auction\"\n" } else { "" };
    let text = format!(
        "[[source]]\nid = \"web\"\n[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n\
         {strategy}[[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"45.00\", currency = \"USD\" }}\n{}\n",
        moved.join("\n")
    );
    let beside = Surroundings { areas: None, reach: Reach::Anywhere };
    let (book, faults) = parse_with(preset, &text, beside);
    Arc::new(book.unwrap_or_else(|| panic!("{preset}: {faults:#?}")))
}

/// Returns what posts by a book, each time with breakers of its own.
fn poster(book: &Arc<Book>) -> Buyers {
    let settings = Settings::parse("s", SECRETS, &|_| None).unwrap();
    let snapshot = Snapshot::compile(book.clone(), 1);
    Buyers::new(BuyersParts {
        reach: Reach::Anywhere,
        links: Links::new("https://x.example/", ConversionSecret::new([7; 32])),
        secrets: Arc::new(settings.secrets),
        mailer: None,
        dispatch: Arc::new(Dispatch::new(snapshot, Quota::memory())),
        clock: Clock::system(),
    })
}

fn lead() -> LeadRecord {
    let now = Now::at(Wall::from_micros(1_764_385_200_000_000));
    let mut fields = Fields::default();
    for (name, value) in [("phone", "+13055550123"), ("first_name", "Ann"), ("zip", "90210")] {
        fields.set(name.parse().unwrap(), value, Origin::Form);
    }
    let scored = Scorer::default().score(Channel::Form, &fields, None, None, &[], now.wall);
    LeadRecord::of(&Lead {
        id: LeadId::new(now, &mut Rng::seeded(1)),
        offer: "o".parse().unwrap(),
        source: "web".parse().unwrap(),
        fields,
        unknown: UnknownNames::default(),
        at: now.wall,
        book_version: 1,
        scored,
        earlier: None,
        ping: None,
    })
}

async fn posted(book: &Arc<Book>) -> Reply {
    let (contract, lead) = (&book.contracts[0], lead());
    let posting = Posting {
        book: book.clone(),
        contract: contract.id.clone(),
        attempt: AttemptId::new(Now::at(Wall::default()), &mut Rng::seeded(2)),
        price: contract.price,
        at: lead.received_at,
        lead,
    };
    poster(book).post(posting).await
}

fn dialect_of(preset: &str) -> (&'static str, Dialect) {
    let name = preset.trim_end_matches("-ping");
    Dialect::ALL.iter().find(|(own, _)| *own == name).copied().unwrap()
}

#[tokio::test]
async fn each_preset_understands_its_platform_whatever_it_answers() {
    let buyers = LeadBuyers::start().await.unwrap();
    for preset in PRESETS {
        let (name, dialect) = dialect_of(preset.name);
        if !dialect.gives_verdict() {
            continue;
        }
        for manner in ["accepts", "rejects", "duplicate", "error", "garbage", "hangs", "status-500"]
        {
            let post = format!("/{name}/{manner}/{}", preset.name);
            let ping = buyers.url(&format!("/{name}/bids-9/{}", preset.name));
            let book = book(preset.name, preset.text, &buyers.url(&post), &ping);
            let reply = posted(&book).await;
            let shown = format!("{} {manner}: {reply:?}", preset.name);
            match (manner, &reply) {
                ("accepts", Reply::Accepted { reference, .. }) => {
                    let known = matches!(dialect, Dialect::Generic) || reference.is_some();
                    assert!(known, "{shown}");
                }
                ("rejects", Reply::Lost { outcome: Outcome::Declined, .. })
                | ("duplicate" | "error", Reply::Lost { .. })
                | ("garbage" | "hangs" | "status-500", Reply::Unknown { .. }) => {}
                (_, _) => panic!("{shown}"),
            }
            assert_eq!(buyers.received(&post).len(), 1, "{shown}");
        }
    }
}

/// Salesforce, HubSpot and GoHighLevel say nothing that a sale could hang on.
#[tokio::test]
async fn a_platform_without_a_verdict_gets_the_lead_after_the_sale() {
    let buyers = LeadBuyers::start().await.unwrap();
    let mut checked = 0;
    for preset in PRESETS {
        let (name, dialect) = dialect_of(preset.name);
        if dialect.gives_verdict() {
            continue;
        }
        let path = format!("/{name}/accepts/post");
        let book = book(preset.name, preset.text, &buyers.url(&path), "");
        assert!(matches!(posted(&book).await, Reply::Accepted { status: None, .. }), "{name}");
        assert_eq!(buyers.received(&path), [], "{name}: it is delivered from the outbox");
        checked += 1;
    }
    assert_eq!(checked, 3);
}

#[tokio::test]
async fn each_preset_with_a_ping_reads_the_bids_of_its_platform() {
    let buyers = LeadBuyers::start().await.unwrap();
    let mut checked = 0;
    for preset in PRESETS.iter().filter(|preset| preset.name.ends_with("-ping")) {
        let (name, _) = dialect_of(preset.name);
        for (manner, expected) in [
            ("bids-12.50", "bid 12.50"),
            ("bids-0", "declined"),
            ("rejects", "declined"),
            ("error", "none"),
            ("garbage", "none"),
            ("status-500", "none"),
            ("hangs", "none"),
            ("late-600-99", "none"),
        ] {
            let url = buyers.url(&format!("/{name}/{manner}/ping"));
            let book = book(preset.name, preset.text, &buyers.url("/generic/accepts/post"), &url);
            let pinging = Pinging {
                book: book.clone(),
                contract: book.contracts[0].id.clone(),
                at: Wall::default(),
                timeout: Duration::from_millis(500),
                lead: Arc::new(lead()),
            };
            let reply = poster(&book).ping(pinging).await;
            let found = match &reply {
                BidReply::Offered(offered) => {
                    let is_named =
                        offered.ping_id.as_deref() == Some("P-12.50-1") || name == "leadconduit";
                    assert!(is_named, "{}: {reply:?}", preset.name);
                    format!("bid {}", offered.amount.amount())
                }
                BidReply::Declined { .. } => "declined".to_owned(),
                BidReply::Unreadable { .. } | BidReply::Failed { .. } => "none".to_owned(),
            };
            // Some platforms report their own errors as a rejection.
            let is_right = found == expected || (manner == "error" && found == "declined");
            assert!(is_right, "{} {manner}: {reply:?}", preset.name);
        }
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[test]
fn manners_are_parts_of_paths() {
    for (text, expected) in [
        ("accepts", Some(Manner::Accepts)),
        ("bids-12.50", Some(Manner::Bids("12.50".to_owned()))),
        ("late-800-3", Some(Manner::BidsLate(Duration::from_millis(800), "3".to_owned()))),
        ("status-503", Some(Manner::Status(503))),
        ("pause-2", Some(Manner::AsksForPause(2))),
        ("needs-T1", Some(Manner::Needs("T1".to_owned()))),
        ("accepts-x", None),
        ("bids-", None),
        ("late-x-1", None),
        ("status-x", None),
        ("", None),
    ] {
        assert_eq!(Manner::parse(text), expected, "{text}");
    }
}
