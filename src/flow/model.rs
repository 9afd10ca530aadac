//! A parsed flow: immutable, shared by every call in it.

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Place;
use crate::base::SourceId;
use crate::base::TrunkId;

use super::Sound;
use super::goto::Goto;
use super::goto::StepId;
use super::verb::Ask;
use super::verb::Dial;
use super::verb::DialTo;
use super::verb::Gather;
use super::verb::Hangup;
use super::verb::If;
use super::verb::Lookup;
use super::verb::Pause;
use super::verb::Play;
use super::verb::Record;
use super::verb::Redirect;
use super::verb::Reject;
use super::verb::Route;
use super::verb::Say;
use super::verb::Set;
use super::verb::Tag;

/// A name in a flow, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention<T> {
    /// The name.
    pub what: T,
    /// Place of the verb that uses the name.
    pub place: Place,
}

/// The external names that a flow uses, each once, at its first place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// Fields that a question or a `<Set>` fills.
    pub fields_set: Vec<Mention<FieldName>>,
    /// Fields of questions whose answers lead to no step: only the contracts use them.
    pub fields_asked: Vec<Mention<FieldName>>,
    /// Fields that an `<If>` or a variable reads.
    pub fields_read: Vec<Mention<FieldName>>,
    /// Sources that an `<If>` tests.
    pub sources: Vec<Mention<SourceId>>,
    /// Destinations of `<Dial>`.
    pub dials: Vec<Mention<DialTo>>,
    /// Trunks that a `<Dial>` names.
    pub trunks: Vec<Mention<TrunkId>>,
    /// Offers that a `<Route>` names.
    pub offers: Vec<Mention<OfferId>>,
    /// Flows that a `<Redirect>` leads to.
    pub flows: Vec<Mention<FlowName>>,
}

/// One verb of a step.
#[derive(Debug, Clone)]
pub enum Verb {
    /// Speaks a sentence.
    Say(Say),
    /// Plays a sound file.
    Play(Play),
    /// Waits in silence.
    Pause(Pause),
    /// Asks a question.
    Gather(Box<Gather>),
    /// Records the caller.
    Record(Record),
    /// Sets a field.
    Set(Set),
    /// Stores a tag in the call record.
    Tag(Tag),
    /// Goes to a step on a condition.
    If(If),
    /// Queries a web server.
    Lookup(Box<Lookup>),
    /// Connects to a fixed destination.
    Dial(Box<Dial>),
    /// Routes the call.
    Route(Route),
    /// Goes to a step or to another flow.
    Redirect(Redirect),
    /// Ends the call.
    Hangup(Hangup),
    /// Rejects the call.
    Reject(Reject),
}

impl Verb {
    /// Returns whether the verb plays to the caller or listens, so that the call is answered.
    pub(crate) fn is_heard(&self) -> bool {
        match self {
            Verb::Say(_) | Verb::Play(_) | Verb::Pause(_) | Verb::Gather(_) => true,
            Verb::Record(_) => true,
            Verb::Set(_) | Verb::Tag(_) | Verb::If(_) | Verb::Route(_) => false,
            Verb::Lookup(_) | Verb::Dial(_) => false,
            Verb::Redirect(_) | Verb::Hangup(_) | Verb::Reject(_) => false,
        }
    }
}

/// A step: verbs that run in order.
#[derive(Debug, Clone)]
pub struct Step {
    /// Id of the step.
    pub id: StepId,
    /// Place in the file.
    pub place: Place,
    /// Verbs of the step, at least one.
    pub verbs: Vec<Mention<Verb>>,
}

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Name of the flow: its file's name without `.xml`.
    pub name: FlowName,
    /// Default language of sentences: a BCP 47 tag.
    pub language: String,
    /// First step of callers.
    pub start: Goto,
    /// Steps in the file's order.
    pub steps: Vec<Step>,
}

impl Flow {
    /// Returns the step that a reference names.
    pub fn step(&self, goto: Goto) -> Option<&Step> {
        self.steps.get(goto.0)
    }

    /// Returns false when the first step plays and asks nothing: the caller then hears the
    /// carrier's ringing, and the switch does not answer before a buyer does. A later step may
    /// still speak (after `<NoBuyer>`, say); the call is then answered at its first
    /// [`super::Output::Play`].
    pub fn answers_first(&self) -> bool {
        self.step(self.start).is_none_or(|step| step.verbs.iter().any(|verb| verb.what.is_heard()))
    }

