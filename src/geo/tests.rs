//! Checks the tables against known facts of the country, and against each other.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn zip(text: &str) -> Zip {
    text.parse().unwrap()
}

fn say(text: &str) -> String {
    let Some(place) = zip(text).place() else { return "-".to_owned() };
    let county = place.county.map_or("-".to_owned(), |county| county.to_string());
    let zone = place.zone.map_or("-", Zone::name);
    format!("{}; {county}; {zone}", place.city)
}

#[test]
fn where_zips_lie() {
    #[rustfmt::skip]
    let table = [
        ("90210", "Beverly Hills, CA; Los Angeles County, CA; America/Los_Angeles"),
        ("10001", "New York, NY; New York County, NY; America/New_York"),
        ("33101", "Miami, FL; Miami-Dade County, FL; America/New_York"),
        ("75201", "Dallas, TX; Dallas County, TX; America/Chicago"),
        ("79901", "El Paso, TX; El Paso County, TX; America/Denver"),
        ("70112", "New Orleans, LA; Orleans Parish, LA; America/Chicago"),
        ("99501", "Anchorage, AK; Anchorage Municipality, AK; America/Anchorage"),
        ("96813", "Honolulu, HI; Honolulu County, HI; Pacific/Honolulu"),
        ("20001", "Washington, DC; District of Columbia, DC; America/New_York"),
        ("63101", "Saint Louis, MO; St. Louis city, MO; America/Chicago"),
        ("21201", "Baltimore, MD; Baltimore city, MD; America/New_York"),
        ("89701", "Carson City, NV; Carson City, NV; America/Los_Angeles"),
        ("00901", "San Juan, PR; San Juan Municipio, PR; America/Puerto_Rico"),
        ("96910", "Hagatna, GU; Guam, GU; Pacific/Guam"),
        ("96799", "Pago Pago, AS; Eastern, AS; Pacific/Pago_Pago"),
        // States with two zones.
        ("32501", "Pensacola, FL; Escambia County, FL; America/Chicago"),
        ("32301", "Tallahassee, FL; Leon County, FL; America/New_York"),
        ("32456", "Port Saint Joe, FL; Gulf County, FL; America/New_York"),
        ("37201", "Nashville, TN; Davidson County, TN; America/Chicago"),
        ("37901", "Knoxville, TN; Knox County, TN; America/New_York"),
        ("40202", "Louisville, KY; Jefferson County, KY; America/New_York"),
        ("42101", "Bowling Green, KY; Warren County, KY; America/Chicago"),
        ("46402", "Gary, IN; Lake County, IN; America/Chicago"),
        ("46204", "Indianapolis, IN; Marion County, IN; America/New_York"),
        ("49801", "Iron Mountain, MI; Dickinson County, MI; America/Chicago"),
        ("57702", "Rapid City, SD; Pennington County, SD; America/Denver"),
        ("58601", "Dickinson, ND; Stark County, ND; America/Denver"),
        ("69101", "North Platte, NE; Lincoln County, NE; America/Chicago"),
        ("69361", "Scottsbluff, NE; Scotts Bluff County, NE; America/Denver"),
        ("83814", "Coeur D Alene, ID; Kootenai County, ID; America/Los_Angeles"),
        ("83702", "Boise, ID; Ada County, ID; America/Denver"),
        ("97914", "Ontario, OR; Malheur County, OR; America/Denver"),
        // Arizona has no daylight saving time; the Navajo Nation within it has, and the Hopi area
        // within that has not.
        ("85004", "Phoenix, AZ; Maricopa County, AZ; America/Phoenix"),
        ("86515", "Window Rock, AZ; Apache County, AZ; America/Denver"),
        ("86042", "Polacca, AZ; Navajo County, AZ; America/Phoenix"),
        ("99546", "Adak, AK; Aleutians West Census Area, AK; America/Adak"),
        // Military zips have no location.
        ("09012", "Apo, AE; -; -"),
        // Zips where the sources disagree, and zips that one source lacks.
        ("99503", "Anchorage, AK; Anchorage Municipality, AK; America/Anchorage"),
        ("10200", "New York, NY; New York County, NY; America/New_York"),
        ("75036", "Frisco, TX; Denton County, TX; America/Chicago"),
        // Unused zips, and those of other countries.
        ("90200", "-"),
        ("00000", "-"),
        ("96940", "-"),
    ];
    let found: Vec<String> = table.iter().map(|(zip, _)| say(zip)).collect();
    let expected: Vec<&str> = table.iter().map(|(_, place)| *place).collect();
    assert_eq!(found, expected);
}

