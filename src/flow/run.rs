//! The interpreter: one caller in one flow.
//!
//! Pass events to [`Run::handle`], drain [`Run::poll`], and pass [`Input::Tick`] at
//! [`Run::deadline`]. Nothing here blocks, so that thousands of callers can be played in simulated
//! time.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use crate::base::FieldName;
use crate::base::Mono;
use crate::base::Now;

use super::Facts;
use super::Flow;
use super::Gather;
use super::Goto;
use super::Input;
use super::NotDialled;
use super::NotRouted;
use super::Output;
use super::Step;
use super::Verb;
use super::surplus::Surplus;
use super::turn::Await;
use super::turn::Then;
use super::turn::Turn;
use super::verb::Asking;

/// Maximum number of verbs that run for one call, over all its flows; then the call ends.
pub const STEPS_PER_CALL_MAX: u32 = 1_000;
/// Maximum number of ignored keys that one run reports.
const IGNORED_DIGITS_MAX: u8 = 32;

#[derive(Debug, Clone, Copy)]
struct Position {
    step: Goto,
    verb: usize,
}

/// One caller in one flow.
#[derive(Debug)]
pub struct Run {
    flow: Arc<Flow>,
    at: Position,
    awaits: Await,
    taken: u32,
    ignored: u8,
    /// State after an answer that ended by its length.
    surplus: Option<Surplus>,
    out: VecDeque<Output>,
}

/// A question that is being asked.
#[derive(Debug, Clone, Copy)]
pub struct OpenQuestion<'a> {
    /// Its flow.
    pub flow: &'a Flow,
    /// Its step.
    pub step: &'a Step,
    /// Its place among the step's verbs.
    pub verb: usize,
    /// The question itself.
    pub gather: &'a Gather,
}

impl Run {
    /// Creates a run before the flow's first step; [`Input::Start`] starts it.
    pub fn new(flow: Arc<Flow>) -> Self {
        Self {
            at: Position { step: flow.start, verb: 0 },
            flow,
            awaits: Await::Start,
            taken: 0,
            ignored: 0,
            surplus: None,
            out: VecDeque::new(),
        }
    }

    /// Creates a run of the same caller in another flow, after [`Output::Redirect`]. The count
    /// towards [`STEPS_PER_CALL_MAX`] goes along, so that flows cannot redirect to each other
    /// endlessly.
    pub fn redirected(&self, flow: Arc<Flow>) -> Self {
        let Self { taken, ignored, surplus, .. } = *self;
        Self { taken, ignored, surplus, ..Self::new(flow) }
    }

    /// Returns the flow.
    pub fn flow(&self) -> &Arc<Flow> {
        &self.flow
    }

