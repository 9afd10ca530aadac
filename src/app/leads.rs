//! `strowger leads`: form leads of the database.

use clap::Subcommand;

use super::Fault;
use super::announced;
use super::dead_letters;
use super::find_lead;
use super::open_store;
use super::out::out;
use super::zone::Local;
use crate::base::BuyerReport;
use crate::call::Scope;
use crate::config::Settings;
use crate::lead::After;
use crate::lead::LeadQuery;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::lead::LeadView;
use crate::lead::What;
use crate::sale::BidRecord;
use crate::score::Scored;
use crate::store::PAGE_LEADS_MAX;
use crate::store::Store;

/// Most reasons of a score that are printed.
const REASONS_MAX: usize = 4;

#[derive(Debug, Subcommand)]
pub(super) enum Leads {
    /// List the latest 200 leads, newest first.
    List {
        /// Only leads that stand here: received, delivering, unknown, parked, sold, rejected.
        #[arg(long)]
        status: Option<LeadStatus>,
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List leads that ad platforms announced: waiting to be fetched, taken, and given up.
    Announced(announced::Asked),
    /// Show a lead, its posts, and its time line.
    Show {
        /// Its id, or the beginning of it.
        id: String,
        /// Print the lead as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List sold leads whose delivery was given up, newest first.
    Dead {
        /// Only those of this contract.
        #[arg(long, value_name = "ID")]
        contract: Option<String>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Deliver sold leads again whose delivery to a contract was given up.
    Resend {
        /// The contract.
        contract: String,
        /// Only this event [default: all that are dead].
        #[arg(long, value_name = "ID")]
        event: Option<String>,
    },
    /// Say what became of a post whose result is unknown; needs a running switch.
    Settle(super::settle_lead::Asked),
}

pub(super) async fn run(settings: &Settings, command: Leads) -> Result<(), Fault> {
    let store = open_store(settings)?;
    match command {
        Leads::List { status, json } => list(store.as_ref(), status, json).await,
        Leads::Announced(asked) => announced::run(store.as_ref(), &asked).await,
        Leads::Show { id, json } => show(store.as_ref(), &id, json).await,
        Leads::Dead { contract, json } => {
            dead_letters::of_contracts(store.as_ref(), contract.as_deref(), json).await
        }
        Leads::Resend { contract, event } => {
            dead_letters::resend_leads(settings, store.as_ref(), &contract, event.as_deref()).await
        }
        Leads::Settle(asked) => super::settle_lead::run(store.as_ref(), asked).await,
    }
}

/// Prints the latest leads, newest first.
async fn list(store: &dyn Store, status: Option<LeadStatus>, json: bool) -> Result<(), Fault> {
    let query = LeadQuery { status, ..LeadQuery::default() };
    let page = store.lead_list(query, None, PAGE_LEADS_MAX).await.map_err(Fault::of)?;
    if json {
        let shown: Vec<LeadView> = page.items.into_iter().filter_map(whole).collect();
        out!("{}", serde_json::to_string_pretty(&shown).map_err(Fault::of)?);
        return Ok(());
    }
    for line in table(&page.items, &Local::system()) {
        out!("{line}");
    }
    if page.next.is_some() {
        out!("These are the latest {PAGE_LEADS_MAX} leads; GET /v1/leads has them all.");
    }
    Ok(())
}

/// Prints one lead and its time line.
async fn show(store: &dyn Store, start: &str, json: bool) -> Result<(), Fault> {
    let id = find_lead::find(store, start).await?;
    let found = store.lead_fetch(id).await.map_err(Fault::of)?;
    let lead = found.ok_or_else(|| Fault::of(format!("unknown lead `{start}`")))?;
    if json {
        out!("{}", serde_json::to_string_pretty(&whole(lead)).map_err(Fault::of)?);
        return Ok(());
    }
    for line in time_line(&lead, &Local::system()) {
        out!("{line}");
    }
    Ok(())
}

fn whole(lead: LeadRecord) -> Option<LeadView> {
    lead.seen_by(&Scope::All)
}

/// Returns the lines of the list.
fn table(leads: &[LeadRecord], local: &Local) -> Vec<String> {
    if leads.is_empty() {
        return vec!["no lead came in".to_owned()];
    }
    let [at, status, id] = ["received", "status", "id"];
    let mut lines = vec![format!("{at:<19}  {status:<10}  {id:<36}  offer  source  buyers")];
    for lead in leads {
        let LeadRecord { id, status, offer, source, .. } = lead;
        let buyers = lead.sales.iter().map(|sale| sale.winner.buyer.to_string());
        let buyers = buyers.collect::<Vec<_>>().join(" ");
        let at = local.show(lead.received_at);
        lines.push(format!("{at:<19}  {status:<10}  {id:<36}  {offer}  {source}  {buyers}"));
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

/// Returns the lines of one lead.
pub(super) fn time_line(lead: &LeadRecord, local: &Local) -> Vec<String> {
    let LeadRecord { id, status, offer, source, .. } = lead;
    let mut lines = vec![format!("lead {id}: {status}; offer {offer}, source {source}")];
    for step in &lead.steps {
        let after = step.at.since(lead.received_at).as_millis();
        lines.push(format!("  {}  +{after} ms  {}", local.show(step.at), words(&step.what)));
    }
    let after = lead.after.iter();
    lines.extend(after.map(|step| format!("  {}  {}", local.show(step.at), later(&step.what))));
    lines.extend(lead.bids.iter().map(|bid| {
        let BidRecord { contract, result, .. } = bid;
        let amount = bid.amount.map(|amount| format!(" {amount}")).unwrap_or_default();
        let after = bid.answer_ms.map(|millis| format!(" after {millis} ms")).unwrap_or_default();
        let reason = bid.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("  bid of {contract}:{amount} {result}{after}{reason}")
    }));
    if let Some(ended) = lead.ended_at {
        lines.push(format!("  {} ms in all", ended.since(lead.received_at).as_millis()));
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

/// Returns a score and its weightiest reasons in words.
fn score(scored: &Scored) -> String {
    let reasons = scored.reasons.iter().take(REASONS_MAX);
    let reasons = reasons.map(|reason| format!("{} {:+.1}", reason.feature, reason.points));
    let reasons: Vec<String> = reasons.collect();
    let Scored { score, by, base, .. } = scored;
    format!("score {score} by {by}: {base:.1} {}", reasons.join(" "))
}

/// Returns a step in words.
fn words(what: &What) -> String {
    match what {
        What::Received => "received".to_owned(),
        What::Pinged { ping } => format!("posted to the ping {ping}"),
        What::UnknownNames { kept, ignored } => {
            let (kept, ignored) = (kept.join(", "), ignored.join(", "));
            format!("unknown names: kept [{kept}], not kept [{ignored}]")
        }
        What::Invalid { faults } => {
            let faults: Vec<String> =
                faults.iter().map(|fault| format!("{} ({})", fault.sentence, fault.code)).collect();
            format!("invalid: {}", faults.join("; "))
        }
        What::Suppressed { list } => format!("on the suppression list {list}"),
        What::CertificateReused { field, lead } => {
            format!("{field} is the consent certificate of lead {lead}")
        }
        What::Rehearsed { picks, contract: Some(contract), .. } => {
            format!("a test: {picks} contracts might have taken it, {contract} first")
        }
        What::Rehearsed { contract: None, .. } => "a test: no contract takes it".to_owned(),
        What::Scored { scored, .. } => score(scored),
        What::Asked { offer, bidders, cached } => {
            format!("{bidders} bidders of {offer} asked; {cached} earlier bids still count")
        }
        What::Bids { bids, highest, .. } => {
            let highest = highest.map(|amount| format!("; highest {amount}")).unwrap_or_default();
            format!("{bids} bids{highest}")
        }
        What::Routed { offer, picks, .. } => {
            format!("routed: {picks} contracts of {offer} may take it")
        }
        What::CapFull { contract, cap } => format!("{contract}: {cap}"),
        What::HandedOn { to } => to.clone(),
        What::Posted { contract, buyer, .. } => format!("posted to {buyer} ({contract})"),
        What::Accepted { contract, .. } => format!("{contract}: accepted"),
        What::Lost { contract, outcome, reason, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{contract}: {outcome}{reason}")
        }
        What::Unknown { contract, reason, .. } => format!("{contract}: unknown: {reason}"),
        What::Settled { contract, by, .. } => format!("{contract}: settled by {by}"),
        What::Parked { until: Some(until) } => format!("parked until {until}"),
        What::Parked { until: None } => "parked".to_owned(),
        What::Resumed => "continued after a restart".to_owned(),
        What::Ended { reason } => format!("ended: {reason}"),
    }
}

/// Returns a step after the end in words.
fn later(what: &After) -> String {
    match what {
        After::Delivered { contract, attempts } => {
            format!("{contract}: delivered, attempts: {attempts}")
        }
        After::Undelivered { contract, attempts, said } => {
            format!("{contract}: delivery given up, attempts: {attempts}: {said}")
        }
        After::Reported { report: BuyerReport { sold, revenue, disposition, .. } } => {
            let word = disposition.as_deref().unwrap_or(if *sold { "sold" } else { "not sold" });
            let revenue = revenue.map(|amount| format!(", {amount}")).unwrap_or_default();
            format!("the buyer reports: {word}{revenue}")
        }
        After::ReturnAsked { said } => format!("the buyer asks to return it: {said}"),
        After::ReturnDecided { state } => format!("return {}", state.name()),
    }
}
