use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::Currency;
use crate::base::Now;
use crate::base::Rng;
use crate::billing::settle;
use crate::book::CountedFrom;
use crate::book::Payout;
use crate::book::PayoutCaps;

fn usd(amount: &str) -> Money {
    Money::parse(amount, Currency::USD).unwrap()
}

fn at(seconds: u64) -> Wall {
    Wall::from_micros(1_763_632_800_000_000) + Duration::from_secs(seconds)
}

fn rule(by: ConversionBy) -> Conversion {
    Conversion { by, ..Conversion::default() }
}

fn returns(reverse_payout: bool) -> Returns {
    Returns {
        window: Duration::from_secs(86_400),
        share: crate::base::Percent::WHOLE,
        reasons: Vec::new(),
        accept_after: None,
        reverse_payout,
        frees_cap: false,
        pause: None,
    }
}

fn report(text: &str) -> BuyerReport {
    let revenue = match text {
        "no" | "sold" => None,
        amount => Some(usd(amount)),
    };
    BuyerReport { sold: text != "no", revenue, disposition: None, reference: None }
}

/// A sale for 45.00 with a payout of 20.00, of a call that is live.
fn case(conversion: Conversion, prepaid: bool) -> Case {
    let (now, mut rng) = (Now::at(at(0)), Rng::seeded(1));
    Case {
        sold: Sold {
            sale: AttemptId::new(now, &mut rng),
            contract: "acme-auto-ca".parse().unwrap(),
            buyer: "acme".parse().unwrap(),
            source: "ads".parse().unwrap(),
            price: usd("45.00"),
            prepaid,
            cause: CallId::new(now, &mut rng).into(),
            at: now.wall,
        },
        payout: Some(Payout::Fixed(usd("20.00"))),
        payout_caps: PayoutCaps::NONE,
        full: None,
        conversion,
        returns: None,
        sold_at: at(0),
        promised: None,
        shown: None,
        reported: None,
        reports: 0,
        returned: false,
        stands: Standing::default(),
    }
}

/// A sale and its postings, as a store keeps them.
struct Ledger {
    case: Case,
    postings: Vec<Posting>,
}

impl Ledger {
    fn new(case: Case) -> Self {
        Self { case, postings: Vec::new() }
    }

    fn add(&mut self, postings: Vec<Posting>) {
        for posting in postings {
            let same = |other: &Posting| {
                other.kind.name() == posting.kind.name() && other.cause == posting.cause
            };
            if !self.postings.iter().any(same) {
                self.postings.push(posting);
            }
        }
        self.case.stands = Standing::of(&self.postings);
    }

    fn correct(&mut self, cause: &Cause) {
        let corrections = self.case.corrections(cause, at(9), "conversion").unwrap();
        self.add(corrections);
    }

    /// Ends the call, and then applies what came before.
    fn end(&mut self, shown: bool) {
        if self.case.shown.is_none() {
            self.case.shown = Some(shown);
            let bill = Bill::of(self.case.sold.price, self.case.payout.as_ref(), shown);
            self.add(settle(&self.case.sold, &bill).unwrap());
        }
        self.correct(&Cause::conversion(u64::from(self.case.reports)));
    }

    fn report(&mut self, report: BuyerReport) {
        if let Heard::Now(reported) = self.case.hear(report, at(5)).unwrap() {
            self.case.reported = Some(reported);
            self.case.reports += 1;
            self.correct(&Cause::conversion(u64::from(self.case.reports)));
        }
    }

    fn accept_return(&mut self) {
        self.case.returned = true;
        self.correct(&Cause::returned(1));
    }

    fn sums(&self) -> [i64; 5] {
        let Standing { revenue, payout, margin, balance, budget, .. } =
            Standing::of(&self.postings);
        [revenue, payout, margin, balance, budget].map(|micros| micros / 10_000)
    }
}