#[test]
fn capitals_lie_in_their_states() {
    let table = "
        36104 AL  99801 AK  85007 AZ  72201 AR  95814 CA  80203 CO  06106 CT  19901 DE
        20001 DC  32301 FL  30334 GA  96813 HI  83702 ID  62701 IL  46204 IN  50319 IA
        66612 KS  40601 KY  70802 LA  04330 ME  21401 MD  02201 MA  48933 MI  55155 MN
        39201 MS  65101 MO  59601 MT  68509 NE  89701 NV  03301 NH  08608 NJ  87501 NM
        12207 NY  27601 NC  58501 ND  43215 OH  73102 OK  97301 OR  17101 PA  02903 RI
        29217 SC  57501 SD  37219 TN  78701 TX  84111 UT  05602 VT  23219 VA  98507 WA
        25305 WV  53703 WI  82001 WY  00901 PR  00802 VI  96910 GU  96799 AS  96950 MP
        09001 AE  34001 AA  96201 AP  79901 TX  88510 TX  06390 NY  20101 VA  20500 DC
        73301 TX  00501 NY  83414 WY  05501 MA  20588 MD  20598 VA  87654 NM
    ";
    let words: Vec<&str> = table.split_whitespace().collect();
    for pair in words.chunks(2) {
        assert_eq!(zip(pair[0]).state(), pair[1].parse().ok(), "{}", pair[0]);
    }
    let states: BTreeSet<UsState> = Zip::all().filter_map(Zip::state).collect();
    assert!(states.into_iter().eq(UsState::all()), "a state without a zip");
}

#[test]
fn the_first_three_digits_tell_the_state_but_for_nine_zips() {
    let mut of_prefix: BTreeMap<String, BTreeMap<UsState, usize>> = BTreeMap::new();
    for zip in Zip::all() {
        let states = of_prefix.entry(zip.as_str()[..3].to_owned()).or_default();
        *states.entry(zip.place().unwrap().city.state).or_default() += 1;
    }
    let main = |zip: &Zip| {
        let states = &of_prefix[&zip.as_str()[..3]];
        *states.iter().max_by_key(|(_, count)| **count).unwrap().0
    };
    let differ: Vec<String> = Zip::all()
        .filter(|zip| zip.state() != Some(main(zip)))
        .map(|zip| format!("{zip} {}", zip.state().unwrap()))
        .collect();
    assert_eq!(
        differ,
        [
            "06390 NY", "20588 MD", "20598 VA", "73960 TX", "83414 WY", "96799 AS", "96950 MP",
            "96951 MP", "96952 MP",
        ]
    );
    // A zip that is not in the table has the state of its region; an unused region has none.
    for (unknown, state) in
        [("90200", Some("CA")), ("06399", Some("CT")), ("96999", Some("GU")), ("00400", None)]
    {
        assert_eq!(zip(unknown).place(), None);
        assert_eq!(zip(unknown).state().map(|s| s.to_string()).as_deref(), state, "{unknown}");
    }
}

#[test]
fn every_row_is_whole() {
    let zips: Vec<Zip> = Zip::all().collect();
    assert_eq!(zips.len(), 42_551);
    assert!(zips.is_sorted_by(|a, b| a < b));
    let military = |state: UsState| ["AA", "AE", "AP"].contains(&state.as_str());
    let mut without_county = Vec::new();
    for zip in zips {
        let place = zip.place().unwrap_or_else(|| panic!("{zip}"));
        let state = place.city.state;
        assert_eq!(Some(state), zip.state());
        assert_eq!(place.zone.is_none(), military(state), "{zip}");
        assert_eq!(place.point.is_none(), military(state), "{zip}");
        match place.county {
            Some(county) => assert_eq!(county.state(), Some(state), "{zip}"),
            None if military(state) => {}
            None => without_county.push(zip.to_string()),
        }
        if let Some(point) = place.point {
            assert!((-15.0..72.0).contains(&point.latitude), "{zip} {point:?}");
            let west = (-180.0..-64.0).contains(&point.longitude);
            assert!(
                west || (144.0..146.5).contains(&point.longitude) || state.as_str() == "AK",
                "{zip} {point:?}"
            );
        }
        if let Some(zone) = place.zone {
            assert!(state.zones().iter().any(|own| own == zone), "{zip} {zone}");
        }
    }
    assert_eq!(without_county, [""; 0]);
}

