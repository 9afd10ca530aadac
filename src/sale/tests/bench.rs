//! A test bench for one sale, in simulated time. A script is a list of words:
//!
//! | word | what happens |
//! |---|---|
//! | `sell` `freed` `reopened` | the inquiry is for sale, a unit may be free, its winner left |
//! | `caller_left` `another_won` `call_limit` `switch` | it is withdrawn, for that reason |
//! | `c:answers` `c:accepts` `c:has` `c:unknown` `c:rings` | contract `c`'s latest attempt |
//! | `c:busy` … `c:won` | the attempt is lost, with the outcome of that code |
//! | `c:late:busy` | the canceled attempt turns out to have ended otherwise |
//! | `c:last:busy` | the attempt is lost, and the inquiry is withdrawn next |
//! | `c:canceled:switch` | the channel cancels the attempt, for that reason |
//! | `c:billed` `c:free` | the bill of the delivery |
//! | `c:bids:12` `c:passes` | the bidder's answer |
//! | `c:used` `c:unused` | another call takes a unit of `c`'s caps, and gives it back |
//! | `blind` `sees` | decisions do not see what is used, or do |
//! | `later` `give` | decisions and holds are answered later; answers the next of them |
//! | `quiet` | attempts are rung only by `c:begins` |
//! | `other` | a destination is rung without a sale |
//! | `+1500` `~1500` | 1.5 s pass, with a tick at every deadline; without one |
//!
//! Contracts whose names begin with `k` cannot be reached, those with `m` have no destination for
//! the channel, and those with `l` are tried alone; none of them can share a wave. At the end the
//! output lists the rows of the record in brackets, the number of open holds, and the number of
//! winners.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::CanceledBecause;
use crate::base::Currency;
use crate::base::Fields;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Bill;
use crate::billing::bill;
use crate::book;
use crate::book::Channel;
use crate::caps::Ceiling;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Periods;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::routing;
use crate::routing::Bid;
use crate::routing::BidAnswer;
use crate::routing::BidTerms;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Snapshot;
use crate::routing::Standing;
use crate::routing::Usage;
use crate::sale::Bidding;
use crate::sale::Event;
use crate::sale::HandedTo;
use crate::sale::Input;
use crate::sale::Loss;
use crate::sale::Machine;
use crate::sale::Output;
use crate::sale::Reach;
use crate::sale::Terms;
use crate::sale::Wave;
use crate::sale::Way;

/// A Tuesday, 11:00 in Chicago.
const START: i64 = 1_767_718_800_000_000;
const TTL: Duration = Duration::from_secs(86_400);

/// What the bench's channel can try.
#[derive(Debug)]
pub(super) struct Line {
    /// Who is asked for bids on offer `o`.
    pub(super) bidding: Option<Bidding>,
}

impl Reach for Line {
    const TOGETHER_MAX: usize = 4;

    fn way(&self, pick: &Pick) -> Way {
        match pick.contract.as_str().chars().next() {
            Some('k') => Way::Closed,
            Some('m') => Way::Missing,
            Some(_) | None => Way::Open,
        }
    }

    fn fits(&self, pick: &Pick, beside: &Pick) -> bool {
        ![pick, beside].iter().any(|pick| pick.contract.as_str().starts_with(['k', 'l', 'm']))
    }

    fn auctions(&self, offer: &OfferId) -> bool {
        offer.as_str() == "o" && self.bidding.is_some()
    }

    fn bidding(&self, _survey: &Decision) -> Bidding {
        self.bidding.clone().unwrap_or(Bidding::NONE)
    }
}

/// Returns a book with the offer `o` and the given lines; with the offers `p`, `q`, `r`, `s`, `t`,
/// `u`, each of which hands on to the next; and with these contracts, each with its own buyer.
pub(super) fn book(offer: &str, contracts: &[(&str, &str)]) -> String {
    let mut text = format!("[[offer]]\nid = \"o\"\nring_timeout = \"10s\"\n{offer}\n");
    for (from, to) in ["p", "q", "r", "s", "t"].iter().zip(["q", "r", "s", "t", "u"]) {
        text += &format!(
            "[[offer]]\nid = \"{from}\"\nring_timeout = \"10s\"\ndq = {{ offer = \"{to}\" }}\n"
        );
    }
    text += "[[offer]]\nid = \"u\"\nring_timeout = \"10s\"\n";
    for (place, (id, more)) in contracts.iter().enumerate() {
        let offer = if more.contains("offer =") { "" } else { "offer = \"o\"" };
        text += &format!(
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"America/Chicago\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\n{offer}\npriority = {place}\n\
             channels = [\"call\", \"form\"]\nbuffer = \"5s\"\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:d@198.51.100.9\" }}\n{more}\n"
        );
    }
    text
}

