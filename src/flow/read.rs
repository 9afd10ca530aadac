//! Reads a flow file: XML into a [`Flow`], and reports every fault with its place.

use std::collections::HashMap;

use roxmltree::Document;
use roxmltree::Node;
use roxmltree::ParsingOptions;

use crate::base::Diagnostic;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::Place;
use crate::base::Severity;

use super::Flow;
use super::Goto;
use super::Mention;
use super::Speak;
use super::Step;
use super::StepId;
use super::Verb;
use super::check::check;
use super::reader::Fault;
use super::reader::Reader;
use super::reader::Ways;
use super::reader::excerpt;
use super::scan::ELEMENTS_MAX;
use super::scan::scan;
use super::syntax::syntax_fault;
use super::verb::Dial;
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

/// Maximum number of steps in a file.
const STEPS_MAX: usize = 200;
/// Id of the only step of a flow that names none.
const ONLY_STEP: &str = "start";
/// Attributes of `<Flow>`.
pub(crate) const FLOW_ATTRIBUTES: &[&str] = &["name", "start", "language", "fields"];
/// Attributes of `<Step>`.
pub(crate) const STEP_ATTRIBUTES: &[&str] = &["id", "language"];
/// Element names of all verbs.
pub(crate) const VERBS: &[&str] = &[
    "Say", "Play", "Pause", "Gather", "Record", "Set", "Tag", "If", "Lookup", "Dial", "Route",
    "Redirect", "Hangup", "Reject",
];

/// Reads a flow file and checks it. `file` is its path as the user named it; when it ends in
/// `.xml`, the flow must have its name. Reports all faults at once, in the order of their places.
/// Returns the flow unless one of them is an error.
pub fn parse(file: &str, text: &str) -> (Option<Flow>, Vec<Diagnostic>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shape = match scan(text) {
        Ok(shape) => shape,
        Err(fault) => return (None, vec![fault.error(file, text)]),
    };
    let limit = u32::try_from(ELEMENTS_MAX * 8).unwrap_or(u32::MAX);
    let options = ParsingOptions { nodes_limit: limit, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(error) => return (None, vec![syntax_fault(file, text, &error, shape)]),
    };
    let mut reader = Reader::new(file, text);
    let flow = read_flow(document.root_element(), file, &mut reader);
    if let Some(flow) = flow.as_ref().filter(|_| reader.ways == Ways::All) {
        check(flow, &mut reader);
    }
    let mut faults = reader.into_faults();
    faults.sort_by_key(|fault| fault.place);
    let refused = faults.iter().any(|fault| fault.severity == Severity::Error);
    (flow.filter(|_| !refused), faults)
}

fn read_flow(root: Node<'_, '_>, file: &str, reader: &mut Reader<'_>) -> Option<Flow> {
    let called = root.tag_name().name();
    if called != "Flow" {
        let message = format!("the file holds <{}> and not <Flow>", excerpt(called));
        reader.error(Fault::new(root.range().start, message));
        return None;
    }
    reader.attributes(root, FLOW_ATTRIBUTES);
    note_fields(root, reader);
    let name = read_name(root, file, reader);
    if let Some(language) = reader.language_of(root) {
        reader.language = language;
    }
    let stepless = !root.children().any(|child| child.has_tag_name("Step"))
        && root.children().any(|child| VERBS.contains(&child.tag_name().name()));
    let nodes = if stepless { vec![root] } else { reader.children(root, &["Step"]) };
    let nodes = declare(nodes, stepless, reader);
    if nodes.is_empty() {
        reader.error(Fault::new(root.range().start, "the flow has no step"));
        return None;
    }
    let start = reader.goto(root, "start");
    let steps = nodes.iter().map(|(id, node)| read_step(id, *node, stepless, reader)).collect();
    let language = reader.language.clone();
    Some(Flow { name: name?, language, start: start.unwrap_or(Goto(0)), steps })
}

