//! Drivers as tables: a script of events, and the expected requests.
//!
//! | word | event |
//! |---|---|
//! | `begin` `start` `played` `tick` `12#` | the call begins, the flow begins, a sound ends, keys |
//! | `pool:3` `needed:zip,age` `needed:any` | answers |
//! | `last:never` `last:1` | the last call was never, one day ago |
//! | `loaded:g` `loaded:-` | the requested flow |
//! | `no:NoBuyer` `found:zip=90210,age=30` | no buyer took the call; a web server's answer |
//! | `keys:12` | all keys of an answer, at once |
//! | `knows:zip=90210` | a field is set from outside the flow |

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::flow::NotRouted;
use crate::flow::parse;

struct Bench {
    driver: Driver,
    flows: Vec<Arc<Flow>>,
    now: Now,
    seen: Vec<String>,
}

fn flow(name: &str, xml: &str) -> Arc<Flow> {
    let (flow, faults) =
        parse(&format!("{name}.xml"), &format!("<Flow name='{name}'>{xml}</Flow>"));
    Arc::new(flow.unwrap_or_else(|| panic!("{faults:?}")))
}

impl Bench {
    /// A caller in the first of these flows.
    fn new(flows: &[(&str, &str)], caller: Option<&str>) -> Self {
        let flows: Vec<Arc<Flow>> = flows.iter().map(|(name, xml)| flow(name, xml)).collect();
        let caller = caller.map(|caller| caller.parse().unwrap());
        let driver = Driver::new(flows[0].clone(), Fields::default(), None, caller);
        let now = Now::at(Wall::from_micros(1_767_718_800_000_000));
        Self { driver, flows, now, seen: Vec::new() }
    }

    fn words(mut self, script: &str) -> String {
        script.split_whitespace().for_each(|word| self.word(word));
        self.seen.join(" ")
    }

    fn word(&mut self, word: &str) {
        let (driver, now) = (&mut self.driver, self.now);
        match word.split_once(':') {
            Some(("pool", size)) => driver.pool(size.parse().unwrap(), now),
            Some(("needed", "any")) => driver.needed(None),
            Some(("needed", list)) => {
                driver.needed(Some(list.split(',').filter_map(|name| name.parse().ok()).collect()));
            }
            Some(("last", "never")) => driver.last_call(None),
            Some(("last", days)) => {
                let ago = Duration::from_secs(86_400 * days.parse::<u64>().unwrap());
                driver.last_call(Some(now.wall - ago));
            }
            Some(("loaded", name)) => {
                driver.loaded(self.flows.iter().find(|flow| flow.name.as_str() == name).cloned());
            }
            Some(("no", why)) => {
                let why = NotRouted::ALL.iter().find(|known| known.name() == why).unwrap();
                driver.handle(Input::NotRouted(*why), now);
            }
            Some(("found", list)) => {
                let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
                let found = pairs.map(|(name, value)| (name.parse().unwrap(), value.to_owned()));
                driver.handle(Input::LookedUp(Some(found.collect())), now);
            }
            Some(("keys", keys)) => driver.answer(keys.to_owned()),
            Some(("knows", pair)) => {
                let (name, value) = pair.split_once('=').unwrap();
                driver.set_field(name.parse().unwrap(), value);
            }
            Some(_) => panic!("{word}"),
            None => match word {
                "begin" => driver.begin(),
                "start" => driver.handle(Input::Start, now),
                "played" => driver.handle(Input::Played, now),
                "tick" => {
                    let due = driver.deadline().expect("a question");
                    self.now = now.later(due.since(now.mono));
                    driver.handle(Input::Tick, self.now);
                }
                keys => keys.chars().for_each(|key| driver.handle(Input::Digit(key), now)),
            },
        }
        while let Some(request) = self.driver.poll() {
            self.seen.push(shown(&request));
        }
    }
}

fn shown(request: &Request) -> String {
    match request {
        Request::CountPool => "pool?".to_owned(),
        Request::FindNeeded(flow) => format!("needed?{}", flow.name),
        Request::FindLastCall(caller) => format!("last?{}", caller.e164()),
        Request::Load(name) => format!("load:{name}"),
        Request::Begin => "begin".to_owned(),
        Request::Learned { field, value, pool_before, pool_after } => {
            format!("{field}={value}:{pool_before}>{pool_after}")
        }
        Request::Tagged { name, value } => format!("tag:{name}={value}"),
        Request::Lost => "lost".to_owned(),
        Request::Do(output) => match output {
            Output::Step(step) => format!("[{step}]"),
            Output::Play(_) => "play".to_owned(),
            Output::StopPlaying => "stop".to_owned(),
            Output::Digits(digits) => format!("typed:{digits}"),
            Output::DigitIgnored(key) => format!("ignored:{key}"),
            Output::Route { .. } => "route".to_owned(),
            Output::Lookup { .. } => "lookup".to_owned(),
            Output::Unrouted(why) => format!("unrouted:{}", why.name()),
            Output::Hangup => "hangup".to_owned(),
            Output::Field { .. } | Output::Tag { .. } | Output::Redirect(_) => {
                panic!("never handed out: {output:?}")
            }
            Output::Record { .. }
            | Output::StopRecording
            | Output::Dial { .. }
            | Output::Reject { .. } => format!("{output:?}"),
        },
    }
}

