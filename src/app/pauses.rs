//! `strowger pauses`: contracts that their rules have paused.

use super::Fault;
use super::command;
use super::live_book;
use super::open_store;
use super::out::out;
use super::user;
use super::zone::Local;
use crate::base::ContractId;
use crate::base::Wall;
use crate::base::suggest;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::PAUSES_MAX;
use crate::store::Pause;
use crate::store::Store;
use crate::store::Verb;

pub(super) async fn run(settings: &Settings, command: command::Pauses) -> Result<(), Fault> {
    match command {
        command::Pauses::List { json } => list(settings, json).await,
        command::Pauses::Resume { contract } => {
            let store = open_store(settings)?;
            let (verb, at) = (Verb::Resume, Clock::system().now().wall);
            let by = user::makes(verb, EntityKind::Contract, "strowger pauses resume", at);
            let by = by.of(&contract);
            let resumed = resume(settings, store.as_ref(), &contract, by.clone()).await;
            user::noted(store.as_ref(), &by, resumed).await
        }
    }
}

/// Ends the pause of a contract.
async fn resume(
    settings: &Settings,
    store: &dyn Store,
    contract: &str,
    by: Mutation,
) -> Result<(), Fault> {
    let (_, book) = live_book::needed(settings).await?;
    let known = book.contracts.iter().map(|own| own.id.as_str());
    let id: Option<ContractId> = contract.parse().ok();
    let Some(id) = id.filter(|id| book.contract(id).is_some()) else {
        let hint = suggest(contract, known).map(|near| format!("; did you mean `{near}`?"));
        let hint = hint.unwrap_or_default();
        return Err(Fault::of(format!("unknown contract `{contract}`{hint}")));
    };
    match store.pause_resume(id, by).await.map_err(Fault::of)? {
        Some(pause) => out!("contract {} is resumed", pause.contract),
        None => return Err(Fault::of(format!("contract {contract} is not paused"))),
    }
    Ok(())
}

/// Prints the latest pauses, newest first.
async fn list(settings: &Settings, json: bool) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let now = Clock::system().now().wall;
    let pauses = store.pauses(None, PAUSES_MAX).await.map_err(Fault::of)?;
    if json {
        let shown: Vec<_> = pauses.iter().map(|pause| document(pause, now)).collect();
        out!("{}", serde_json::to_string_pretty(&shown).map_err(Fault::of)?);
        return Ok(());
    }
    for line in table(&pauses, now, &Local::system()) {
        out!("{line}");
    }
    Ok(())
}

fn document(pause: &Pause, now: Wall) -> serde_json::Value {
    serde_json::json!({
        "contract": pause.contract,
        "because": pause.because,
        "state": pause.state(now),
        "since": pause.since,
        "until": pause.until,
        "resumed_at": pause.resumed.as_ref().map(|resumed| resumed.at),
        "resumed_by": pause.resumed.as_ref().map(|resumed| &resumed.by),
    })
}

/// Returns the lines of the table.
fn table(pauses: &[Pause], now: Wall, local: &Local) -> Vec<String> {
    if pauses.is_empty() {
        return vec!["no contract was paused".to_owned()];
    }
    let [state, since, until] = ["state", "since", "until"];
    let mut lines = vec![format!("{state:<7}  {since:<19}  {until:<19}  contract  (because)")];
    for pause in pauses {
        let Pause { contract, because, since, until, resumed, .. } = pause;
        let (state, because) = (pause.state(now).name(), because.name());
        let (since, until) = (local.show(*since), local.show(*until));
        lines.push(format!("{state:<7}  {since:<19}  {until:<19}  {contract}  ({because})"));
        if let Some(resumed) = resumed {
            lines.push(format!("         resumed {} by {}", local.show(resumed.at), resumed.by));
        }
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::PauseCause;
    use crate::store::Resumed;

    #[test]
    fn the_table_says_who_resumed() {
        let at = |text: &str| text.parse::<Wall>().unwrap();
        let since = at("2026-05-04T15:00:00Z");
        let until = at("2026-05-04T16:00:00Z");
        let pause = |number, resumed| Pause {
            number,
            contract: "acme-auto".parse().unwrap(),
            because: PauseCause::Unanswered,
            since,
            until,
            resumed,
        };
        let by = "strowger pauses resume by user ann".to_owned();
        let resumed = Resumed { at: at("2026-05-04T15:10:00Z"), by };
        let pauses = [pause(2, None), pause(1, Some(resumed))];
        let local = Local::named("America/New_York");
        assert_eq!(
            table(&pauses, at("2026-05-04T15:30:00Z"), &local)[..4],
            [
                "state    since                until                contract  (because)",
                "paused   2026-05-04 11:00:00  2026-05-04 12:00:00  acme-auto  (unanswered)",
                "resumed  2026-05-04 11:00:00  2026-05-04 12:00:00  acme-auto  (unanswered)",
                "         resumed 2026-05-04 11:10:00 by strowger pauses resume by user ann",
            ]
        );
        assert_eq!(table(&[], since, &local), ["no contract was paused"]);
    }
}
