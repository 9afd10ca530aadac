//! Reads templates.

use crate::base::toml::Report;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::InvalidTemplate;
use crate::book::LeadToken;
use crate::book::LeadValue;
use crate::book::Spot;
use crate::book::Template;
use crate::book::Vocabulary;

/// Reads a template of what is sent to the buyer of a form lead.
pub(super) fn of_lead(
    value: &Value<'_>,
    spot: Spot,
    report: &mut Report<'_>,
) -> Option<Template<LeadToken>> {
    read(value, spot, LeadValue::ALL.iter().map(|value| value.name()), report)
}

/// Reads a template; `known` are the tokens without a prefix, for hints.
pub(super) fn read<'n, T: Vocabulary>(
    value: &Value<'_>,
    spot: Spot,
    known: impl IntoIterator<Item = &'n str>,
    report: &mut Report<'_>,
) -> Option<Template<T>> {
    let key = value.key();
    match Template::parse(value.text(report)?, spot) {
        Ok(template) => Some(template),
        Err(InvalidTemplate::Token(name)) => {
            let hint = report.meant(&name, known).unwrap_or_else(|| T::hint(&name));
            let message = format!("`{key}` has the unknown token `{{{}}}`", clip(&name));
            report.error(value.at(), message, hint);
            None
        }
        Err(InvalidTemplate::Json(why)) => {
            let hint = "mend it, or choose another `format`: form, xml, text";
            report.error(value.at(), format!("`{key}` is not JSON: {why}"), hint);
            None
        }
    }
}
