//! Tests of findings about form leads, auctions, and scores.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::suppression::Applies;

const BOOK: &str = r#"
[[source]]
id = "web"
[[offer]]
id = "o"
duplicate = { fields = ["phone"] }
dq = { reject = true }
[[buyer]]
id = "acme"
timezone = "America/New_York"
caps = { month = 500 }
[[buyer]]
id = "blue"
timezone = "America/Chicago"
caps = { month = 500 }
[[contract]]
id = "strict"
buyer = "acme"
offer = "o"
channels = ["form"]
price = { amount = "10.00", currency = "USD" }
delivery = { post = "https://acme.example/" }
filters = { states = ["CA"], fields = [{ field = "score", min = 70 }] }
[[contract]]
id = "open"
buyer = "blue"
offer = "o"
channels = ["form"]
tier = "fallback"
price = { amount = "8.00", currency = "USD" }
delivery = { post = "https://blue.example/" }
filters = { states = ["CA"] }
"#;

fn parsed(text: &str) -> Book {
    let (book, faults) = book::parse("b", text);
    book.unwrap_or_else(|| panic!("{faults:#?}\n{text}"))
}

fn bands(rows: &[(u8, u64, u64)]) -> BTreeMap<u8, Tried> {
    rows.iter()
        .map(|(band, tried, taken)| (*band, Tried { tried: *tried, taken: *taken }))
        .collect()
}

/// Returns the findings of one kind, without their remedies.
fn found(evidence: &Evidence<'_>, kind: Kind) -> Vec<String> {
    let all = audit(evidence).into_iter().filter(|finding| finding.kind == kind);
    all.map(|finding| format!("{}: {}", finding.subject, finding.sentence)).collect()
}

fn scored(book: &Book, strict: &[(u8, u64, u64)], open: &[(u8, u64, u64)]) -> Vec<String> {
    let scores = BTreeMap::from([
        ("strict".parse().unwrap(), bands(strict)),
        ("open".parse().unwrap(), bands(open)),
    ]);
    let evidence = Evidence { scores, ..Evidence::of_book(book, Wall::default()) };
    found(&evidence, Kind::ScoreThreshold)
}

#[test]
fn a_threshold_is_compared_with_what_buyers_accept() {
    let book = parsed(BOOK);
    let strict = [(7, 40, 24), (8, 40, 26), (10, 20, 12)];
    let kept_out = "contract strict: takes scores from 70 on; of 60 with 50 to 70, other contracts \
        of o accepted 61 %, of 100 from 70 on 62 % were";
    for (strict, open, expected) in [
        (&strict[..], &[(5, 30, 18), (6, 30, 19)][..], vec![kept_out]),
        // Rarely accepted below it: the threshold is right.
        (&strict, &[(5, 30, 8), (6, 30, 9)], vec![]),
        // Too few inquiries, below and above.
        (&strict, &[(5, 24, 18), (6, 25, 19)], vec![]),
        (&[(7, 49, 30)], &[(5, 30, 18), (6, 30, 19)], vec![]),
        // What is far below is not compared.
        (&strict, &[(3, 300, 300), (4, 300, 300)], vec![]),
        (
            &[(7, 30, 3), (8, 30, 4), (9, 60, 40)],
            &[],
            vec![
                "contract strict: takes scores from 70 on; of 60 with 70 to 90 it accepted 11 %, \
                 of 60 from 90 on 66 %",
            ],
        ),
    ] {
        assert_eq!(scored(&book, strict, open), expected, "{strict:?} {open:?}");
    }
    let min = BOOK.replace("fields = [{ field = \"score\", min = 70 }]", "min_score = 70");
    let below = [(5, 30, 18), (6, 30, 19)];
    assert_eq!(scored(&parsed(&min), &strict, &below), [kept_out], "by either filter");
    let none = BOOK.replace(", fields = [{ field = \"score\", min = 70 }]", "");
    assert!(scored(&parsed(&none), &strict, &below).is_empty(), "without a threshold");
}

#[test]
fn an_auction_needs_bidders_and_less_time_than_its_source_has() {
    let auction = BOOK.replace(
        "id = \"o\"",
        "id = \"o\"\nstrategy = \"auction\"\n\
        auction = { window = \"2s\" }",
    );
    let book = parsed(&auction);
    let evidence = |book, within| {
        Evidence::of_book(book, Wall::default()).with_answer_within(Duration::from_secs(within))
    };
    assert_eq!(
        found(&evidence(&book, 8), Kind::NoBidders),
        ["offer o: is an auction, and no buyer is asked for a bid: the highest price wins"]
    );
    assert_eq!(found(&evidence(&book, 3), Kind::SlowAuction), [""; 0]);
    assert_eq!(
        found(&evidence(&book, 2), Kind::SlowAuction),
        ["offer o: waits 2000 ms for bids on a lead, and its source is answered after 2000 ms: \
          before the auction has ended"]
    );
    let post = "post = \"https://acme.example/\"";
    let asked = auction.replace(post, &format!("{post}, ping = \"https://acme.example/p\""));
    let (asked, plain) = (parsed(&asked), parsed(BOOK));
    assert_eq!(found(&evidence(&asked, 8), Kind::NoBidders), [""; 0]);
    assert_eq!(found(&evidence(&plain, 1), Kind::NoBidders), [""; 0], "no auction");
}

#[test]
fn a_list_for_what_the_book_lacks_is_found() {
    let book = parsed(BOOK);
    let list = |name: &str, applies_to| ScopedList { name: name.parse().unwrap(), applies_to };
    let lists = vec![
        list("dnc", Applies::All),
        list("ours", Applies::Offer("o".parse().unwrap())),
        list("old", Applies::Offer("gone".parse().unwrap())),
        list("theirs", Applies::Source("left".parse().unwrap())),
    ];
    let evidence = Evidence { lists, ..Evidence::of_book(&book, Wall::default()) };
    assert_eq!(
        found(&evidence, Kind::ListWithoutScope),
        [
            "suppression list old: applies to offer gone, which the book does not have: none \
             of its entries counts",
            "suppression list theirs: applies to source left, which the book does not have: none \
             of its entries counts",
        ]
    );
}

/// Leads have no number: their sources and offers are not left over, and are paid from a price too.
#[test]
fn sources_and_offers_of_leads_are_used_and_paid() {
    let book = parsed(BOOK);
    let evidence = Evidence::of_book(&book, Wall::default());
    assert_eq!(found(&evidence, Kind::Unused), [""; 0]);
    let paid = BOOK.replace(
        "id = \"web\"",
        "id = \"web\"\npayout = { amount = \"9.00\", currency = \"USD\" }\n\
         intake = [{ key = \"sixteen-bytes-key\", offer = \"o\" }]",
    );
    let paid = parsed(&paid);
    let evidence = Evidence::of_book(&paid, Wall::default());
    assert_eq!(
        found(&evidence, Kind::PayoutAbovePrice),
        ["contract open: pays 8.00 USD, and source web, whose calls or leads reach it, is paid \
          9.00 USD: each of them is sold at a loss"]
    );
}
