//! `[platforms.meta]` and `[platforms.linkedin]`: ad platforms that announce leads.

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::lead::platform::LinkedIn;
use crate::lead::platform::Meta;
use crate::lead::platform::PlatformAccess;
use crate::lead::platform::PlatformKey;
use crate::lead::platform::Platforms;

use super::HttpUrl;
use super::secret;
use super::section::SECTIONS;
use super::section::table_of;

/// Meta's API.
const META_API: &str = "https://graph.facebook.com/v23.0";
/// LinkedIn's API.
const LINKEDIN_API: &str = "https://api.linkedin.com/rest";
/// Begins the names of the sections.
const GROUP: &str = "platforms.";

/// Reads the sections; a platform without one, or whose section has a fault, is unknown.
pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Platforms {
    let Some(group) = root.value("platforms").and_then(|group| group.table(report)) else {
        return Platforms::default();
    };
    let group = group.named("[platforms]".to_owned());
    let known: Vec<&str> =
        SECTIONS.iter().filter_map(|section| section.name.strip_prefix(GROUP)).collect();
    group.check_keys(&known, &[], report);
    Platforms { meta: meta(&group, variable, report), linkedin: linkedin(&group, variable, report) }
}

fn meta(
    group: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<Meta> {
    let table = table_of(group, "platforms.meta", report).filter(|table| !table.is_empty())?;
    let app_secret = key(&table, "app_secret", variable, report);
    let verify_token = key(&table, "verify_token", variable, report);
    let access = access(&table, META_API, variable, report);
    Some(Meta { app_secret: app_secret?, verify_token: verify_token?, access: access? })
}

fn linkedin(
    group: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<LinkedIn> {
    let table = table_of(group, "platforms.linkedin", report).filter(|table| !table.is_empty())?;
    let client_secret = key(&table, "client_secret", variable, report);
    let access = access(&table, LINKEDIN_API, variable, report);
    Some(LinkedIn { client_secret: client_secret?, access: access? })
}

fn access(
    table: &Table<'_>,
    usual: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<PlatformAccess> {
    let token = key(table, "token", variable, report);
    let api = match table.value("api_url") {
        None => Some(usual.to_owned()),
        Some(url) => url.parse::<HttpUrl>(report).map(|url| url.as_str().to_owned()),
    };
    Some(PlatformAccess { api: api?, token: token? })
}

fn key(
    table: &Table<'_>,
    name: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<PlatformKey> {
    let value = table.needed(name, report)?;
    secret::read(&value, variable, report).map(|secret| PlatformKey::new(secret.expose()))
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn a_platform_has_its_keys_and_its_api() {
        let variable = |name: &str| (name == "SECRET").then(|| "hidden".to_owned());
        let text = "[platforms.meta]\napp_secret = \"env:SECRET\"\nverify_token = \"v\"\n\
                    token = \"t\"\n[platforms.linkedin]\nclient_secret = \"c\"\ntoken = \"t\"\n\
                    api_url = \"https://proxy.example/li\"\n";
        let settings = Settings::parse("s", text, &variable).unwrap();
        let meta = settings.platforms.meta.as_ref().unwrap();
        assert_eq!(meta.access.api, "https://graph.facebook.com/v23.0");
        assert!(meta.app_secret.is("hidden") && meta.verify_token.is("v"));
        let linkedin = settings.platforms.linkedin.as_ref().unwrap();
        assert_eq!(linkedin.access.api, "https://proxy.example/li");
        assert!(!format!("{settings:?}").contains("hidden"));
        assert_eq!(Settings::parse("s", "", &variable).unwrap().platforms.meta, None);
    }

    #[test]
    fn faults_do_not_show_secrets() {
        for (text, expected) in [
            (
                "[platforms.meta]\nverify_token = \"hidden\"\ntoken = \"t\"",
                "s:1:1: error: `app_secret` is missing in [platforms.meta]",
            ),
            (
                "[platforms.meta]\napp_secret = [\"hidden\"]\nverify_token = \"v\"\ntoken = \"t\"",
                "s:2:14: error: `app_secret` must be a string (secrets are `env:NAME`, \
                 `file:PATH` or the text)",
            ),
        ] {
            let faults = Settings::parse("s", text, &|_| None).unwrap_err();
            let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(shown, [expected], "{text}");
        }
    }
}
