//! `[credentials.NAME]`: user names and passwords of trunks, which a book names.

use std::collections::BTreeMap;

use crate::base::CredentialsName;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;

use super::Secret;
use super::secret;

/// Most credentials.
const CREDENTIALS_MAX: usize = 1_000;
/// Longest user name, in bytes.
const USERNAME_BYTES_MAX: usize = 256;

/// Longest realm, in bytes.
const REALM_BYTES_MAX: usize = 256;

/// `[credentials]`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedCredentials(BTreeMap<CredentialsName, TrunkCredentials>);

/// `[credentials.NAME]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkCredentials {
    /// Name of the account at the carrier.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// The only realm whose challenges are answered; `None` for any.
    pub realm: Option<String>,
}

impl NamedCredentials {
    /// Returns the credentials with a name.
    pub fn get(&self, name: &CredentialsName) -> Option<&TrunkCredentials> {
        self.0.get(name)
    }
}

pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> NamedCredentials {
    let table = root.value("credentials").and_then(|table| table.table(report));
    let mut read = BTreeMap::new();
    for value in table.iter().flat_map(Table::values) {
        if read.len() == CREDENTIALS_MAX {
            let message = format!("[credentials] has over {CREDENTIALS_MAX} items");
            report.error(value.key_at(), message, "");
            break;
        }
        match value.key().parse::<CredentialsName>() {
            Ok(name) => read.extend(one(&value, variable, report).map(|own| (name, own))),
            Err(error) => report.error(value.key_at(), error.to_string(), ""),
        }
    }
    NamedCredentials(read)
}

fn one(
    value: &Value<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<TrunkCredentials> {
    let table = value.table(report)?;
    table.check_keys(&["username", "password", "realm"], &[], report);
    let username = table.needed("username", report);
    let username = username.and_then(|name| name.words(USERNAME_BYTES_MAX, report));
    let password = table.needed("password", report);
    let password = password.and_then(|value| secret::read(&value, variable, report));
    let realm = match table.value("realm") {
        Some(realm) => realm.words(REALM_BYTES_MAX, report).map(|realm| Some(realm.to_owned())),
        None => Some(None),
    };
    Some(TrunkCredentials { username: username?.to_owned(), password: password?, realm: realm? })
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn credentials_have_names() {
        let variable = |name: &str| (name == "KEY").then(|| "hidden".to_owned());
        let text = "[credentials.carrier-a]\nusername = \"me\"\npassword = \"env:KEY\"";
        let settings = Settings::parse("s", text, &variable).unwrap();
        let own = settings.credentials.get(&"carrier-a".parse().unwrap()).unwrap();
        assert_eq!((own.username.as_str(), own.password.expose()), ("me", "hidden"));
        assert_eq!(own.realm, None);
        let text = format!("{text}\nrealm = \"carrier-a.example\"");
        let with = Settings::parse("s", &text, &variable).unwrap();
        let with = with.credentials.get(&"carrier-a".parse().unwrap()).unwrap();
        assert_eq!(with.realm.as_deref(), Some("carrier-a.example"));
        assert_eq!(settings.credentials.get(&"other".parse().unwrap()), None);
        assert!(!format!("{settings:?}").contains("hidden"));
    }

    #[test]
    fn faults() {
        for (text, expected) in [
            (
                "credentials = { \"a b\" = { username = \"x\", password = \"hidden\" } }",
                "s:1:17: error: `a b` is not an id: use 1 to 64 letters, digits, `.`, `_` or `-`",
            ),
            ("[credentials.a]\nusername = \"x\"", "s:1:1: error: `password` is missing in `a`"),
            (
                "[credentials.a]\nuser = \"x\"\nusername = \" \"\npassword = \"env:NO\"",
                "s:2:1: error: unknown key `user` in `a` (did you mean `username`?)\n\
                 s:3:12: error: `username` is empty (fill it, or remove it)\n\
                 s:4:12: error: environment variable `NO` is not set (secrets are `env:NAME`, \
                 `file:PATH` or the text)",
            ),
            ("credentials.a = 3", "s:1:17: error: `a` must be a table, not a whole number"),
        ] {
            let faults = Settings::parse("s", text, &|_| None).unwrap_err();
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(faults.join("\n"), expected);
        }
    }
}
