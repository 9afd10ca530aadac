//! Checks the paths through a flow: unreachable steps, ends, loops.
//!
//! A path goes from verb to verb and from step to step. What the caller must do for it shows how
//! bad a loop is: a loop without any wait never ends; a loop that a silent caller stays in holds
//! the line for hours.

use std::collections::BTreeSet;

use super::Flow;
use super::Goto;
use super::STEPS_PER_CALL_MAX;
use super::Step;
use super::Verb;
use super::reader::Reader;
use super::verb::Ask;
use super::verb::Gate;
use super::verb::Gather;
use super::verb::Redirect;

/// Effort that a path requires of the caller, from nothing to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Takes {
    /// Nothing: the flow continues by itself, at once or after a prompt.
    Nothing,
    /// Waiting: a question without an answer, or a call that was not routed.
    Silence,
    /// An answer.
    Answer,
}

/// A path from one step to another.
#[derive(Debug, Clone, Copy)]
struct Way {
    to: usize,
    takes: Takes,
}

/// Targets of a verb: other steps, and the verb below.
struct Leads {
    away: Vec<Way>,
    below: Option<Takes>,
}

/// The paths out of one step.
struct Ways {
    away: Vec<Way>,
    /// Whether a call can reach the step's end without a next step.
    open_end: bool,
}

/// Reports the faults of the paths through a flow.
pub(crate) fn check(flow: &Flow, reader: &mut Reader<'_>) {
    let ways: Vec<Ways> = flow.steps.iter().map(|step| step_ways(step, flow, reader)).collect();
    let reached = find_unreachable(flow, &ways, reader);
    for (step, ways) in flow.steps.iter().zip(&ways) {
        if ways.open_end {
            let message = format!("the step `{}` ends, and so does the call", step.id);
            let hint = "end it with <Route>, <Redirect> or <Hangup>, or give every answer a goto";
            reader.warning(step.place, message, hint);
        }
    }
    find_loops(flow, &ways, reader);
    find_late_rejects(flow, &reached, reader);
}

fn step_ways(step: &Step, flow: &Flow, reader: &mut Reader<'_>) -> Ways {
    let mut away = Vec::new();
    let mut reached = Some(Takes::Nothing);
    for verb in &step.verbs {
        let Some(takes) = reached else {
            let message = format!("nothing leads here in the step `{}`", step.id);
            reader.warning(verb.place, message, "the verb above never goes on; remove this one");
            break;
        };
        let leads = verb_leads(&verb.what, flow);
        away.extend(leads.away.iter().map(|way| Way { takes: way.takes.max(takes), ..*way }));
        reached = leads.below.map(|below| below.max(takes));
    }
    // After a <Route> the offer's own rule applies, so a step may end with one.
    let routed = matches!(step.verbs.last().map(|verb| &verb.what), Some(Verb::Route(_)));
    Ways { away, open_end: reached.is_some() && !routed }
}

fn verb_leads(verb: &Verb, flow: &Flow) -> Leads {
    let nothing = |goto: Goto| Way { to: goto.0, takes: Takes::Nothing };
    match verb {
        Verb::Say(_) | Verb::Play(_) | Verb::Pause(_) | Verb::Set(_) | Verb::Tag(_) => {
            Leads { away: Vec::new(), below: Some(Takes::Nothing) }
        }
        Verb::Record(_) => Leads { away: Vec::new(), below: Some(Takes::Silence) },
        Verb::Lookup(lookup) => {
            let away = lookup.failed.map(|goto| Way { to: goto.0, takes: Takes::Silence });
            Leads { away: away.into_iter().collect(), below: Some(Takes::Silence) }
        }
        Verb::Dial(dial) => Leads {
            away: dial
                .branches
                .values()
                .map(|goto| Way { to: goto.0, takes: Takes::Silence })
                .collect(),
            below: dial.may_go_on().then_some(Takes::Silence),
        },
        Verb::Gather(gather) => gather_leads(gather),
        Verb::If(test) => Leads {
            away: std::iter::once(test.then).chain(test.otherwise).map(nothing).collect(),
            below: test.otherwise.is_none().then_some(Takes::Nothing),
        },
        Verb::Route(route) => Leads {
            away: route
                .branches
                .values()
                .map(|goto| Way { to: goto.0, takes: Takes::Silence })
                .collect(),
            below: route.may_go_on().then_some(Takes::Silence),
        },
        Verb::Redirect(Redirect::Step(goto)) => Leads { away: vec![nothing(*goto)], below: None },
        Verb::Redirect(Redirect::Flow(name)) if *name == flow.name => {
            Leads { away: vec![nothing(flow.start)], below: None }
        }
        Verb::Redirect(Redirect::Flow(_)) | Verb::Hangup(_) | Verb::Reject(_) => {
            Leads { away: Vec::new(), below: None }
        }
    }
}

