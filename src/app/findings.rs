//! Findings of the audit on a terminal, grouped by kind.

use super::wrap::wrap;
use crate::audit::Finding;

/// Width of a line, in columns.
const COLUMNS: usize = 100;

/// Returns the findings by kind: what to do, and below it whom each sentence is about.
pub(super) fn lines<'f>(found: impl IntoIterator<Item = &'f Finding>) -> Vec<String> {
    let mut lines = Vec::new();
    let found: Vec<&Finding> = found.into_iter().collect();
    for group in found.chunk_by(|a, b| (a.grade, a.kind) == (b.grade, b.kind)) {
        for alike in by(group.iter().copied(), |finding| &finding.remedy) {
            let Some(Finding { grade, kind, remedy, .. }) = alike.first() else { continue };
            let head = format!("{} {} ({remedy}):", grade.name(), kind.code());
            lines.extend(hanging("", "    ", &head));
            for same in by(alike, |finding| &finding.sentence) {
                let subjects: Vec<&str> = same.iter().map(|one| one.subject.as_str()).collect();
                let sentence = same.first().map_or("", |finding| finding.sentence.as_str());
                let text = format!("{}: {sentence}", subjects.join(", "));
                lines.extend(hanging("  ", "    ", &text));
            }
        }
    }
    lines
}

/// Returns the findings with the same text together, in the order in which each text first appears.
fn by<'f>(
    found: impl IntoIterator<Item = &'f Finding>,
    text: impl Fn(&Finding) -> &String,
) -> Vec<Vec<&'f Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in found {
        let same = |group: &&mut Vec<&Finding>| {
            group.first().is_some_and(|first| text(first) == text(finding))
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Returns a text in lines of at most [`COLUMNS`], the first behind `head`.
fn hanging(head: &str, indent: &str, text: &str) -> Vec<String> {
    let mut lines = wrap(&format!("{}{text}", head.trim_start()), COLUMNS - indent.len());
    let start = &head[..head.len() - head.trim_start().len()];
    for (number, line) in lines.iter_mut().enumerate() {
        line.insert_str(0, if number == 0 { start } else { indent });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Grade;
    use crate::audit::Kind;

    #[test]
    fn findings_are_grouped_by_kind_within_100_columns() {
        let finding = |kind, subject: &str, sentence: &str| Finding {
            grade: Grade::Hint,
            kind,
            subject: subject.to_owned(),
            sentence: sentence.to_owned(),
            remedy: "list the states or zips that the buyer serves in `filters`".to_owned(),
        };
        let open = |contract: u32| {
            let subject = format!("contract a-contract-{contract}");
            finding(Kind::OpenEverywhere, &subject, "takes calls from every state")
        };
        let mut found: Vec<Finding> = (1..=9).map(open).collect();
        found.push(finding(Kind::MonthUncapped, "contract b", "up to 3100 in one"));
        found.push(finding(Kind::MonthUncapped, "contract c", "up to 1860 in one"));
        let lines = lines(&found);
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
        assert_eq!(lines[0].split(" (").next(), Some("hint open_everywhere"));
        assert!(lines[1].starts_with("  contract a-contract-1, contract a-contract-2, "));
        let text = lines.join("\n");
        assert_eq!(text.matches("takes calls from every state").count(), 1, "{text}");
        assert_eq!(text.matches("list the states").count(), 2, "once for each kind: {text}");
        assert!(
            text.contains("\n  contract b: up to 3100 in one\n  contract c: up to 1860"),
            "{text}"
        );
    }
}
