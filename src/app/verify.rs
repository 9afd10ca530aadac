//! `strowger verify`: proves that database, journal and ledger agree, and lists every difference.

use std::fs::File;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::Fault;
use super::areas::Areas;
use super::fault::counted;
use super::opening::entropy;
use super::out::out;
use crate::base::Rng;
use crate::base::Wall;
use crate::config::Location;
use crate::config::Settings;
use crate::control::Request;
use crate::control::ask;
use crate::journal::JournalCopy;
use crate::net::Clock;
use crate::proof::Differences;
use crate::proof::FactRow;
use crate::proof::LISTED_MAX;
use crate::proof::LiveLimits;
use crate::proof::Proof;
use crate::proof::Seen;
use crate::proof::SipCalls;
use crate::store::BookVersion;
use crate::store::Frozen;

/// How long after its application every switch uses a book: until then, holds may be taken under
/// the one before.
const BOOK_SETTLES: Duration = Duration::from_secs(60);

/// The places of what is verified, and what the book is read with.
struct Places {
    database: Location,
    journal: PathBuf,
    sip_logs: Vec<PathBuf>,
    areas: Areas,
}

/// What a verification ends with.
struct Verified {
    found: Differences,
    seen: Seen,
    notes: Vec<String>,
}

/// Prints all differences. Fails with [`Fault::Printed`] if there is one, and with
/// [`Fault::Unable`] if something cannot be read.
pub(super) async fn run(
    config: Option<&Path>,
    json: bool,
    sip_logs: Vec<PathBuf>,
) -> Result<(), Fault> {
    let verified =
        verify(config, sip_logs).await.map_err(|fault| Fault::Unable(Box::new(fault)))?;
    if json {
        let document = serde_json::to_string_pretty(&document(&verified)).map_err(Fault::of)?;
        out!("{document}");
    } else {
        lines(&verified).iter().for_each(|line| out!("{line}"));
    }
    if verified.found.total() == 0 { Ok(()) } else { Err(Fault::Printed) }
}

async fn verify(config: Option<&Path>, sip_logs: Vec<PathBuf>) -> Result<Verified, Fault> {
    let settings = Settings::load(config).map_err(Fault::Files)?;
    let (database, journal) = (settings.database.at.clone(), settings.journal_directory());
    if database.file().is_some_and(|path| !path.exists()) {
        return Err(Fault::of(format!("there is no database {database}")));
    }
    let areas = Areas::load(&settings)?;
    let places = Places { database, journal, sip_logs, areas };
    let name = Rng::from_entropy(entropy()?).below(u64::MAX);
    // The journal first: what is applied in between is then in the database.
    let copy = JournalCopy::take(&places.journal, name).map_err(Fault::of)?;
    let running = running(&places.database).await;
    // Reads for as long as the database is large, so it must not block a thread of the runtime.
    let read = move || {
        let frozen = Frozen::open(&places.database).map_err(Fault::of)?;
        read(&places, copy, &frozen, running, name)
    };
    tokio::task::spawn_blocking(read).await.map_err(Fault::of)?
}

/// Returns the present time if a switch runs on the database.
async fn running(database: &Location) -> Option<Wall> {
    match ask(&database.socket(), Request::Look).await {
        Err(error) if error.is_not_listening() => None,
        Ok(_) | Err(_) => Some(Clock::system().now().wall),
    }
}

fn read(
    places: &Places,
    copy: Option<JournalCopy>,
    frozen: &Frozen,
    running: Option<Wall>,
    name: u64,
) -> Result<Verified, Fault> {
    let mut notes = Vec::new();
    let limits = limits(frozen.book().map_err(Fault::of)?, &places.areas, &mut notes);
    let sip = sip_calls(&places.sip_logs)?;
    if sip.beyond() > 0 {
        notes.push(format!("{} SIP calls are beyond the limit and not compared", sip.beyond()));
    }
    let mut proof = Proof::new(limits, running, sip);
    match copy {
        None => notes.push(format!("there is no journal in {}", places.journal.display())),
        Some(copy) => journal(&mut proof, places, copy, frozen, name)?,
    }
    frozen.prove(&mut proof).map_err(Fault::of)?;
    let (found, seen) = proof.finish();
    if running.is_none() && seen.live > 0 {
        let calls = counted(usize::try_from(seen.live).unwrap_or(usize::MAX), "call");
        notes.push(format!("no switch runs; its next start closes {calls} left open"));
    }
    Ok(Verified { found, seen, notes })
}