fn gather_leads(gather: &Gather) -> Leads {
    let goes = |goto: Goto, takes| Way { to: goto.0, takes };
    let choices = gather.choices.iter().filter_map(|choice| choice.goto);
    let mut away: Vec<Way> =
        choices.chain(gather.valid).map(|goto| goes(goto, Takes::Answer)).collect();
    away.extend(gather.exhausted.map(|goto| goes(goto, Takes::Silence)));
    let left_out = gather.ask == Ask::WhenNeeded;
    away.extend(gather.valid.filter(|_| left_out).map(|goto| goes(goto, Takes::Silence)));
    let unasked = left_out && gather.valid.is_none();
    let silent = unasked || gather.exhausted.is_none() && gather.gate == Gate::Optional;
    let free = gather.choices.is_empty() || gather.check.is_some();
    let open = free || gather.choices.iter().any(|choice| choice.goto.is_none());
    let below = match (silent, gather.valid.is_none() && open) {
        (true, _) => Some(Takes::Silence),
        (false, true) => Some(Takes::Answer),
        (false, false) => None,
    };
    Leads { away, below }
}

/// Reports the steps that no caller can reach, and returns the others.
fn find_unreachable(flow: &Flow, ways: &[Ways], reader: &mut Reader<'_>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([flow.start.0]);
    let mut open = vec![flow.start.0];
    while let Some(step) = open.pop() {
        for way in ways.get(step).iter().flat_map(|ways| &ways.away) {
            if reached.insert(way.to) {
                open.push(way.to);
            }
        }
    }
    for (index, step) in flow.steps.iter().enumerate() {
        if !reached.contains(&index) {
            let message = format!("no way leads to the step `{}`", step.id);
            reader.warning(step.place, message, "remove it, or lead to it with a goto");
        }
    }
    reached
}

/// Reports each loop once, at its first step in the file.
fn find_loops(flow: &Flow, ways: &[Ways], reader: &mut Reader<'_>) {
    let mut reported = BTreeSet::new();
    for takes in [Takes::Nothing, Takes::Silence] {
        for (index, step) in flow.steps.iter().enumerate() {
            if reported.contains(&index) {
                continue;
            }
            let Some(round) = round_trip(ways, index, takes) else { continue };
            reported.extend(round.iter().copied());
            let names = round.iter().chain([&index]).filter_map(|i| flow.steps.get(*i));
            let path = names.map(|step| step.id.as_str()).collect::<Vec<_>>().join(" → ");
            if takes == Takes::Nothing && !waits_for_pool(flow, &round) {
                let message = format!("an endless loop: {path}");
                let hint = "let it pass a <Gather>, or leave it";
                reader.error_at(step.place, message, hint);
            } else {
                let message = format!("a caller who presses nothing goes round: {path}");
                let hint =
                    format!("the call is ended after {STEPS_PER_CALL_MAX} verbs; lead on sooner");
                reader.warning(step.place, message, &hint);
            }
        }
    }
}

