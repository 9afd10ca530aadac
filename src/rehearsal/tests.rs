//! Tests of the example flows against the sample book, with one caller and with many.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::Crowd;
use super::Cue;
use super::Finale;
use super::Market;
use super::Play;
use super::Program;
use super::Rings;
use super::Scene;
use super::Wants;
use super::narrowing;
use super::simulate;
use crate::base::Fields;
use crate::base::Now;
use crate::base::Rng;
use crate::book::Book;
use crate::flow::Flow;
use crate::flow::NotRouted;

/// A Friday, 13:00 in New York (18:00 UTC).
const AT: &str = "2026-11-20T18:00:00Z";

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn flow(name: &str) -> Arc<Flow> {
    let path = format!("ivr-flows/{name}.xml");
    Arc::new(crate::flow::parse(&path, &text(&path)).0.unwrap())
}

fn parsed(xml: &str) -> Arc<Flow> {
    let (flow, faults) = crate::flow::parse("t.xml", xml);
    Arc::new(flow.unwrap_or_else(|| panic!("{:?}", faults.first())))
}

fn program(first: Arc<Flow>) -> Program {
    Program { first, others: BTreeMap::new() }
}

fn book() -> Arc<Book> {
    Arc::new(crate::book::parse("book.toml", &text("deploy/book.toml")).0.unwrap())
}

fn market(flow: &Flow, offer: Option<&str>) -> Market {
    Market::of(book(), &flow.name, offer).unwrap()
}

/// A book with one contract, for California.
fn narrow() -> Arc<Book> {
    let text = "[[buyer]]\nid = \"b\"\ntimezone = \"America/Chicago\"\n[[offer]]\nid = \"o\"\n\
        [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nfilters = { states = [\"CA\"] }\n\
        price = { amount = \"1.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:d@198.51.100.9\" }\n";
    let (book, faults) = crate::book::parse("narrow.toml", text);
    Arc::new(book.unwrap_or_else(|| panic!("{:?}", faults.first())))
}

fn now() -> Now {
    Now::at(AT.parse().unwrap())
}

fn cue(word: &str) -> Cue {
    match word {
        "-" => Cue::Silence,
        "bye" => Cue::HangUp,
        "answer" => Cue::Rings(Rings::Answer),
        "busy" => Cue::Rings(Rings::Busy),
        "taken" => Cue::Taken,
        word => match NotRouted::ALL.iter().find(|why| why.name() == word) {
            Some(why) => Cue::NotTaken(*why),
            None => Cue::Keys(word.to_owned()),
        },
    }
}

fn shown(scene: &Scene) -> Option<String> {
    Some(match scene {
        Scene::Flow(name) => format!("flow:{name}"),
        Scene::Step(step) => format!("[{step}]"),
        Scene::Hears(_) | Scene::Typed(_) | Scene::Routes(_) => return None,
        Scene::Ignored(key) => format!("ignored:{key}"),
        Scene::Learned { field, value, pool: None, .. } => format!("{field}={value}"),
        Scene::Learned { field, value, pool: Some((before, after)), left } => {
            let left: Vec<&str> = left.iter().map(|leaver| leaver.contract.as_str()).collect();
            let left = if left.is_empty() { String::new() } else { format!("-{}", left.join("-")) };
            format!("{field}={value}:{before}>{after}{left}")
        }
        Scene::Decided(decision) => format!("decided:{}", decision.picks().count()),
        Scene::Missed { pick, rings } => format!("{}:{}", pick.contract, rings.name()),
        Scene::HandedOn(_) => "handed-on".to_owned(),
        Scene::NotRouted(why) => why.name().to_owned(),
        Scene::Records => "records".to_owned(),
        Scene::LooksUp(_) => "looks-up".to_owned(),
        Scene::Tagged { name, value } => format!("tag:{name}={value}"),
        Scene::Dials(to) => format!("dials:{to}"),
        Scene::NotDialled(rings) => format!("not-dialled:{}", rings.name()),
        Scene::Over(how) => match how {
            Finale::Transferred(to) => format!("transferred:{to}"),
            Finale::Taken(Some(pick)) => format!("taken:{}", pick.contract),
            Finale::Taken(None) => "taken".to_owned(),
            Finale::Unrouted(why, rule) => format!("unrouted:{}:{rule}", why.name()),
            Finale::HungUp => "ended".to_owned(),
            Finale::Rejected(status) => status.to_string(),
            Finale::CallerLeft => "left".to_owned(),
            Finale::NoFlow(name) => format!("no-flow:{name}"),
        },
    })
}