/// Cap usage, if the decision may see it, and the bids.
struct Sight<'a> {
    counters: Option<&'a Counters>,
    bids: &'a Bids,
}

impl Usage for Sight<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.counters?.full(ceiling, periods)
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

impl Standing for Sight<'_> {}

/// A sale, its book and counters.
pub(super) struct Bench {
    pub(super) machine: Machine<Line>,
    pub(super) terms: Terms,
    snapshot: Snapshot,
    counters: Counters,
    pub(super) now: Now,
    pub(super) rng: Rng,
    /// Attempts by contract name: the latest counts.
    pub(super) attempts: Vec<(String, AttemptId)>,
    holds: HashMap<HoldId, String>,
    /// Holds of another call, by contract.
    others: HashMap<String, HoldId>,
    pub(super) later: Option<VecDeque<Input>>,
    blind: bool,
    quiet: bool,
    pub(super) story: Vec<String>,
}

impl Bench {
    pub(super) fn new(book: &str, channel: Channel) -> Self {
        let (book, faults) = book::parse("book.toml", book);
        let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:?}")));
        let inquiry = Inquiry {
            offer: "o".parse().unwrap(),
            channel,
            source: None,
            caller: None,
            fields: Fields::default(),
        };
        Bench {
            machine: Machine::new(Line { bidding: None }, None),
            terms: Terms::new(inquiry),
            snapshot: Snapshot::compile(book, 1),
            counters: Counters::new(),
            now: Now::at(Wall::from_micros(START)),
            rng: Rng::seeded(7),
            attempts: Vec::new(),
            holds: HashMap::new(),
            others: HashMap::new(),
            later: None,
            blind: false,
            quiet: false,
            story: Vec::new(),
        }
    }

    /// Plays a script and returns the events of the machine as text.
    pub(super) fn words(mut self, script: &str) -> String {
        script.split_whitespace().for_each(|word| self.word(word));
        self.end()
    }

    fn end(self) -> String {
        let rows = self.machine.rows().iter().map(|row| {
            let outcome = row.outcome.map_or("open", Outcome::code);
            let status = row.sip_status.map(|status| format!("/{status}")).unwrap_or_default();
            let because = row.canceled_because.map(|because| format!(":{}", because.code()));
            format!("{}{}={outcome}{status}{}", row.contract, row.wave, because.unwrap_or_default())
        });
        let rows = rows.collect::<Vec<_>>().join(" ");
        let held = self.held();
        assert_eq!(held, self.machine.holds().count() + self.asked(), "holds that are known");
        let (story, won) = (self.story.join(" "), self.machine.winners().len());
        format!("{story} [{rows}] held:{held} won:{won}").trim_start().to_owned()
    }

    /// Returns the number of granted holds whose answer is pending.
    fn asked(&self) -> usize {
        let granted = |input: &&Input| matches!(input, Input::Held(Ok(())));
        self.later.iter().flatten().filter(granted).count()
    }

    /// Returns the number of open holds of this sale.
    pub(super) fn held(&self) -> usize {
        self.counters.live() - self.others.len()
    }

    pub(super) fn word(&mut self, word: &str) {
        let input = match word.split_once(':') {
            None if word.starts_with('+') => return self.pass(word[1..].parse().unwrap()),
            None if word.starts_with('~') => {
                let passed = Duration::from_millis(word[1..].parse().unwrap());
                return self.now = self.now.later(passed);
            }
            None => match word {
                "sell" => Input::Sell(Box::new(self.terms.clone())),
                "freed" => Input::Freed,
                "reopened" => Input::Reopened,
                "later" => return self.later = Some(VecDeque::new()),
                "give" => self.later.as_mut().and_then(VecDeque::pop_front).expect("a question"),
                "blind" => return self.blind = true,
                "quiet" => return self.quiet = true,
                "sees" => return self.blind = false,
                "other" => {
                    let counted = self.machine.count_other();
                    return self.story.push(format!("other:{counted}"));
                }
                because => Input::Withdrawn(reason(because)),
            },
            Some((contract, what)) => match self.buyer(contract, what) {
                Some(input) => input,
                None => return self.drain(),
            },
        };
        self.handle(input);
    }

    fn buyer(&mut self, contract: &str, what: &str) -> Option<Input> {
        match what.split_once(':') {
            Some(("bids", amount)) => {
                let amount = Money::parse(amount, Currency::USD).unwrap();
                return Some(self.bid(contract, BidAnswer::Amount(amount)));
            }
            Some(("late", outcome)) => {
                let id = self.attempt(contract);
                self.machine.correct(id, loss(outcome));
                return None;
            }
            Some(("last", outcome)) => {
                let id = self.attempt(contract);
                self.machine.lose(id, loss(outcome), self.now);
                return None;
            }
            Some(("canceled", because)) => {
                return Some(Input::Canceled(self.attempt(contract), reason(because)));
            }
            Some(_) => panic!("{what}"),
            None => {}
        }
        match what {
            "passes" => return Some(self.bid(contract, BidAnswer::Declined)),
            "used" => return self.used(contract),
            "unused" => {
                let hold = self.others.remove(contract).unwrap();
                assert_eq!(self.counters.release(hold), Settled::Done);
                return None;
            }
            _ => {}
        }
        let id = self.attempt(contract);
        Some(match what {
            "rings" => {
                self.machine.rings(id, Duration::from_secs(1));
                return None;
            }
            "begins" => {
                self.machine.begun(id, self.now);
                return None;
            }
            "answers" => {
                self.machine.answered(id, Some(200), self.now);
                return None;
            }
            "accepts" => Input::Accepted(id),
            "has" => Input::Delivered(id),
            "unknown" => Input::Unknown(id),
            "billed" => Input::Billed(id, self.bill(id, Duration::from_secs(5))),
            "free" => Input::Billed(id, self.bill(id, Duration::from_secs(4))),
            outcome => Input::Lost(id, loss(outcome)),
        })
    }

    /// Another call takes a unit of a contract's caps.
    fn used(&mut self, contract: &str) -> Option<Input> {
        let (now, mut rng) = (self.now, self.rng.fork());
        let sight = Sight { counters: None, bids: Bids::NONE };
        let made = routing::decide(&self.snapshot, &self.terms.inquiry, &sight, now, &mut rng);
        let pick = made.picks().find(|pick| pick.contract.as_str() == contract).unwrap();
        let hold = HoldId::new(now, &mut rng);
        self.counters.reserve(hold, &pick.caps, pick.claim(), now, TTL).unwrap();
        self.others.insert(contract.to_owned(), hold);
        None
    }

    fn bid(&self, contract: &str, answer: BidAnswer) -> Input {
        let contract = contract.parse().unwrap();
        let (received_at, terms) = (self.now.mono, BidTerms::NONE);
        Input::Bid(Bid { contract, answer, received_at, terms })
    }

    fn bill(&self, id: AttemptId, talk: Duration) -> Bill {
        let pick = &self.machine.attempt(id).unwrap().pick;
        bill(pick.price, pick.buffer, None, Some(talk))
    }

    fn attempt(&self, contract: &str) -> AttemptId {
        let found = self.attempts.iter().rev().find(|(name, _)| name == contract);
        found.unwrap_or_else(|| panic!("{contract} was never tried: {:?}", self.story)).1
    }

    /// Advances time, stopping at every deadline.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = self.now.mono + Duration::from_millis(ms);
        while let Some(due) = self.machine.deadline().filter(|due| *due <= end) {
            self.now = self.now.later(due.since(self.now.mono));
            self.handle(Input::Tick);
            assert!(self.machine.deadline().is_none_or(|next| next > due), "time stands still");
        }
        self.now = self.now.later(end.since(self.now.mono));
    }

    pub(super) fn handle(&mut self, input: Input) {
        self.machine.handle(input, self.now, &mut self.rng);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll() {
            self.carry_out(output);
        }
    }

    fn reply(&mut self, input: Input) {
        match &mut self.later {
            Some(later) => later.push_back(input),
            None => self.machine.handle(input, self.now, &mut self.rng),
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Ask(bidding) => {
                let names: Vec<&str> = bidding.bidders.iter().map(|c| c.as_str()).collect();
                self.note(format!("ask:{}", names.join("+")));
            }
            Output::Survey(inquiry) => {
                let sight = Sight { counters: None, bids: Bids::NONE };
                let made = routing::replay(&self.snapshot, &inquiry, &sight, self.now, 0);
                self.reply(Input::Surveyed(Box::new(made)));
            }
            Output::Decide(inquiry, bids) => {
                let counters = (!self.blind).then_some(&self.counters);
                let sight = Sight { counters, bids: &bids };
                let (now, rng) = (self.now, &mut self.rng);
                let made = routing::decide(&self.snapshot, &inquiry, &sight, now, rng);
                self.note(format!("decide:{}", inquiry.offer));
                self.reply(Input::Decided(Box::new(made)));
            }
            Output::Hold { hold, pick } => {
                let claim = pick.claim();
                let result = self.counters.reserve(hold, &pick.caps, claim, self.now, TTL);
                let result = result.map(|_| ()).map_err(|refused| refused.skip());
                self.holds.insert(hold, pick.contract.to_string());
                self.reply(Input::Held(result));
            }
            Output::Settle { hold, how } => self.settle(hold, how),
            Output::Confirm(_) => self.note("confirm"),
            Output::Try(wave) => self.try_wave(wave),
            Output::Cancel { attempt, because } => {
                let name = &self.attempts.iter().find(|(_, id)| *id == attempt).unwrap().0;
                self.note(format!("cancel:{name}:{}", because.code()));
            }
            Output::Won(id) => {
                let name = &self.attempts.iter().find(|(_, known)| *known == id).unwrap().0;
                self.note(format!("won:{name}"));
            }
            Output::Sold => self.note("sold"),
            Output::Unsold(why) => self.note(why.name()),
            Output::Event(event) => self.event(event),
        }
    }

    fn try_wave(&mut self, wave: Wave) {
        let seconds = wave.ring_timeout.as_secs();
        let (mut names, mut tiers) = (Vec::new(), BTreeSet::new());
        for id in wave.attempts {
            let pick = &self.machine.attempt(id).unwrap().pick;
            let name = pick.contract.to_string();
            tiers.insert(pick.tier);
            names.push(name.clone());
            self.attempts.push((name, id));
            if !self.quiet {
                self.machine.begun(id, self.now);
            }
        }
        assert_eq!(tiers.len(), 1, "a wave never spans two tiers");
        let other = if seconds == 10 { String::new() } else { format!("/{seconds}") };
        self.note(format!("try:{}{other}", names.join("+")));
    }

    fn settle(&mut self, hold: HoldId, how: Settle) {
        let settled = match how {
            Settle::Commit => self.counters.commit(hold),
            Settle::Release | Settle::Unanswered => self.counters.release(hold),
            Settle::End => self.counters.end(hold),
            Settle::Unbilled => self.counters.end_unbilled(hold),
        };
        assert_eq!(settled, Settled::Done, "{how:?} of {}", self.holds[&hold]);
        self.note(format!("{how:?}:{}", self.holds[&hold]).to_lowercase());
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::CapFull { contract, cap } => self.note(format!("{cap}:{contract}")),
            Event::HandedOn { to: HandedTo::Offer(offer), .. } => self.note(format!("to:{offer}")),
            Event::HandedOn { to: HandedTo::Buyer(buyer), .. } => self.note(format!("to:{buyer}")),
            Event::Decided(_) | Event::Tried { .. } | Event::Rings { .. } | Event::Ended { .. } => {
            }
        }
    }
}

fn loss(outcome: &str) -> Loss {
    Loss::new(outcome.parse().unwrap_or_else(|_| panic!("{outcome}")))
}

fn reason(code: &str) -> CanceledBecause {
    let known = CanceledBecause::ALL.iter().find(|known| known.code() == code);
    *known.unwrap_or_else(|| panic!("{code}"))
}