fn check(xml: &str, script: &str, seen: &str) {
    let words = Bench::new(&[("f", xml), ("g", "<Route/>")], Some("+13055550123")).words(script);
    assert_eq!(words, seen, "{script}");
}

const ASKS: &str = "<Gather field='zip' numDigits='5'><Say>Zip?</Say></Gather><Route/>";

/// Time has passed before the input, so buyers may have changed. A key arrives at once.
#[test]
fn the_pool_is_asked_for_before_the_flow_goes_on() {
    for (xml, script, seen) in [
        (
            "<Say>Hi</Say><Route/>",
            "begin pool:3 start played pool:2 no:NoBuyer pool:1",
            "pool? begin [start] play pool? route pool? unrouted:NoBuyer",
        ),
        // The flow waits for the count.
        ("<Say>Hi</Say><Route/>", "begin start", "pool? [start] play"),
        ("<Say>Hi</Say><Route/>", "begin pool:3 start played", "pool? begin [start] play pool?"),
        (ASKS, "begin pool:3 start 9", "pool? begin [start] play stop"),
        (
            ASKS,
            "begin pool:3 start played pool:3 tick pool:3",
            "pool? begin [start] play pool? pool? hangup",
        ),
        // A flow that tests the pool gets the latest count.
        (
            "<Step id='start'><Say>Hi</Say><If poolAtMost='0' goto='end'/><Route/></Step>\
             <Step id='end'><Hangup/></Step>",
            "begin pool:3 start played pool:0",
            "pool? begin [start] play pool? [end] hangup",
        ),
    ] {
        check(xml, script, seen);
    }
}

#[test]
fn a_field_is_learned_with_the_pool_before_and_after() {
    for (xml, script, seen) in [
        (
            ASKS,
            "begin pool:6 start 90210 pool:2",
            "pool? begin [start] play stop typed:90210 pool? zip=90210:6>2 route",
        ),
        // The pool before is the latest known count.
        (
            ASKS,
            "begin pool:6 start played pool:5 90210 pool:5",
            "pool? begin [start] play pool? typed:90210 pool? zip=90210:5>5 route",
        ),
        // Several fields at once: one count for each.
        (
            "<Lookup url='https://example.com/'><Field name='zip' pointer='/zip'/>\
             <Field name='age' pointer='/age'/></Lookup><Route/>",
            "begin pool:6 start found:zip=90210,age=30 pool:6 pool:4 pool:1",
            "pool? begin [start] lookup pool? pool? zip=90210:6>4 pool? age=30:4>1 route",
        ),
    ] {
        check(xml, script, seen);
    }
}

/// For flows whose questions may be skipped.
#[test]
fn what_is_needed_is_asked_for_with_the_pool() {
    let xml = "<Gather field='zip' numDigits='5' ask='when-needed'><Say>Zip?</Say></Gather>\
               <Gather field='age' numDigits='2' ask='when-needed'><Say>Age?</Say></Gather>\
               <Route/>";
    for (script, seen) in [
        (
            "begin needed:age pool:3 start 30 needed: pool:3",
            "needed?f pool? begin [start] play stop typed:30 needed?f pool? age=30:3>3 route",
        ),
        ("begin needed: pool:3 start", "needed?f pool? begin [start] route"),
        // The needed fields are not computed: every question is asked.
        (
            "begin needed:any pool:3 start 90210 needed:zip pool:1",
            "needed?f pool? begin [start] play stop typed:90210 needed?f pool? zip=90210:3>1 route",
        ),
        (
            "begin needed:zip,age pool:3 start played needed:zip,age pool:3 90210 needed: pool:2",
            "needed?f pool? begin [start] play needed?f pool? typed:90210 needed?f pool? \
             zip=90210:3>2 route",
        ),
    ] {
        check(xml, script, seen);
    }
}

/// The flow begins when both are known, in either order.
#[test]
fn the_last_call_is_awaited_before_the_flow_begins() {
    let xml = "<Step id='start'><If repeatWithin='30d' goto='known'/><Route/></Step>\
               <Step id='known'><Hangup/></Step>";
    for (script, seen) in [
        ("begin pool:3", "last?+13055550123 pool?"),
        ("begin last:1", "last?+13055550123 pool?"),
        ("begin pool:3 last:1 start", "last?+13055550123 pool? begin [start] [known] hangup"),
        ("begin last:29 pool:3 start", "last?+13055550123 pool? begin [start] [known] hangup"),
        ("begin last:31 pool:3 start", "last?+13055550123 pool? begin [start] route"),
        ("begin pool:3 last:never start", "last?+13055550123 pool? begin [start] route"),
    ] {
        check(xml, script, seen);
    }
    // The caller is unknown.
    let withheld = Bench::new(&[("f", xml)], None).words("begin pool:3 start");
    assert_eq!(withheld, "pool? begin [start] route");
    // It is requested once, whichever flow needs it.
    let again = "<Step id='start'><If repeatWithin='1m' goto='on' else='on'/></Step>\
                 <Step id='on'><Redirect flow='f'/></Step>";
    let flows = &[("g", again), ("f", xml)];
    let bench = Bench::new(flows, Some("+13055550123"));
    assert_eq!(
        bench.words("begin pool:3 last:1 start loaded:f pool:2 start"),
        "last?+13055550123 pool? begin [start] [on] load:f pool? begin [start] [known] hangup"
    );
}

