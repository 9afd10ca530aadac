//! Reads a flow file: XML into a [`Flow`], with every fault at its place.

use std::collections::HashMap;

use roxmltree::Document;
use roxmltree::Error;
use roxmltree::Node;
use roxmltree::ParsingOptions;

use crate::base::Diagnostic;
use crate::base::FlowName;
use crate::base::Place;
use crate::base::Severity;

use super::Flow;
use super::Goto;
use super::Mention;
use super::Step;
use super::StepId;
use super::Verb;
use super::check::check;
use super::reader::Fault;
use super::reader::Reader;
use super::reader::Ways;
use super::reader::excerpt;
use super::scan::ELEMENTS_MAX;
use super::scan::Shape;
use super::scan::scan;
use super::verb::Gather;
use super::verb::Hangup;
use super::verb::If;
use super::verb::Pause;
use super::verb::Play;
use super::verb::Redirect;
use super::verb::Reject;
use super::verb::Route;
use super::verb::Say;
use super::verb::Set;

/// Most steps in a file.
const STEPS_MAX: usize = 200;
/// The id of the only step of a flow that names none.
const ONLY_STEP: &str = "start";
/// Every verb, as its element is called.
const VERBS: &[&str] =
    &["Say", "Play", "Pause", "Gather", "Set", "If", "Route", "Redirect", "Hangup", "Reject"];

/// Reads a flow file and checks it. `file` is its path as the user named it; when it ends in
/// `.xml`, the flow must have its name. Tells all faults at once, in the order of their places;
/// the flow is there when none of them is an error.
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

/// A syntax error at its place, in our words where we know better what was meant.
fn syntax_fault(file: &str, text: &str, error: &Error, shape: Shape) -> Diagnostic {
    let position = error.pos();
    let place = Place { line: position.row, column: position.col };
    let at = |message: &str, hint: &str| Diagnostic::error(file, place, message).hint(hint);
    match (error, shape) {
        (Error::UnexpectedCloseTag(open, close, _), _) => {
            let message = format!("</{}> closes <{}>", excerpt(close), excerpt(open));
            at(&message, &format!("write </{}> first", excerpt(open)))
        }
        (Error::UnclosedRootNode | Error::UnexpectedEndOfStream, Shape::Unclosed(offset)) => {
            let tag = text.get(offset + 1..).unwrap_or_default();
            let name = tag.split(|c: char| c.is_whitespace() || "/>".contains(c)).next();
            let message = format!("<{}> is not closed", excerpt(name.unwrap_or_default()));
            Fault::new(offset, message).hint("is the file complete?").error(file, text)
        }
        (Error::UnclosedRootNode | Error::UnexpectedEndOfStream, Shape::Closed) => {
            let fault = Fault::new(text.len(), "the file ends in the middle of something");
            fault.hint("is the file complete?").error(file, text)
        }
        (Error::NoRootNode, _) => at("no element at all", "a file holds one <Flow>"),
        (Error::UnknownEntityReference(name, _), _) => {
            let message = format!("the entity `&{};` is not known", excerpt(name));
            at(&message, "write & as &amp; and < as &lt;")
        }
        (Error::MalformedEntityReference(_), _) => {
            at("an `&` that begins no entity", "write & as &amp;")
        }
        (Error::InvalidAttributeValue(_), _) => {
            at("a `<` inside an attribute", "close the quotation, or write < as &lt;")
        }
        (Error::DuplicatedAttribute(name, _), _) => {
            at(&format!("the attribute `{}` stands twice", excerpt(name)), "remove one")
        }
        (Error::InvalidComment(_), _) => at("`--` inside a comment", "use single dashes"),
        (other, _) => {
            let message = other.to_string();
            let plain = message.split(" at ").next().unwrap_or_default();
            at(&format!("this is not XML: {plain}"), "")
        }
    }
}

fn read_flow(root: Node<'_, '_>, file: &str, reader: &mut Reader<'_>) -> Option<Flow> {
    let called = root.tag_name().name();
    if called != "Flow" {
        let message = format!("the file holds <{}> and not <Flow>", excerpt(called));
        reader.error(Fault::new(root.range().start, message));
        return None;
    }
    reader.attributes(root, &["name", "start", "language"]);
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

/// The steps with their ids, all declared before any of them is read, so that a way may lead
/// down the file as well as up.
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

/// A step's id, empty when it has none that may be used.
fn read_id<'d>(node: Node<'d, '_>, reader: &mut Reader<'_>) -> &'d str {
    let attribute = reader.required(node, "id");
    // A step's id obeys the rule for all ids, so that it can be shown and stored anywhere.
    if reader.parsed::<FlowName>(attribute).is_none() {
        reader.ways = Ways::SomeLost;
    }
    attribute.map_or("", |id| id.value())
}

fn read_step(id: &StepId, node: Node<'_, '_>, stepless: bool, reader: &mut Reader<'_>) -> Step {
    let flow_language = reader.language.clone();
    if !stepless {
        reader.attributes(node, &["id", "language"]);
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
        "Set" => Set::read(node, reader).map(Verb::Set),
        "If" => If::read(node, reader).map(Verb::If),
        "Route" => Some(Verb::Route(Route::read(node, reader))),
        "Redirect" => Redirect::read(node, reader).map(Verb::Redirect),
        "Hangup" => Some(Verb::Hangup(Hangup::read(node, reader))),
        "Reject" => Some(Verb::Reject(Reject::read(node, reader))),
        _unknown => None,
    }
}
