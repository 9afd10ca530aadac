//! The metrics of `/metrics`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::base::BidResult;
use crate::base::Wall;
use crate::call::GatewayState;
use crate::call::TrunkStates;
use crate::carrier::Carrier;
use crate::http::Carriers;
use crate::http::Kind;
use crate::http::Metrics;
use crate::intake;
use crate::intake::Intake;
use crate::intake::PingAnswer;
use crate::net::sip::Gauges;
use crate::postbacks::Figures;
use crate::quota::Quota;
use crate::switch::Operator;
use crate::switch::Shared;

/// Returns a function that reads all metrics without blocking.
pub(super) fn of(
    shared: &Arc<Shared>,
    sip: Arc<Gauges>,
    carriers: &Arc<Carriers>,
    outbox: Arc<Figures>,
    intake: &Intake,
) -> impl Fn() -> Metrics + Send + Sync + use<> {
    let (shared, carriers, intake) = (shared.clone(), carriers.clone(), intake.clone());
    let operator = Operator::new(shared.clone(), carriers.webhooks.clone());
    move || {
        let webhooks = &carriers.webhooks.figures;
        let read = |gauge: &std::sync::atomic::AtomicU64| gauge.load(Ordering::Relaxed) as f64;
        // A call counts as live until all its facts are in the database.
        let ended = shared.records.journal.figures().ended_calls;
        let metrics = Metrics::default()
            .family(
                Kind::Gauge,
                "strowger_calls_live",
                "Live calls, and ended ones that the database does not have yet.",
            )
            .sample(&[], (shared.admission.live.load(Ordering::Relaxed) + ended) as f64)
            .family(Kind::Gauge, "strowger_holds_live", "Open holds on caps.")
            .sample(&[], shared.dispatch.live() as f64)
            .family(Kind::Gauge, "strowger_sip_sessions", "SIP sessions that have not ended.")
            .sample(&[], read(&sip.sessions))
            .family(Kind::Gauge, "strowger_sip_transactions", "Open SIP transactions.")
            .sample(&[], read(&sip.transactions))
            .family(Kind::Counter, "strowger_sip_unsent_total", "Datagrams the kernel rejected.")
            .sample(&[], read(&sip.unsent))
            .family(Kind::Counter, "strowger_sip_dropped_events_total", "Events of full mailboxes.")
            .sample(&[], read(&sip.dropped_events))
            .family(Kind::Counter, "strowger_ladder_left_out_total", "SIP messages not kept.")
            .sample(&[], read(&sip.ladder_left_out))
            .family(Kind::Counter, "strowger_rtp_over_rate_total", "Packets above the rate limit.")
            .sample(&[], read(&shared.media.over_rate))
            .family(Kind::Gauge, "strowger_webhook_calls_live", "Live calls at webhook carriers.")
            .sample(&[], carriers.webhooks.up() as f64)
            .family(Kind::Counter, "strowger_webhooks_total", "Requests of webhook carriers.")
            .sample(&[("what", "answered")], read(&webhooks.requests))
            .sample(&[("what", "repeated")], read(&webhooks.repeated))
            .sample(&[("what", "unknown")], read(&webhooks.unknown))
            .sample(&[("what", "deferred")], read(&webhooks.deferred))
            .sample(&[("what", "failed")], read(&webhooks.failed));
        let name = "strowger_sip_messages_total";
        let metrics = metrics.family(Kind::Counter, name, "SIP messages, by what became of them.");
        let counters = sip.counters.load();
        let metrics = counters.named().iter().fold(metrics, |metrics, (what, count)| {
            metrics.sample(&[("what", what)], *count as f64)
        });
        let metrics = with_leads(metrics, intake.figures(), shared.dispatch.bid_counts());
        let metrics = with_calls(metrics, &shared);
        let metrics = with_registrations(metrics, &shared);
        let metrics = with_gateways(metrics, &operator.trunks());
        let metrics = with_outbox(metrics, &outbox, shared.clock.now().wall);
        let metrics = with_quota(metrics, shared.dispatch.quota());
        let name = "strowger_cap_overruns_total";
        let help = "Live calls that continued above a cap after their hold was lost.";
        let metrics = metrics.family(Kind::Counter, name, help);
        let overruns = shared.dispatch.overruns();
        let metrics = overruns.iter().fold(metrics, |metrics, overrun| {
            let labels = [("level", overrun.level), ("cap", overrun.cap.as_str())];
            metrics.sample(&labels, overrun.count as f64)
        });
        let name = "strowger_webhooks_forged_total";
        let metrics = metrics.family(Kind::Counter, name, "Webhooks rejected: invalid signature.");
        Carrier::ALL.iter().fold(metrics, |metrics, carrier| {
            let forged = carriers.forged(*carrier).map_or(0.0, read);
            metrics.sample(&[("carrier", carrier.name())], forged)
        })
    }
}

/// Adds whether counters can be used.
fn with_quota(metrics: Metrics, quota: &Quota) -> Metrics {
    let losses = quota.shared.as_ref().map_or(0, |redis| redis.losses());
    let help = "How often shared counters became unavailable.";
    metrics
        .family(Kind::Gauge, "strowger_quota_up", "Whether counters of caps can be used.")
        .sample(&[], f64::from(u8::from(quota.is_up())))
        .family(Kind::Counter, "strowger_quota_losses_total", help)
        .sample(&[], losses as f64)
}