    /// Returns the current question.
    pub fn question(&self) -> Option<OpenQuestion<'_>> {
        let Await::Answer(_) = &self.awaits else { return None };
        match verb_at(&self.flow, self.at)? {
            Verb::Gather(gather) => {
                let step = self.flow.step(self.at.step)?;
                Some(OpenQuestion { flow: &self.flow, step, verb: self.at.verb, gather })
            }
            Verb::Say(_) | Verb::Play(_) | Verb::Pause(_) | Verb::Record(_) => None,
            Verb::Set(_) | Verb::Tag(_) | Verb::If(_) | Verb::Lookup(_) | Verb::Dial(_) => None,
            Verb::Route(_) | Verb::Redirect(_) | Verb::Hangup(_) | Verb::Reject(_) => None,
        }
    }

    /// Returns whether the flow is over; further inputs are ignored.
    pub fn is_over(&self) -> bool {
        matches!(self.awaits, Await::Nothing)
    }

    /// Returns when [`Input::Tick`] is due: when the caller's time to answer runs out.
    pub fn deadline(&self) -> Option<Mono> {
        match &self.awaits {
            Await::Answer(asking) => asking.deadline(),
            Await::Start | Await::Played | Await::FieldSet(_) | Await::FieldsSet(_) => None,
            Await::Recorded | Await::Dialled | Await::LookedUp | Await::Routed => None,
            Await::Nothing => None,
        }
    }

    /// Returns the next output; drain before the next [`Run::handle`].
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Processes an event. Ignores one that the run does not await.
    pub fn handle(&mut self, input: Input, facts: &Facts<'_>, now: Now) {
        self.surplus = self.surplus.and_then(|surplus| surplus.next(&input, now.mono));
        if let (Input::Digit(key), Some(_)) = (&input, self.surplus) {
            return self.ignore(*key);
        }
        let awaits = mem::replace(&mut self.awaits, Await::Nothing);
        let turn = match (awaits, input) {
            (Await::Start, Input::Start) => Turn::Go(Then::Goto(self.flow.start)),
            (Await::Played, Input::Played) => Turn::Go(Then::Next),
            (Await::FieldSet(then), Input::FieldSet) => Turn::Go(then),
            (Await::FieldsSet(rest), Input::FieldSet) => self.set_fields(rest),
            (Await::Recorded, Input::Recorded { place, .. }) => self.recorded(place),
            (Await::Recorded, Input::Digit(digit)) => self.stop_recording(digit),
            (Await::Dialled, Input::NotDialled(why)) => self.not_dialled(why),
            (Await::LookedUp, Input::LookedUp(found)) => self.looked_up(found),
            (Await::Routed, Input::NotRouted(why)) => self.not_routed(why),
            (Await::Answer(asking), input) => self.answer(asking, input, facts, now),
            (awaits, Input::Digit(digit)) => {
                if !matches!(awaits, Await::Start | Await::Nothing) {
                    self.ignore(digit);
                }
                Turn::Wait(awaits)
            }
            (awaits, _unawaited) => Turn::Wait(awaits),
        };
        self.go_on(turn, facts, now);
    }

    fn go_on(&mut self, mut turn: Turn, facts: &Facts<'_>, now: Now) {
        let flow = Arc::clone(&self.flow);
        loop {
            match turn {
                Turn::Wait(awaits) => return self.awaits = awaits,
                Turn::End(last) => return self.out.push_back(last),
                Turn::Go(Then::Next) => self.at.verb += 1,
                Turn::Go(Then::Goto(step)) => {
                    self.at = Position { step, verb: 0 };
                    let id = flow.step(step).map(|step| step.id.clone());
                    self.out.extend(id.map(Output::Step));
                }
            }
            turn = match verb_at(&flow, self.at) {
                Some(verb) if self.taken < STEPS_PER_CALL_MAX => {
                    verb.begin(facts, now, &mut self.out)
                }
                Some(_) | None => Turn::End(Output::Hangup),
            };
            self.taken += 1;
        }
    }

    /// Sets the next of several fields; after the last one the flow continues below.
    fn set_fields(&mut self, mut rest: VecDeque<(FieldName, String)>) -> Turn {
        let Some((name, value)) = rest.pop_front() else { return Turn::Go(Then::Next) };
        self.out.push_back(Output::Field { name, value });
        Turn::Wait(Await::FieldsSet(rest))
    }

    fn recorded(&mut self, place: Option<String>) -> Turn {
        let field = match verb_at(&self.flow, self.at) {
            Some(Verb::Record(record)) => record.field.clone(),
            Some(_) | None => None,
        };
        self.set_fields(field.zip(place).into_iter().collect())
    }

    /// Handles a key during a recording: only the finish key has an effect.
    fn stop_recording(&mut self, digit: char) -> Turn {
        match verb_at(&self.flow, self.at) {
            Some(Verb::Record(record)) if record.finish == Some(digit) => {
                self.out.push_back(Output::StopRecording);
            }
            Some(_) | None => self.ignore(digit),
        }
        Turn::Wait(Await::Recorded)
    }

    fn not_dialled(&self, why: NotDialled) -> Turn {
        let branch = match verb_at(&self.flow, self.at) {
            Some(Verb::Dial(dial)) => dial.branch(why),
            Some(_) | None => None,
        };
        Turn::Go(Then::from(branch))
    }

    fn looked_up(&mut self, found: Option<Vec<(FieldName, String)>>) -> Turn {
        let lookup = match verb_at(&self.flow, self.at) {
            Some(Verb::Lookup(lookup)) => lookup,
            Some(_) | None => return Turn::End(Output::Hangup),
        };
        match found {
            None => Turn::Go(Then::from(lookup.failed)),
            // Only requested fields are set.
            Some(found) => {
                let asked = |name: &FieldName| lookup.sets.iter().any(|(_, field)| field == name);
                let found = found.into_iter().filter(|(name, _)| asked(name)).collect();
                self.set_fields(found)
            }
        }
    }

    fn not_routed(&self, why: NotRouted) -> Turn {
        let below = Position { verb: self.at.verb + 1, ..self.at };
        match verb_at(&self.flow, self.at) {
            Some(Verb::Route(route)) => match route.branch(why) {
                Some(goto) => Turn::Go(Then::Goto(goto)),
                None if verb_at(&self.flow, below).is_some() => Turn::Go(Then::Next),
                None => Turn::End(Output::Unrouted(why)),
            },
            Some(_) | None => Turn::End(Output::Unrouted(why)),
        }
    }

    fn answer(&mut self, asking: Asking, input: Input, facts: &Facts<'_>, now: Now) -> Turn {
        let flow = Arc::clone(&self.flow);
        match verb_at(&flow, self.at) {
            Some(Verb::Gather(gather)) => {
                let more = matches!(input, Input::Digit(key) if Some(key) != gather.finish);
                let turn = asking.handle(gather, input, (facts, now), &mut self.out);
                if more {
                    self.surplus = Surplus::after(&self.out, gather, now.mono);
                }
                turn
            }
            Some(_) | None => Turn::End(Output::Hangup),
        }
    }

    fn ignore(&mut self, digit: char) {
        if self.ignored < IGNORED_DIGITS_MAX {
            self.ignored += 1;
            self.out.push_back(Output::DigitIgnored(digit));
        }
    }
}

