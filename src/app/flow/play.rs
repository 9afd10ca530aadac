//! `strowger flow run`: plays a flow in the terminal.

use std::io::BufRead as _;
use std::io::IsTerminal as _;
use std::io::Read as _;
use std::io::Write as _;
use std::sync::Arc;

use super::stage;
use crate::app::Fault;
use crate::app::command;
use crate::app::command::Buyers;
use crate::app::explain::instant;
use crate::app::explain::pair;
use crate::app::out;
use crate::app::out::out;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Rng;
use crate::book::Book;
use crate::flow::NotRouted;
use crate::flow::Sound;
use crate::rehearsal::Cue;
use crate::rehearsal::Finale;
use crate::rehearsal::Leaver;
use crate::rehearsal::Play;
use crate::rehearsal::Rings;
use crate::rehearsal::Scene;
use crate::rehearsal::Wants;
use crate::routing;

/// Longest line of input, in bytes.
const LINE_BYTES_MAX: u64 = 1_000;

pub(super) fn run(command: command::Play, book: Option<Arc<Book>>) -> Result<(), Fault> {
    let program = stage::program(&command.file)?;
    let mut market = stage::market(book, &program.first, command.offer.as_deref())?;
    let caller = match &command.caller {
        Some(number) => {
            let phone: Result<Phone, _> = number.parse();
            Some(phone.map_err(|error| Fault::of(format!("--caller {number}: {error}")))?)
        }
        None => None,
    };
    let mut fields = Fields::default();
    for given in &command.fields {
        let (name, value) = pair(given)?;
        let name: FieldName = name.parse().map_err(Fault::Sentence)?;
        routing::check_value(&name, &value).map_err(Fault::Sentence)?;
        if !fields.set(name, &value, Origin::Form) {
            return Err(Fault::of("--field: a call has at most 64 fields"));
        }
    }
    let now = instant(command.at.as_deref())?;
    let name = program.first.name.clone();
    let offer = market.as_ref().map(|market| format!("offer {}", market.offer));
    let play = Play::new(program, market.as_mut(), caller, fields, now, Rng::seeded(0));
    let pool = play.pool().map(|pool| format!(", pool {pool}"));
    let offer = offer.unwrap_or_else(|| "no book: the pool is unknown".to_owned());
    out!("flow {name}, {offer}{}, {}", pool.unwrap_or_default(), now.wall);
    out!("Type keys; an empty line for silence; `hangup` to hang up; `?` to show the pool.\n");
    let (left, verbose) = (Vec::new(), command.verbose);
    Session { play, buyers: command.buyers, verbose, left }.go()
}

struct Session<'m> {
    play: Play<'m>,
    buyers: Option<Buyers>,
    /// Whether to print each contract at once when it leaves the pool.
    verbose: bool,
    /// Contracts that left the pool, with the field that excluded them.
    left: Vec<(FieldName, Leaver)>,
}

/// A line of input, or its end.
enum Line {
    Text(String),
    End,
}