#[test]
fn counties_are_whole_and_found_by_their_names() {
    let counties: Vec<County> = County::all().collect();
    assert_eq!(counties.len(), 3_231);
    for county in counties {
        let text = county.to_string();
        assert_eq!(text.parse(), Ok(county), "{text}");
        assert_eq!(format!("{:05}", county.fips()).parse(), Ok(county), "{text}");
    }
    for (text, county) in [
        ("dallas, tx", "Dallas County, TX"),
        ("DALLAS COUNTY,TX", "Dallas County, TX"),
        ("St. Tammany, LA", "St. Tammany Parish, LA"),
        ("Saint Tammany Parish, LA", "St. Tammany Parish, LA"),
        ("LaSalle, IL", "LaSalle County, IL"),
        ("La Salle, IL", "LaSalle County, IL"),
        ("Fairfax County, VA", "Fairfax County, VA"),
        ("Fairfax city, VA", "Fairfax city, VA"),
        ("Juneau, AK", "Juneau City and Borough, AK"),
        ("Virginia Beach, VA", "Virginia Beach city, VA"),
        ("James City, VA", "James City County, VA"),
        ("Carson City, NV", "Carson City, NV"),
        ("Mayaguez, PR", "Mayaguez Municipio, PR"),
    ] {
        assert_eq!(text.parse::<County>().map(|c| c.to_string()).as_deref(), Ok(county), "{text}");
    }
    for bad in
        ["Dallas", "Dallas, XX", "Nowhere County, TX", "00000", "99999", "", ",TX", "Fairfax, VA"]
    {
        assert!(bad.parse::<County>().is_err(), "{bad}");
    }
}

