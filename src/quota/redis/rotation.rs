//! Turns, earnings and rests that nodes share.

use super::Redis;
use super::Session;
use super::wire;
use crate::base::ContractId;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::caps::Ceiling;
use crate::caps::Level;
use crate::quota::QuotaAnswer;
use crate::quota::Rotation;
use crate::routing::Decision;

/// Most times that a decision is lined up again because another node took a turn meanwhile. After
/// that it takes its turn unrecorded: turns only affect fairness.
const TAKES_MAX: usize = 32;

impl Redis {
    async fn take_turn(&self, decision: &mut Decision) {
        let turns = self.turns.of(&decision.offer);
        let mut turns = turns.lock().await;
        for _ in 0..TAKES_MAX {
            turns.sequence.take(decision);
            let Some(session) = self.session() else { return };
            let (offer, version) = (decision.offer.clone(), turns.version().to_owned());
            let changed: Vec<(String, String)> = turns
                .sequence
                .turns_of(decision)
                .map(|(contract, turn)| {
                    (contract.to_string(), format!("{} {}", turn.owed, turn.latest))
                })
                .collect();
            let answer = self.call(&session, "turns", |command| {
                command.arg(offer.as_str()).arg(version);
                for (contract, turn) in &changed {
                    command.arg(contract).arg(turn);
                }
            });
            let Ok(mut answer) = answer.await else { return };
            if answer.status == "ok" {
                turns.version = answer.word();
                return;
            }
            turns.take_over(&answer.words());
        }
        tracing::warn!(offer = %decision.offer, "turn not recorded: other nodes took theirs first");
    }

    async fn look_at_turns(&self, decision: &mut Decision) {
        let turns = self.turns.of(&decision.offer);
        let mut turns = turns.lock().await;
        if let Some(session) = self.session() {
            let (offer, version) = (decision.offer.clone(), turns.version().to_owned());
            let answer = self.call(&session, "turns", |command| {
                command.arg(offer.as_str()).arg(version);
            });
            if let Ok(mut answer) = answer.await
                && answer.status == "stale"
            {
                turns.take_over(&answer.words());
            }
        }
        decision.line_up(&turns.sequence);
    }

    /// Runs a function on a rest, and takes in what has changed.
    async fn on_rest(&self, session: &Session, name: &str, words: &[String]) {
        let answer = self.call(session, name, |command| {
            for word in words {
                command.arg(word);
            }
        });
        if let Ok(mut answer) = answer.await {
            self.sight().take_in(&answer.text());
        }
    }

    /// Announces to other nodes what a call earned. Lost if there is no connection: estimates then
    /// differ until the node starts again.
    async fn announce_earned(&self, contract: &ContractId, micros: i64) {
        let Some(session) = self.session() else { return };
        let text = wire::earned_text(&self.node, contract.as_str(), micros);
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.channel()).arg(text);
        let mut connection = session.connection.clone();
        if let Err(error) = publish.query_async::<()>(&mut connection).await {
            self.lose(&session, &error.to_string());
        }
    }
}

impl Rotation for Redis {
    fn take<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()> {
        if !decision.takes_turns() {
            decision.line_up(&*self.performances());
            return QuotaAnswer::now(());
        }
        QuotaAnswer::later(self.take_turn(decision))
    }

    fn look<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()> {
        if !decision.takes_turns() {
            decision.line_up(&*self.performances());
            return QuotaAnswer::now(());
        }
        QuotaAnswer::later(self.look_at_turns(decision))
    }

    fn earned<'a>(&'a self, contract: &'a ContractId, micros: i64) -> QuotaAnswer<'a, ()> {
        self.performances().record(contract, micros);
        QuotaAnswer::later(self.announce_earned(contract, micros))
    }

    fn recall_earned(&self, contract: &ContractId, micros: i64) {
        self.performances().record(contract, micros);
    }

    fn answered<'a>(&'a self, ceiling: &'a Ceiling) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(async move {
            let Some(session) = self.session() else { return };
            self.on_rest(&session, "answered", &[wire::name(&ceiling.level)]).await;
        })
    }

    fn unanswered<'a>(&'a self, ceiling: &'a Ceiling, at: Wall) -> QuotaAnswer<'a, Option<Wall>> {
        let rule = ceiling.rest.as_ref().and_then(|rest| rest.unanswered.as_ref());
        let Some(rule) = rule else { return QuotaAnswer::now(None) };
        let words = [
            wire::name(&ceiling.level),
            at.micros().to_string(),
            rule.calls.to_string(),
            rule.window.as_micros().to_string(),
            rule.pause.as_micros().to_string(),
        ];
        QuotaAnswer::later(async move {
            let session = self.session()?;
            let answer = self.call(&session, "unanswered", |command| {
                for word in &words {
                    command.arg(word);
                }
            });
            let mut answer = answer.await.ok()?;
            let ends = answer.number();
            self.sight().take_in(&answer.text());
            (ends > 0).then(|| Wall::from_micros(ends))
        })
    }

    fn rest<'a>(
        &'a self,
        level: &'a Level,
        until: Wall,
        because: PauseCause,
    ) -> QuotaAnswer<'a, ()> {
        self.sight().rest(level, until, because);
        let cause = wire::cause_number(because).to_string();
        let words = [wire::name(level), until.micros().to_string(), cause];
        QuotaAnswer::later(async move {
            let Some(session) = self.restoring() else { return };
            self.on_rest(&session, "rest", &words).await;
        })
    }

    fn resume<'a>(&'a self, level: &'a Level, until: Wall) -> QuotaAnswer<'a, ()> {
        let words = [wire::name(level), until.micros().to_string()];
        QuotaAnswer::later(async move {
            let Some(session) = self.session() else { return };
            self.on_rest(&session, "resume", &words).await;
        })
    }
}