fn verb_at(flow: &Flow, at: Position) -> Option<&Verb> {
    flow.step(at.step)?.verbs.get(at.verb).map(|verb| &verb.what)
}

impl Verb {
    fn begin(&self, facts: &Facts<'_>, now: Now, out: &mut VecDeque<Output>) -> Turn {
        match self {
            Verb::Say(say) => say.begin(facts, out),
            Verb::Play(play) => play.begin(out),
            Verb::Pause(pause) => pause.begin(out),
            Verb::Gather(gather) => Asking::begin(gather, facts, now, out),
            Verb::Record(record) => record.begin(out),
            Verb::Set(set) => set.begin(facts, out),
            Verb::Tag(tag) => tag.begin(facts, out),
            Verb::If(test) => test.begin(facts, now),
            Verb::Lookup(lookup) => lookup.begin(facts, out),
            Verb::Dial(dial) => dial.begin(out),
            Verb::Route(route) => route.begin(out),
            Verb::Redirect(redirect) => redirect.begin(),
            Verb::Hangup(hangup) => hangup.begin(),
            Verb::Reject(reject) => reject.begin(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Fields;
    use crate::base::Origin;
    use crate::flow::Sound;
    use crate::flow::parse;

    /// Plays a caller in simulated time. The script is a list of words: `played`, `set`,
    /// `wait:SECONDS`, `no:REASON`, `pool:N`, or keys.
    fn play(xml: &str, script: &str) -> String {
        let (flow, faults) = parse("t.xml", &format!("<Flow name='t'>{xml}</Flow>"));
        let mut run = Run::new(Arc::new(flow.unwrap_or_else(|| panic!("{faults:?}"))));
        let (mut fields, mut pool, mut now) = (Fields::default(), 9, Now::default());
        let mut seen = Vec::new();
        let mut feed = |run: &mut Run, input, fields: &mut Fields, pool, now| {
            run.handle(input, &Facts::new(fields, pool), now);
            while let Some(output) = run.poll() {
                if let Output::Field { name, value } = &output {
                    fields.set(name.clone(), value, Origin::Ivr);
                }
                seen.push(shown(&output));
            }
        };
        feed(&mut run, Input::Start, &mut fields, pool, now);
        for word in script.split_whitespace() {
            let inputs = match word.split_once(':') {
                Some(("wait", seconds)) => {
                    now = now.later(Duration::from_millis(seconds.parse::<u64>().unwrap() * 1_000));
                    vec![Input::Tick]
                }
                Some(("pool", n)) => {
                    pool = n.parse().unwrap();
                    vec![]
                }
                Some(("no", why)) => {
                    let why = NotRouted::ALL.iter().find(|reason| reason.name() == why);
                    vec![Input::NotRouted(*why.unwrap())]
                }
                Some(("recorded", place)) => {
                    let place = (place != "-").then(|| place.to_owned());
                    vec![Input::Recorded { place, length: Duration::ZERO }]
                }
                Some(("not", why)) => {
                    let why = NotDialled::ALL.iter().find(|reason| reason.name() == why);
                    vec![Input::NotDialled(*why.unwrap())]
                }
                Some(("found", "-")) => vec![Input::LookedUp(None)],
                Some(("found", list)) => {
                    let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
                    let found = pairs.map(|(name, value)| (name.parse().unwrap(), value.into()));
                    vec![Input::LookedUp(Some(found.collect()))]
                }
                _ if word == "played" => vec![Input::Played],
                _ if word == "set" => vec![Input::FieldSet],
                _ => word.chars().map(Input::Digit).collect(),
            };
            for input in inputs {
                feed(&mut run, input, &mut fields, pool, now);
            }
        }
        seen.join(" ")
    }

    fn shown(output: &Output) -> String {
        match output {
            Output::Step(id) => format!("[{id}]"),
            Output::Play(sounds) => sounds.iter().map(heard).collect::<Vec<_>>().join("+"),
            Output::StopPlaying => "stop".into(),
            Output::Digits(digits) => format!("typed:{digits}"),
            Output::DigitIgnored(digit) => format!("ignored:{digit}"),
            Output::Field { name, value } => format!("{name}={value}"),
            Output::Route { offer: Some(offer), .. } => format!("route:{offer}"),
            Output::Route { offer: None, .. } => "route".into(),
            Output::Unrouted(why) => format!("unrouted:{}", why.name()),
            Output::Redirect(flow) => format!("flow:{flow}"),
            Output::Record { field, max, silence, finish, beep } => {
                let field = field.as_ref().map_or("-", |field| field.as_str());
                format!("record:{field}:{}:{}:{finish:?}:{beep}", max.as_secs(), silence.as_secs())
            }
            Output::StopRecording => "stop-recording".into(),
            Output::Dial { to, timeout, .. } => format!("dial:{to:?}:{}", timeout.as_secs()),
            Output::Lookup { url, timeout, .. } => format!("lookup:{url}:{}", timeout.as_secs()),
            Output::Tag { name, value } => format!("tag:{name}={value}"),
            Output::Hangup => "hangup".into(),
            Output::Reject { status } => status.to_string(),
        }
    }

    fn heard(sound: &Sound) -> String {
        match sound {
            Sound::Say { text, .. } => format!("\"{text}\""),
            Sound::Spoken { text, .. } => format!("\"{text}\""),
            Sound::Template { .. } => panic!("a run fills its texts in"),
            Sound::File(path) => path.clone(),
            Sound::Url(url) => url.clone(),
            Sound::Silence(time) => format!("{}ms", time.as_millis()),
        }
    }

    const PAST_THE_CALLER: &[(&str, &str, &str)] = &[
        (
            "<Record field='m' maxLength='9'/><Hangup/>",
            "12# recorded:a.wav set",
            "[start] record:m:9:5:Some('#'):true ignored:1 ignored:2 stop-recording m=a.wav \
                 hangup",
        ),
        (
            "<Record finishOnKey='' timeout='2' playBeep='false'/><Hangup/>",
            "# recorded:a.wav",
            "[start] record:-:120:2:None:false ignored:# hangup",
        ),
        (
            "<Record field='m'/><Hangup/>",
            "recorded:-",
            "[start] record:m:120:5:Some('#'):true hangup",
        ),
        (
            "<Step id='a'><Dial to='sip:d@h' timeout='9'><Busy goto='b'/></Dial><Hangup/>\
                 </Step><Step id='b'><Reject/></Step>",
            "not:Busy",
            "[a] dial:Sip(sip:d@h):9 [b] 603",
        ),
        ("<Dial to='sip:d@h'/><Reject/>", "not:NoAnswer", "[start] dial:Sip(sip:d@h):30 603"),
        (
            "<Lookup url='https://h/{phone}'><Field name='a' pointer='/a'/><Field name='b' \
                 pointer='/b'/></Lookup><Tag name='t' value='{a}-{b}'/><Hangup/>",
            "found:a=1,b=2,c=3 set set",
            "[start] lookup:https://h/:2 a=1 b=2 tag:t=1-2 hangup",
        ),
        (
            "<Lookup url='https://h/'><Field name='a' pointer='/a'/></Lookup><Say>{a}!</Say>\
                 <Hangup/>",
            "found:- played",
            "[start] lookup:https://h/:2 \"!\" hangup",
        ),
        (
            "<Gather field='zip' validate='us-zip'><Say>?</Say></Gather>\
                 <Gather field='ok' numDigits='1'><Say>{{{zip}}}, right?</Say></Gather><Hangup/>",
            "90210 set wait:2 1 set",
            "[start] \"?\" stop typed:90210 zip=90210 \
                 \"{nine zero two one zero}, right?\" stop typed:1 ok=1 hangup",
        ),
    ];

    #[test]
    fn verbs_reach_past_the_caller() {
        for (xml, script, seen) in PAST_THE_CALLER {
            assert_eq!(play(xml, script), *seen, "{xml} {script}");
        }
    }

    #[test]
    fn verbs_do_what_they_say() {
        for (xml, script, seen) in [
            ("<Route/>", "no:Capped", "[start] route unrouted:Capped"),
            ("<Route offer='o'/><Reject/>", "no:Closed", "[start] route:o 603"),
            ("<Reject reason='busy'/>", "", "[start] 486"),
            ("<Redirect flow='u'/>", "", "[start] flow:u"),
            (
                "<Say>Hi</Say><Pause/><Play>a.wav</Play><Hangup/>",
                "played played played",
                "[start] \"Hi\" 1000ms a.wav hangup",
            ),
            ("<Say>Hi</Say>", "played played 5", "[start] \"Hi\" hangup"),
            (
                "<Say>Hi</Say><Hangup/>",
                "12 set wait:9 played",
                "[start] \"Hi\" ignored:1 ignored:2 hangup",
            ),
            ("<Set field='x' value='1'/><Hangup/>", "set", "[start] x=1 hangup"),
            (
                "<Step id='a'><If field='x' equals='1' goto='b'/><Set field='x' value='1'/>\
                 <If field='x' equals='1' goto='b' else='c'/></Step>\
                 <Step id='b'><Route/></Step><Step id='c'><Hangup/></Step>",
                "set",
                "[a] x=1 [b] route",
            ),
            (
                "<Step id='a'><Pause/><If poolAtMost='2' goto='b'/><Route/></Step>\
                 <Step id='b'><Hangup/></Step>",
                "pool:2 played",
                "[a] 1000ms [b] hangup",
            ),
        ] {
            assert_eq!(play(xml, script), seen, "{xml} {script}");
        }
    }

    #[test]
    fn a_route_that_fails_goes_its_branch() {
        let xml = "<Step id='a'><Route><NoBuyer goto='b'/><Capped goto='c'/></Route></Step>\
                   <Step id='b'><Hangup/></Step><Step id='c'><Reject/></Step>";
        for (why, seen) in [
            ("NoBuyer", "[a] route [b] hangup"),
            ("Closed", "[a] route [b] hangup"),
            ("NoMatch", "[a] route [b] hangup"),
            ("Capped", "[a] route [c] 603"),
        ] {
            assert_eq!(play(xml, &format!("no:{why} no:{why}")), seen);
        }
    }

    #[test]
    fn a_menu_is_answered_or_exhausted() {
        let menu = |attributes: &str| {
            format!(
                "<Step id='a'><Gather field='x' numDigits='1' attempts='2' {attributes}>\
                 <Say>Q</Say><NoInput><Say>I</Say></NoInput><NoMatch><Say>M</Say></NoMatch>\
                 <Option digits='1' value='one' goto='b'/><Option digits='2'/></Gather><Route/>\
                 </Step><Step id='b'><Hangup/></Step>"
            )
        };
        for (attributes, script, seen) in [
            ("", "played 1 set", "[a] \"Q\" typed:1 x=one [b] hangup"),
            ("", "played 2 set", "[a] \"Q\" typed:2 x=2 route"),
            ("", "1 set", "[a] \"Q\" stop typed:1 x=one [b] hangup"),
            ("", "7 played 1 set", "[a] \"Q\" stop typed:7 \"M\"+\"Q\" typed:1 x=one [b] hangup"),
            ("", "played wait:4 wait:1 2 set", "[a] \"Q\" \"I\"+\"Q\" stop typed:2 x=2 route"),
            ("", "played wait:5 played wait:5", "[a] \"Q\" \"I\"+\"Q\" hangup"),
            ("gate='false'", "played wait:5 played wait:5", "[a] \"Q\" \"I\"+\"Q\" route"),
            ("gate='false'", "7 7", "[a] \"Q\" stop typed:7 \"M\"+\"Q\" stop typed:7 route"),
            ("bargeIn='false'", "1 wait:99", "[a] \"Q\""),
            ("bargeIn='false'", "12 played set", "[a] \"Q\" typed:1 x=one [b] hangup"),
            ("bargeIn='false'", "71 played", "[a] \"Q\" typed:7 \"M\"+\"Q\""),
            ("", "x! 1", "[a] \"Q\" stop typed:1 x=one"),
        ] {
            assert_eq!(play(&menu(attributes), script), seen, "{attributes} {script}");
        }
    }

    #[test]
    fn answers_end_by_length_key_time_or_being_clear() {
        let ask = |attributes: &str, children: &str| {
            format!("<Gather field='x' attempts='2' {attributes}>{children}</Gather><Hangup/>")
        };
        let two = "<Option digits='10'/><Option digits='25'/>";
        for (attributes, children, script, seen) in [
            ("numDigits='3'", "", "123 set", "[start] typed:123 x=123 hangup"),
            ("numDigits='3'", "", "12 wait:5", "[start] typed:12"),
            ("", "", "12# set", "[start] typed:12 x=12 hangup"),
            ("", "", "12 wait:4 3 wait:4 4 wait:5", "[start] typed:1234 x=1234"),
            ("timeout='8' interDigitTimeout='2'", "", "wait:7 1 wait:2", "[start] typed:1 x=1"),
            ("finishOnKey='*'", "", "1#* set", "[start] typed:1# x=1# hangup"),
            ("finishOnKey=''", "", "1#* wait:5", "[start] typed:1#* x=1#*"),
            ("", "", "# #", "[start] hangup"),
            ("", two, "10 set", "[start] typed:10 x=10 hangup"),
            ("", two, "19", "[start] typed:19"),
            ("", two, "7 25", "[start] typed:7 typed:25 x=25"),
            ("validate='us-zip'", "", "90210", "[start] typed:90210 x=90210"),
            ("validate='us-zip'", "", "00000 wait:5", "[start] typed:00000 hangup"),
            ("validate='phone'", "", "3055550123#", "[start] typed:3055550123 x=+13055550123"),
            ("validate='age'", "<Option digits='0' value='none'/>", "0#", "[start] typed:0 x=none"),
            ("validate='age'", "<Option digits='0' value='none'/>", "07#", "[start] typed:07 x=7"),
            ("pattern='[1-5]{2}'", "", "15#", "[start] typed:15 x=15"),
            ("pattern='[1-5]{2}'", "", "16#", "[start] typed:16"),
        ] {
            assert_eq!(play(&ask(attributes, children), script), seen, "{attributes} {script}");
        }
        let heard = ask("bargeIn='false' numDigits='3'", "<Say>Q</Say>");
        assert_eq!(play(&heard, "12345 played"), "[start] \"Q\" typed:123 x=123");
        let long = "1".repeat(40);
        let seen = play(&ask("", ""), &long);
        assert!(seen.starts_with(&format!("[start] typed:{} x=", &long[..32])), "{seen}");
    }

    #[test]
    fn every_loop_ends() {
        let xml = "<Step id='a'><Route><NoBuyer goto='a'/></Route></Step>";
        let seen = play(xml, &"no:NoBuyer ".repeat(1_100));
        assert_eq!(seen.matches("route").count(), 1_000);
        assert!(seen.ends_with("hangup"));
        let xml = "<Step id='a'><Pause/><If poolAtLeast='1' goto='a'/><Hangup/></Step>";
        let seen = play(xml, &"played ".repeat(600));
        assert_eq!(seen.matches("1000ms").count(), 500);
        assert!(seen.ends_with("hangup"));
    }

    #[test]
    fn flows_cannot_chase_each_other() {
        let (flow, _) = parse("t.xml", "<Flow name='t'><Redirect flow='u'/></Flow>");
        let flow = Arc::new(flow.unwrap());
        let (fields, now) = (Fields::default(), Now::default());
        let mut run = Run::new(Arc::clone(&flow));
        let mut hops = 0;
        while !run.is_over() && hops <= STEPS_PER_CALL_MAX {
            run.handle(Input::Start, &Facts::new(&fields, 0), now);
            if std::iter::from_fn(|| run.poll()).any(|output| output == Output::Hangup) {
                break;
            }
            hops += 1;
            run = run.redirected(Arc::clone(&flow));
        }
        assert_eq!(hops, STEPS_PER_CALL_MAX);
    }

    #[test]
    fn ignored_keys_are_reported_in_bounds() {
        let seen = play("<Say>x</Say><Hangup/>", &"5".repeat(100));
        assert_eq!(seen.matches("ignored:5").count(), usize::from(IGNORED_DIGITS_MAX));
    }
}
