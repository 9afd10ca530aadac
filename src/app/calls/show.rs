//! `strowger calls show`: one call, from the running switch while it is live, otherwise from the
//! database.

use super::find;
use super::find::asked;
use super::find::page;
use super::live::with;
use super::paper::Paper;
use crate::app::Fault;
use crate::app::zone::Local;
use crate::base::BuyerReport;
use crate::base::CallId;
use crate::base::Reported;
use crate::base::Returned;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::CalledFor;
use crate::call::FarEnd;
use crate::call::LiveCall;
use crate::call::Recording;
use crate::call::RecordingPlace;
use crate::call::Traffic;
use crate::control::Request;
use crate::sale::Promise;
use crate::store::Store;

pub(super) async fn run(store: &dyn Store, text: &str, json: bool) -> Result<(), Fault> {
    let id = find::id(store, text).await?;
    let mut paper = Paper::new();
    let live = live(store, id).await?;
    let record = match &live {
        Some(live) => live.record.clone(),
        None => {
            let found = store.call_fetch(id).await.map_err(Fault::of)?;
            found.ok_or_else(|| Fault::of(format!("there is no call {id}")))?
        }
    };
    match (json, &live) {
        (true, Some(live)) => paper.json(live)?,
        (true, None) => paper.json(&record)?,
        (false, _) => {
            let local = Local::system();
            let mut lines = lines(&record, &local);
            if let Some(live) = &live {
                let LiveCall { live: standing, .. } = live;
                let (phase, since) = (standing.phase.name(), local.show(standing.since));
                lines.insert(1, pair("phase", &format!("{phase} {}, since {since}", with(live))));
            }
            for line in lines {
                paper.line(&line)?;
            }
            paper.flush()?
        }
    };
    paper.flush().map(drop)
}

async fn live(store: &dyn Store, id: CallId) -> Result<Option<LiveCall>, Fault> {
    match asked(store, Request::Show { id }).await? {
        Some(answer) => Ok(page(answer)?.0.into_iter().next()),
        None => Ok(None),
    }
}

fn pair(name: &str, value: &str) -> String {
    format!("{name:<11} {value}").trim_end().to_owned()
}

/// Returns the record as lines of names and values.
fn lines(call: &CallRecord, local: &Local) -> Vec<String> {
    let time = |at: Wall| format!("{} ({at})", local.show(at));
    let mut lines = vec![pair("call", &call.id.to_string())];
    let mut put = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| pair(name, &value)));
    };
    put("number", Some(call.number.e164().to_owned()));
    put("caller", Some(call.caller.as_ref().map_or("withheld", |caller| caller.e164()).to_owned()));
    put("from", Some(format!("{}, source {}", call.ingress, call.source)));
    put("offer", Some(format!("{}, flow {}", call.offer, call.flow)));
    put("book", Some(format!("version {}", call.book_version)));
    put("started", Some(time(call.started_at)));
    put("answered", call.answered_at.map(time));
    put("bridged", call.bridged_at.map(time));
    put("ended", call.ended_at.map(time));
    put("reason", call.reason.map(|reason| format!("{reason}: {}", reason.sentence())));
    put("hung up", call.hangup_reason.clone());
    put("suppressed", call.suppressed_by.as_ref().map(|list| format!("by list {list}")));
    put("ping", call.ping.as_ref().map(called_for));
    put("winner", call.winner.as_ref().map(|won| format!("{} by {}", won.buyer, won.contract)));
    put("transferred", call.transferred_to.as_ref().map(|to| format!("by the buyer, to {to}")));
    put("connected", Some(format!("{:.1} s", call.talk.as_secs_f64())));
    for (name, heard) in [("from caller", caller_of(call)), ("from buyer", buyer_of(call))] {
        put(name, heard.map(sound));
    }
    put("converted", call.keyed_at.map(|at| format!("by the buyer's keys, {}", time(at))));
    put("reported", call.conversion.as_ref().map(|found| reported(found, local)));
    put(
        "returned",
        call.returned.as_ref().map(|found| {
            let Returned { id, state, reason, asked_at, .. } = found;
            format!("{state}: {reason}, {}, return {id}", local.show(*asked_at))
        }),
    );
    put("revenue", call.revenue.map(|money| money.to_string()));
    put("payout", call.payout.map(|money| money.to_string()));
    for (name, value) in &call.fields {
        put("field", Some(format!("{name} = {value}")));
    }
    for (name, value) in &call.tags {
        put("tag", Some(format!("{name} = {value}")));
    }
    for attempt in &call.attempts {
        let outcome = attempt.outcome.map_or("open", |outcome| outcome.code());
        let status = attempt.sip_status.map_or(String::new(), |status| format!(" ({status})"));
        let (contract, wave) = (&attempt.contract, attempt.wave);
        let rang = attempt.ring_ms as f64 / 1e3;
        let shown = format!("wave {wave}: {contract} {outcome}{status}, {rang:.1} s");
        put("attempt", Some(shown));
    }
    for recording in &call.recordings {
        put("recording", Some(shown(recording)));
    }
    for dial in &call.dials {
        let outcome = dial.outcome.map_or("open", |outcome| outcome.code());
        put("dial", Some(format!("{} {outcome}", dial.to)));
    }
    lines
}

