//! Pings of sources, and their posts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Node;
use super::ONE;
use super::TWO;
use super::accepted;
use super::record;
use super::rejected;
use super::verify;
use super::wanted;
use crate::base::Now;
use crate::base::PingId;
use crate::base::Rng;
use crate::delivery::Offered;
use crate::intake::Answered;
use crate::intake::Purpose;
use crate::intake::Received;
use crate::intake::Refused;
use crate::intake::WantedLead;
use crate::intake::WantedPost;
use crate::lead::PingRecord;
use crate::lead::PingRefusal;
use crate::sale::BidReply;
use crate::store::Leads as _;
use crate::store::sample::usd;

/// Pings the offer `auction`; its three bidders answer with these amounts, or decline.
async fn pinged(node: &mut Node, bids: &[(&str, Option<&str>)]) -> Answered {
    let mut wanted = WantedLead { offer: "auction".parse().unwrap(), ..wanted(ONE) };
    wanted.values.push(("zip".to_owned(), "90210".to_owned()));
    let intake = node.intake.clone();
    #[expect(clippy::disallowed_methods, reason = "the test awaits the task")]
    let sent = tokio::spawn(async move { intake.ping(wanted).await });
    for _ in 0..bids.len() {
        let asked = node.pinged().await;
        let (_, amount) = bids.iter().find(|(contract, _)| *contract == asked.contract).unwrap();
        let reply = match amount {
            Some(amount) => BidReply::Offered(Box::new(Offered {
                ping_id: Some(format!("p-{amount}")),
                ..Offered::of(usd(amount))
            })),
            None => BidReply::Declined { reason: None },
        };
        asked.answer.send(reply).unwrap();
    }
    sent.await.unwrap().unwrap()
}

fn post(ping: PingId, phone: &str) -> WantedPost {
    let values = vec![("phone".to_owned(), phone.to_owned())];
    let from = Some(("web".parse().unwrap(), "auction".parse().unwrap()));
    WantedPost { ping: ping.to_string(), from, values, purpose: Purpose::Sale, browser: None }
}

#[tokio::test]
async fn a_ping_takes_nothing_and_its_post_goes_to_the_winner_first() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("100.00").await;
    let bids = [("x", Some("12.00")), ("y", Some("15.00")), ("z", None)];
    let Answered { record: ping, faults } = pinged(&mut node, &bids).await;
    assert_eq!((ping.price, faults.len()), (Some(usd("6.00")), 0), "the source's share");
    let names: Vec<&str> = ping.fields.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["zip"], "nothing of the person is kept");
    assert_eq!(node.dispatch.live(), 0);
    assert_eq!(node.store.ping_fetch(ping.id).await.unwrap().as_ref(), Some(&ping));
    let intake = node.intake.clone();
    #[expect(clippy::disallowed_methods, reason = "the test awaits the task")]
    let sent = tokio::spawn(async move { intake.post(post(ping.id, ONE), None).await });
    let first = node.posted().await;
    assert_eq!((first.contract.as_str(), first.stored.bids.len()), ("y", 3));
    assert_eq!(first.stored.ping_id(&"y".parse().unwrap()), Some("p-15.00"));
    first.answer.send(rejected()).unwrap();
    let second = node.posted().await;
    assert_eq!(second.contract, "x");
    second.answer.send(accepted()).unwrap();
    let sold = record(sent.await.unwrap());
    assert_eq!(sold.revenue, Some(usd("12.00")));
    assert!(node.pings.try_recv().is_err(), "nobody is asked again");
    let again = node.intake.post(post(ping.id, TWO), None).await.unwrap();
    assert!(matches!(again, Received::Before(before) if before.id == sold.id));
    node.intake.stop().await;
    verify(&home);
}

#[tokio::test]
async fn without_a_bid_there_is_no_offer_and_no_post() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("100.00").await;
    let Answered { record: ping, .. } =
        pinged(&mut node, &[("x", None), ("y", None), ("z", None)]).await;
    assert_eq!((ping.price, ping.expires_at), (None, None));
    assert!(ping.reason.is_some());
    let refused = node.intake.post(post(ping.id, ONE), None).await;
    assert!(matches!(refused, Err(Refused::Ping(PingRefusal::Unknown))), "{refused:?}");
}

/// An offer that has ended is not honored, and nothing is stored.
#[tokio::test]
async fn a_post_after_the_end_of_the_offer_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(&home).await;
    let now = crate::net::Clock::system().now();
    let ping = PingRecord {
        id: PingId::new(Now::at(now.wall), &mut Rng::seeded(1)),
        offer: "auction".parse().unwrap(),
        source: "web".parse().unwrap(),
        book_version: 1,
        test: false,
        fields: BTreeMap::new(),
        bids: Vec::new(),
        at: now.wall - Duration::from_secs(61),
        price: Some(usd("6.00")),
        expires_at: Some(now.wall - Duration::from_secs(1)),
        reason: None,
        lead: None,
        call: None,
    };
    node.store.ping_open(ping.clone()).await.unwrap();
    let refused = node.intake.post(post(ping.id, ONE), None).await;
    assert!(matches!(refused, Err(Refused::Ping(PingRefusal::Expired))), "{refused:?}");
    let stored = node.store.ping_fetch(ping.id).await.unwrap().unwrap();
    assert_eq!(stored.lead, None);
}