/// Returns the limits of the live book.
fn limits(live: Option<BookVersion>, areas: &Areas, notes: &mut Vec<String>) -> LiveLimits {
    let Some(live) = live else { return LiveLimits::none() };
    match areas.read_book("", &live.text) {
        (Some(book), _) => LiveLimits::of(&book, live.at + BOOK_SETTLES),
        (None, _) => {
            notes.push(format!("book {} cannot be read: caps are not judged", live.version));
            LiveLimits::none()
        }
    }
}

fn sip_calls(logs: &[PathBuf]) -> Result<SipCalls, Fault> {
    let mut calls = SipCalls::default();
    for path in logs {
        let fault = |error: std::io::Error| Fault::of(format!("{}: {error}", path.display()));
        let mut reader = BufReader::new(File::open(path).map_err(fault)?);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_err(fault)? > 0 {
            calls.line(&String::from_utf8_lossy(&line));
            line.clear();
        }
        calls.end();
    }
    Ok(calls)
}

/// Passes the journal's facts to the proof.
fn journal(
    proof: &mut Proof,
    places: &Places,
    copy: JournalCopy,
    frozen: &Frozen,
    name: u64,
) -> Result<(), Fault> {
    let applied = frozen.applied(copy.id()).map_err(Fault::of)?;
    // A switch may have written and applied facts after the copy.
    let copy = if copy.last() < applied {
        drop(copy);
        let later = JournalCopy::take(&places.journal, name).map_err(Fault::of)?;
        later.ok_or_else(|| Fault::of("the journal was removed meanwhile"))?
    } else {
        copy
    };
    proof.journal(frozen.applied(copy.id()).map_err(Fault::of)?);
    let mut after = 0;
    loop {
        let facts = copy.after(after).map_err(Fault::of)?;
        let Some(last) = facts.last() else { break };
        after = last.sequence;
        for fact in facts {
            let call = fact.about.as_ref().ok().and_then(|about| about.call());
            let stored = call.map(|call| frozen.call_state(call)).transpose();
            let stored = stored.map_err(Fault::of)?.flatten();
            proof.fact(&FactRow { sequence: fact.sequence, about: fact.about, stored });
        }
    }
    proof.journal_end();
    Ok(())
}

fn document(verified: &Verified) -> serde_json::Value {
    let Verified { found, seen, notes } = verified;
    json!({
        "differences": found.total(),
        "kinds": found.counts(),
        "items": found.listed(),
        "read": seen,
        "notes": notes,
    })
}

fn lines(verified: &Verified) -> Vec<String> {
    let Verified { found, seen, notes } = verified;
    let mut lines = Vec::new();
    for one in found.listed() {
        let (invariant, code) = (one.invariant, one.kind.code());
        lines.push(format!("{invariant:?} {code}  {}: {}", one.subject, one.detail));
    }
    if found.total() > u64::try_from(LISTED_MAX).unwrap_or(u64::MAX) {
        lines.push(format!("the first {LISTED_MAX} are listed; of each kind:"));
        let count = |(kind, count): (&crate::proof::Kind, &u64)| {
            format!("  {:?} {}: {count}", kind.invariant(), kind.code())
        };
        lines.extend(found.counts().iter().map(count));
    }
    lines.extend(notes.iter().cloned());
    let Seen { calls, live, leads, sales, postings, counters, .. } = seen;
    let Seen { facts, waiting, sip_calls, .. } = seen;
    lines.push(format!(
        "read {calls} calls ({live} live), {sales} sales, {postings} postings, {counters} \
         counters, {facts} facts of the journal ({waiting} not applied yet), {sip_calls} SIP calls, \
         {leads} leads"
    ));
    lines.push(match found.total() {
        0 => "no difference".to_owned(),
        total => counted(usize::try_from(total).unwrap_or(usize::MAX), "difference"),
    });
    lines
}
