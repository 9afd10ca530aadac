//! Handles a far end's REFER, which asks that it be replaced by another party, and reports by NOTIFY what
//! became of it (RFC 3515, RFC 4488). The subscription that a REFER begins is part of its session: it
//! ends with the last NOTIFY, with one that the far end refuses, and with the session.

use super::Referral;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::NoTransfer;
use crate::sip::check::Fault;
use crate::sip::dialog::Side;
use crate::sip::refer::REFER_SUB;
use crate::sip::refer::is_followed;
use crate::sip::refer::refer_to;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::response::dialog_response;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::Notice;
use crate::sip::transaction::Purpose;
use crate::sip::transaction::ServerId;

impl Agent {
    /// Handles a REFER in one of the session's dialogs.
    pub(in crate::sip) fn referred(&mut self, session: LegId, id: ServerId, now: Now) {
        let Some((request, _)) = self.transactions.pending(id) else { return };
        let verdict = refer_to(request).and_then(|to| {
            let known = self.sessions.get_mut(&session).ok_or(Fault::plain(481))?;
            known.take_refer(id).map(|()| to)
        });
        match verdict {
            Ok(to) => self.core.report(Event::Referred { session, to }),
            Err(fault) => self.refuse_for(id, session, &fault, now),
        }
    }

    /// Sends the owner's answer to a REFER.
    pub(in crate::sip) fn answer_refer(
        &mut self,
        session: LegId,
        answer: Result<(), NoTransfer>,
        now: Now,
    ) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let Some(id) = talking.referrals.take_asked() else { return };
        if let Err(why) = answer {
            return self.refuse_for(id, session, &why.fault(), now);
        }
        let Some((refer, peer)) = self.transactions.pending(id) else { return };
        let (is_followed, seq) = (is_followed(refer), refer.cseq().map_or(0, |(seq, _)| seq));
        let (tag, config) = (session.to_string(), &self.core.config);
        let accepted = dialog_response(refer, &peer, 202, &tag, config);
        let accepted = match is_followed {
            true => accepted.finish(),
            false => accepted.header(REFER_SUB, "false").finish(),
        };
        self.transactions.respond(id, 202, accepted, &mut self.core, now);
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let is_repeated = std::mem::replace(&mut talking.referrals.is_repeated, true);
        if is_followed {
            let event = if is_repeated { format!("refer;id={seq}") } else { "refer".to_owned() };
            talking.referrals.current = Some(Referral::Followed(event.clone().into()));
            self.notify(Notice { session, event: event.into(), status: 100 }, now);
        }
    }

    /// Reports the end of a transfer, unless the far end wants no notifications.
    pub(in crate::sip) fn report_refer(&mut self, session: LegId, status: u16, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        if let Some(Referral::Followed(event)) = &talking.referrals.current {
            let event = event.clone();
            talking.referrals.current = None;
            let status = if (200..=699).contains(&status) { status } else { 500 };
            self.notify(Notice { session, event, status }, now);
        }
    }

    fn notify(&mut self, notice: Notice, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&notice.session) else {
            return;
        };
        let (config, rng) = (&self.core.config, &mut self.core.rng);
        let id = ClientId { branch: rng.next_u64(), method: ClientMethod::Other };
        talking.dialog.count_up();
        let notify = request::notify(&mut talking.dialog, &notice, id.branch, config, rng);
        self.transactions.send(id, Purpose::Notify(Box::new(notice)), notify, &mut self.core, now);
    }

    /// Handles the final response to a NOTIFY, or its timeout (`None`). One that fails ends the
    /// notifications (RFC 6665 §4.2.2), and neither transfer nor session: a far end may forget the
    /// subscription when it hangs up.
    pub(in crate::sip) fn notified(&mut self, notice: Notice, reply: Option<Reply<'_>>, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&notice.session) else {
            return;
        };
        if reply.is_some_and(|reply| talking.dialog.is_challenged(&reply, &self.core.config)) {
            return self.notify(notice, now);
        }
        let is_heard = reply.is_some_and(|reply| reply.status < 300);
        let referrals = &mut talking.referrals;
        if let Some(Referral::Followed(event)) = &referrals.current
            && !is_heard
            && *event == notice.event
        {
            referrals.current = None;
        }
    }
}

impl Session {
    /// Takes up a REFER, if the far end may send one now.
    fn take_refer(&mut self, id: ServerId) -> Result<(), Fault> {
        match self {
            Session::Closing(_) => Err(Fault::plain(481)),
            Session::Offered(_) => Err(NoTransfer::ByCaller.fault()),
            Session::Dialing(_) => Err(NoTransfer::NotConnected.fault()),
            Session::Talking(talking) => match (talking.dialog.side, &talking.referrals.current) {
                (Side::Callee, _) => Err(NoTransfer::ByCaller.fault()),
                (Side::Caller, Some(_)) => Err(NoTransfer::InProgress.fault()),
                (Side::Caller, None) => {
                    talking.referrals.current = Some(Referral::Asked(id));
                    Ok(())
                }
            },
        }
    }
}