/// The events of a case, in order: `hit` and `miss` end the call, `return` is an accepted return,
/// anything else is a report.
fn play(ledger: &mut Ledger, events: &str) {
    for event in events.split_whitespace() {
        match event {
            "hit" => ledger.end(true),
            "miss" => ledger.end(false),
            "return" => ledger.accept_return(),
            text => ledger.report(report(text)),
        }
    }
}

#[test]
fn what_is_owed_follows_from_the_facts() {
    // rule, prepaid, events: revenue, payout, margin, balance and budget in cents
    let table = "
        report no  miss                    :     0     0     0     0 -4500
        report no  sold                    :     0     0     0     0     0
        report no  sold miss               :  4500  2000  2500     0     0
        report no  miss sold               :  4500  2000  2500     0     0
        report no  miss sold sold          :  4500  2000  2500     0     0
        report no  miss 60.00              :  6000  2000  4000     0  1500
        report no  30.00 60.00 miss        :  6000  2000  4000     0  1500
        report no  30.00 miss 60.00        :  6000  2000  4000     0  1500
        report no  miss 30.00 60.00 no     :     0     0     0     0 -4500
        report no  miss 0.00               :     0  2000 -2000     0 -4500
        report yes miss sold               :  4500  2000  2500 -4500     0
        report yes miss 60.00 30.00        :  3000  2000  1000 -3000 -1500
        report yes sold miss return        :     0     0     0     0 -4500
        report yes return sold miss        :     0     0     0     0 -4500
        report yes miss return sold        :     0     0     0     0 -4500
        time   yes hit                     :  4500  2000  2500 -4500     0
        time   yes miss                    :     0     0     0     0 -4500
        time   yes hit no                  :  4500  2000  2500 -4500     0
        time   yes miss 60.00              :     0     0     0     0 -4500
        time   yes hit return              :     0     0     0     0 -4500
        time   yes hit return return       :     0     0     0     0 -4500
        keep   yes hit return              :     0  2000 -2000     0 -4500
        keep   yes return hit              :     0  2000 -2000     0 -4500
        keep   no  miss return             :     0     0     0     0 -4500
        key    no  hit                     :  4500  2000  2500     0     0
        key    no  miss sold               :     0     0     0     0 -4500
    ";
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let (given, expected) = row.split_once(':').unwrap();
        let mut words = given.split_whitespace();
        let (name, prepaid) = (words.next().unwrap(), words.next() == Some("yes"));
        let by = match name {
            "report" => ConversionBy::Report,
            "key" => ConversionBy::Key { key: "*7".parse().unwrap() },
            _ => ConversionBy::Time { from: CountedFrom::Accept },
        };
        let mut ledger = Ledger::new(case(rule(by), prepaid));
        ledger.case.returns = Some(returns(name != "keep"));
        play(&mut ledger, &words.collect::<Vec<_>>().join(" "));
        let expected: Vec<i64> =
            expected.split_whitespace().map(|cents| cents.parse().unwrap()).collect();
        assert_eq!(ledger.sums().as_slice(), expected, "{row}");
        balances(&ledger.postings);
    }
}

/// For each cause, the buyer owes what the source is owed plus the margin.
fn balances(postings: &[Posting]) {
    for cause in postings.iter().map(|posting| &posting.cause) {
        let own = postings.iter().filter(|posting| posting.cause == *cause);
        let Standing { revenue, payout, margin, .. } = Standing::of(own);
        assert_eq!(revenue, payout + margin, "{cause}");
    }
}

