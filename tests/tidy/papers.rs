//! The documents: numbered decisions, the changelog, links, and commands that exist.

use std::collections::BTreeMap;
use std::process::Command;

use regex::Regex;

use super::rooms;
use super::tree;
use super::tree::File;

const DECISIONS: &str = "docs/decisions/";

/// Decisions are numbered from 001 without gaps, and each says what, why and at which cost.
pub(crate) fn decision_faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let decisions = files.iter().filter(|file| file.path.starts_with(DECISIONS));
    for (file, number) in decisions.zip(1..) {
        let wanted = format!("{number:03}");
        let name = &file.path[DECISIONS.len()..];
        if !name.starts_with(&format!("{wanted}-")) {
            faults.push(format!("{}: the next decision is {wanted}-title.md", file.path));
        }
        if !file.text.starts_with(&format!("# {wanted}: ")) {
            faults.push(format!("{}:1: begin with `# {wanted}: ` and a title", file.path));
        }
        for heading in ["## Decision", "## Why", "## What it costs"] {
            if !file.text.lines().any(|line| line == heading) {
                faults.push(format!("{}: `{heading}` is missing", file.path));
            }
        }
    }
    faults
}

/// The changelog: unreleased first, then versions with dates, known headings, entries as lists.
pub(crate) fn changelog_faults(text: &str) -> Vec<String> {
    let version = Regex::new(r"^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$").unwrap();
    let kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    let mut faults = Vec::new();
    let mut sections = 0;
    for (number, line) in text.lines().enumerate() {
        let at = format!("CHANGELOG.md:{}", number + 1);
        if number == 0 && line != "# Changelog" {
            faults.push(format!("{at}: begin with `# Changelog`"));
        }
        if let Some(kind) = line.strip_prefix("### ") {
            if !kinds.contains(&kind) {
                faults.push(format!("{at}: `{kind}` is none of {}", kinds.join(", ")));
            }
        } else if line.starts_with("## ") {
            sections += 1;
            let right =
                if sections == 1 { line == "## [Unreleased]" } else { version.is_match(line) };
            if !right {
                faults
                    .push(format!("{at}: `## [Unreleased]` first, then `## [1.2.3] - 2026-01-31`"));
            }
        } else if sections > 0
            && !line.is_empty()
            && !line.starts_with("- ")
            && !line.starts_with("  ")
        {
            faults.push(format!("{at}: one change, one line of a list"));
        }
    }
    if sections == 0 {
        faults.push("CHANGELOG.md: `## [Unreleased]` is missing".to_owned());
    }
    faults
}

/// Each flow is named by the flows' README.
pub(crate) fn flow_faults(files: &[File]) -> Vec<String> {
    let readme = files.iter().find(|file| file.path == "ivr-flows/README.md");
    let readme = readme.map_or("", |file| file.text.as_str());
    let flows = files.iter().filter_map(|file| file.path.strip_prefix("ivr-flows/"));
    let flows = flows.filter(|name| name.ends_with(".xml") && !name.contains('/'));
    flows
        .filter(|name| !readme.contains(&format!("`{name}`")))
        .map(|name| format!("ivr-flows/README.md: say what `{name}` shows"))
        .collect()
}

/// Links from one document to a file of the tree lead somewhere.
pub(crate) fn link_faults(files: &[File]) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)#\s]+)(#[^)]*)?\)").unwrap();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.has_suffix(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for found in link.captures_iter(&file.text) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !tree::root().join(folder).join(target).exists() {
                let line = file.text[..found.get(0).unwrap().start()].matches('\n').count() + 1;
                faults.push(format!("{}:{line}: there is no `{target}`", file.path));
            }
        }
    }
    faults
}

/// Each link with an anchor leads to a heading of its document.
pub(crate) fn anchor_faults(files: &[File]) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)#\s:]*)#([^)\s]+)\)").unwrap();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.has_suffix(".md")) {
        for found in link.captures_iter(&file.text) {
            let target = beside(&file.path, &found[1]);
            let Some(target) = files.iter().find(|file| file.path == target) else { continue };
            if !anchors(&target.text).any(|anchor| anchor == found[2]) {
                let (at, anchor) = (&file.path, &found[2]);
                faults.push(format!("{at}: `{}` has no heading `#{anchor}`", target.path));
            }
        }
    }
    faults
}