/// Returns the shortest path from a step to itself that takes no more than `takes`, without its
/// end.
fn round_trip(ways: &[Ways], from: usize, takes: Takes) -> Option<Vec<usize>> {
    let mut came: Vec<Option<usize>> = vec![None; ways.len()];
    let mut frontier = vec![from];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for step in frontier {
            let away = ways.get(step).map(|ways| ways.away.as_slice()).unwrap_or_default();
            for way in away.iter().filter(|way| way.takes <= takes) {
                if way.to == from {
                    return Some(trace(&came, from, step));
                }
                if let Some(slot @ None) = came.get_mut(way.to) {
                    *slot = Some(step);
                    next.push(way.to);
                }
            }
        }
        frontier = next;
    }
    None
}

fn trace(came: &[Option<usize>], from: usize, last: usize) -> Vec<usize> {
    let mut path = vec![last];
    let mut step = last;
    while step != from {
        let Some(Some(before)) = came.get(step) else { break };
        step = *before;
        path.push(step);
    }
    path.reverse();
    path
}

/// Returns whether a loop waits for a buyer: it tests the pool, and takes time.
fn waits_for_pool(flow: &Flow, round: &[usize]) -> bool {
    let verbs = || round.iter().filter_map(|i| flow.steps.get(*i)).flat_map(|step| &step.verbs);
    let tests = |verb: &Verb| matches!(verb, Verb::If(test) if test.looks_at_pool());
    verbs().any(|verb| tests(&verb.what)) && verbs().any(|verb| verb.what.is_heard())
}