/// Plays a script of words and returns the scenes.
fn play(program: Program, market: Option<&mut Market>, script: &str) -> String {
    let (fields, rng) = (Fields::default(), Rng::seeded(1));
    let mut play = Play::new(program, market, None, fields, now(), rng);
    let mut seen = Vec::new();
    let cues = std::iter::once(Cue::Begin).chain(script.split_whitespace().map(cue));
    for cue in cues {
        assert!(!matches!(play.wants(), Wants::Nothing), "{script}: over before {cue:?}");
        play.cue(cue);
        seen.extend(std::iter::from_fn(|| play.poll()).filter_map(|scene| shown(&scene)));
    }
    seen.join(" ")
}

#[test]
fn callers_are_routed_by_the_book() {
    for (name, offer, script, wanted) in [
        (
            "auto-quote",
            None,
            "1 90210 answer",
            "[greet] intent=new:6>6 [zip] zip=90210:6>5-canyon-auto [route] decided:3 \
             taken:acme-auto-ca",
        ),
        (
            "auto-quote",
            None,
            "1 - - busy answer",
            "[greet] intent=new:6>6 [zip] [route] decided:2 evergreen-auto-overflow:busy \
             taken:desk-auto",
        ),
        (
            "auto-quote",
            None,
            "2 answer",
            "[greet] intent=existing:6>4-acme-auto-ca-bluebird-auto \
             [service] decided:1 taken:desk-service",
        ),
        ("auto-quote", None, "bye", "[greet] left"),
        (
            "after-hours",
            Some("service"),
            "Closed 1",
            "[first] decided:1 Closed [night] after_hours=yes:1>1 [night-service] decided:0 \
             NoMatch [bye] ended",
        ),
        (
            "direct",
            Some("solar"),
            "NoBuyer",
            "[route] decided:1 NoBuyer unrouted:NoBuyer:is turned away",
        ),
    ] {
        let flow = flow(name);
        let mut market = market(&flow, offer);
        assert_eq!(play(program(flow), Some(&mut market), script), wanted, "{name} {script}");
    }
}

#[test]
fn without_a_book_somebody_has_to_say() {
    for (name, script, wanted) in [
        ("direct", "taken", "[route] taken"),
        ("direct", "Capped", "[route] Capped unrouted:Capped:the offer’s own rule decides"),
        (
            "auto-quote",
            "7 - 19 90210 NoBuyer",
            "[greet] intent=new [zip] zip=90210 [route] NoBuyer [sorry] ended",
        ),
        (
            "home-services",
            "1 9021 90210 1 12# taken",
            "[trade] trade=roofing [zip] zip=90210 [owner] owner=yes roof_age=12 [route] taken",
        ),
        ("after-hours", "Capped taken", "[first] Capped [hold] [again] taken"),
    ] {
        let found = play(program(flow(name)), None, script);
        assert_eq!(found, wanted, "{name} {script}");
    }
}

#[test]
fn keys_beyond_an_answer_count_where_the_caller_is_by_then() {
    let asks = "<Gather field='x' numDigits='1'><Say>One, please.</Say></Gather>";
    let then = "<Gather field='y' numDigits='2'><Say>Two.</Say></Gather><Hangup/>";
    for (between, wanted) in [
        ("", "[start] x=1 y=23 ended"),
        ("<Say>A long sentence.</Say>", "[start] x=1 ignored:2 ignored:3"),
    ] {
        let flow = parsed(&format!("<Flow name='t'>{asks}{between}{then}</Flow>"));
        assert_eq!(play(program(flow), None, "123"), wanted);
    }
}

#[test]
fn flows_lead_to_flows_that_are_there() {
    let first = parsed("<Flow name='t'><Redirect flow='direct'/></Flow>");
    let there = BTreeMap::from([("direct".parse().unwrap(), flow("direct"))]);
    let whole = Program { first: first.clone(), others: there };
    assert_eq!(play(whole, None, "taken"), "[start] flow:direct [route] taken");
    assert_eq!(play(program(first), None, ""), "[start] no-flow:direct");
}

