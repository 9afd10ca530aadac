//! Calls as their callers' SIP logs show them: message logs of SIPp (`-trace_msg`).
//!
//! A message begins after a line of dashes; the next line says whether it was sent or received. A
//! call of a caller is an INVITE that was sent, and it was answered if a 2xx to it was received.

use std::collections::BTreeMap;

use super::Differences;
use super::Kind;
use crate::base::Phone;
use crate::call::CallRecord;

/// Most calls that are read from SIP logs.
pub const SIP_CALLS_MAX: usize = 1_000_000;
/// Most Call-IDs that one difference names.
const SHOWN: usize = 3;

/// A line that begins a message.
const RULE: &str = "-----";

/// Calls of SIP logs.
#[derive(Debug, Clone, Default)]
pub struct SipCalls {
    /// By Call-ID.
    calls: BTreeMap<String, SipCall>,
    message: Message,
    /// Calls beyond [`SIP_CALLS_MAX`].
    beyond: u64,
}

/// A call of a SIP log.
#[derive(Debug, Clone, Default)]
struct SipCall {
    caller: Option<Phone>,
    answered: bool,
}

/// The part of a message that was read so far.
#[derive(Debug, Clone, Default)]
struct Message {
    way: Option<Way>,
    start: String,
    call_id: String,
    from: String,
    cseq: String,
    in_body: bool,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Sent,
    Received,
}

impl SipCalls {
    /// Reads the next line of a log.
    pub fn line(&mut self, line: &str) {
        let line = line.trim_end();
        if line.starts_with(RULE) {
            self.end();
            return;
        }
        let message = &mut self.message;
        if message.way.is_none() {
            message.way = match line {
                line if line.contains("message sent") => Some(Way::Sent),
                line if line.contains("message received") => Some(Way::Received),
                _other => None,
            };
        } else if message.start.is_empty() {
            line.clone_into(&mut message.start);
        } else if line.is_empty() {
            message.in_body = true;
        } else if !message.in_body {
            message.header(line);
        }
    }

    /// Ends a log.
    pub fn end(&mut self) {
        let Message { way, start, call_id, from, cseq, in_body: _ } =
            std::mem::take(&mut self.message);
        let is_answer = start.starts_with("SIP/2.0 2") && cseq.trim_end().ends_with(" INVITE");
        match way {
            Some(Way::Sent) if start.starts_with("INVITE ") => {
                if self.calls.len() >= SIP_CALLS_MAX && !self.calls.contains_key(&call_id) {
                    self.beyond += 1;
                    return;
                }
                self.calls.entry(call_id).or_default().caller = caller(&from);
            }
            Some(Way::Received) if is_answer => {
                if let Some(call) = self.calls.get_mut(&call_id) {
                    call.answered = true;
                }
            }
            Some(Way::Sent | Way::Received) | None => {}
        }
    }

    /// Returns the number of calls that were read.
    pub fn count(&self) -> usize {
        self.calls.len()
    }

    /// Returns the number of calls beyond [`SIP_CALLS_MAX`], which are not compared.
    pub const fn beyond(&self) -> u64 {
        self.beyond
    }
}

impl Message {
    fn header(&mut self, line: &str) {
        let Some((name, value)) = line.split_once(':') else { return };
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        match name.as_str() {
            "call-id" | "i" => value.clone_into(&mut self.call_id),
            "from" | "f" => value.clone_into(&mut self.from),
            "cseq" => value.clone_into(&mut self.cseq),
            _other => {}
        }
    }
}

/// Returns the number of a From header; `None` for a withheld one.
fn caller(from: &str) -> Option<Phone> {
    let (_, rest) = from.split_once("sip:").or_else(|| from.split_once("tel:"))?;
    let user = rest.split(['@', ';', '>', ':']).next()?;
    Phone::readings(user, None).next()
}

/// Calls and records of one caller.
#[derive(Debug, Clone, Default)]
struct Caller {
    calls: u64,
    /// Call-IDs of the answered ones.
    answered: Vec<String>,
    records: u64,
}

/// The callers of SIP logs.
#[derive(Debug, Clone, Default)]
pub(super) struct Callers {
    callers: BTreeMap<Phone, Caller>,
}

impl Callers {
    /// Groups the calls of SIP logs by caller.
    pub(super) fn of(calls: SipCalls) -> Self {
        let mut callers: BTreeMap<Phone, Caller> = BTreeMap::new();
        for (call_id, SipCall { caller, answered }) in calls.calls {
            let Some(number) = caller else { continue };
            let caller = callers.entry(number).or_default();
            caller.calls += 1;
            caller.answered.extend(answered.then_some(call_id));
        }
        Self { callers }
    }

    /// Counts a record.
    pub(super) fn record(&mut self, record: &CallRecord) {
        let caller = record.caller.as_ref().and_then(|number| self.callers.get_mut(number));
        let Some(caller) = caller else { return };
        caller.records += 1;
    }

    /// Compares calls and records. The differences name Call-IDs, not numbers.
    pub(super) fn finish(self, found: &mut Differences) {
        for Caller { calls, answered, records } in self.callers.into_values() {
            let count = u64::try_from(answered.len()).unwrap_or(u64::MAX);
            let shown: Vec<&str> = answered.iter().take(SHOWN).map(String::as_str).collect();
            let subject = format!("SIP calls {}", shown.join(", "));
            if count > records {
                let detail = format!("{count} answered, {records} records");
                found.add(Kind::CallWithoutRecord, subject, detail);
            } else if records > calls {
                let detail = format!("the caller placed {calls} calls, {records} records");
                found.add(Kind::RecordWithoutCall, subject, detail);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "----------------------------------------------- 2026-11-28 21:00:00.1
UDP message sent (310 bytes):

INVITE sip:+18005550100@192.0.2.1 SIP/2.0
f: \"A\" <sip:+13057300001@192.0.2.9>;tag=1
Call-ID: a@192.0.2.9
CSeq: 1 INVITE

v=0
Call-ID: not-a-header
----------------------------------------------- 2026-11-28 21:00:00.2
UDP message received [290] bytes :

SIP/2.0 200 OK
From: <sip:+13057300001@192.0.2.9>;tag=1
i: a@192.0.2.9
CSeq: 1 INVITE

----------------------------------------------- 2026-11-28 21:00:00.3
UDP message sent (310 bytes):

INVITE sip:+18005550100@192.0.2.1 SIP/2.0
From: <sip:+13057300002@192.0.2.9>;tag=1
Call-ID: b@192.0.2.9
CSeq: 1 INVITE

----------------------------------------------- 2026-11-28 21:00:01.3
UDP message received [290] bytes :

SIP/2.0 200 OK
Call-ID: b@192.0.2.9
CSeq: 2 BYE
";

    #[test]
    fn a_sipp_log_shows_which_calls_were_answered() {
        let mut calls = SipCalls::default();
        LOG.lines().for_each(|line| calls.line(line));
        calls.end();
        assert_eq!(calls.count(), 2);
        let callers = Callers::of(calls).callers;
        let of = |number: &str| callers[&number.parse::<Phone>().unwrap()].clone();
        assert_eq!(of("+13057300001").answered, ["a@192.0.2.9"]);
        assert_eq!((of("+13057300002").calls, of("+13057300002").answered.len()), (1, 0));
    }
}
