//! Reads the filters by place: `cities`, `counties`, `radius`, `dma`.

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
use crate::geo::Named;
use crate::geo::UsState;
use crate::geo::Zip;

/// Maximum number of states in a hint.
const STATES_SHOWN: usize = 12;

pub(super) fn cities(table: &Table<'_>, report: &mut Report<'_>) -> Option<Vec<CityRule>> {
    match table.value("cities") {
        Some(list) => list.each(report, |item, report| city(&item, report)),
        None => Some(Vec::new()),
    }
}

/// Reads `Dallas, TX`, or `Dallas` in any state.
fn city(value: &Value<'_>, report: &mut Report<'_>) -> Option<CityRule> {
    let text = value.text(report)?;
    let (written, state) = match text.rsplit_once(',') {
        Some((written, state)) => (written.trim(), Some(state.trim())),
        None => (text.trim(), None),
    };
    let state = match state.map(str::parse::<UsState>).transpose() {
        Ok(state) => state,
        Err(error) => {
            report.error(value.at(), error.to_string(), "");
            return None;
        }
    };
    let Some(name) = CityName::find(written) else {
        let message = format!("city `{}` is unknown", clip(text));
        report.error(value.at(), message, city_hint(written, state));
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

fn city_hint(written: &str, state: Option<UsState>) -> String {
    // Typing errors rarely affect the first letter; comparing only names with that letter is fast.
    let initial = written.chars().next().map(|c| c.to_ascii_uppercase());
    let within = |name: &CityName| state.is_none_or(|state| name.states().any(|s| s == state));
    let alike = CityName::all()
        .filter(|name| name.as_str().chars().next() == initial)
        .filter(within)
        .map(CityName::as_str);
    match (suggest(written, alike), state) {
        (Some(meant), Some(state)) => format!("did you mean `{meant}, {state}`?"),
        (Some(meant), None) => format!("did you mean `{meant}`?"),
        (None, _) => "use its postal name, like `Dallas, TX`".to_owned(),
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
            let unknown = matches!(error, InvalidGeo::County(_));
            let hint = if unknown { county_hint(text) } else { String::new() };
            report.error(value.at(), error.to_string(), hint);
            None
        }
    }
}

fn county_hint(text: &str) -> String {
    let state: Option<UsState> =
        text.rsplit_once(',').and_then(|(_, state)| state.trim().parse().ok());
    let elsewhere = counties_named(text.split(',').next().unwrap_or_default());
    if let [first, others @ ..] = elsewhere.as_slice() {
        let others: Vec<String> = others.iter().take(3).map(|o| format!("`{o}`")).collect();
        let others =
            if others.is_empty() { String::new() } else { format!(", {}", others.join(", ")) };
        return format!("did you mean `{first}`{others}?");
    }
    let within = |county: &County| state.is_none() || county.state() == state;
    let names: Vec<String> =
        County::all().filter(within).map(|county| county.to_string()).collect();
    let meant = suggest(text, names.iter().map(String::as_str));
    meant.map(|meant| format!("did you mean `{meant}`?")).unwrap_or_default()
}

/// Returns the counties of exactly this name in all states.
fn counties_named(name: &str) -> Vec<County> {
    let one = |state: UsState| match County::find(name, state) {
        Named::One(county) => vec![county],
        Named::Several(one, other) => vec![one, other],
        Named::None => Vec::new(),
    };
    UsState::all().flat_map(one).collect()
}

/// Reads `{ zip = "90210", miles = 50 }`.
pub(super) fn radius(value: &Value<'_>, report: &mut Report<'_>) -> Option<Radius> {
    let table = value.table(report)?;
    table.check_keys(&["zip", "miles"], &[], report);
    let zip = table.needed("zip", report).and_then(|zip| center(&zip, report));
    let miles = table.needed("miles", report);
    let miles = miles.and_then(|miles| miles.whole(1..=u64::from(MILES_MAX), report));
    Some(Radius { zip: zip?, miles: u32::try_from(miles?).ok()? })
}

/// Reads a zip that has coordinates.
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

/// Reads codes of the imported table.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Filters;
    use crate::book::Surroundings;
    use crate::book::parse_with;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn beside(areas: Option<&DmaTable>) -> Surroundings<'_> {
        Surroundings { areas, ..Surroundings::default() }
    }

    fn with(filters: &str) -> String {
        format!("[[contract]]\nfilters = {{ {filters} }}\n{}", contract(r#"channels = ["form"]"#))
    }

    fn filters(text: &str) -> Filters {
        book(&with(text)).contracts[0].filters.clone()
    }

    #[test]
    fn places_are_read() {
        let read = filters(
            r#"cities = ["Dallas, TX", "st. louis"], counties = ["Dallas County, TX", "06037"],
               countries = ["US", "ca"], radius = { zip = "90210", miles = 50 }, min_score = 72.5,
               attestation = ["A", "b"]"#,
        );
        let shown = |list: Vec<String>| list.join("; ");
        let cities = read.cities.iter().map(ToString::to_string).collect();
        assert_eq!(shown(cities), "Dallas, TX; Saint Louis");
        let counties = read.counties.iter().map(ToString::to_string).collect();
        assert_eq!(shown(counties), "Dallas County, TX; Los Angeles County, CA");
        let countries = read.countries.iter().map(ToString::to_string).collect();
        assert_eq!(shown(countries), "US; CA");
        assert_eq!(read.radius.map(|r| (r.zip.to_string(), r.miles)), Some(("90210".into(), 50)));
        assert_eq!(read.min_score.map(|s| s.to_string()).as_deref(), Some("72.5"));
        let levels = read.attestation.iter().map(ToString::to_string).collect();
        assert_eq!(shown(levels), "A; B");
    }

    #[test]
    fn faults() {
        for (filters, expected) in [
            (
                r#"cities = ["Dalas"]"#,
                "2:23: error: city `Dalas` is unknown (did you mean `Dallas`?)",
            ),
            (
                r#"cities = ["Dalas, TX"]"#,
                "2:23: error: city `Dalas, TX` is unknown (did you mean `Dallas, TX`?)",
            ),
            (
                r#"cities = ["Beverly Hills, NV"]"#,
                "2:23: error: there is no city `Beverly Hills` in NV (it is in CA, FL)",
            ),
            (
                r#"cities = ["Dallas, Texas"]"#,
                "2:23: error: `Texas` is not a state: use its two letters, like CA",
            ),
            (
                r#"cities = [""]"#,
                "2:23: error: city `` is unknown (use its postal name, like `Dallas, TX`)",
            ),
            (
                r#"counties = ["Dalas County, TX"]"#,
                "2:25: error: `Dalas County, TX` is not a county: write it like `Dallas County, \
                 TX`, or as FIPS code, like 48113 (did you mean `Dallas County, TX`?)",
            ),
            (
                r#"counties = ["Maricopa County, TX"]"#,
                "2:25: error: `Maricopa County, TX` is not a county: write it like `Dallas \
                 County, TX`, or as FIPS code, like 48113 (did you mean `Maricopa County, AZ`?)",
            ),
            (
                r#"counties = ["Orleans"]"#,
                "2:25: error: `Orleans` is not a county: write it like `Dallas County, TX`, or as \
                 FIPS code, like 48113 (did you mean `Orleans Parish, LA`, `Orleans County, NY`, \
                 `Orleans County, VT`?)",
            ),
            (
                r#"counties = ["Fairfax, VA"]"#,
                "2:25: error: `Fairfax, VA` is two: Fairfax County and Fairfax city; write which",
            ),
            (
                r#"counties = ["99999"]"#,
                "2:25: error: `99999` is not a county: write it like `Dallas County, TX`, or as \
                 FIPS code, like 48113",
            ),
            (
                r#"countries = ["UK"]"#,
                "2:26: error: `UK` is not a country: use its two letters, like US",
            ),
            (
                r#"countries = ["PR"]"#,
                "2:26: error: `PR` counts as a state: use `states`, and US as its country",
            ),
        ] {
            check(&with(filters), &[expected]);
        }
    }

    #[test]
    fn faults_of_radius_and_market_areas() {
        for (filters, expected) in [
            (
                r#"radius = { zip = "90200", miles = 50 }"#,
                "2:30: error: zip 90200 is unknown (the next one in use is 90201)",
            ),
            (
                r#"radius = { zip = "00000", miles = 50 }"#,
                "2:30: error: zip 00000 is unknown (no zip in use begins with 000)",
            ),
            (
                r#"radius = { zip = "09012", miles = 50 }"#,
                "2:30: error: zip 09012 has no place on the map (a radius needs a zip that is \
                 not military)",
            ),
            (
                r#"radius = { zip = "90210", miles = 0 }"#,
                "2:47: error: `miles` must be from 1 to 1000, not 0",
            ),
            (r#"radius = { zip = "90210" }"#, "2:22: error: `miles` is missing in `radius`"),
            (
                r#"radius = { zip = "90210", mile = 5, miles = 5 }"#,
                "2:39: error: unknown key `mile` in `radius` (did you mean `miles`?)",
            ),
            (
                r#"dma = ["803"]"#,
                "2:13: error: no table of market areas is configured, so `dma` cannot be used \
                 (name a CSV of zip,dma_code,dma_name in the settings: [geo] dma = \"…\")",
            ),
        ] {
            check(&with(filters), &[expected]);
        }
    }

    /// The sample's commented filters are valid when uncommented.
    #[test]
    fn the_filters_that_the_sample_has_as_comments_are_filters() {
        const SAMPLE: &str = include_str!("../../../deploy/book.toml");
        let keys = ["cities", "counties", "countries", "radius", "dma", "min_score", "attestation"];
        let mut text = SAMPLE.to_owned();
        for key in keys {
            let comment = format!("\n# {key} = ");
            assert_eq!(text.matches(&comment).count(), 1, "{key}");
            text = text.replace(&comment, &format!("\n{key} = "));
        }
        let (areas, _) = DmaTable::parse("dma.csv", "90210,803,Los Angeles");
        let (book, faults) = parse_with("book.toml", &text, beside(areas.as_ref()));
        let book = book.unwrap_or_else(|| panic!("{faults:#?}"));
        let filters = &book.contracts[0].filters;
        assert_eq!((filters.cities.len(), filters.counties.len()), (2, 2));
        assert!(filters.radius.is_some() && filters.dma.is_some() && filters.min_score.is_some());
    }

    #[test]
    fn market_areas_come_from_the_imported_table() {
        let (areas, faults) = DmaTable::parse(
            "dma.csv",
            "zip,dma_code,dma_name\n90210,803,Los Angeles\n90001,803,Los Angeles\n75201,623,Dallas",
        );
        let areas = areas.unwrap_or_else(|| panic!("{faults:?}"));
        let read = |list: &str| {
            let text = with(&format!("dma = {list}"));
            let (book, faults) = parse_with(
                "b",
                &format!("{text}\n[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\""),
                beside(Some(&areas)),
            );
            let rule = book.and_then(|book| book.contracts[0].filters.dma.clone());
            let shown = |rule: DmaRule| format!("{:?} {:?}", rule.codes, rule.zips);
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            rule.map(shown).unwrap_or_else(|| faults.join("\n"))
        };
        assert_eq!(read(r#"["803"]"#), "[803] [90001, 90210]");
        assert_eq!(read(r#"["803", "623"]"#), "[803, 623] [75201, 90001, 90210]");
        assert_eq!(
            read(r#"["804"]"#),
            "b:2:20: error: DMA 804 is not in the table (did you mean `803`, Los Angeles?)"
        );
        assert_eq!(
            read(r#"["LA"]"#),
            "b:2:20: error: `LA` is not a DMA code: use three digits, like 803"
        );
        assert_eq!(
            read("[]"),
            "b:2:19: error: `dma` is empty: no zip passes (remove it, or name a code)"
        );
    }
}