fn caller_of(call: &CallRecord) -> Option<Traffic> {
    call.media.as_ref().and_then(|media| media.caller)
}

fn buyer_of(call: &CallRecord) -> Option<Traffic> {
    call.media.as_ref().and_then(|media| media.buyer)
}

/// Returns what was received of a party in words.
fn sound(heard: Traffic) -> String {
    let Traffic { packets, lost, jitter_ms, mos, far_end, .. } = heard;
    let mut words = format!("{packets} packets, {lost} lost, jitter {jitter_ms} ms");
    if let Some(mos) = mos {
        words += &format!(", MOS {:.2}", mos.score());
    }
    if let Some(FarEnd { lost, jitter_ms, round_trip_ms }) = far_end {
        words += &format!("; it reported {lost} lost, jitter {jitter_ms} ms");
        words += &round_trip_ms.map_or(String::new(), |ms| format!(", round trip {ms} ms"));
    }
    words
}

/// Returns the bid that a call came for in words.
fn called_for(found: &CalledFor) -> String {
    match found {
        CalledFor::Bid(Promise { ping, payout, buffer_seconds }) => {
            format!("{ping}, bid {payout} from {buffer_seconds} s")
        }
        CalledFor::Expired { ping } => format!("{ping}, whose bid had ended"),
        CalledFor::Used { ping } => format!("{ping}, whose bid was used"),
        CalledFor::OtherCaller => "none of this caller".to_owned(),
    }
}

/// Returns a buyer's report in words.
fn reported(found: &Reported, local: &Local) -> String {
    let Reported { report: BuyerReport { sold, revenue, disposition, reference }, at } = found;
    let mut words = vec![if *sold { "sold" } else { "not sold" }.to_owned()];
    words.extend(revenue.map(|revenue| format!("for {revenue}")));
    words.extend(disposition.as_ref().map(|word| format!("({word})")));
    words.extend(reference.as_ref().map(|id| format!("as {id}")));
    format!("{}, {}", words.join(" "), local.show(*at))
}

/// Returns a recording as one line: number, kind, length, and where it is.
fn shown(recording: &Recording) -> String {
    let Recording { n, kind, length, place, .. } = recording;
    let length = length
        .map_or("of unknown length".to_owned(), |length| format!("{:.1} s", length.as_secs_f64()));
    match place {
        RecordingPlace::File { bytes, .. } => format!("{n}: {kind}, {length}, {bytes} bytes"),
        RecordingPlace::Carrier { url } => format!("{n}: {kind}, {length}, at the carrier: {url}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::finished;
    use crate::store::sample::recorded;

    #[test]
    fn a_record_is_shown_line_by_line() {
        let mut record = finished(1);
        let usd = |amount: &str| crate::store::sample::usd(amount);
        let report = BuyerReport {
            sold: true,
            revenue: Some(usd("60.00")),
            disposition: Some("callback".to_owned()),
            reference: Some("order-7".to_owned()),
        };
        record.conversion = Some(Reported { report, at: record.started_at });
        let text = lines(&record, &Local::system()).join("\n");
        for part in [
            &format!("call        {}", record.id),
            "caller      +13055550123",
            "winner      acme by acme-auto-ca",
            "connected   95.2 s",
            "revenue     45.00 USD",
            "reported    sold for 60.00 USD (callback) as order-7, ",
            "reason      bridged: ",
            "attempt     wave 1: acme-auto-ca won (200), 9.5 s",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn what_was_heard_is_shown_with_its_quality() {
        let far_end = FarEnd { lost: 4, jitter_ms: 3, round_trip_ms: Some(80) };
        let mos = crate::call::Mos::estimate(990, 10, std::time::Duration::ZERO, None);
        let heard = Traffic { packets: 990, lost: 10, mos, ..Traffic::default() };
        let expected = "990 packets, 10 lost, jitter 0 ms, MOS 4.32";
        assert_eq!(sound(heard), expected);
        let reported = sound(Traffic { far_end: Some(far_end), ..heard });
        let more = "; it reported 4 lost, jitter 3 ms, round trip 80 ms";
        assert_eq!(reported, format!("{expected}{more}"));
        assert_eq!(sound(Traffic::default()), "0 packets, 0 lost, jitter 0 ms");
    }

    #[test]
    fn recordings_are_shown_with_the_call() {
        let mut record = recorded(1);
        let text = lines(&record, &Local::system()).join("\n");
        assert!(text.contains("recording   1: message, 4.2 s, 67244 bytes"), "{text}");
        record.recordings[0].length = None;
        record.recordings[0].place = RecordingPlace::Carrier { url: "https://c/r".to_owned() };
        let text = lines(&record, &Local::system()).join("\n");
        let at_carrier = "recording   1: message, of unknown length, at the carrier: https://c/r";
        assert!(text.contains(at_carrier), "{text}");
    }
}
