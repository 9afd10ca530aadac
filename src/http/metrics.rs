//! Metrics in the text format 0.0.4 of Prometheus.

use std::fmt::Write as _;

/// Type of a family of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, and starts from 0 at a restart. Its name ends in `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// A snapshot of figures, family by family.
///
/// ```
/// use strowger::http::Kind;
/// use strowger::http::Metrics;
///
/// let metrics = Metrics::default()
///     .family(Kind::Counter, "strowger_calls_total", "Calls that ended, by how.")
///     .sample(&[("reason", "bridged")], 7.0)
///     .sample(&[("reason", "abandoned")], 2.0)
///     .family(Kind::Gauge, "strowger_calls_live", "Calls that are up.")
///     .sample(&[], 3.0);
/// assert!(metrics.text().contains("strowger_calls_total{reason=\"bridged\"} 7\n"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    text: String,
    family: &'static str,
}

impl Metrics {
    /// Begins a family. The samples that follow belong to it.
    #[must_use]
    pub fn family(mut self, kind: Kind, name: &'static str, help: &str) -> Self {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        self.family = name;
        self
    }

    /// Adds a sample to the family, distinguished from the others by its labels.
    #[must_use]
    pub fn sample(mut self, labels: &[(&str, &str)], value: f64) -> Self {
        self.text.push_str(self.family);
        for (i, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let open = if i == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{open}{label}=\"{text}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
        self
    }

    /// Returns the metrics as text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_of_the_format() {
        let metrics = Metrics::default()
            .family(Kind::Counter, "a_total", "What\nit \\is.")
            .sample(&[("x", "say \"hi\"\n"), ("y", "\\")], 12.0)
            .family(Kind::Gauge, "b", "Another.")
            .sample(&[], 0.25);
        let lines = [
            r"# HELP a_total What\nit \\is.",
            "# TYPE a_total counter",
            r#"a_total{x="say \"hi\"\n",y="\\"} 12"#,
            "# HELP b Another.",
            "# TYPE b gauge",
            "b 0.25",
            "",
        ];
        assert_eq!(metrics.text(), lines.join("\n"));
    }
}
