//! The figures of `/metrics`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::http::Kind;
use crate::http::Metrics;
use crate::net::sip::Gauges;
use crate::switch::Shared;

/// A function that reads every figure without blocking.
pub(super) fn of(shared: Arc<Shared>, sip: Arc<Gauges>) -> impl Fn() -> Metrics + Send + Sync {
    move || {
        let read = |gauge: &std::sync::atomic::AtomicU64| gauge.load(Ordering::Relaxed) as f64;
        Metrics::default()
            .family(Kind::Gauge, "strowger_calls_live", "Calls that live.")
            .sample(&[], shared.live.load(Ordering::Relaxed) as f64)
            .family(Kind::Gauge, "strowger_holds_live", "Holds on caps that are open.")
            .sample(&[], shared.dispatch.live() as f64)
            .family(Kind::Gauge, "strowger_sip_sessions", "SIP sessions that have not ended.")
            .sample(&[], read(&sip.sessions))
            .family(Kind::Gauge, "strowger_sip_transactions", "SIP transactions under way.")
            .sample(&[], read(&sip.transactions))
            .family(Kind::Counter, "strowger_sip_unsent_total", "Datagrams the kernel refused.")
            .sample(&[], read(&sip.unsent))
    }
}