    /// Returns whether a question is skipped when it is not needed. The facts must then list the
    /// needed fields.
    pub fn asks_when_needed(&self) -> bool {
        let asks =
            |verb: &Verb| matches!(verb, Verb::Gather(gather) if gather.ask == Ask::WhenNeeded);
        self.verbs().any(|verb| asks(&verb.what))
    }

    /// Returns whether the flow treats earlier callers differently. The facts must then state when
    /// they called last.
    pub fn asks_last_call(&self) -> bool {
        let asks = |verb: &Verb| matches!(verb, Verb::If(test) if test.looks_at_last_call());
        self.verbs().any(|verb| asks(&verb.what))
    }

    /// Returns every sound that the flow may play, each once, at its first place, without silences.
    /// A sentence with variables appears as its parts, with every word that its values may become.
    pub fn sounds(&self) -> Vec<Mention<Sound>> {
        let mut found = Vec::new();
        for verb in self.verbs() {
            match &verb.what {
                Verb::Say(say) => note_parts(&mut found, say.sound(), verb.place),
                Verb::Play(play) => note(&mut found, play.sound(), verb.place),
                Verb::Gather(gather) => {
                    for sound in gather.sounds() {
                        note_parts(&mut found, sound.clone(), verb.place);
                    }
                }
                Verb::Pause(_) | Verb::Record(_) | Verb::Set(_) | Verb::Tag(_) => {}
                Verb::Route(route) => {
                    let sound = route.ringing.ringback.clone();
                    sound.into_iter().for_each(|sound| note(&mut found, sound, verb.place));
                }
                Verb::If(_) | Verb::Lookup(_) | Verb::Dial(_) => {}
                Verb::Redirect(_) | Verb::Hangup(_) | Verb::Reject(_) => {}
            }
        }
        found.retain(|mention| !matches!(mention.what, Sound::Silence(_)));
        found
    }

    /// Returns every sentence without variables that the flow may play.
    pub fn sentences(&self) -> Vec<Sound> {
        let mut found = Vec::new();
        for verb in self.verbs() {
            match &verb.what {
                Verb::Say(say) => found.push(say.sound()),
                Verb::Gather(gather) => found.extend(gather.sounds().cloned()),
                Verb::Play(_) | Verb::Pause(_) | Verb::Record(_) | Verb::Set(_) => {}
                Verb::Tag(_) | Verb::If(_) | Verb::Lookup(_) | Verb::Dial(_) => {}
                Verb::Route(_) | Verb::Redirect(_) | Verb::Hangup(_) | Verb::Reject(_) => {}
            }
        }
        found.retain(|sound| matches!(sound, Sound::Say { .. }));
        found
    }

    /// Returns the external names that the flow uses, for comparison with the route book and other
    /// flows.
    pub fn references(&self) -> References {
        let mut found = References::default();
        for verb in self.verbs() {
            let place = verb.place;
            match &verb.what {
                Verb::Gather(gather) => {
                    gather.field.iter().for_each(|f| note(&mut found.fields_set, f.clone(), place));
                    let leads = gather.choices.iter().any(|choice| choice.goto.is_some());
                    let asked = gather.field.iter().filter(|_| !leads);
                    asked.for_each(|f| note(&mut found.fields_asked, f.clone(), place));
                    gather.spoken().for_each(|f| note(&mut found.fields_read, f.clone(), place));
                }
                Verb::Record(record) => {
                    record.field.iter().for_each(|f| note(&mut found.fields_set, f.clone(), place));
                }
                Verb::Set(set) => {
                    note(&mut found.fields_set, set.field.clone(), place);
                    set.value.fields().for_each(|f| note(&mut found.fields_read, f.clone(), place));
                }
                Verb::Tag(tag) => {
                    tag.value.fields().for_each(|f| note(&mut found.fields_read, f.clone(), place));
                }
                Verb::Lookup(lookup) => {
                    let sets = lookup.sets.iter().map(|(_, field)| field);
                    sets.for_each(|f| note(&mut found.fields_set, f.clone(), place));
                    lookup
                        .url
                        .fields()
                        .for_each(|f| note(&mut found.fields_read, f.clone(), place));
                }
                Verb::Dial(dial) => {
                    note(&mut found.dials, dial.to.clone(), place);
                    if let DialTo::Phone { trunk: Some(trunk), .. } = &dial.to {
                        note(&mut found.trunks, trunk.clone(), place);
                    }
                }
                Verb::If(test) => {
                    test.fields().for_each(|f| note(&mut found.fields_read, f.clone(), place));
                    test.sources().for_each(|s| note(&mut found.sources, s.clone(), place));
                }
                Verb::Route(route) => {
                    route.offer.iter().for_each(|o| note(&mut found.offers, o.clone(), place));
                }
                Verb::Redirect(Redirect::Flow(flow)) => {
                    note(&mut found.flows, flow.clone(), place);
                }
                Verb::Redirect(Redirect::Step(_)) | Verb::Hangup(_) | Verb::Reject(_) => {}
                Verb::Say(say) => {
                    say.text.fields().for_each(|f| note(&mut found.fields_read, f.clone(), place));
                }
                Verb::Play(_) | Verb::Pause(_) => {}
            }
        }
        found
    }