impl Session<'_> {
    fn go(mut self) -> Result<(), Fault> {
        self.play.cue(Cue::Begin);
        loop {
            while let Some(scene) = self.play.poll() {
                self.show(scene);
            }
            let cue = match self.play.wants() {
                Wants::Nothing => return Ok(()),
                Wants::Begin => Cue::Begin,
                Wants::Keys => self.keys()?,
                Wants::Ring(pick) => match self.buyers {
                    Some(buyers) => ring(buyers),
                    None => ask_ring(&pick.contract.to_string())?,
                },
                Wants::Dial(to) => match self.buyers {
                    Some(buyers) => dialled(buyers),
                    None => ask_ring(&to)?,
                },
                Wants::Lookup(_) => Cue::Found(None),
                Wants::Fate => match self.buyers {
                    Some(buyers) => fate(buyers),
                    None => ask_fate()?,
                },
            };
            self.play.cue(cue);
        }
    }

    /// Reads the caller's input at a question.
    fn keys(&mut self) -> Result<Cue, Fault> {
        let question = self.play.question();
        let field = question.and_then(|question| question.gather.field.clone());
        let prompt = format!("{}> ", field.as_ref().map_or("keys", FieldName::as_str));
        loop {
            let text = match line(&prompt)? {
                Line::Text(text) => text,
                Line::End => return Ok(Cue::HangUp),
            };
            let is_key = |c: char| c.is_ascii_digit() || c == '*' || c == '#';
            match text.as_str() {
                "" => return Ok(Cue::Silence),
                "hangup" => return Ok(Cue::HangUp),
                "?" => self.show_pool(),
                keys if keys.chars().all(is_key) => return Ok(Cue::Keys(keys.to_owned())),
                _other => {
                    out!("  expected keys (0-9, *, #), an empty line for silence, `hangup` or `?`")
                }
            }
        }
    }

    fn show(&mut self, scene: Scene) {
        match scene {
            Scene::Flow(name) => out!("\nflow {name}"),
            Scene::Step(step) => out!("[{step}]"),
            Scene::Hears(sounds) => sounds.iter().for_each(|sound| out!("  {}", heard(sound))),
            Scene::Typed(_) => {}
            Scene::Ignored(key) => out!("  the key {key} does nothing here"),
            Scene::Learned { field, value, pool, left } => {
                self.show_learned(field, &value, pool, left)
            }
            Scene::Records => out!("  (the caller speaks)"),
            Scene::LooksUp(url) => {
                out!("  would request {url}");
                out!("  not requested here: the flow continues as without an answer");
            }
            Scene::Tagged { name, value } => out!("  tag {name} = {value}"),
            Scene::Dials(to) => out!("  dials {to}"),
            Scene::NotDialled(rings) => out!("  {}", rings.name()),
            Scene::Routes(Some(offer)) => out!("  routes to the offer {offer}"),
            Scene::Routes(None) => out!("  routes"),
            Scene::Decided(decision) => {
                let text = routing::explain(&decision);
                text.lines().for_each(|line| out!("{}", format!("  | {line}").trim_end()));
            }
            Scene::Missed { pick, rings } => out!("  {}: {}", pick.contract, rings.name()),
            Scene::HandedOn(what) => out!("  {what}"),
            Scene::NotRouted(why) => out!("  not routed: {}", why.name()),
            Scene::Over(how) => out!("\n{}", ended(&how)),
        }
    }

    fn show_learned(
        &mut self,
        field: FieldName,
        value: &str,
        pool: Option<(usize, usize)>,
        left: Vec<Leaver>,
    ) {
        match pool {
            Some((before, after)) => out!("  {field} = {value}   pool {before} → {after}"),
            None => out!("  {field} = {value}"),
        }
        if self.verbose {
            left.iter().for_each(|leaver| out!("    {}", left_at(&field, leaver)));
        }
        self.left.extend(left.into_iter().map(|leaver| (field.clone(), leaver)));
    }

    fn show_pool(&self) {
        let Some(pool) = self.play.pool() else {
            return out!("  no book: the pool is unknown");
        };
        out!("  pool {pool}");
        self.play.pool_members().iter().for_each(|contract| out!("    {contract}"));
        for (field, leaver) in &self.left {
            out!("    {}", left_at(field, leaver));
        }
    }
}

fn left_at(field: &FieldName, leaver: &Leaver) -> String {
    let why = if leaver.why.is_empty() { String::new() } else { format!(": {}", leaver.why) };
    format!("{} left at {field}{why}", leaver.contract)
}

fn heard(sound: &Sound) -> String {
    match sound {
        Sound::Say { text, .. } | Sound::Spoken { text, .. } => format!("“{text}”"),
        Sound::Template { text, .. } => format!("“{text}”"),
        Sound::File(path) => format!("♪ {path}"),
        Sound::Url(url) => format!("♪ {url}"),
        Sound::Silence(length) => format!("(silence for {} s)", length.as_secs_f64()),
    }
}

