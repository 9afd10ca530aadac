//! Plays the example flows of `ivr-flows/` like callers, in simulated time.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use strowger::base::FieldName;
use strowger::base::Fields;
use strowger::base::Now;
use strowger::base::Origin;
use strowger::base::Rng;
use strowger::base::SourceId;
use strowger::book;
use strowger::call::WHISPER_LANGUAGE;
use strowger::flow;
use strowger::flow::DialTo;
use strowger::flow::Facts;
use strowger::flow::Flow;
use strowger::flow::Input;
use strowger::flow::NotDialled;
use strowger::flow::NotRouted;
use strowger::flow::Output;
use strowger::flow::Run;
use strowger::flow::Sound;

/// More inputs than a caller can give before the run's own bound ends the call.
const INPUTS_MAX: usize = 200_000;

fn flows() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows");
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let xml = paths.filter(|path| path.extension().is_some_and(|end| end == "xml"));
    let mut flows: Vec<_> =
        xml.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect();
    flows.sort();
    flows
}

fn load(name: &str) -> Arc<Flow> {
    let path = format!("{}/ivr-flows/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    let (flow, faults) = flow::parse(&path, &fs::read_to_string(&path).unwrap());
    assert_eq!(faults, [], "{name}");
    Arc::new(flow.unwrap())
}

/// The environment of a call: the keys at each question (`-` for none), the result of each route,
/// the pool's size.
struct World<'a> {
    answers: Vec<&'a str>,
    routes: Vec<Option<NotRouted>>,
    pool: usize,
    /// The result of each fixed destination; without one, it takes the call.
    dials: Vec<NotDialled>,
    /// The CRM's answer.
    crm: Option<&'a str>,
    /// Whether the caller says something into a recording.
    said: bool,
    /// The fields that contracts still use, separated by spaces; none means all.
    needed: Option<&'a str>,
    /// The time of the call.
    at: &'a str,
    /// Who sent the call.
    source: &'a str,
}

impl World<'_> {
    /// A Monday morning in New York: nothing is known, nothing fails.
    fn plain() -> Self {
        World {
            answers: Vec::new(),
            routes: Vec::new(),
            pool: 9,
            dials: Vec::new(),
            crm: None,
            said: true,
            needed: None,
            at: "2026-11-23T10:00:00-05:00",
            source: "search-ads",
        }
    }
}

fn shown(to: &DialTo) -> String {
    match to {
        DialTo::Phone { number, .. } => number.e164().to_owned(),
        DialTo::Sip(uri) => uri.to_string(),
    }
}

impl World<'_> {
    /// Returns the input for an output; `None` if the output needs no answer or is the end.
    fn answer(&mut self, output: &Output, fields: &mut Fields) -> Option<Input> {
        match output {
            Output::Play(_) => Some(Input::Played),
            Output::Field { name, value } => {
                fields.set(name.clone(), value, Origin::Ivr);
                Some(Input::FieldSet)
            }
            Output::Route { .. } if self.routes.is_empty() => None,
            Output::Route { .. } => self.routes.remove(0).map(Input::NotRouted),
            Output::Record { .. } => {
                let place = self.said.then(|| String::from("call-1.wav"));
                Some(Input::Recorded { place, length: Duration::from_secs(3) })
            }
            Output::Dial { .. } if self.dials.is_empty() => None,
            Output::Dial { .. } => Some(Input::NotDialled(self.dials.remove(0))),
            Output::Lookup { url, sets, .. } => {
                assert_eq!(url, "https://crm.example/callers?phone=%2B13055550123");
                let found = self.crm.map(|json| flow::found(json.as_bytes(), sets).unwrap());
                Some(Input::LookedUp(found))
            }
            _ => None,
        }
    }
}

/// Returns how a call ends with an output; `None` if it continues.
fn ending(output: &Output) -> Option<String> {
    Some(match output {
        Output::Route { offer: Some(offer), .. } => format!("routed to {offer}"),
        Output::Route { offer: None, .. } => "routed".into(),
        Output::Dial { to, .. } => format!("dialled {}", shown(to)),
        Output::Unrouted(why) => format!("unrouted {}", why.name()),
        Output::Redirect(flow) => format!("flow {flow}"),
        Output::Hangup => "hangup".into(),
        Output::Reject { status } => format!("reject {status}"),
        _ => return None,
    })
}

