//! Holds on picks: reserves them, renews them while their calls live, and settles them.

use super::Dispatch;
use super::overruns::Overrun;
use crate::base::HoldId;
use crate::base::Now;
use crate::caps::Again;
use crate::caps::Cap;
use crate::caps::Ceiling;
use crate::caps::Level;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::events::Subject;
use crate::routing::HOLD_TTL;
use crate::routing::Hold;
use crate::routing::Pick;
use crate::routing::Reached;
use crate::routing::Seat;
use crate::store::SoldMark;

impl Dispatch {
    /// Takes a unit of every cap of a pick before it is dialed. The error is the full cap: nothing
    /// was taken, and the next pick is tried. The hold expires after [`HOLD_TTL`] unless it is
    /// renewed.
    pub async fn hold(&self, pick: &Pick, id: HoldId, now: Now) -> Result<Hold, Refused> {
        let (caps, claim) = (&pick.caps, pick.claim());
        match self.quota.holds.reserve(id, caps, claim, now, HOLD_TTL).await {
            Ok(room) => {
                if !room.is_left() {
                    let used_up = caps.iter().enumerate();
                    let used_up = used_up.filter(|(place, _)| room.is_used_up(*place));
                    used_up.for_each(|(_, ceiling)| {
                        self.doubt(pick.seat.as_ref(), &ceiling.level);
                        self.report_full(ceiling, now);
                    });
                }
                Ok(Hold::of(pick, id, now.wall))
            }
            Err(refused) => {
                if let Refused::Full(full) = &refused {
                    self.doubt(pick.seat.as_ref(), &full.level);
                }
                Err(refused)
            }
        }
    }

    /// Settles a hold, or ends its call. A second call changes nothing and reports the state. A
    /// hold that expired while its call lives is reserved again first, so that the sale is counted.
    pub async fn settle(&self, hold: &mut Hold, how: Settle, now: Now) -> Settled {
        let Some(asked) = hold.asked(how) else {
            self.learn(hold, how, now).await;
            return Settled::Done;
        };
        let mut settled = self.quota.holds.settle(hold.id, asked).await;
        if hold.is_missed(asked, settled) {
            self.reserve_again(hold, now).await;
            settled = self.quota.holds.settle(hold.id, asked).await;
        }
        if settled != Settled::Done {
            let (id, contract) = (hold.id, &hold.contract);
            tracing::warn!(hold = %id, %contract, ?how, ?settled, "settled hold was not open");
        }
        self.learn(hold, how, now).await;
        settled
    }

    /// Records what the end of a hold shows, for later decisions.
    async fn learn(&self, hold: &mut Hold, how: Settle, now: Now) {
        let lesson = hold.settled(how);
        match lesson.rest {
            Some((own, Reached::Answered)) => self.quota.rotation.answered(own).await,
            Some((own, Reached::Unanswered)) => {
                if let Some(until) = self.quota.rotation.unanswered(own, now.wall).await {
                    self.pause_begun(own, now.wall, until);
                }
                self.report_rest(own, now);
            }
            None => {}
        }
        if let Some(micros) = lesson.earned {
            self.quota.rotation.earned(lesson.contract, micros).await;
        }
        if !lesson.sold.is_empty() {
            let sold = lesson.sold.iter().map(|mark| SoldMark { mark: *mark, at: lesson.sold_at });
            self.remember_sold(&sold.collect::<Vec<_>>()).await;
        }
    }

    /// Renews the hold of a live call for another [`HOLD_TTL`] (heartbeat). Reserves a lost hold
    /// again: it expired while the node or the quota was unreachable, or the node was restarted.
    /// Returns the hold's state before that.
    pub async fn renew(&self, hold: &Hold, now: Now) -> Settled {
        let known = self.quota.holds.renew(hold.id, now, HOLD_TTL).await;
        match known {
            Settled::Done => {}
            Settled::Already(_) | Settled::Unknown => self.reserve_again(hold, now).await,
        }
        known
    }

    /// Takes the units of a lost hold again. The call goes on even above a cap that other calls
    /// have filled meanwhile; that is counted.
    async fn reserve_again(&self, hold: &Hold, now: Now) {
        let Some(lost) = hold.lost() else { return };
        let (id, contract) = (hold.id, &hold.contract);
        match self.quota.holds.reserve_again(id, lost, now, HOLD_TTL).await {
            Again::Open => {}
            Again::Within => {
                tracing::warn!(hold = %id, %contract, "lost hold of a live call reserved again");
            }
            Again::Over(over) => {
                tracing::error!(hold = %id, %contract, %over, "cap overrun: its hold was lost");
                self.overruns.count(&over);
                if let Refused::Full(full) = &over {
                    self.doubt(hold.seat.as_ref(), &full.level);
                }
            }
        }
    }

    /// Releases holds that were not settled or renewed in time. Called every second. Returns the
    /// number released.
    pub async fn sweep(&self, now: Now) -> usize {
        self.quota.holds.sweep(now).await
    }

    /// Returns how often a live call exceeded a cap since the start, by level and cap.
    pub fn overruns(&self) -> Vec<Overrun> {
        self.overruns.counts()
    }

    /// Reports that a cap's last unit was taken: once each time, not for every later call that the
    /// cap refuses.
    fn report_full(&self, ceiling: &Ceiling, now: Now) {
        let periods = Periods::at(&ceiling.zone, now.wall);
        if let Some(full) = self.quota.view.full(ceiling, &periods) {
            self.events.publish(now.wall, Subject::CapFull(Box::new(full)));
        }
    }

    /// Reports that a contract rests after unanswered calls.
    fn report_rest(&self, ceiling: &Ceiling, now: Now) {
        let periods = Periods::at(&ceiling.zone, now.wall);
        let full = self.quota.view.full(ceiling, &periods);
        if let Some(full) = full.filter(|full| matches!(full.cap, Cap::Rest { .. })) {
            self.events.publish(now.wall, Subject::CapFull(Box::new(full)));
        }
    }

    fn doubt(&self, seat: Option<&Seat>, level: &Level) {
        self.book.load().doubt(seat, level);
    }
}
