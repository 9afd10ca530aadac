//! What is deployed beside the program speaks of it as it is: metrics, reasons, log lines, alerts.

use regex::Regex;

use super::rooms;
use super::tree::File;

const RULES: &str = "deploy/prometheus-rules.yml";
const RUNBOOK: &str = "docs/runbook.md";
const REASONS: &str = "src/base/reason.rs";

/// Metrics, reasons, log lines, and alerts of `deploy/` and the runbook exist, and each alert is in
/// the runbook.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let code: Vec<&File> = files.iter().filter(|file| rooms::is_source(file)).collect();
    let has = |text: &str| code.iter().any(|file| file.text.contains(text));
    let text = |path: &str| {
        let found = files.iter().find(|file| file.path == path);
        found.map_or("", |file| file.text.as_str())
    };
    let metric = Regex::new(r"strowger_[a-z_]+").unwrap();
    let reasons = Regex::new(r#"reason=~?\\?"([a-z_|]+)\\?""#).unwrap();
    let speaks = |file: &&File| file.path.starts_with("deploy/") || file.path == RUNBOOK;
    for file in files.iter().filter(speaks) {
        let at = &file.path;
        for name in metric.find_iter(&file.text).map(|found| found.as_str()) {
            if !has(&format!("\"{name}\"")) {
                faults.push(format!("{at}: the program exports no metric `{name}`"));
            }
        }
        for reason in reasons
            .captures_iter(&file.text)
            .flat_map(|found| found[1].split('|').map(str::to_owned).collect::<Vec<_>>())
        {
            if !text(REASONS).contains(&format!(" \"{reason}\" ")) {
                faults.push(format!("{at}: no reason has the code `{reason}`"));
            }
        }
    }
    let runbook = text(RUNBOOK);
    for line in named(runbook, "log").filter(|line| !has(&format!("\"{line}"))) {
        faults.push(format!("{RUNBOOK}: the program logs no `{line}`"));
    }
    let alert = Regex::new(r"(?m)^\s+- alert: (\w+)$").unwrap();
    let alerts: Vec<&str> =
        alert.captures_iter(text(RULES)).map(|found| found.get(1).unwrap().as_str()).collect();
    for name in named(runbook, "alerts?").filter(|name| !alerts.contains(&name.as_str())) {
        faults.push(format!("{RUNBOOK}: {RULES} has no alert `{name}`"));
    }
    for name in alerts.iter().filter(|name| !runbook.contains(&format!("`{name}`"))) {
        faults.push(format!("{RUNBOOK}: say what to do about the alert `{name}`"));
    }
    faults
}

/// Returns the texts in code of the lists that begin with a word: log `a`, `b`.
fn named(text: &str, word: &str) -> impl Iterator<Item = String> {
    let list = Regex::new(&format!(r"\b{word} (`[^`]+`(?:, (?:then |or )?`[^`]+`| or `[^`]+`)*)"))
        .unwrap();
    let one = Regex::new("`([^`]+)`").unwrap();
    let lists: Vec<String> = list.captures_iter(text).map(|found| found[1].to_owned()).collect();
    let names =
        lists.iter().flat_map(|list| one.captures_iter(list).map(|found| found[1].to_owned()));
    names.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn what_the_program_does_not_have_is_found() {
        let files = [
            file("src/a.rs", "\"strowger_calls_live\" info!(\"call ended\")"),
            file(REASONS, "A \"max_calls\" \"Too many.\""),
            file(
                RULES,
                "    - alert: One\n      expr: strowger_calls{reason=~\"max_calls|gone\"}\n    - alert: Two\n",
            ),
            file("deploy/grafana.json", "strowger_calls_live{reason=\\\"lost\\\"}"),
            file(RUNBOOK, "| x | log `call ended`, `call begun`; alerts `One`, `Three` |"),
        ];
        assert_eq!(
            faults(&files),
            [
                "deploy/prometheus-rules.yml: the program exports no metric `strowger_calls`",
                "deploy/prometheus-rules.yml: no reason has the code `gone`",
                "deploy/grafana.json: no reason has the code `lost`",
                "docs/runbook.md: the program logs no `call begun`",
                "docs/runbook.md: deploy/prometheus-rules.yml has no alert `Three`",
                "docs/runbook.md: say what to do about the alert `Two`",
            ]
        );
    }
}
