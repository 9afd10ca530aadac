//! Filters by place: `cities`, `counties`, `radius`, `dma`.

use std::sync::Arc;

use crate::base::suggest;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::CityRule;
use crate::book::DmaRule;
use crate::book::Radius;
use crate::geo::CityName;
use crate::geo::County;
use crate::geo::DmaCode;
use crate::geo::DmaTable;
use crate::geo::InvalidGeo;
use crate::geo::MILES_MAX;
use crate::geo::State;
use crate::geo::Zip;

/// Most states that a hint names.
const STATES_SHOWN: usize = 12;

pub(super) fn cities(table: &Table<'_>, report: &mut Report<'_>) -> Option<Vec<CityRule>> {
    match table.value("cities") {
        Some(list) => list.each(report, |item, report| city(&item, report)),
        None => Some(Vec::new()),
    }
}

/// `Dallas, TX`, or `Dallas` in whichever state.
fn city(value: &Value<'_>, report: &mut Report<'_>) -> Option<CityRule> {
    let text = value.text(report)?;
    let (told, state) = match text.rsplit_once(',') {
        Some((told, state)) => (told.trim(), Some(state.trim())),
        None => (text.trim(), None),
    };
    let state = match state.map(str::parse::<State>).transpose() {
        Ok(state) => state,
        Err(error) => {
            report.error(value.at(), error.to_string(), "");
            return None;
        }
    };
    let Some(name) = CityName::find(told) else {
        let message = format!("city `{}` is unknown", clip(text));
        report.error(value.at(), message, city_hint(told, state));
        return None;
    };
    match state {
        Some(state) if !name.states().any(|own| own == state) => {
            let all = name.states().map(|state| state.to_string());
            let states: Vec<String> = all.take(STATES_SHOWN).collect();
            let message = format!("there is no city `{name}` in {state}");
            report.error(value.at(), message, format!("it is in {}", states.join(", ")));
            None
        }
        Some(_) | None => Some(CityRule { name, state }),
    }
}

fn city_hint(told: &str, state: Option<State>) -> String {
    // People get the first letter right; asking only those names is quick.
    let initial = told.chars().next().map(|c| c.to_ascii_uppercase());
    let within = |name: &CityName| state.is_none_or(|state| name.states().any(|s| s == state));
    let alike = CityName::all()
        .filter(|name| name.as_str().chars().next() == initial)
        .filter(within)
        .map(CityName::as_str);
    match (suggest(told, alike), state) {
        (Some(meant), Some(state)) => format!("did you mean `{meant}, {state}`?"),
        (Some(meant), None) => format!("did you mean `{meant}`?"),
        (None, _) => "use the name that its mail goes by, like `Dallas, TX`".to_owned(),
    }
}

pub(super) fn counties(table: &Table<'_>, report: &mut Report<'_>) -> Option<Vec<County>> {
    match table.value("counties") {
        Some(list) => list.each(report, |item, report| county(&item, report)),
        None => Some(Vec::new()),
    }
}

fn county(value: &Value<'_>, report: &mut Report<'_>) -> Option<County> {
    let text = value.text(report)?;
    match text.parse() {
        Ok(county) => Some(county),
        Err(error) => {
            let hint = match error {
                InvalidGeo::County(_) => county_hint(text),
                _ => String::new(),
            };
            report.error(value.at(), error.to_string(), hint);
            None
        }
    }
}

fn county_hint(text: &str) -> String {
    let state: Option<State> =
        text.rsplit_once(',').and_then(|(_, state)| state.trim().parse().ok());
    let within = |county: &County| state.is_none() || county.state() == state;
    let names: Vec<String> =
        County::all().filter(within).map(|county| county.to_string()).collect();
    let meant = suggest(text, names.iter().map(String::as_str));
    meant.map(|meant| format!("did you mean `{meant}`?")).unwrap_or_default()
}

/// `{ zip = "90210", miles = 50 }`
pub(super) fn radius(value: &Value<'_>, report: &mut Report<'_>) -> Option<Radius> {
    let table = value.table(report)?;
    table.check_keys(&["zip", "miles"], &[], report);
    let zip = table.needed("zip", report).and_then(|zip| center(&zip, report));
    let miles = table.needed("miles", report);
    let miles = miles.and_then(|miles| miles.whole(1..=u64::from(MILES_MAX), report));
    Some(Radius { zip: zip?, miles: u32::try_from(miles?).ok()? })
}

/// A zip that distances can be measured from.
fn center(value: &Value<'_>, report: &mut Report<'_>) -> Option<Zip> {
    let zip: Zip = value.parse(report)?;
    match zip.place() {
        Some(place) if place.point.is_some() => Some(zip),
        Some(_) => {
            let message = format!("zip {zip} has no place on the map");
            report.error(value.at(), message, "a radius needs a zip that is not military");
            None
        }
        None => {
            let digits = zip.as_str().get(..3).unwrap_or_default();
            let after = Zip::all().find(|known| *known > zip && known.as_str().starts_with(digits));
            let hint = match after {
                Some(near) => format!("the next one in use is {near}"),
                None => format!("no zip in use begins with {digits}"),
            };
            report.error(value.at(), format!("zip {zip} is unknown"), hint);
            None
        }
    }
}

/// Codes of the imported table.
pub(super) fn dma(
    value: &Value<'_>,
    areas: Option<&DmaTable>,
    report: &mut Report<'_>,
) -> Option<DmaRule> {
    let Some(areas) = areas else {
        let message = "no table of market areas is configured, so `dma` cannot be used";
        let hint = "name a CSV of zip,dma_code,dma_name in the settings: [geo] dma = \"…\"";
        report.error(value.key_at(), message, hint);
        return None;
    };
    let mut zips: Vec<Zip> = Vec::new();
    let codes = value.each(report, |item, report| {
        let code: DmaCode = item.parse(report)?;
        let Some(own) = areas.zips(code) else {
            report.error(item.at(), format!("DMA {code} is not in the table"), near(code, areas));
            return None;
        };
        zips.extend(own);
        Some(code)
    })?;
    if codes.is_empty() {
        report.error(value.at(), "`dma` is empty: no zip passes", "remove it, or name a code");
        return None;
    }
    zips.sort_unstable();
    zips.dedup();
    Some(DmaRule { codes, zips: Arc::from(zips) })
}

fn near(code: DmaCode, areas: &DmaTable) -> String {
    let all: Vec<(String, &str)> =
        areas.areas().map(|(code, name)| (code.to_string(), name)).collect();
    let meant = suggest(code.as_str(), all.iter().map(|(code, _)| code.as_str()));
    let meant = meant.and_then(|meant| all.iter().find(|(code, _)| code == meant));
    meant.map(|(code, name)| format!("did you mean `{code}`, {name}?")).unwrap_or_default()
}