/// Collects the fields that texts may name, before any text is read: those that a verb sets,
/// anywhere, and those that an earlier flow has set.
fn note_fields(root: Node<'_, '_>, reader: &mut Reader<'_>) {
    for node in root.descendants().filter(Node::is_element) {
        let (name, speak) = match node.tag_name().name() {
            "Gather" => ("field", Speak::of_validate(node.attribute("validate").unwrap_or(""))),
            "Record" => ("field", Speak::Text),
            "Set" => ("field", Speak::ByLooks),
            "Field" => ("name", Speak::ByLooks),
            _other => continue,
        };
        if let Some(field) = node.attribute(name) {
            // A question defines better than a <Set> how its answer is spoken.
            match reader.spoken_fields.get(field) {
                Some(known) if *known != Speak::ByLooks => {}
                Some(_) | None => drop(reader.spoken_fields.insert(field.to_owned(), speak)),
            }
        }
    }
    let Some(attribute) = root.attribute_node("fields") else { return };
    for name in attribute.value().split(',').map(str::trim) {
        match name.parse::<FieldName>() {
            Ok(_) => {
                reader.spoken_fields.entry(name.to_owned()).or_insert(Speak::ByLooks);
            }
            Err(error) => reader.fault_in(attribute, error, "like zip,age"),
        }
    }
}

fn read_name(root: Node<'_, '_>, file: &str, reader: &mut Reader<'_>) -> Option<FlowName> {
    let attribute = reader.required(root, "name")?;
    let name: FlowName = reader.parsed(Some(attribute))?;
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    if let Some(stem) = base.strip_suffix(".xml").filter(|stem| *stem != name.as_str()) {
        let message = format!("the flow is named `{name}`, but its file `{}`", excerpt(base));
        reader.fault_in(attribute, message, &format!("write name=\"{}\"", excerpt(stem)));
    }
    Some(name)
}

/// Declares all steps and their ids before any of them is read, so that references may point down
/// the file as well as up.
fn declare<'d, 'i>(
    nodes: Vec<Node<'d, 'i>>,
    stepless: bool,
    reader: &mut Reader<'_>,
) -> Vec<(StepId, Node<'d, 'i>)> {
    let mut steps = Vec::new();
    let mut places: HashMap<usize, Place> = HashMap::new();
    for node in nodes {
        let offset = node.range().start;
        if steps.len() >= STEPS_MAX {
            reader.ways = Ways::SomeLost;
            reader.error(Fault::new(offset, format!("more than {STEPS_MAX} steps")));
            break;
        }
        let id = if stepless { ONLY_STEP } else { read_id(node, reader) };
        let index = steps.len();
        if !id.is_empty()
            && let Some(earlier) = reader.declare(id, index)
        {
            let line = places.get(&earlier).map_or(0, |place| place.line);
            let message = format!("there is already a step `{}`, in line {line}", excerpt(id));
            reader.ways = Ways::SomeLost;
            reader.error(Fault::new(offset, message).hint("rename one of them"));
        }
        places.insert(index, reader.place(offset));
        steps.push((StepId::new(id), node));
    }
    steps
}

/// Returns a step's id; empty when it has no valid id.
fn read_id<'d>(node: Node<'d, '_>, reader: &mut Reader<'_>) -> &'d str {
    let attribute = reader.required(node, "id");
    // Step ids follow the rule for all ids, so that they can be shown and stored anywhere.
    if reader.parsed::<FlowName>(attribute).is_none() {
        reader.ways = Ways::SomeLost;
    }
    attribute.map_or("", |id| id.value())
}

fn read_step(id: &StepId, node: Node<'_, '_>, stepless: bool, reader: &mut Reader<'_>) -> Step {
    let flow_language = reader.language.clone();
    if !stepless {
        reader.attributes(node, STEP_ATTRIBUTES);
        if let Some(language) = reader.language_of(node) {
            reader.language = language;
        }
    }
    let mut verbs = Vec::new();
    for child in reader.children(node, VERBS) {
        let place = reader.place(child.range().start);
        match read_verb(child, reader) {
            Some(what) => verbs.push(Mention { what, place }),
            None => reader.ways = Ways::SomeLost,
        }
    }
    if !node.children().any(|child| child.is_element()) {
        let message = format!("the step `{}` does nothing", excerpt(id.as_str()));
        reader.error(Fault::new(node.range().start, message).hint("give it a verb"));
    }
    reader.language = flow_language;
    Step { id: id.clone(), place: reader.place(node.range().start), verbs }
}