#[test]
fn what_area_codes_tell() {
    #[rustfmt::skip]
    let table = [
        ("212", "US NY [America/New_York]"),
        ("305", "US FL [America/New_York]"),
        ("786", "US FL [America/New_York]"),      // overlays 305
        ("214", "US TX [America/Chicago]"),
        ("469", "US TX [America/Chicago]"),       // overlay
        ("945", "US TX [America/Chicago]"),       // overlay, new
        ("915", "US TX [America/Denver]"),
        ("689", "US FL [America/New_York]"),
        ("203", "US CT [America/New_York]"),
        ("718", "US NY [America/New_York]"),
        ("602", "US AZ [America/Phoenix]"),
        ("907", "US AK [America/Anchorage, America/Adak]"),
        ("808", "US HI [Pacific/Honolulu]"),
        ("850", "US FL [America/New_York, America/Chicago]"),
        ("270", "US KY [America/New_York, America/Chicago]"),
        ("208", "US ID [America/Denver, America/Los_Angeles]"),
        ("787", "US PR [America/Puerto_Rico]"),
        ("340", "US VI [America/Puerto_Rico]"),
        ("671", "US GU [Pacific/Guam]"),
        ("684", "US AS [Pacific/Pago_Pago]"),
        ("670", "US MP [Pacific/Guam]"),
        ("416", "CA - [America/Toronto]"),
        ("876", "JM - [America/Jamaica]"),
        ("800", "- - []"),
        ("555", "- - []"),
        ("211", "- - []"),
    ];
    for (code, expected) in table {
        let code: AreaCode = code.parse().unwrap();
        let country = code.country().map_or("-".to_owned(), |country| country.to_string());
        let state = code.state().map_or("-".to_owned(), |state| state.to_string());
        let found = format!("{country} {state} {:?}", code.zones().iter().collect::<Vec<_>>());
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn every_area_code_of_a_state_has_one_of_its_zones() {
    let codes = (200..1_000).map(|code| code.to_string().parse::<AreaCode>().unwrap());
    let mut states = BTreeMap::new();
    for code in codes {
        let Some(state) = code.state() else { continue };
        assert_eq!(code.country(), Some(Country::US));
        *states.entry(state).or_insert(0) += 1;
        let zones: Vec<Zone> = code.zones().iter().collect();
        let own: Vec<Zone> = state.zones().iter().collect();
        assert!(
            !zones.is_empty() && zones.iter().any(|zone| own.contains(zone)),
            "{code} {zones:?}"
        );
    }
    // All states except the military's three.
    assert_eq!(states.len(), UsState::all().count() - 3);
    assert!(states.values().sum::<usize>() > 350);
}

#[test]
fn zones_are_the_ones_of_the_database() {
    let known = jiff::tz::TimeZoneDatabase::bundled();
    let mut zones: BTreeSet<Zone> = Zip::all().filter_map(|zip| zip.place()?.zone).collect();
    assert_eq!(zones.len(), 11);
    let codes = (200..1_000).map(|code| code.to_string().parse::<AreaCode>().unwrap());
    zones.extend(codes.flat_map(|code| code.zones().iter().collect::<Vec<_>>()));
    for zone in zones {
        assert!(known.get(zone.name()).is_ok(), "{zone}");
    }
}

#[test]
fn countries_of_numbers() {
    for (phone, country) in [
        ("+12125550123", Some("US")),
        ("+17875550123", Some("US")),
        ("+14165550123", Some("CA")),
        ("+18765550123", Some("JM")),
        ("+18005550123", None),
        ("+442071838750", Some("GB")),
        ("+4930901820", Some("DE")),
        ("+525555550123", Some("MX")),
        ("+74951234567", Some("RU")),
        ("+77271234567", Some("KZ")),
        ("+3780549882914", Some("SM")),
        ("+35312345678", Some("IE")),
        ("+881612345678", None),
        ("+9991234567", None),
    ] {
        let found = Country::of(&phone.parse().unwrap()).map(|country| country.to_string());
        assert_eq!(found.as_deref(), country, "{phone}");
    }
    let countries: Vec<Country> = Country::all().collect();
    assert!(countries.is_sorted_by(|a, b| a < b) && countries.len() == 240, "{}", countries.len());
}

#[test]
fn distances() {
    let point = |text: &str| zip(text).place().unwrap().point.unwrap();
    for (from, to, miles) in [
        ("90210", "90210", 0.0),
        ("10001", "90001", 2_451.0), // New York, Los Angeles
        ("60601", "75201", 801.0),   // Chicago, Dallas
        ("99501", "96813", 2_779.0), // Anchorage, Honolulu
    ] {
        let found = distance(point(from), point(to));
        assert!((found - miles).abs() <= miles * 0.005, "{from} {to}: {found}");
        assert_eq!(found, distance(point(to), point(from)));
    }
}

#[test]
fn circles_around_zips() {
    let near = |text: &str, miles| zips_within(zip(text), miles);
    let hills = near("90210", 50).unwrap();
    for inside in ["90210", "90001", "90802", "91701", "93063"] {
        assert!(hills.contains(&zip(inside)), "{inside}");
    }
    for outside in ["92101", "93101", "92262", "10001"] {
        assert!(!hills.contains(&zip(outside)), "{outside}");
    }
    // The Dallas metro: Fort Worth, Plano and Denton, but neither Waco nor Tyler.
    let dallas = near("75201", 40).unwrap();
    for (zip_code, inside) in
        [("76102", true), ("75075", true), ("76201", true), ("76701", false), ("75702", false)]
    {
        assert_eq!(dallas.contains(&zip(zip_code)), inside, "{zip_code}");
    }
    assert!(near("90210", 1).is_some_and(|zips| zips.contains(&zip("90210"))));
    assert_eq!(near("90200", 50), None);
    assert_eq!(near("09012", 50), None);
    // Across the date line: the westernmost Aleutians and Guam are on different sides.
    assert!(near("99546", 1_000).is_some_and(|zips| zips.len() > 50));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The band of latitudes contains exactly the zips of the circle.
    #[test]
    fn a_circle_is_what_measuring_every_zip_gives(
        center in select(Zip::all().collect::<Vec<_>>()),
        miles in 1..=MILES_MAX,
    ) {
        let point = |zip: Zip| zip.place().and_then(|place| place.point);
        let measured = point(center).map(|from| {
            let within = |to: Point| distance(from, to) <= f64::from(miles);
            let near = |zip: &Zip| point(*zip).is_some_and(within);
            Zip::all().filter(near).collect::<Vec<_>>()
        });
        prop_assert_eq!(zips_within(center, miles), measured);
    }

    /// The tables answer every query without a panic.
    #[test]
    fn no_zip_and_no_name_is_out_of_reach(number in 0..100_000u32, name in ".{0,24}") {
        let zip: Zip = format!("{number:05}").parse().unwrap();
        let listed = Zip::all().any(|known| known == zip);
        prop_assert_eq!(zip.place().is_some(), listed);
        if let Some(city) = CityName::find(&name) {
            prop_assert_eq!(CityName::find(city.as_str()), Some(city));
        }
        if let Ok(county) = name.parse::<County>() {
            prop_assert_eq!(county.to_string().parse(), Ok(county));
        }
    }
}