#[test]
fn a_market_is_found_or_reported_what_is_missing() {
    let found = |flow: &str, offer| {
        let market = Market::of(book(), &flow.parse().unwrap(), offer);
        market.map(|market| market.offer.to_string())
    };
    assert_eq!(found("auto-quote", None).unwrap(), "auto-quote");
    assert_eq!(found("auto-quote", Some("solar")).unwrap(), "solar");
    let missing = found("two-languages", None).unwrap_err();
    assert!(missing.ends_with("one of auto-quote, home-services, solar, service"), "{missing}");
    let unknown = found("direct", Some("solr")).unwrap_err();
    assert_eq!(unknown, "offer `solr` is not in the book (did you mean `solar`?)");
}

#[test]
fn filters_tell_who_looks_at_a_field() {
    let flow = flow("auto-quote");
    let found = narrowing(&book(), &flow, None);
    assert_eq!(found.contracts, 7);
    let who = |field: &str| {
        found.looking.get(field).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(who("intent"), ["acme-auto-ca", "bluebird-auto"]);
    assert_eq!(who("zip"), ["acme-auto-ca", "bluebird-auto", "canyon-auto"]);
}

fn examples() -> Vec<Arc<Flow>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows");
    let files = fs::read_dir(directory).unwrap().map(|file| file.unwrap().file_name());
    let names = files.filter_map(|name| Some(name.to_str()?.strip_suffix(".xml")?.to_owned()));
    names.map(|name| flow(&name)).collect()
}

#[test]
fn a_crowd_reaches_every_step_and_is_counted_in_full() {
    // Enough for the rarest path of the examples.
    const CALLERS: u32 = 1_000;
    for flow in examples() {
        let others = examples().into_iter().map(|flow| (flow.name.clone(), flow));
        let others = others.filter(|(name, _)| *name != flow.name).collect();
        let name = flow.name.clone();
        let only = Program { first: flow.clone(), others: BTreeMap::new() };
        let whole = Program { first: flow, others };
        let report = simulate(&whole, None, &Crowd::of(CALLERS, 7), now());
        // A pool can be empty only with a book.
        let narrow = Market::of(narrow(), &name, Some("o")).unwrap();
        let narrowed = simulate(&whole, Some(narrow), &Crowd::of(CALLERS, 7), now());
        let nowhere: Vec<&str> = narrowed.never_reached().collect();
        let never = report.never_reached().filter(|step| !step.contains('/'));
        let never: Vec<&str> = never.filter(|step| nowhere.contains(step)).collect();
        assert_eq!(never, [""; 0], "{name}");
        let ended: u32 = report.outcomes.iter().map(|outcome| outcome.callers).sum();
        assert_eq!(ended, CALLERS, "{name}");
        for asked in &report.questions {
            let became = asked.answered() + asked.gave_up + asked.hung_up;
            assert_eq!(became, asked.asked, "{name} {}", asked.step);
            assert!(asked.lost <= asked.gave_up + asked.hung_up, "{name} {}", asked.step);
        }
        let hung_up: u32 = report.questions.iter().map(|asked| asked.hung_up).sum();
        let asked: u32 = report.questions.iter().map(|asked| asked.asked).sum();
        assert!(hung_up > 0 || asked < 300, "{name}: of so many callers some hang up");
        let again = simulate(&whole, None, &Crowd::of(CALLERS, 7), now());
        assert_eq!(report, again, "{name}: the same seed, the same report");
        assert_eq!(report.to_string(), again.to_string(), "{name}");
        if !report.questions.is_empty() {
            let other = simulate(&only, None, &Crowd::of(400, 8), now());
            assert_ne!(report.outcomes, other.outcomes, "{name}: another seed, other callers");
        }
    }
}

#[test]
fn a_way_that_several_conditions_share_is_counted_by_condition() {
    let flow = parsed(
        "<Flow name='t'><Step id='a'><Gather field='x'><Say>?</Say><Option digits='1'/>\
         <Exhausted goto='b'/></Gather><Route><NoBuyer goto='b'/></Route></Step>\
         <Step id='b'><Dial to='+13055550123'><Failed goto='c'/></Dial></Step>\
         <Step id='c'><Hangup/></Step></Flow>",
    );
    let report = simulate(&program(flow), None, &Crowd::of(2_000, 5), now());
    let way = |to: &str| report.arrows.iter().find(|arrow| arrow.to == to).unwrap();
    let of = |to: &str, label: &str| {
        let count = way(to).by_label.iter().find(|count| count.what == label);
        count.map_or(0, |count| count.callers)
    };
    // The buyers who did not take the call are not callers who gave no answer.
    let gave_up = report.questions[0].gave_up;
    let not_routed: u32 = report.not_routed.iter().map(|count| count.callers).sum();
    assert!(gave_up > 0 && not_routed > 100, "{report}");
    assert_eq!(of("b", "no answer"), gave_up, "{report}");
    assert_eq!(of("b", "NoBuyer"), not_routed, "{report}");
    assert_eq!(way("b").callers, gave_up + not_routed);
    // `Failed` covers a busy destination and one that does not answer.
    assert_eq!(of("c", "Failed"), way("c").callers, "{report}");
    let shown = format!("no answer: {gave_up} | NoBuyer: {not_routed}");
    assert!(report.to_string().contains(&shown), "{report}");
}