    fn verbs(&self) -> impl Iterator<Item = &Mention<Verb>> {
        self.steps.iter().flat_map(|step| &step.verbs)
    }
}

fn note<T: PartialEq>(list: &mut Vec<Mention<T>>, what: T, place: Place) {
    if !list.iter().any(|mention| mention.what == what) {
        list.push(Mention { what, place });
    }
}

fn note_parts(list: &mut Vec<Mention<Sound>>, sound: Sound, place: Place) {
    match sound {
        Sound::Template { language, text } => {
            text.parts(&language).into_iter().for_each(|part| note(list, part, place));
        }
        whole => note(list, whole, place),
    }
}

#[cfg(test)]
mod tests {
    use super::Mention;
    use crate::flow::Sound;
    use crate::flow::parse;

    #[test]
    fn a_silent_first_step_does_not_answer() {
        for (steps, answers) in [
            ("<Route/>", false),
            ("<Reject/>", false),
            ("<Set field='x' value='y'/><Route/>", false),
            ("<Say>Hi</Say><Route/>", true),
            ("<Pause/><Route/>", true),
            ("<Gather field='x'><Say>?</Say></Gather><Route/>", true),
            (
                "<Step id='a'><Route><NoBuyer goto='b'/></Route></Step>\
              <Step id='b'><Say>x</Say><Hangup/></Step>",
                false,
            ),
        ] {
            let (flow, faults) = parse("t.xml", &format!("<Flow name='t'>{steps}</Flow>"));
            assert_eq!(flow.unwrap().answers_first(), answers, "{steps} {faults:?}");
        }
    }

    fn shown<T: ToString>(list: &[Mention<T>]) -> Vec<(String, u32)> {
        list.iter().map(|mention| (mention.what.to_string(), mention.place.line)).collect()
    }

    #[test]
    fn what_a_flow_names_is_listed_once() {
        let (flow, faults) = parse(
            "t.xml",
            "<Flow name='t' language='en-US'>\n\
             <Step id='a' language='es-US'><Say>Hola</Say><Say>Hola</Say><Play>a.wav</Play>\n\
             <Gather field='x'><Say language='en'>Q</Say><Pause/>\n\
             <Valid goto='b'/></Gather></Step>\n\
             <Step id='b'><Set field='y' value='1'/><If field='x' present='true' goto='c'/>\n\
             <Route offer='o'/><Route offer='o'/></Step>\n\
             <Step id='c'><Say>Bye</Say><Redirect flow='u'/></Step></Flow>",
        );
        let flow = flow.unwrap_or_else(|| panic!("{faults:?}"));
        let named = flow.references();
        let at = |name: &str, line| [(name.to_owned(), line)];
        assert_eq!(shown(&named.fields_set), [at("x", 3), at("y", 5)].concat());
        assert_eq!(shown(&named.fields_read), at("x", 5));
        assert_eq!(shown(&named.offers), at("o", 6));
        assert_eq!(shown(&named.flows), at("u", 7));
        let say = |language: &str, text: &str| Sound::Say {
            language: language.into(),
            text: text.into(),
        };
        let sounds: Vec<_> = flow.sounds().into_iter().map(|mention| mention.what).collect();
        let file = Sound::File("a.wav".into());
        assert_eq!(sounds, [say("es-US", "Hola"), file, say("en", "Q"), say("en-US", "Bye")]);
    }
}