/// Reports each `<Reject>` that only answered calls reach: an answered call cannot be rejected.
fn find_late_rejects(flow: &Flow, reached: &BTreeSet<usize>, reader: &mut Reader<'_>) {
    let mut unanswered = BTreeSet::from([flow.start.0]);
    let mut open = vec![flow.start.0];
    let mut in_time = BTreeSet::new();
    while let Some(index) = open.pop() {
        for verb in flow.steps.get(index).iter().flat_map(|step| &step.verbs) {
            let leads = verb_leads(&verb.what, flow);
            if verb.what.is_heard() {
                break;
            }
            if matches!(verb.what, Verb::Reject(_)) {
                in_time.insert(verb.place);
            }
            open.extend(leads.away.iter().map(|way| way.to).filter(|to| unanswered.insert(*to)));
            if leads.below.is_none() {
                break;
            }
        }
    }
    let steps = reached.iter().filter_map(|index| flow.steps.get(*index));
    for verb in steps.flat_map(|step| &step.verbs) {
        if matches!(verb.what, Verb::Reject(_)) && !in_time.contains(&verb.place) {
            let message = String::from("the call is already answered and cannot be rejected");
            reader.warning(verb.place, message, "it is ended; write <Hangup/>");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::parse;

    /// Steps `a` and `b`, and their expected faults without hints.
    const STEPS: &[(&str, &str, &[&str])] = &[
        ("<Redirect step='b'/>", "<Route/>", &[]),
        (
            "<Gather field='x'><Say>?</Say></Gather><Route/>",
            "<Route/>",
            &[
                "2:14: warning: the call ends when the caller gives no answer",
                "3:1: warning: no way leads to the step `b`",
            ],
        ),
        (
            "<Gather field='x'><Say>?</Say><Exhausted goto='b'/><Valid goto='b'/></Gather>",
            "<Hangup/>",
            &[],
        ),
        (
            "<Gather field='x'><Say>?</Say><Exhausted goto='b'/><Valid goto='a'/></Gather>",
            "<Hangup/>",
            &[],
        ),
        (
            "<Gather field='x'><Say>?</Say><Exhausted goto='a'/><Valid goto='b'/></Gather>",
            "<Hangup/>",
            &["2:1: warning: a caller who presses nothing goes round: a → a"],
        ),
        (
            "<Gather field='x' gate='false'><Say>?</Say><Valid goto='b'/></Gather>\
          <Redirect step='a'/>",
            "<Hangup/>",
            &["2:1: warning: a caller who presses nothing goes round: a → a"],
        ),
        (
            "<Gather field='x'><Say>?</Say><Option digits='1' goto='b'/></Gather>",
            "<Hangup/>",
            &["2:14: warning: the call ends when the caller gives no answer"],
        ),
        (
            "<Gather field='x'><Say>?</Say><Option digits='1' goto='b'/><Option digits='2'/>\
          </Gather>",
            "<Hangup/>",
            &[
                "2:1: warning: the step `a` ends, and so does the call",
                "2:14: warning: the call ends when the caller gives no answer",
            ],
        ),
        (
            "<Say>x</Say><Redirect step='b'/>",
            "<Say>x</Say>",
            &["3:1: warning: the step `b` ends, and so does the call"],
        ),
        (
            "<Hangup/><Redirect step='b'/>",
            "<Hangup/>",
            &[
                "2:23: warning: nothing leads here in the step `a`",
                "3:1: warning: no way leads to the step `b`",
            ],
        ),
        (
            "<Redirect step='b'/>",
            "<Redirect step='a'/>",
            &["2:1: error: an endless loop: a → b → a"],
        ),
        (
            "<Redirect step='b'/>",
            "<Say>x</Say><Redirect step='b'/>",
            &["3:1: error: an endless loop: b → b"],
        ),
        (
            "<If field='x' equals='1' goto='b'/><Redirect step='a'/>",
            "<Hangup/>",
            &["2:1: error: an endless loop: a → a"],
        ),
        (
            "<Redirect flow='t'/>",
            "<Hangup/>",
            &["2:1: error: an endless loop: a → a", "3:1: warning: no way leads to the step `b`"],
        ),
        (
            "<If poolAtLeast='1' goto='b'/><Pause/><Redirect step='a'/>",
            "<Route/>",
            &["2:1: warning: a caller who presses nothing goes round: a → a"],
        ),
        (
            "<If poolAtLeast='1' goto='b'/><Redirect step='a'/>",
            "<Route/>",
            &["2:1: error: an endless loop: a → a"],
        ),
        ("<Route><NoBuyer goto='b'/></Route>", "<Reject/>", &[]),
        (
            "<Say>x</Say><If poolAtLeast='1' goto='b'/><Route/>",
            "<Reject/>",
            &["3:14: warning: the call is already answered and cannot be rejected"],
        ),
        (
            "<Route><NoBuyer goto='b'/></Route>",
            "<Redirect step='a'/>",
            &["2:1: warning: a caller who presses nothing goes round: a → b → a"],
        ),
        (
            "<Route><NoBuyer goto='b'/></Route><Say>x</Say>",
            "<Hangup/>",
            &["2:48: warning: nothing leads here in the step `a`"],
        ),
    ];

    #[test]
    fn ways_are_judged() {
        for (a, b, wanted) in STEPS {
            let text = format!(
                "<Flow name='t'>\n<Step id='a'>{a}</Step>\n<Step id='b'>{b}</Step>\n</Flow>"
            );
            let (_, faults) = parse("t.xml", &text);
            let lines = faults.into_iter().map(|fault| fault.hint("").to_string());
            let lines: Vec<_> = lines.map(|line| line.replacen("t.xml:", "", 1)).collect();
            assert_eq!(lines, *wanted, "{text}");
        }
    }

    #[test]
    fn ways_are_not_judged_while_one_is_lost() {
        let text = "<Flow name='t'><Step id='a'><Redirect step='c'/></Step>\
                    <Step id='b'><Route/></Step></Flow>";
        let (_, faults) = parse("t.xml", text);
        assert_eq!(faults.len(), 1, "{faults:?}");
    }
}