#[test]
fn a_call_goes_on_in_other_flows_twenty_times() {
    let round = &[("f", "<Redirect flow='g'/>"), ("g", "<Redirect flow='f'/>")];
    let mut bench = Bench::new(round, None);
    bench.word("begin");
    for next in ["loaded:g", "loaded:f"].iter().cycle().take(20) {
        ["pool:1", "start", next].iter().for_each(|word| bench.word(word));
    }
    assert!(!bench.seen.contains(&"lost".to_owned()), "{:?}", bench.seen);
    let words = bench.words("pool:1 start loaded:g");
    assert!(words.ends_with("pool? begin [start] load:g lost"), "{words}");
    check("<Redirect flow='h'/>", "begin pool:1 start loaded:-", "pool? begin [start] load:h lost");
}

/// Known fields go along.
#[test]
fn fields_and_tags_go_along_into_another_flow() {
    let first = "<Gather field='zip' numDigits='5'><Say>Zip?</Say></Gather>\
                 <Tag name='t' value='{zip}'/><Redirect flow='g'/>";
    let then = "<Step id='start'><If field='zip' equals='90210' goto='end'/><Route/></Step>\
                <Step id='end'><Hangup/></Step>";
    let bench = Bench::new(&[("f", first), ("g", then)], None);
    assert_eq!(
        bench.words("begin pool:3 start 90210 pool:1 loaded:g pool:1 start"),
        "pool? begin [start] play stop typed:90210 pool? zip=90210:3>1 tag:t=90210 load:g pool? \
         begin [start] [end] hangup"
    );
}

#[test]
fn thirty_two_tags_are_kept() {
    let tags: String = (0..40).map(|place| format!("<Tag name='t{place}' value='x'/>")).collect();
    // A tag that exists takes another value.
    let xml = format!("{tags}<Tag name='t3' value='y'/><Hangup/>");
    let mut bench = Bench::new(&[("f", &xml)], None);
    ["begin", "pool:1", "start"].iter().for_each(|word| bench.word(word));
    let tags = bench.driver.tags();
    assert_eq!(tags.len(), 32);
    assert!(tags.keys().all(|name| name.as_str() != "t32"), "{tags:?}");
    assert_eq!(tags["t3"], "y");
    let tags = bench.seen.iter().filter(|line| line.starts_with("tag:")).count();
    assert_eq!(tags, 33, "every kept tag is reported");
    assert_eq!(bench.seen.last().unwrap(), "hangup");
}

/// A carrier collects the keys and sends them together, after the prompts.
#[test]
fn all_keys_of_an_answer_at_once() {
    let second = "<Gather field='zip' numDigits='5'><Say>Zip?</Say></Gather>\
                  <Gather field='age' numDigits='2'><Say>Age?</Say></Gather><Route/>";
    for (xml, script, seen) in [
        (
            ASKS,
            "begin pool:6 start keys:90210 pool:5 pool:2",
            "pool? begin [start] play pool? typed:90210 pool? zip=90210:5>2 route",
        ),
        // Too few keys: the time runs out after them.
        (
            ASKS,
            "begin pool:6 start keys:902 pool:6",
            "pool? begin [start] play pool? typed:902 hangup",
        ),
        (ASKS, "begin pool:6 start keys: pool:6", "pool? begin [start] play pool? hangup"),
        // Keys beyond a complete answer do not count for the next question.
        (
            second,
            "begin pool:6 start keys:9021030 pool:6 pool:2",
            "pool? begin [start] play pool? typed:90210 pool? zip=90210:6>2 play",
        ),
    ] {
        check(xml, script, seen);
    }
}

/// The flow gets no input, and the pool is counted when the flow continues.
#[test]
fn a_field_that_became_known_by_another_way_is_silent() {
    let mut bench = Bench::new(&[("f", "<Say>Hi</Say><Route/>")], None);
    for word in ["begin", "pool:3", "start", "knows:score=7", "played", "pool:2"] {
        bench.word(word);
    }
    assert_eq!(bench.driver.fields().value("score"), Some("7"));
    assert_eq!(bench.driver.plain_fields()["score"], "7");
    assert_eq!(bench.driver.pool_size(), 2);
    assert_eq!(bench.seen.join(" "), "pool? begin [start] play pool? route");
}