/// The offer has a buyer of its own and hands what it cannot sell to another offer, whose fallback
/// rings last.
#[test]
fn rings_of_a_dq_and_a_fallback_are_not_answers_of_a_step() {
    let contract = |id: &str, offer: &str, keys: &str| {
        format!(
            "[[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\noffer = \"{offer}\"\n{keys}\
             price = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:d@198.51.100.9\" }}\n"
        )
    };
    let text = "[[buyer]]\nid = \"own\"\ntimezone = \"UTC\"\n\
        [[buyer]]\nid = \"other\"\ntimezone = \"UTC\"\n\
        [[buyer]]\nid = \"last\"\ntimezone = \"UTC\"\n\
        [[offer]]\nid = \"o\"\ndq = { offer = \"p\" }\n[[offer]]\nid = \"p\"\n"
        .to_owned()
        + &contract("own", "o", "")
        + &contract("other", "p", "")
        + &contract("last", "p", "tier = \"fallback\"\n");
    let (book, faults) = crate::book::parse("dq.toml", &text);
    let book = Arc::new(book.unwrap_or_else(|| panic!("{:?}", faults.first())));
    let flow = parsed(
        "<Flow name='t'><Step id='a'><Gather field='x'><Say>?</Say><Option digits='1'/>\
         <Exhausted goto='b'/></Gather><Route><NoBuyer goto='b'/></Route></Step>\
         <Step id='b'><Hangup/></Step></Flow>",
    );
    // All three ring one after another, and none answers.
    let mut market = Market::of(book.clone(), &flow.name, Some("o")).unwrap();
    let played = play(program(flow.clone()), Some(&mut market), "1 busy busy busy");
    let rung: Vec<&str> = played.split(' ').filter(|word| word.ends_with(":busy")).collect();
    assert_eq!(rung, ["own:busy", "other:busy", "last:busy"], "{played}");

    let market = Market::of(book, &flow.name, Some("o")).unwrap();
    let report = simulate(&program(flow), Some(market), &Crowd::of(4_000, 5), now());
    let won = |id: &str| report.winners.iter().any(|won| won.what == id && won.callers > 0);
    assert!(won("own") && won("other") && won("last"), "{report}");
    let way = report.arrows.iter().find(|arrow| arrow.to == "b").unwrap();
    let of = |label: &str| {
        let count = way.by_label.iter().find(|count| count.what == label);
        count.map_or(0, |count| count.callers)
    };
    let not_routed: u32 = report.not_routed.iter().map(|count| count.callers).sum();
    assert!(report.questions[0].gave_up > 0 && not_routed > 0, "{report}");
    // Callers without an answer and calls without a buyer are counted apart, and nothing else is.
    assert_eq!(of("no answer"), report.questions[0].gave_up, "{report}");
    assert_eq!(of("NoBuyer"), not_routed, "{report}");
    assert_eq!(way.callers, of("no answer") + of("NoBuyer"), "{report}");
}

#[test]
fn a_crowd_with_a_book_says_what_the_filters_mention() {
    let flow = flow("auto-quote");
    let market = market(&flow, None);
    let report = simulate(&program(flow), Some(market), &Crowd::of(600, 3), now());
    let zip = report.questions.iter().find(|asked| asked.field.as_deref() == Some("zip")).unwrap();
    let (before, after) = zip.pool.unwrap();
    assert!((before - 6.0).abs() < 0.01 && after < 5.0 && after > 3.0, "{before} {after}");
    let won = |id: &str| report.winners.iter().any(|won| won.what == id);
    assert!(won("acme-auto-ca") && won("canyon-auto") && won("desk-service"), "{report}");
    assert_eq!(report.pool_at_start, Some(6.0));
    assert!(report.pool_at_route.unwrap() < 6.0);
    assert!(serde_json::to_string(&report).unwrap().contains("\"seed\":3"));
}
