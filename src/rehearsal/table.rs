//! Formats a report as tables.

use std::fmt;

use super::Arrows;
use super::Report;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.outcomes(f)?;
        self.questions(f)?;
        self.coverage(f)
    }
}

impl Report {
    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crowd = &self.crowd;
        let offer = self.offer.as_ref().map(|offer| format!(", offer {offer}"));
        writeln!(
            f,
            "{}: {} callers, seed {}, at {}{}",
            self.flow,
            crowd.callers,
            crowd.seed,
            self.at,
            offer.unwrap_or_else(|| ", no book".to_owned())
        )?;
        let others = u32::from(crowd.mistype) + u32::from(crowd.silent) + u32::from(crowd.hang_up);
        writeln!(
            f,
            "Asked, of 100 callers {} answer, {} mistype, {} say nothing, {} hang up.",
            100_u32.saturating_sub(others),
            crowd.mistype,
            crowd.silent,
            crowd.hang_up
        )?;
        writeln!(
            f,
            "Of 100 callers {} withhold their number, {} have called an hour ago.",
            crowd.withheld, crowd.again
        )?;
        let missed = u32::from(crowd.busy) + u32::from(crowd.no_answer);
        writeln!(
            f,
            "Rung, of 100 buyers {} answer, {} are busy, {} do not answer.\n",
            100_u32.saturating_sub(missed),
            crowd.busy,
            crowd.no_answer
        )?;
        writeln!(f, "Questions asked in the mean: {:.2}", self.questions_mean)?;
        if let (Some(start), Some(route)) = (self.pool_at_start, self.pool_at_route) {
            writeln!(f, "Pool in the mean: {start:.2} at the start, {route:.2} when routed")?;
        }
        writeln!(f, "Routed at least once: {}\n", self.share(self.routed))
    }

    fn outcomes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = Vec::new();
        for (title, counts) in [
            ("how calls end", &self.outcomes),
            ("who takes them", &self.winners),
            ("reasons that the flow gets otherwise", &self.not_routed),
        ] {
            if counts.is_empty() {
                continue;
            }
            rows.push(vec![title.to_owned(), "callers".to_owned(), "share".to_owned()]);
            for count in counts {
                let share = self.share(count.callers);
                rows.push(vec![format!("  {}", count.what), count.callers.to_string(), share]);
            }
        }
        if !self.passed_over.is_empty() {
            rows.push(vec!["why no contract could".to_owned(), "contracts".to_owned()]);
            for count in &self.passed_over {
                rows.push(vec![format!("  {}", count.what), count.callers.to_string()]);
            }
        }
        columns(f, &rows)
    }

    fn questions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.questions.is_empty() {
            return Ok(());
        }
        let head = ["question", "asked", "answered", "gave up", "hung up", "lost", "pool"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for question in &self.questions {
            let of = |part| percent(part, question.asked);
            let field = question.field.as_deref().unwrap_or("(menu)");
            let pool = question.pool.map(|(before, after)| format!("{before:.2} → {after:.2}"));
            rows.push(vec![
                format!("{} {field}", question.step),
                question.asked.to_string(),
                of(question.answered()),
                of(question.gave_up),
                of(question.hung_up),
                of(question.lost),
                pool.unwrap_or_default(),
            ]);
            for answer in question.answers.iter().filter(|_| question.answers.len() > 1) {
                rows.push(vec![
                    format!("  {}", answer.what),
                    answer.callers.to_string(),
                    of(answer.callers),
                ]);
            }
        }
        writeln!(f)?;
        columns(f, &rows)
    }

    fn coverage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = |what: &str| [what, "callers", "share"].map(str::to_owned).to_vec();
        let mut rows = vec![title("step")];
        for step in &self.steps {
            let never = if step.callers == 0 { "never reached".to_owned() } else { String::new() };
            let share = self.share(step.callers);
            rows.push(vec![format!("  {}", step.step), step.callers.to_string(), share, never]);
        }
        if !self.arrows.is_empty() {
            rows.push(title("way"));
        }
        for arrow in &self.arrows {
            let labels: Vec<String> = arrow.labels.iter().map(|label| said(label, arrow)).collect();
            let labels = labels.join(" | ");
            let name = format!("  {} → {}", arrow.from, arrow.to);
            let never = if arrow.callers == 0 { "never gone: " } else { "" };
            let share = self.share(arrow.callers);
            rows.push(vec![name, arrow.callers.to_string(), share, format!("{never}{labels}")]);
        }
        writeln!(f)?;
        columns(f, &rows)?;
        let reached = self.steps.iter().filter(|step| step.callers > 0).count();
        let gone = self.arrows.iter().filter(|arrow| arrow.callers > 0).count();
        writeln!(
            f,
            "\nCovered: {reached} of {} steps, {gone} of {} ways",
            self.steps.len(),
            self.arrows.len()
        )
    }

    fn share(&self, part: u32) -> String {
        percent(part, self.crowd.callers)
    }
}

/// Returns a label; with its callers, where an arrow has several.
fn said(label: &str, arrow: &Arrows) -> String {
    let known = arrow.by_label.iter().find(|count| count.what == label);
    match known.filter(|_| arrow.labels.len() > 1) {
        Some(count) => format!("{label}: {}", count.callers),
        None => label.to_owned(),
    }
}

/// Returns a percentage with one decimal, rounded down; `-` if the whole is 0.
fn percent(part: u32, whole: u32) -> String {
    match (u64::from(part) * 1_000).checked_div(u64::from(whole)) {
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
        None => "-".to_owned(),
    }
}

/// Writes aligned columns: text first, then numbers, then remarks.
fn columns(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let last = column + 1 == count && count > 3;
            let cell = match column {
                0 => format!("{cell:<width$}"),
                _ if last => format!("  {cell}"),
                _number => format!("  {cell:>width$}"),
            };
            line.push_str(&cell);
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
