//! Past leads under drafted books.

use std::sync::Arc;

use super::BOOK;
use super::Node;
use super::ONE;
use super::TWO;
use super::accepted;
use super::record;
use super::rejected;
use super::verify;
use super::wanted;
use crate::base::Wall;
use crate::book;
use crate::delivery::Offered;
use crate::intake::WantedLead;
use crate::past::Report;
use crate::past::backtest;
use crate::sale::BidReply;
use crate::store::sample::usd;

/// Sells three leads: one that `a` rejects and `b` takes for 7.00, one that `a` takes for 10.00, and
/// one in an auction, which `y` wins with 15.00 before 12.00 of `x`.
async fn sold(node: &mut Node) {
    node.credit("100.00").await;
    let sent = node.send(ONE, None);
    node.posted().await.answer.send(rejected()).unwrap();
    node.posted().await.answer.send(accepted()).unwrap();
    assert_eq!(record(sent.await.unwrap()).revenue, Some(usd("7.00")));
    let sent = node.send(TWO, None);
    node.posted().await.answer.send(accepted()).unwrap();
    assert_eq!(record(sent.await.unwrap()).revenue, Some(usd("10.00")));
    let wanted = WantedLead { offer: "auction".parse().unwrap(), ..wanted("+13055550103") };
    let intake = node.intake.clone();
    #[expect(clippy::disallowed_methods, reason = "the test awaits the task")]
    let sent = tokio::spawn(async move { intake.receive(wanted, None).await });
    for _ in 0..3 {
        let asked = node.pinged().await;
        let reply = match asked.contract.as_str() {
            "x" => BidReply::Offered(Box::new(Offered::of(usd("12.00")))),
            "y" => BidReply::Offered(Box::new(Offered::of(usd("15.00")))),
            _ => BidReply::Declined { reason: None },
        };
        asked.answer.send(reply).unwrap();
    }
    node.posted().await.answer.send(accepted()).unwrap();
    assert_eq!(record(sent.await.unwrap()).revenue, Some(usd("15.00")));
}

async fn tried(node: &Node, draft: &str) -> Report {
    let (book, faults) = book::parse("draft", draft);
    let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")));
    let report = backtest(&*node.store, book.clone(), Wall::default()).await.unwrap();
    let again = backtest(&*node.store, book, Wall::default()).await.unwrap();
    assert_eq!((report.table(), &report), (again.table(), &again));
    assert_eq!((report.leads.routed, report.calls.routed), (3, 0));
    report
}

#[tokio::test]
async fn past_leads_are_sold_again_and_differences_are_counted() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    sold(&mut node).await;
    let same = tried(&node, BOOK).await;
    let leads = same.leads;
    assert_eq!((leads.sold_then, leads.sold_now, leads.changed, leads.assumed), (3, 3, 0, 0));
    assert_eq!((leads.revenue_then, leads.revenue_now), (usd("32.00"), usd("32.00")));
    assert_eq!((leads.payout_then, leads.payout_now), (usd("12.80"), usd("12.80")));
    assert!(same.bids_unknown.is_empty());

    let dearer = BOOK.replace("priority = 2", "priority = 0").replace("7.00", "20.00");
    let dearer = dearer.replace("share = \"40%\"", "share = \"50%\"");
    let dearer = tried(&node, &dearer).await;
    assert_eq!((dearer.leads.changed, dearer.leads.assumed), (1, 1), "b did not have the second");
    assert_eq!(dearer.leads.revenue_now, usd("55.00"));
    assert_eq!(dearer.leads.payout_now, usd("27.50"));
    assert_eq!(dearer.buyers[&"a".parse().unwrap()].lost, 1);

    let closed = BOOK.replace("priority = 2", "enabled = false");
    let closed = tried(&node, &closed).await;
    assert_eq!((closed.leads.sold_now, closed.leads.changed), (2, 1), "a rejected it then");
    node.intake.stop().await;
    verify(&home);
}

/// A bid counts as it was made; one that was never made is not invented.
#[tokio::test]
async fn auctions_are_answered_with_the_bids_that_were_made() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    sold(&mut node).await;
    let ping = "ping = \"https://b.example/ping\"";
    let limited = "ping = { url = \"https://b.example/ping\", max = { amount = \"14.00\", \
                   currency = \"USD\" } }";
    assert!(BOOK.contains(ping));
    let limited = tried(&node, &BOOK.replace(ping, limited)).await;
    assert_eq!((limited.leads.revenue_now, limited.leads.changed), (usd("29.00"), 1), "12.00 of x");
    let floor = BOOK.replace(
        "auction = { window = \"2s\" }",
        "auction = { window = \"2s\", floor = { amount = \"16.00\", currency = \"USD\" } }",
    );
    assert_eq!(tried(&node, &floor).await.leads.sold_now, 2, "no bid reaches the floor");
    let more = format!(
        "{BOOK}[[buyer]]\nid = \"new\"\ntimezone = \"UTC\"\n[[contract]]\nid = \"w\"\n\
         buyer = \"new\"\noffer = \"auction\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"99.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"https://w.example/\", ping = \"https://w.example/ping\" }}\n"
    );
    let more = tried(&node, &more).await;
    assert_eq!(more.bids_unknown[&"w".parse().unwrap()], 1);
    assert_eq!((more.leads.revenue_now, more.leads.changed), (usd("32.00"), 0));
    assert!(more.table().contains("1 bids of w are unknown"), "{}", more.table());
    node.intake.stop().await;
    verify(&home);
}
