//! `[secrets]`: the secrets that a book names, such as the keys of buyers.

use std::collections::BTreeMap;

use crate::base::SecretName;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::delivery;

use super::Secret;
use super::secret;

/// Most secrets.
const SECRETS_MAX: usize = 10_000;

/// `[secrets]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets(BTreeMap<SecretName, Secret>);

impl delivery::Secrets for Secrets {
    fn secret(&self, name: &SecretName) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }
}

pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Secrets {
    let table = root.value("secrets").and_then(|table| table.table(report));
    let mut read = BTreeMap::new();
    for value in table.iter().flat_map(Table::values) {
        if read.len() == SECRETS_MAX {
            let message = format!("[secrets] has over {SECRETS_MAX} items");
            report.error(value.key_at(), message, "");
            break;
        }
        match value.key().parse::<SecretName>() {
            Ok(name) => {
                let secret = secret::read(&value, variable, report);
                read.extend(secret.map(|secret| (name, secret)));
            }
            Err(error) => report.error(value.key_at(), error, ""),
        }
    }
    Secrets(read)
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;
    use crate::delivery::Secrets as _;

    #[test]
    fn secrets_have_the_names_that_a_book_uses() {
        let variable = |name: &str| (name == "KEY").then(|| "from the environment".to_owned());
        let text = "[secrets]\nacme_key = \"env:KEY\"\nother = \"x\"";
        let settings = Settings::parse("s", text, &variable).unwrap();
        let secret = |name: &str| settings.secrets.secret(&name.parse().unwrap());
        assert_eq!(secret("acme_key"), Some("from the environment"));
        assert_eq!((secret("other"), secret("none")), (Some("x"), None));
        assert!(!format!("{settings:?}").contains("environment"));
    }

    #[test]
    fn faults_do_not_show_secrets() {
        for (text, expected) in [
            (
                "secrets = { Acme-Key = \"hidden\" }",
                "s:1:13: error: `Acme-Key` is not the name of a secret: use a-z, 0-9 and _, a \
                 letter first, at most 40",
            ),
            (
                "secrets = { a = \"env:NONE\" }",
                "s:1:17: error: environment variable `NONE` is not set (secrets are `env:NAME`, \
                 `file:PATH` or the text)",
            ),
            ("secrets = 3", "s:1:11: error: `secrets` must be a table, not a whole number"),
        ] {
            let faults = Settings::parse("s", text, &|_| None).unwrap_err();
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(faults, [expected]);
        }
    }
}
