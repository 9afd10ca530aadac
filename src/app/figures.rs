//! The metrics of `/metrics`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::carrier::Carrier;
use crate::dispatch::Dispatch;
use crate::http::Carriers;
use crate::http::Kind;
use crate::http::Metrics;
use crate::journal::Journal;
use crate::net::sip::Gauges;
use crate::switch::Admission;

/// Returns a function that reads all metrics without blocking.
pub(super) fn of(
    journal: Arc<Journal>,
    admission: Arc<Admission>,
    dispatch: Arc<Dispatch>,
    sip: Arc<Gauges>,
    carriers: Arc<Carriers>,
) -> impl Fn() -> Metrics + Send + Sync {
    move || {
        let webhooks = &carriers.webhooks.figures;
        let read = |gauge: &std::sync::atomic::AtomicU64| gauge.load(Ordering::Relaxed) as f64;
        // A call counts as live until all its facts are in the database.
        let ended = journal.figures().ended_calls;
        let metrics = Metrics::default()
            .family(Kind::Gauge, "strowger_calls_live", "Live calls.")
            .sample(&[], (admission.live.load(Ordering::Relaxed) + ended) as f64)
            .family(Kind::Gauge, "strowger_holds_live", "Open holds on caps.")
            .sample(&[], dispatch.live() as f64)
            .family(Kind::Gauge, "strowger_sip_sessions", "SIP sessions that have not ended.")
            .sample(&[], read(&sip.sessions))
            .family(Kind::Gauge, "strowger_sip_transactions", "Open SIP transactions.")
            .sample(&[], read(&sip.transactions))
            .family(Kind::Counter, "strowger_sip_unsent_total", "Datagrams the kernel rejected.")
            .sample(&[], read(&sip.unsent))
            .family(Kind::Counter, "strowger_sip_dropped_events_total", "Events of full mailboxes.")
            .sample(&[], read(&sip.dropped_events))
            .family(Kind::Gauge, "strowger_webhook_calls_live", "Live calls at webhook carriers.")
            .sample(&[], carriers.webhooks.up() as f64)
            .family(Kind::Counter, "strowger_webhooks_total", "Requests of webhook carriers.")
            .sample(&[("what", "answered")], read(&webhooks.requests))
            .sample(&[("what", "repeated")], read(&webhooks.repeated))
            .sample(&[("what", "unknown")], read(&webhooks.unknown))
            .sample(&[("what", "failed")], read(&webhooks.failed));
        let name = "strowger_sip_messages_total";
        let metrics = metrics.family(Kind::Counter, name, "SIP messages, by what became of them.");
        let counters = sip.counters.load();
        let metrics = counters.named().iter().fold(metrics, |metrics, (what, count)| {
            metrics.sample(&[("what", what)], *count as f64)
        });
        let name = "strowger_cap_overruns_total";
        let help = "Live calls that continued above a cap after their hold was lost.";
        let metrics = metrics.family(Kind::Counter, name, help);
        let overruns = dispatch.overruns();
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