fn ended(how: &Finale) -> String {
    match how {
        Finale::Taken(Some(pick)) => {
            format!("Connected to {} by {}, {}.", pick.buyer, pick.contract, pick.price)
        }
        Finale::Taken(None) => "Connected.".to_owned(),
        Finale::Transferred(to) => format!("Connected to {to}."),
        Finale::Unrouted(why, rule) => format!("Not routed ({}): the caller {rule}.", why.name()),
        Finale::HungUp => "The flow hung up.".to_owned(),
        Finale::Rejected(status) => format!("The call was rejected with {status}."),
        Finale::CallerLeft => "The caller hung up.".to_owned(),
        Finale::NoFlow(name) => {
            format!("Flow {name} is not in the same directory: the call ends.")
        }
    }
}

/// Returns the result of dialing a pick, as set by the command line.
fn ring(buyers: Buyers) -> Cue {
    match buyers {
        Buyers::Answer => Cue::Rings(Rings::Answer),
        Buyers::Busy => Cue::Rings(Rings::Busy),
        Buyers::NoAnswer => Cue::Rings(Rings::NoAnswer),
        Buyers::Closed => Cue::NotTaken(NotRouted::Closed),
    }
}

/// Returns the result of dialing a fixed destination, as set by the command line.
fn dialled(buyers: Buyers) -> Cue {
    match buyers {
        Buyers::Answer => Cue::Rings(Rings::Answer),
        Buyers::Busy => Cue::Rings(Rings::Busy),
        Buyers::NoAnswer | Buyers::Closed => Cue::Rings(Rings::NoAnswer),
    }
}

/// Returns the result of routing without a book, as set by the command line.
fn fate(buyers: Buyers) -> Cue {
    match buyers {
        Buyers::Answer => Cue::Taken,
        Buyers::Busy | Buyers::NoAnswer => Cue::NotTaken(NotRouted::NoBuyer),
        Buyers::Closed => Cue::NotTaken(NotRouted::Closed),
    }
}

fn ask_ring(contract: &str) -> Result<Cue, Fault> {
    loop {
        let prompt = format!("{contract} rings: answer, busy, no answer, hangup? ");
        match line(&prompt)? {
            Line::End => return Ok(Cue::HangUp),
            Line::Text(text) => match text.as_str() {
                "" | "a" | "answer" => return Ok(Cue::Rings(Rings::Answer)),
                "b" | "busy" => return Ok(Cue::Rings(Rings::Busy)),
                "n" | "no answer" | "no-answer" => return Ok(Cue::Rings(Rings::NoAnswer)),
                "hangup" => return Ok(Cue::HangUp),
                _other => {}
            },
        }
    }
}

fn ask_fate() -> Result<Cue, Fault> {
    let names: Vec<&str> = NotRouted::ALL.iter().map(|why| why.name()).collect();
    loop {
        let prompt = format!("routed: answer, {}, hangup? ", names.join(", "));
        let text = match line(&prompt)? {
            Line::End => return Ok(Cue::HangUp),
            Line::Text(text) => text,
        };
        let why = NotRouted::ALL.iter().find(|why| why.name().eq_ignore_ascii_case(&text));
        match (text.as_str(), why) {
            ("" | "a" | "answer", _) => return Ok(Cue::Taken),
            ("hangup", _) => return Ok(Cue::HangUp),
            (_, Some(why)) => return Ok(Cue::NotTaken(*why)),
            (_, None) => {}
        }
    }
}

/// Reads one line of input. Prints it again when the input is not a terminal.
fn line(prompt: &str) -> Result<Line, Fault> {
    out::print(format_args!("{prompt}"));
    std::io::stdout().flush().map_err(Fault::of)?;
    let stdin = std::io::stdin();
    let mut text = String::new();
    let read = stdin.lock().take(LINE_BYTES_MAX).read_line(&mut text);
    let read = read.map_err(|error| Fault::of(format!("cannot read the input: {error}")))?;
    let text = text.trim().to_owned();
    if !stdin.is_terminal() {
        out!("{}", if read == 0 { "(no more input)" } else { text.as_str() });
    }
    Ok(if read == 0 { Line::End } else { Line::Text(text) })
}