/// Plays a call and returns its steps, fields, and end.
fn play(flow: Arc<Flow>, mut world: World<'_>) -> String {
    let mut run = Run::new(flow);
    let mut fields = Fields::default();
    fields.set("phone".parse().unwrap(), "+13055550123", Origin::Caller);
    let mut answers = std::mem::take(&mut world.answers).into_iter();
    let mut now = Now::at(world.at.parse().unwrap());
    let needed = world.needed.map(|names| {
        names.split_whitespace().map(|name| name.parse().unwrap()).collect::<BTreeSet<FieldName>>()
    });
    let source: SourceId = world.source.parse().unwrap();
    let (mut steps, mut tags) = (Vec::new(), Vec::new());
    let mut inputs = vec![Input::Start];
    for _ in 0..INPUTS_MAX {
        if inputs.is_empty() {
            match answers.next() {
                Some(keys) if keys != "-" => inputs.extend(keys.chars().map(Input::Digit)),
                Some(_) | None => {
                    now.mono = run.deadline().unwrap();
                    inputs.push(Input::Tick);
                }
            }
        }
        let input = inputs.remove(0);
        let facts = Facts {
            needed: needed.as_ref(),
            source: Some(&source),
            ..Facts::new(&fields, world.pool)
        };
        run.handle(input, &facts, now);
        while let Some(output) = run.poll() {
            match &output {
                Output::Step(id) => steps.push(id.to_string()),
                Output::Tag { name, value } => tags.push(format!("#{name}={value}")),
                _ => {}
            }
            if let Some(input) = world.answer(&output, &mut fields) {
                inputs.push(input);
            } else if let Some(end) = ending(&output) {
                let kept = fields.iter().filter(|(name, _)| name.as_str() != "phone");
                let kept = kept.map(|(n, field)| format!("{n}={}", field.value));
                let kept: Vec<_> = kept.chain(tags).collect();
                return format!("{} | {} | {end}", steps.join(" "), kept.join(" "));
            }
        }
    }
    panic!("the call never ended");
}

#[test]
fn every_flow_loads_without_a_fault() {
    let flows = flows();
    assert!(flows.len() >= 8);
    for (path, text) in flows {
        let (flow, faults) = flow::parse(&path, &text);
        assert!(flow.is_some() && faults.is_empty(), "{faults:?}");
        assert!((5..=60).contains(&text.lines().count()), "{path} is not short");
        assert!(text.starts_with("<!--"), "{path} does not say what it shows");
    }
}

/// The whispers of the example book.
fn whispers() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/book.toml");
    let (book, faults) = book::parse("book.toml", &fs::read_to_string(path).unwrap());
    let book = book.unwrap_or_else(|| panic!("{faults:?}"));
    let destinations = book.contracts.iter().filter_map(|contract| contract.destination.as_ref());
    destinations.filter_map(|destination| destination.whisper.clone()).collect()
}

#[test]
fn every_sentence_has_its_sound_and_every_sound_its_sentence() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows");
    let mut wanted = BTreeSet::new();
    for (path, text) in flows() {
        for mention in flow::parse(&path, &text).0.unwrap().sounds() {
            match mention.what {
                Sound::Say { language, text } => {
                    wanted.insert(format!("sounds/{}", flow::sound_file_name(&language, &text)));
                }
                Sound::File(file) => {
                    wanted.insert(file);
                }
                Sound::Url(_) | Sound::Silence(_) => {}
                Sound::Template { .. } | Sound::Spoken { .. } => {
                    panic!("templates are spoken in parts")
                }
            }
        }
    }
    for text in whispers() {
        wanted.insert(format!("sounds/{}", flow::sound_file_name(WHISPER_LANGUAGE, &text)));
    }
    let files = fs::read_dir(directory.join("sounds")).unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> =
        names.filter(|name| name.ends_with(".wav")).map(|name| format!("sounds/{name}")).collect();
    assert_eq!(wanted, there, "run scripts/render-prompts.sh, and remove what is not spoken");
    for file in there {
        let bytes = fs::metadata(directory.join(&file)).unwrap().len();
        assert!((1_000..=60_000).contains(&bytes), "{file} has {bytes} bytes");
    }
}