fn read_verb(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Verb> {
    match node.tag_name().name() {
        "Say" => Say::read(node, reader).map(Verb::Say),
        "Play" => Play::read(node, reader).map(Verb::Play),
        "Pause" => Some(Verb::Pause(Pause::read(node, reader))),
        "Gather" => Some(Verb::Gather(Box::new(Gather::read(node, reader)))),
        "Record" => Some(Verb::Record(Record::read(node, reader))),
        "Tag" => Tag::read(node, reader).map(Verb::Tag),
        "Lookup" => Lookup::read(node, reader).map(|lookup| Verb::Lookup(Box::new(lookup))),
        "Dial" => Dial::read(node, reader).map(|dial| Verb::Dial(Box::new(dial))),
        "Set" => Set::read(node, reader).map(Verb::Set),
        "If" => If::read(node, reader).map(Verb::If),
        "Route" => Some(Verb::Route(Route::read(node, reader))),
        "Redirect" => Redirect::read(node, reader).map(Verb::Redirect),
        "Hangup" => Some(Verb::Hangup(Hangup::read(node, reader))),
        "Reject" => Some(Verb::Reject(Reject::read(node, reader))),
        _unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every fault of a document, as `line:column message (hint)`.
    fn faults(text: &str) -> Vec<String> {
        let (flow, faults) = parse("t.xml", text);
        let refused = faults.iter().any(|fault| fault.severity == Severity::Error);
        assert_eq!(flow.is_none(), refused, "{text}");
        let plain = |fault: &Diagnostic| {
            let line = fault.to_string();
            let rest = line.strip_prefix("t.xml:").unwrap();
            rest.replacen(": error:", "", 1).replacen(": warning:", " warning:", 1)
        };
        faults.iter().map(plain).collect()
    }

    #[test]
    fn harmless_oddities_are_accepted() {
        for text in [
            "\u{feff}<Flow name=\"t\"><Route/></Flow>",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
             <Flow name=\"t\">\r\n<Route/></Flow>\r\n",
            "<Flow xmlns=\"urn:x\" xmlns:i=\"urn:i\" i:at=\"y\" name=\"t\"><Route/></Flow>",
            "<Flow name=\"t\"><Say><![CDATA[a < b]]> &amp; c<!-- d --></Say><Hangup/></Flow>",
            "<Flow name=\"t\"><?editor hint?><Step id=\"a\"><Reject/></Step></Flow>",
        ] {
            assert_eq!(faults(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn faults_of_a_flow_are_reported_at_their_place() {
        for (text, wanted) in [
            ("<Flow name='t'/>", &["1:1 the flow has no step"][..]),
            ("<Flow><Route/></Flow>", &["1:1 <Flow> needs the attribute `name`"]),
            (
                "<Flow name='u'><Route/></Flow>",
                &["1:7 the flow is named `u`, but its file `t.xml` (write name=\"t\")"],
            ),
            (
                "<Flow name='t' start='b' language='English'><Step id='a'><Route/></Step></Flow>",
                &[
                    "1:16 there is no step `b` (known: a)",
                    "1:26 invalid value `English` for `language` (a language tag like en-US or es)",
                ],
            ),
            (
                "<Flow name='t'>words<Step id='a'>more<Route/></Step></Flow>",
                &[
                    "1:16 text outside a verb: `words` (put it into <Say>)",
                    "1:34 text outside a verb: `more` (put it into <Say>)",
                ],
            ),
            (
                "<Flow name='t'><Step/><Step id='a b'><Hangup/></Step></Flow>",
                &[
                    "1:16 <Step> needs the attribute `id`",
                    "1:16 the step `` does nothing (give it a verb)",
                    "1:29 `a b` is not an id: use 1 to 64 letters, digits, `.`, `_` or `-`",
                ],
            ),
            (
                "<Flow name='t'><Step id='a'><Route/></Step>\n<Step id='a'><Route/></Step></Flow>",
                &["2:1 there is already a step `a`, in line 1 (rename one of them)"],
            ),
        ] {
            assert_eq!(faults(text), wanted, "{text}");
        }
    }

    const FAULTY_VERBS: &[(&str, &[&str])] = &[
        ("<Sai>x</Sai>", &["2:1 <Step> cannot hold <Sai> (did you mean `Say`?)"]),
        (
            "<Say voice='x'/>",
            &["2:1 <Say> has no text", "2:6 <Say> has no attribute `voice` (known: language)"],
        ),
        ("<Say>a<b/></Say>", &["2:7 <Say> holds no other element, and here is <b> (remove it)"]),
        (
            "<Play>../x.wav</Play>",
            &["2:1 `../x.wav` cannot be played (a WAV file's name like greeting.wav, \
                   or an https URL)"],
        ),
        (
            "<Pause length='90'/>",
            &["2:8 invalid value `90` for `length` (seconds, more than 0 and at most 60, \
                   like 5 or 2.5)"],
        ),
        (
            "<Set field='Zip'/>",
            &[
                "2:1 <Set> needs the attribute `value`",
                "2:6 `Zip` is not a field name: use a-z, 0-9 and _, a letter first, at most 40",
            ],
        ),
        (
            "<If goto='b'/>",
            &["2:1 <If> tests nothing (give it field with equals, in, present, min or max; \
                   or poolAtLeast, poolAtMost, schedule, source, repeatWithin, attestation)"],
        ),
        (
            "<If field='x' min='5' max='1' goto='z'/>",
            &[
                "2:15 `min` is above `max` (no number is in between)",
                "2:31 there is no step `z` (known: a, b)",
            ],
        ),
        ("<If equals='x' goto='b'/>", &["2:5 `equals` needs the attribute `field`"]),
        (
            "<If field='x' goto='b'/>",
            &["2:5 <If> does not say what the field must be (add equals, in, present, min \
                   or max)"],
        ),
        (
            "<If poolAtMost='-1' goto='b'/>",
            &["2:5 invalid value `-1` for `poolAtMost` (a whole number from 0 to 100000)"],
        ),
        ("<Route ofer='x'/>", &["2:8 <Route> has no attribute `ofer` (did you mean `offer`?)"]),
        ("<Route><NoBuyer/></Route>", &["2:8 <NoBuyer> needs the attribute `goto`"]),
        (
            "<Route><Closed goto='b'/><Closed goto='b'/></Route>",
            &["2:26 <Closed> stands twice (remove one)"],
        ),
        (
            "<Redirect/>",
            &["2:1 <Redirect> does not say where to (give it step=\"…\" or flow=\"…\")"],
        ),
        (
            "<Redirect step='a' flow='b'/>",
            &["2:20 <Redirect> goes to a step or to a flow, not both (remove one)"],
        ),
        (
            "<Record maxLength='9999' finishOnKey='ab' playBeep='yes'/>",
            &[
                "2:9 invalid value `9999` for `maxLength` (a whole number from 1 to 600)",
                "2:26 invalid value `ab` for `finishOnKey` (one of 0-9, * and #, or nothing)",
                "2:43 invalid value `yes` for `playBeep` (true or false)",
            ],
        ),
        (
            "<Dial to='desk' trunk='x'><Gone goto='b'/></Dial>",
            &[
                "2:7 invalid value `desk` for `to` (a phone number like +13055550123, or a SIP \
                 address)",
                "2:27 <Dial> cannot hold <Gone> (known: Busy, NoAnswer, Failed)",
            ],
        ),
        (
            "<Dial to='sip:a@b' trunk='x'/>",
            &["2:20 `trunk` is for phone numbers (a SIP address is called directly; remove it)"],
        ),
        ("<Dial to='+12'/>", &["2:7 not a phone number: write it in E.164, like +13055550123"]),
        (
            "<Lookup url='http://h/' timeout='9'/>",
            &[
                "2:1 <Lookup> keeps nothing of the answer (add <Field name=\"zip\" \
                 pointer=\"/person/zip\"/>)",
                "2:9 invalid value `http://h/` for `url` (an https URL, with variables behind its \
                 host only)",
                "2:25 invalid value `9` for `timeout` (at most 5 seconds: the caller waits in \
                 silence)",
            ],
        ),
        (
            "<Lookup url='https://{phone}.h/'><Field name='zip' pointer='zip'/></Lookup>",
            &[
                "2:9 invalid value `https://{phone}.h/` for `url` (an https URL, with variables \
                 behind its host only)",
                "2:52 `zip` is not a JSON pointer: write it like /person/zip",
            ],
        ),
        ("<Tag name='x'/>", &["2:1 <Tag> needs the attribute `value`"]),
        (
            "<Say>Hello {nme}</Say>",
            &["2:1 the variable `nme` is not known (nothing sets it; name it in \
               fields=\"…\" of <Flow> if an earlier flow does)"],
        ),
        (
            "<If schedule='mon 9-18' holidays='x' goto='b'/>",
            &[
                "2:5 `9-18` are not valid hours (like mon-fri 09:00-18:00, sat 10:00-14:00)",
                "2:5 `schedule` needs a `timezone` (add one, like timezone=\"America/New_York\")",
                "2:25 invalid value `x` for `holidays` (us-federal)",
            ],
        ),
        (
            "<If timezone='UTC' repeatWithin='5s' attestation='D' source='a b' goto='b'/>",
            &[
                "2:5 `timezone` needs the attribute `schedule` (like schedule=\"mon-fri \
                 09:00-18:00\")",
                "2:20 invalid value `5s` for `repeatWithin` (a time from 1m to 400d, like 12h or \
                 30d)",
                "2:38 invalid value `D` for `attestation` (A, B or C, or several like A,B)",
                "2:54 `a b` is not an id: use 1 to 64 letters, digits, `.`, `_` or `-`",
            ],
        ),
        (
            "<Gather field='x' ask='maybe'><Say>?</Say></Gather>",
            &["2:19 invalid value `maybe` for `ask` (always or when-needed)"],
        ),
        (
            "<Gather field='x' ask='when-needed'><Say>?</Say><Option digits='1' goto='b'/>\
             </Gather>",
            &[
                "2:19 the answer decides where the call goes: it is always needed (take the gotos off \
               the options and use <Valid goto>, or remove `ask`)",
            ],
        ),
        (
            "<Reject reason='no'/>",
            &["2:9 invalid value `no` for `reason` (rejected, busy or unavailable)"],
        ),
    ];

    #[test]
    fn faults_of_verbs_are_reported_at_their_place() {
        for (verb, wanted) in FAULTY_VERBS {
            let text = format!(
                "<Flow name='t'><Step id='a'>\n{verb}\n<Hangup/></Step>\n\
                 <Step id='b'><Hangup/></Step></Flow>"
            );
            let errors: Vec<_> =
                faults(&text).into_iter().filter(|f| !f.contains("warning")).collect();
            assert_eq!(errors, *wanted, "{verb}");
        }
    }

    #[test]
    fn many_faults_are_reported_but_not_all() {
        let text = format!("<Flow name='t'><Step id='a'>{}</Step></Flow>", "<X/>".repeat(3_000));
        let faults = faults(&text);
        assert_eq!(faults.len(), 101);
        assert!(faults.iter().any(|fault| fault.contains("more faults are not shown")));
    }

    #[test]
    fn bounds_are_kept() {
        let step = |i: usize| format!("<Step id='s{i}'><Route/></Step>");
        let steps: String = (0..201).map(step).collect();
        let text = format!("<Flow name='t'>\n{steps}</Flow>");
        assert!(faults(&text).iter().any(|f| f.contains("more than 200 steps")));
        let say = format!("<Flow name='t'><Say>{}</Say></Flow>", "x ".repeat(600));
        assert!(faults(&say)[0].contains("the text has 1199 characters, more than 1000"));
        let options: String = (0..101).map(|i| format!("<Option digits='{i:03}'/>")).collect();
        let many = format!("<Flow name='t'><Gather field='x'>{options}</Gather></Flow>");
        assert!(faults(&many).iter().any(|f| f.contains("more than 100 options")));
    }

    const PIECES: &[&str] = &[
        "<Flow name='t'>",
        "</Flow>",
        "<Step id='a'>",
        "<Step id='b'>",
        "</Step>",
        "<Say>",
        "</Say>",
        "<Gather field='x' numDigits='1'>",
        "<Gather>",
        "</Gather>",
        "<Option digits='1' goto='a'/>",
        "<Option digits='12'/>",
        "<NoInput>",
        "</NoInput>",
        "<Exhausted goto='b'/>",
        "<Route/>",
        "<If field='x' equals='1' goto='b' else='a'/>",
        "<Redirect step='a'/>",
        "<Hangup/>",
        "<Play>a.wav</Play>",
        "words é",
        "&amp;",
        "&x;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?a?>",
        "<Set field='x' value='y'/>",
        "<Pause length='2'/>",
        "'",
        "\"",
        "<",
        ">",
        "\u{feff}",
    ];

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            parse("t.xml", &text);
        }

        #[test]
        fn any_pieces_are_read_without_a_panic(
            picks in prop::collection::vec(0..PIECES.len(), 0..40),
        ) {
            let text: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
            let (flow, faults) = parse("t.xml", &text);
            prop_assert!(flow.is_some() || !faults.is_empty());
        }

        #[test]
        fn any_single_change_is_read_without_a_panic(at in 0usize..900, with in ".{0,2}") {
            let sound = include_str!("../../ivr-flows/auto-quote.xml");
            let at = (0..=at.min(sound.len())).rev().find(|i| sound.is_char_boundary(*i)).unwrap();
            let rest: String = sound[at..].chars().skip(1).collect();
            parse("auto-quote.xml", &format!("{}{with}{rest}", &sound[..at]));
        }
    }
}