proptest! {
    /// Reports keep their order; the end and a return may come at any place among them, and each
    /// event may be repeated.
    #[test]
    fn any_order_and_repetition_gives_the_same_sums(
        reports in prop::collection::vec(
            prop::sample::select(vec!["no", "sold", "30.00", "60.00", "0.00"]), 0..5),
        repeats in prop::collection::vec(1_usize..3, 7),
        end in 0_usize..6,
        back in prop::option::of(0_usize..7),
        by_report in any::<bool>(),
        hit in any::<bool>(),
        reverse in any::<bool>(),
        prepaid in any::<bool>(),
    ) {
        let by = if by_report {
            ConversionBy::Report
        } else {
            ConversionBy::Time { from: CountedFrom::Accept }
        };
        let played = |events: &[&str], repeats: &[usize]| {
            let mut ledger = Ledger::new(case(rule(by.clone()), prepaid));
            ledger.case.returns = Some(returns(reverse));
            for (event, times) in events.iter().zip(repeats.iter().chain(std::iter::repeat(&1))) {
                (0..*times).for_each(|_| play(&mut ledger, event));
            }
            balances(&ledger.postings);
            ledger.sums()
        };
        let ending = if hit { "hit" } else { "miss" };
        let mut plain = vec![ending];
        plain.extend(&reports);
        let mut mixed = reports.clone();
        mixed.insert(end.min(mixed.len()), ending);
        if let Some(back) = back {
            plain.push("return");
            mixed.insert(back.min(mixed.len()), "return");
        }
        prop_assert_eq!(played(&plain, &[]), played(&mixed, &repeats));
    }
}

#[test]
fn reports_are_checked() {
    let bounds = |min: &str, max: &str| Conversion {
        min: Some(usd(min)),
        max: Some(usd(max)),
        ..rule(ConversionBy::Report)
    };
    let bounded = case(bounds("10.00", "90.00"), false);
    for (text, refused) in [
        ("10.00", None),
        ("90.00", None),
        ("9.99", Some("`revenue` is 9.99 USD; the least that this contract takes is 10.00 USD")),
        ("90.01", Some("`revenue` is 90.01 USD; the most that this contract takes is 90.00 USD")),
        (
            "-1.00",
            Some(
                "`revenue` is -1.00 USD; it must be from 0 to 1000000000, with at most 6 decimals",
            ),
        ),
        ("sold", None),
        ("no", None),
    ] {
        let heard = bounded.hear(report(text), at(5)).err().map(|error| error.to_string());
        assert_eq!(heard.as_deref(), refused, "{text}");
    }
    let euros = Money::from_micros(45, "EUR".parse().unwrap());
    let foreign = BuyerReport { revenue: Some(euros), ..report("sold") };
    assert!(matches!(bounded.hear(foreign, at(5)), Err(ReportRefused::Currency { .. })));
    let unsold = BuyerReport { sold: false, ..report("45.00") };
    assert!(matches!(bounded.hear(unsold, at(5)), Err(ReportRefused::NotSold(_))));
    let window = bounded.conversion.window;
    assert!(bounded.hear(report("sold"), at(0) + window).is_ok());
    let late = bounded.hear(report("sold"), at(1) + window);
    assert_eq!(late, Err(ReportRefused::Expired));
}

#[test]
fn the_number_of_reports_is_bounded() {
    let mut full = case(rule(ConversionBy::Report), false);
    full.reports = REPORTS_MAX;
    full.reported = Some(Reported { report: report("sold"), at: at(3) });
    assert_eq!(full.hear(report("no"), at(5)), Err(ReportRefused::TooMany));
    let same = Reported { report: report("sold"), at: at(3) };
    assert_eq!(full.hear(report("sold"), at(5)), Ok(Heard::Before(same)));
}

/// `strowger balance return` gives a charge back and nothing else. Later events do not charge it
/// again, and do not give it back twice.
#[test]
fn a_charge_that_was_given_back_by_hand_stays_so() {
    for events in ["return", "return return"] {
        let by = ConversionBy::Time { from: CountedFrom::Accept };
        let mut ledger = Ledger::new(case(rule(by), true));
        ledger.end(true);
        let charged = crate::billing::Charged {
            sale: ledger.case.sold.sale,
            buyer: ledger.case.sold.buyer.clone(),
            amount: usd("-45.00"),
            cause: ledger.case.sold.cause.clone(),
            at: at(3),
            by: Author { who: "ann".to_owned(), note: String::new() },
        };
        ledger.add(vec![crate::billing::give_back(charged).unwrap()]);
        play(&mut ledger, events);
        assert_eq!(ledger.sums(), [0, 0, 0, 0, -4_500], "{events}");
    }
}

