//! Simulated callers at a webhook carrier: the carrier asks the switch by HTTP how to handle the
//! call, and does it.

use std::net::SocketAddr;
use std::time::Duration;

use super::buyers::Manner;
use super::carrier::Account;
use super::carrier::Behaviour;
use super::carrier::Pace;
use super::carrier::Script;
use super::carrier::Simulator;
use super::carrier::Site;
use super::carrier::Time;
use super::scenes::Act;
use super::scenes::DESKS;
use super::scenes::Scene;
use crate::base::Rng;
use crate::base::Wall;

/// A simulated carrier, and the buyers it can dial.
#[derive(Debug)]
pub struct Webhooks {
    account: Account,
    buyers: SocketAddr,
    rng: Rng,
}

impl Webhooks {
    pub(super) fn new(account: Account, buyers: SocketAddr, rng: Rng) -> Self {
        Self { account, buyers, rng }
    }

    /// Returns the same carrier with randomness of its own.
    pub(super) fn fork(&mut self) -> Self {
        Self { account: self.account.clone(), buyers: self.buyers, rng: self.rng.fork() }
    }

    /// Places a scene's call, in real time, to the switch at `site`. The error lists the carrier's
    /// faults.
    pub async fn play(&mut self, site: Site, scene: &Scene, now: Wall) -> Result<(), String> {
        let (account, name) = (self.account.clone(), self.account.kind.name());
        let time = Time::new(now, Pace::Lifelike);
        let url = |what: &str| format!("{}/carriers/{name}/{what}", site.base);
        let (voice, status) = (url("voice"), url("status"));
        let mut carrier = Simulator::new(account, site, &voice, time, self.rng.fork());
        carrier = carrier.reporting_to(&status);
        let transcript = carrier.call(self.script(scene)).await;
        let complaints = transcript.complaints();
        if complaints.is_empty() { Ok(()) } else { Err(complaints) }
    }

    fn script(&self, scene: &Scene) -> Script {
        let mut script = Script::new(scene.caller, scene.number);
        let mut length = Duration::ZERO;
        for act in scene.acts {
            script = match act {
                Act::Hear(_, keys) => script.presses(keys),
                Act::GiveUp(after) => script.gives_up(*after),
                Act::StayConnected(_, time) => {
                    length = *time;
                    script
                }
                Act::StayUntilHungUp(_) | Act::WaitForTheEnd => script,
            };
        }
        DESKS.iter().fold(script, |script, desk| {
            let at_once = Duration::ZERO;
            let behaviour = match desk.manner {
                Manner::Answers(after) => Behaviour::answers(after, length),
                Manner::PressesOne | Manner::HangsUp(_) => Behaviour::answers(at_once, length),
                Manner::Busy => Behaviour::busy(),
                Manner::Sleeps => Behaviour::no_answer(),
            };
            script.phone(&format!("sip:{}@{}", desk.user, self.buyers), behaviour)
        })
    }
}