/// Adds the counters of deliveries of events.
fn with_outbox(metrics: Metrics, outbox: &Figures, now: Wall) -> Metrics {
    let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed) as f64;
    let name = "strowger_postbacks_total";
    metrics
        .family(Kind::Counter, name, "Deliveries of events, by what became of them.")
        .sample(&[("what", "delivered")], read(&outbox.delivered))
        .sample(&[("what", "failed")], read(&outbox.failed))
        .sample(&[("what", "given_up")], read(&outbox.given_up))
        .family(Kind::Gauge, "strowger_postbacks_waiting", "Deliveries still to be made.")
        .sample(&[], read(&outbox.waiting))
        .family(Kind::Gauge, "strowger_postbacks_dead", "Deliveries given up and kept.")
        .sample(&[], read(&outbox.dead))
        .family(Kind::Gauge, "strowger_postbacks_oldest_seconds", "Age of the oldest waiting one.")
        .sample(&[], outbox.oldest_age(now).as_secs_f64())
        .family(Kind::Gauge, "strowger_postbacks_receivers_down", "Receivers that are down.")
        .sample(&[], read(&outbox.open_breakers))
}

fn with_leads(
    metrics: Metrics,
    leads: intake::Figures,
    bids: [u64; BidResult::ALL.len()],
) -> Metrics {
    let metrics = metrics
        .family(Kind::Gauge, "strowger_leads_live", "Live form leads, parked ones included.")
        .sample(&[], leads.live as f64)
        .family(Kind::Counter, "strowger_leads_total", "Form leads, by what became of them.")
        .sample(&[("what", "received")], leads.received as f64)
        .sample(&[("what", "sold")], leads.sold as f64)
        .sample(&[("what", "rejected")], leads.rejected as f64)
        .sample(&[("what", "unknown")], leads.unknown as f64)
        .sample(&[("what", "limited")], leads.limited as f64)
        .family(Kind::Gauge, "strowger_leads_buyers_down", "Servers of buyers that are down.")
        .sample(&[], leads.buyers_down as f64)
        .family(Kind::Counter, "strowger_bids_total", "Bids on what ended, by result.");
    let results = BidResult::ALL.iter().zip(bids);
    let metrics = results.fold(metrics, |metrics, (result, count)| {
        metrics.sample(&[("result", result.code())], count as f64)
    });
    let (name, help) = ("strowger_pings_total", "Pings of sources, by how they were answered.");
    let answers = PingAnswer::ALL.iter().zip(leads.pings);
    answers.fold(metrics.family(Kind::Counter, name, help), |metrics, (answer, count)| {
        metrics.sample(&[("answer", answer.name())], count as f64)
    })
}

/// How many of a trunk's registrars have our contact.
fn with_registrations(metrics: Metrics, shared: &Shared) -> Metrics {
    let now = shared.clock.now().wall;
    let mut trunks = BTreeMap::new();
    for (key, state) in shared.registrations.list() {
        let is_bound = state.until.is_some_and(|until| until > now);
        *trunks.entry(key.trunk).or_insert(0.0) += if is_bound { 1.0 } else { 0.0 };
    }
    let (name, help) = ("strowger_registrations", "Registrars that have our contact, by trunk.");
    let metrics = metrics.family(Kind::Gauge, name, help);
    trunks.iter().fold(metrics, |metrics, (trunk, bound)| {
        metrics.sample(&[("trunk", trunk.as_str())], *bound)
    })
}

/// Adds which gateways are up, down, or unknown.
fn with_gateways(metrics: Metrics, trunks: &TrunkStates) -> Metrics {
    let (name, help) =
        ("strowger_gateway_up", "Whether a gateway takes calls, as far as is known.");
    let metrics = metrics.family(Kind::Gauge, name, help);
    trunks.gateways.iter().fold(metrics, |metrics, own| {
        let labels = [("trunk", own.trunk.as_str()), ("gateway", own.gateway.as_str())];
        metrics.sample(&labels, if own.state == GatewayState::Down { 0.0 } else { 1.0 })
    })
}

/// Adds the counters of calls: that arrived, that ended, and that were refused.
fn with_calls(metrics: Metrics, shared: &Shared) -> Metrics {
    let (name, help) = ("strowger_calls_arrived_total", "Calls that got a record.");
    let metrics = metrics.family(Kind::Counter, name, help);
    let metrics = metrics.sample(&[], shared.reports.arrived() as f64);
    let (name, help) = ("strowger_calls_ended_total", "Calls that ended, by reason.");
    let metrics = metrics.family(Kind::Counter, name, help);
    let ended = shared.reports.ended();
    let metrics = ended.iter().fold(metrics, |metrics, (reason, count)| {
        metrics.sample(&[("reason", reason.code())], *count as f64)
    });
    let (name, help) = ("strowger_screened_total", "Callers looked up on suppression lists.");
    let metrics = metrics.family(Kind::Counter, name, help);
    let screened = shared.callers.screening.counts();
    let metrics = screened.iter().fold(metrics, |metrics, (what, count)| {
        metrics.sample(&[("what", what.name())], *count as f64)
    });
    let (name, help) = ("strowger_attestations_total", "Identity headers of callers, by result.");
    let metrics = metrics.family(Kind::Counter, name, help);
    let attested = shared.callers.attesting.counts();
    let metrics = attested.iter().fold(metrics, |metrics, (result, count)| {
        metrics.sample(&[("result", result)], *count as f64)
    });
    let (name, help) = ("strowger_calls_refused_total", "Calls that got no record, by reason.");
    let metrics = metrics.family(Kind::Counter, name, help);
    let refused = shared.refusals.counts();
    refused.iter().fold(metrics, |metrics, (reason, count)| {
        metrics.sample(&[("reason", reason.code())], *count as f64)
    })
}
