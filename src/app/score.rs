//! `strowger score`: models that score calls and leads.

use std::str::FromStr;

use clap::Subcommand;

use super::Fault;
use super::open_store;
use super::out::out;
use super::user;
use super::zone::Local;
use crate::base::parse_duration;
use crate::config::Settings;
use crate::net::Clock;
use crate::past::examples;
use crate::score::Evaluation;
use crate::score::Trained;
use crate::score::train;
use crate::store::EntityKind;
use crate::store::ListedModel;
use crate::store::NewModel;
use crate::store::Store;
use crate::store::Verb;

#[derive(Debug, Subcommand)]
pub(super) enum Score {
    /// Train a model on the outcomes of ended calls and leads, and show how well it predicts those
    /// that it was not trained on. It is not in use yet.
    Train {
        /// How far back, like 365d.
        #[arg(long, default_value = "365d")]
        since: String,
        /// Print the model's evaluation as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the models, newest first.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Score new calls and leads by a model, or by the points table.
    Use {
        /// Version of the model, or `points`.
        #[arg(value_name = "VERSION|points")]
        choice: Choice,
    },
}

/// What scores inquiries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice(Option<u64>);

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "points" {
            return Ok(Self(None));
        }
        let version = text.parse().map_err(|_| "expected a number, or `points`".to_owned())?;
        Ok(Self(Some(version)))
    }
}

pub(super) async fn run(settings: &Settings, command: Score) -> Result<(), Fault> {
    let store = open_store(settings)?;
    match command {
        Score::Train { since, json } => make(store.as_ref(), &since, json).await,
        Score::List { json } => list(store.as_ref(), json).await,
        Score::Use { choice } => put_in_use(store.as_ref(), choice).await,
    }
}

async fn make(store: &dyn Store, since: &str, json: bool) -> Result<(), Fault> {
    let at = Clock::system().now().wall;
    let back = parse_duration(since).map_err(|error| Fault::of(format!("--since: {error}")))?;
    let by = user::makes(Verb::Create, EntityKind::Model, "strowger score train", at);
    let found = examples(store, at - back).await.map_err(Fault::of);
    let trained = found.and_then(|examples| train(&examples).map_err(Fault::of));
    let Trained { json: trees, examples, evaluation } = user::noted(store, &by, trained).await?;
    let model = NewModel { json: trees, examples, evaluation: evaluation.clone() };
    let version = store.model_add(model, by).await.map_err(Fault::of)?;
    if json {
        let listed = store.models().await.map_err(Fault::of)?;
        let listed = listed.into_iter().find(|model| model.version == version);
        out!("{}", serde_json::to_string_pretty(&listed).map_err(Fault::of)?);
        return Ok(());
    }
    out!("model {version}, trained on {examples} inquiries");
    for line in quality(&evaluation) {
        out!("{line}");
    }
    out!("It is not in use yet: strowger score use {version}");
    Ok(())
}

async fn list(store: &dyn Store, json: bool) -> Result<(), Fault> {
    let models = store.models().await.map_err(Fault::of)?;
    if json {
        out!("{}", serde_json::to_string_pretty(&models).map_err(Fault::of)?);
        return Ok(());
    }
    for line in table(&models, &Local::system()) {
        out!("{line}");
    }
    Ok(())
}

async fn put_in_use(store: &dyn Store, Choice(version): Choice) -> Result<(), Fault> {
    let at = Clock::system().now().wall;
    let by = user::makes(Verb::Use, EntityKind::Model, "strowger score use", at);
    let used = match store.model_use(version, by.clone()).await.map_err(Fault::of) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Fault::of("there is no such model: `strowger score list` shows them")),
        Err(fault) => Err(fault),
    };
    user::noted(store, &by, used).await?;
    match version {
        Some(version) => out!("model {version} scores new calls and leads"),
        None => out!("the points table scores new calls and leads"),
    }
    Ok(())
}

/// Returns the lines of the list.
fn table(models: &[ListedModel], local: &Local) -> Vec<String> {
    let mut lines = vec![format!(
        "{:>7}  {:<19}  {:>9}  {:>6}  {:>6}  in use",
        "version", "trained", "examples", "AUC", "Brier"
    )];
    for model in models {
        let ListedModel { version, trained_at, examples, evaluation, in_use } = model;
        let (at, auc) = (local.show(*trained_at), area(evaluation));
        let used = if *in_use { "yes" } else { "" };
        let brier = evaluation.brier;
        let line = format!("{version:>7}  {at:<19}  {examples:>9}  {auc:>6}  {brier:>6.3}  {used}");
        lines.push(line.trim_end().to_owned());
    }
    if !models.iter().any(|model| model.in_use) {
        lines.push("The points table is in use.".to_owned());
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

fn area(evaluation: &Evaluation) -> String {
    evaluation.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"))
}

/// Returns the lines of an evaluation.
fn quality(evaluation: &Evaluation) -> Vec<String> {
    let Evaluation { inquiries, good, brier, calibration, .. } = evaluation;
    let auc = area(evaluation);
    let mut lines = vec![
        format!("held out: {inquiries} inquiries, {good} of them billed"),
        format!("AUC {auc} (0.5 is chance, 1 is perfect), Brier score {brier:.3} (0 is perfect)"),
        format!("{:>9}  {:>9}  {:>9}  {:>9}", "score", "inquiries", "predicted", "billed"),
    ];
    for (place, bin) in calibration.iter().enumerate().filter(|(_, bin)| bin.inquiries > 0) {
        let (from, to) = (place * 10, place * 10 + 10);
        let [predicted, observed] = [bin.predicted, bin.observed].map(|share| share * 100.0);
        lines.push(format!(
            "{:>9}  {:>9}  {predicted:>8.1}%  {observed:>8.1}%",
            format!("{from}-{to}"),
            bin.inquiries
        ));
    }
    lines
}