#[test]
fn too_many_returns_pause_the_contract() {
    use crate::billing::ReturnCounts;
    use crate::book::TooManyReturns;
    let (window, pause) = (Duration::from_secs(604_800), Duration::from_secs(86_400));
    let share = "20%".parse().unwrap();
    let by_share = Some(TooManyReturns { share, sales: 10, window, pause });
    for (limit, sales, returned, pauses) in [
        (by_share, 10, 2, true),
        (by_share, 11, 2, false),
        (by_share, 9, 9, false),
        (by_share, 15, 3, true),
        (by_share, 16, 3, false),
        (None, 10, 10, false),
    ] {
        let mut sale = case(rule(ConversionBy::Time { from: CountedFrom::Accept }), false);
        sale.returns = Some(Returns { pause: limit, ..returns(true) });
        let until = sale.pauses_until(ReturnCounts { sales, returned }, at(5));
        assert_eq!(until, pauses.then(|| at(5) + pause), "{returned} of {sales}");
    }
    let mut sale = case(rule(ConversionBy::Time { from: CountedFrom::Accept }), false);
    sale.returns = None;
    assert_eq!(sale.pauses_until(ReturnCounts { sales: 10, returned: 10 }, at(5)), None);
}

#[test]
fn returns_are_checked() {
    use crate::billing::ReturnCounts;
    use crate::billing::ReturnedBy::Buyer;
    use crate::billing::ReturnedBy::Operator;
    let few = Returns {
        share: "15%".parse().unwrap(),
        reasons: vec!["wrong_number".to_owned(), "spam".to_owned()],
        accept_after: Some(Duration::from_secs(3_600)),
        ..returns(true)
    };
    // rules, converted, who, reason, age, returned of sales: refused because
    for (rules, shown, by, reason, age, counts, refused) in [
        (Some(&few), Some(true), Buyer, "spam", 60, (0, 7), None),
        (Some(&few), Some(true), Buyer, "spam", 86_400, (2, 20), None),
        (Some(&few), Some(true), Buyer, "spam", 86_401, (0, 7), Some("older than 1d")),
        (Some(&few), Some(true), Buyer, "bored", 60, (0, 7), Some("use wrong_number, spam")),
        (Some(&few), Some(true), Buyer, "spam", 60, (0, 6), Some("at most 15% of its calls")),
        (Some(&few), Some(true), Buyer, "spam", 60, (3, 20), Some("3 of 20 are returned")),
        (Some(&few), Some(false), Buyer, "spam", 60, (0, 7), Some("nothing is owed")),
        (Some(&few), None, Buyer, "spam", 60, (0, 7), Some("has not ended")),
        (None, Some(true), Buyer, "spam", 60, (0, 7), Some("takes no returns")),
        (None, Some(true), Operator, "bored", 9_999_999, (9, 9), None),
        (Some(&few), Some(true), Operator, "bored", 9_999_999, (9, 9), None),
        (None, Some(false), Operator, "spam", 60, (0, 7), Some("nothing is owed")),
    ] {
        let mut sale = case(rule(ConversionBy::Time { from: CountedFrom::Accept }), false);
        (sale.returns, sale.shown) = (rules.cloned(), shown);
        let (returned, sales) = counts;
        let counts = ReturnCounts { sales, returned };
        let asked = sale.ask_return(by, reason, counts, at(age));
        let what = format!("{by:?} {reason} {age} {counts:?}");
        match refused {
            Some(part) => {
                let said = asked.unwrap_err().to_string();
                assert!(said.contains(part), "{what}: {said}");
            }
            None => {
                let expected = rules.is_some().then(|| at(age + 3_600));
                assert_eq!(asked, Ok(expected), "{what}");
            }
        }
    }
}