/// Flow, keys at each question, result of each route (default: taken), pool, outcome.
const CALLS: &[(&str, &str, &str, usize, &str)] = &[
    ("direct", "", "", 1, "route |  | routed"),
    ("direct", "", "NoBuyer", 1, "route |  | unrouted NoBuyer"),
    ("auto-quote", "1 90210", "", 1, "greet zip route | intent=new zip=90210 | routed"),
    ("auto-quote", "2", "", 1, "greet service | intent=existing | routed to service"),
    ("auto-quote", "- 7 1 9021 -", "", 1, "greet zip route | intent=new | routed"),
    ("auto-quote", "- 7 -", "", 1, "greet route |  | routed"),
    ("auto-quote", "1 90210", "Capped", 1, "greet zip route sorry | intent=new zip=90210 | hangup"),
    (
        "home-services",
        "1 90210 1 12#",
        "",
        9,
        "trade zip owner route | owner=yes roof_age=12 trade=roofing zip=90210 | routed",
    ),
    (
        "home-services",
        "1 90210 1 3#",
        "",
        9,
        "trade zip owner nobody | owner=yes roof_age=3 trade=roofing zip=90210 | hangup",
    ),
    (
        "home-services",
        "1 90210 2",
        "",
        9,
        "trade zip owner tenant | owner=no trade=roofing zip=90210 | routed",
    ),
    ("home-services", "2 90210", "", 9, "trade zip route | trade=plumbing zip=90210 | routed"),
    (
        "home-services",
        "3 90210 -",
        "",
        9,
        "trade zip owner route | trade=windows zip=90210 | routed",
    ),
    (
        "home-services",
        "1 90210 1 - -",
        "",
        9,
        "trade zip owner route | owner=yes trade=roofing zip=90210 | routed",
    ),
    ("home-services", "1 90210", "", 0, "trade zip nobody | trade=roofing zip=90210 | hangup"),
    ("home-services", "1 00000 123", "", 9, "trade zip bye | trade=roofing | hangup"),
    ("home-services", "", "", 9, "trade bye |  | hangup"),
    (
        "two-languages",
        "1 3055550123",
        "",
        1,
        "language en-phone | callback=+13055550123 language=en | routed",
    ),
    (
        "two-languages",
        "2 1234567890 -",
        "NoMatch",
        1,
        "language es-phone es-sorry | language=es | hangup",
    ),
    ("two-languages", "", "", 1, "language en-phone |  | routed"),
    ("after-hours", "", "", 1, "first |  | routed"),
    (
        "after-hours",
        "1",
        "Closed",
        1,
        "first night night-service | after_hours=yes | routed to night-service",
    ),
    ("after-hours", "2", "Closed", 1, "first night bye | after_hours=yes | hangup"),
    ("after-hours", "", "Capped", 1, "first hold again |  | routed"),
    ("after-hours", "", "Capped Capped", 0, "first hold again bye |  | hangup"),
    ("after-hours", "", "NoMatch", 1, "first wrong |  | hangup"),
];

#[test]
fn callers_come_where_they_should() {
    for (name, answers, routes, pool, wanted) in CALLS {
        let fate = |word| NotRouted::ALL.iter().copied().find(|why| why.name() == word);
        let world = World {
            answers: answers.split_whitespace().collect(),
            routes: routes.split_whitespace().map(fate).collect(),
            pool: *pool,
            ..World::plain()
        };
        assert_eq!(play(load(name), world), *wanted, "{name}");
    }
}

#[test]
fn the_world_decides_too() {
    let plain = World::plain;
    for (name, world, wanted) in [
        ("voicemail", plain(), "hours office |  | routed"),
        (
            "voicemail",
            World { at: "2026-11-23T18:00:00-05:00", ..plain() },
            "hours | message=call-1.wav #taken=message | hangup",
        ),
        (
            "voicemail",
            World { at: "2026-11-26T10:00:00-05:00", said: false, ..plain() },
            "hours bye | #taken=message | hangup",
        ),
        ("front-desk", World { answers: vec!["5"], ..plain() }, "who route |  | routed"),
        ("front-desk", plain(), "who bye |  | hangup"),
        (
            "front-desk",
            World { source: "partner", ..plain() },
            "who desk | #desk=+13055550123 | dialled +18005550199",
        ),
        (
            "front-desk",
            World { source: "partner", dials: vec![NotDialled::Busy], ..plain() },
            "who desk wait second-desk | #desk=+13055550123 | dialled sip:desk@198.51.100.20",
        ),
        (
            "front-desk",
            World {
                source: "partner",
                dials: vec![NotDialled::Failed, NotDialled::NoAnswer],
                ..plain()
            },
            "who desk second-desk message | #desk=+13055550123 | flow voicemail",
        ),
    ] {
        assert_eq!(play(load(name), world), wanted, "{name}");
    }
}