/// Returns the path of `link` as seen from the document `path`; an empty link is the document.
fn beside(path: &str, link: &str) -> String {
    if link.is_empty() {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => parts.truncate(parts.len().saturating_sub(1)),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns the anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    })
}

/// The log lines and metrics that `docs/operating.md` explains are those of the code.
pub(crate) fn operating_faults(operating: &str, files: &[File]) -> Vec<String> {
    let row = Regex::new(r"(?m)^\| `([^`]+)`").unwrap();
    let metric = Regex::new(r"strowger_[a-z_]+").unwrap();
    let log = operating.split("\n## ").find(|section| section.starts_with("Log\n"));
    let lines = row.captures_iter(log.unwrap_or_default()).map(|found| format!("\"{}", &found[1]));
    let metrics = metric.find_iter(operating).map(|found| format!("\"{}", found.as_str()));
    let code: Vec<&File> = files.iter().filter(|file| rooms::is_source(file)).collect();
    let missing = |text: &String| !code.iter().any(|file| file.text.contains(text));
    let fault = |text: String| format!("docs/operating.md: the code has no {text}\"");
    lines.chain(metrics).filter(missing).map(fault).collect()
}

/// Each document of `docs/` is linked from another one: what nobody finds is not read.
pub(crate) fn orphan_faults(files: &[File]) -> Vec<String> {
    let is_doc = |file: &&File| file.path.starts_with("docs/") && file.has_suffix(".md");
    let named = |doc: &File| {
        let name = doc.path.rsplit('/').next().unwrap_or_default();
        let others = files.iter().filter(|file| file.has_suffix(".md") && file.path != doc.path);
        others.into_iter().any(|file| file.text.contains(name))
    };
    let orphans = files.iter().filter(is_doc).filter(|doc| !named(doc));
    orphans.map(|doc| format!("{}: link it from README.md or another document", doc.path)).collect()
}

/// A command line of a document, as its words.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) at: String,
    pub(crate) words: Vec<String>,
}

/// The lines of fenced blocks that begin with one of our programs, and `make`.
pub(crate) fn shown_commands(file: &File) -> Vec<Shown> {
    let mut inside = false;
    let mut shown = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            continue;
        }
        let line = line.trim().trim_start_matches("$ ");
        let line = line.replace("cargo run --release -- ", "strowger ");
        let line = line.replace("target/release/strowger ", "strowger ");
        let first = line.split(' ').next().unwrap_or_default();
        if inside && (first == "strowger" || first == "make") {
            let command = line.split(" #").next().unwrap_or_default();
            let command = command.split(['|', ';', '&', '>']).next().unwrap_or_default();
            let words = command.split_whitespace().map(str::to_owned).collect();
            shown.push(Shown { at: format!("{}:{}", file.path, number + 1), words });
        }
    }
    shown
}

/// What the program says of itself: the help of each command that was asked for.
#[derive(Default)]
pub(crate) struct Program {
    helps: BTreeMap<Vec<String>, String>,
}

impl Program {
    fn help(&mut self, commands: &[String]) -> &str {
        self.helps.entry(commands.to_vec()).or_insert_with(|| {
            let program = env!("CARGO_BIN_EXE_strowger");
            let output = Command::new(program).args(commands).arg("--help").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        })
    }

    /// Why a shown command would not run: an unknown word or option.
    pub(crate) fn fault(&mut self, shown: &Shown) -> Option<String> {
        let mut commands: Vec<String> = Vec::new();
        let mut words = shown.words.iter().skip(1).peekable();
        while let Some(word) = words.peek() {
            let known = subcommands(self.help(&commands));
            if known.is_empty() || word.starts_with('-') {
                break;
            }
            if !known.contains(word) {
                let list = known.join(", ");
                return Some(format!("{}: `{word}` is no command: {list}", shown.at));
            }
            commands.push((*word).clone());
            words.next();
        }
        let help = self.help(&commands);
        let options = words.filter(|word| word.starts_with('-') && word.len() > 1);
        let name = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
        let unknown = options.map(|word| name(word)).find(|option| !has_option(help, option))?;
        Some(format!("{}: `{} {unknown}` is no option", shown.at, commands.join(" ")))
    }
}

fn subcommands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    listed.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

fn has_option(help: &str, option: &str) -> bool {
    help.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| word == option)
}