#[test]
fn what_is_known_already_is_not_asked() {
    let crm = "{\"caller\": {\"zip\": \"90210\", \"balance\": 12.5}}";
    let plain = World::plain;
    for (name, world, wanted) in [
        (
            "known-caller",
            World { answers: vec!["90001"], ..plain() },
            "dip zip route | zip=90001 | routed",
        ),
        (
            "known-caller",
            World { crm: Some(crm), answers: vec!["1"], ..plain() },
            "dip confirm ask route | balance=12.5 zip=90210 | routed",
        ),
        (
            "known-caller",
            World { crm: Some(crm), answers: vec!["2", "10001"], ..plain() },
            "dip confirm ask zip route | balance=12.5 zip=10001 | routed",
        ),
        (
            "insurance",
            World { answers: vec!["1", "90210", "42#", "03052015"], ..plain() },
            "language en route | age=42 language=en since=2015-03-05 zip=90210 #asked_in=en | routed",
        ),
        (
            "insurance",
            World { answers: vec!["2", "42#"], needed: Some("age since"), ..plain() },
            "language es route | age=42 language=es #asked_in=es | routed",
        ),
        (
            "insurance",
            World { answers: vec!["1"], needed: Some(""), ..plain() },
            "language en route | language=en #asked_in=en | routed",
        ),
        (
            "insurance",
            World { answers: vec!["2"], needed: Some(""), pool: 0, ..plain() },
            "language es es-nobody | language=es | hangup",
        ),
    ] {
        assert_eq!(play(load(name), world), wanted, "{name}");
    }
}

/// Each verb is used in an example, where a designer can find it.
#[test]
fn every_verb_has_its_example() {
    let texts: String = flows().into_iter().map(|(_, text)| text).collect();
    for element in flow::grammar() {
        assert!(texts.contains(&format!("<{}", element.name)), "<{}>", element.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a caller presses, at any time, and whatever the result of routing: the call ends.
    #[test]
    fn every_call_ends(seed in any::<u64>()) {
        for (path, text) in flows() {
            let mut rng = Rng::seeded(seed);
            let mut run = Run::new(Arc::new(flow::parse(&path, &text).0.unwrap()));
            let mut fields = Fields::default();
            let mut now = Now::default();
            let mut input = Input::Start;
            let mut inputs = 0;
            while !run.is_over() {
                let pool = usize::try_from(rng.below(3)).unwrap();
                run.handle(input, &Facts::new(&fields, pool), now);
                let mut due = None;
                while let Some(output) = run.poll() {
                    match output {
                        Output::Play(_) => due = Some(Input::Played),
                        Output::Field { name, value } => {
                            fields.set(name, &value, Origin::Ivr);
                            due = Some(Input::FieldSet);
                        }
                        Output::Route { .. } => {
                            let why = usize::try_from(rng.below(4)).unwrap();
                            due = Some(Input::NotRouted(NotRouted::ALL[why]));
                        }
                        Output::Record { .. } | Output::StopRecording => {
                            let place = rng.chance(1, 2).then(|| String::from("call-1.wav"));
                            due = Some(Input::Recorded { place, length: Duration::ZERO });
                        }
                        Output::Dial { .. } => {
                            let why = usize::try_from(rng.below(3)).unwrap();
                            due = Some(Input::NotDialled(NotDialled::ALL[why]));
                        }
                        Output::Lookup { sets, .. } => {
                            let found = sets.into_iter().map(|(_, field)| (field, "x".to_owned()));
                            let found = rng.chance(1, 2).then(|| found.collect());
                            due = Some(Input::LookedUp(found));
                        }
                        _ => {}
                    }
                }
                input = match (due, rng.below(3)) {
                    (Some(due), 1..) => due,
                    // Only a prompt can be interrupted.
                    (Some(due), 0) if due != Input::Played => due,
                    (None, 0) if run.deadline().is_some() => {
                        now.mono = run.deadline().unwrap();
                        Input::Tick
                    }
                    // A prompt that is not interrupted plays to its end.
                    (None, 1) => Input::Played,
                    _ => {
                        let keys = ['0', '1', '2', '3', '5', '9', '*', '#', 'A'];
                        Input::Digit(keys[usize::try_from(rng.below(9)).unwrap()])
                    }
                };
                inputs += 1;
                prop_assert!(inputs < INPUTS_MAX, "{path}");
            }
        }
    }
}