/// Why a shown `make` line would not run.
pub(crate) fn make_fault(makefile: &str, shown: &Shown) -> Option<String> {
    let targets = shown.words.iter().skip(1).filter(|word| !word.contains('='));
    let has = |target: &str| makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
    let unknown = targets.into_iter().find(|target| !has(target))?;
    Some(format!("{}: the Makefile has no target `{unknown}`", shown.at))
}

mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn decisions_are_numbered() {
        let body = "\n## Decision\n## Why\n## What it costs\n";
        let one = file("docs/decisions/001-a.md", &format!("# 001: a{body}"));
        let three = file("docs/decisions/003-c.md", &format!("# 003: c{body}"));
        let found = decision_faults(&[one, three]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("the next decision is 002"));
        let bare = decision_faults(&[file("docs/decisions/001-a.md", "# 001: a\n")]);
        assert_eq!(bare.len(), 3, "{bare:?}");
    }

    #[test]
    fn changelogs_are_checked() {
        let right = "# Changelog\n\nProse.\n\n## [Unreleased]\n\n### Added\n- One.\n  More.\n\n\
                     ## [0.1.0] - 2026-11-20\n### Fixed\n- Two.\n";
        assert_eq!(changelog_faults(right), Vec::<String>::new());
        let cases = [
            ("# Changes\n## [Unreleased]\n", ":1: begin with"),
            ("# Changelog\n", "`## [Unreleased]` is missing"),
            ("# Changelog\n## [Unreleased]\n### New\n", ":3: `New` is none of"),
            ("# Changelog\n## [Unreleased]\n## 0.1\n", ":3:"),
            ("# Changelog\n## [Unreleased]\n### Added\nwords\n", ":4: one change"),
        ];
        for (text, says) in cases {
            let found = changelog_faults(text);
            assert!(found.iter().any(|fault| fault.contains(says)), "{text}: {found:?}");
        }
    }

    #[test]
    fn flows_links_and_documents_are_found_missing() {
        let files = [
            file("ivr-flows/README.md", "`a.xml` and [lost](nowhere.md)"),
            file("ivr-flows/a.xml", ""),
            file("ivr-flows/b.xml", ""),
            file("docs/alone.md", "[map](../ARCHITECTURE.md#rooms)"),
        ];
        assert_eq!(flow_faults(&files), ["ivr-flows/README.md: say what `b.xml` shows"]);
        assert_eq!(link_faults(&files), ["ivr-flows/README.md:1: there is no `nowhere.md`"]);
        assert_eq!(orphan_faults(&files).len(), 1);
    }

    #[test]
    fn anchors_lead_to_headings() {
        let files = [
            file("docs/a.md", "# A\n## `[[x]]`: one\n[here](#xs-one) [there](../b.md#the-end)"),
            file("b.md", "# B\n### The end\n[a](docs/a.md#x-one) [c](docs/a.md#a)"),
        ];
        let faults = ["docs/a.md: `docs/a.md` has no heading `#xs-one`"];
        assert_eq!(anchor_faults(&files), faults);
    }

    #[test]
    fn log_lines_and_metrics_are_those_of_the_code() {
        let code = file("src/a.rs", r#"info!("book live"); "strowger_calls_live""#);
        let text = "# O\n## Log\n| line | do |\n| `book live` | - |\n| `book gone` | - |\n\
                    ## Metrics\n| `strowger_calls_live` | `strowger_calls` |\n";
        let found = operating_faults(text, &[code]);
        assert_eq!(found, ["docs/operating.md: the code has no \"book gone\""]);
    }

    #[test]
    fn commands_are_held_against_the_program() {
        let text = "strowger prose\n```sh\n$ strowger bok apply x.toml\n\
                    cargo run --release -- serve --port 1\ntarget/release/strowger book appy x\n\
                    strowger book apply deploy/book.toml -c s.toml   # --comment\n\
                    strowger token create --role=admin > token\nmake tset\n```\n";
        let shown = shown_commands(&file("README.md", text));
        assert_eq!(shown.len(), 6, "{shown:?}");
        let mut program = Program::default();
        let mut says = |at: usize| program.fault(&shown[at]);
        assert!(says(0).unwrap().starts_with("README.md:3: `bok` is no command"));
        assert!(says(1).unwrap().contains("`serve --port` is no option"));
        assert!(says(2).unwrap().contains("`appy` is no command"));
        assert_eq!((says(3), says(4)), (None, None));
        assert!(make_fault("test:\n", &shown[5]).unwrap().contains("no target `tset`"));
    }
}
