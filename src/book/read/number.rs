//! Reads `[[number]]`.

use crate::base::DialingCountry;
use crate::base::Phone;
use crate::base::toml::Table;
use crate::base::toml::clip;
use crate::book::Noun;
use crate::book::Number;

use super::context::Context;
use super::trunk::country;

const KEYS: &[&str] = &["number", "offer", "source", "flow", "country"];

pub(super) fn read<'d>(table: Table<'d>, cx: &mut Context<'d, '_>) -> Option<Number> {
    let table = match table.value("number").and_then(|number| number.as_text()) {
        Some(number) => table.named(format!("number `{}`", clip(number))),
        None => table.named("this number".to_owned()),
    };
    table.check_keys(KEYS, &[], &mut cx.report);
    let number = number(&table, cx);
    let country = country(&table, &mut cx.report);
    if let (Some(number), Some(Some(country))) = (&number, country) {
        warn_of_another_country(&table, number, country, cx);
    }
    let (names, report) = (&cx.names, &mut cx.report);
    let offer = table.needed("offer", report).and_then(|id| names.refer(Noun::Offer, &id, report));
    let source =
        table.needed("source", report).and_then(|id| names.refer(Noun::Source, &id, report));
    let flow = table.needed("flow", report).and_then(|flow| flow.parse(report));
    Some(Number { number: number?, offer: offer?, source: source?, flow: flow?, country: country? })
}

fn number(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Phone> {
    let value = table.needed("number", &mut cx.report)?;
    let number: Phone = value.parse(&mut cx.report)?;
    if let Some(first) = cx.numbers.get(&number) {
        // Not redacted, because it is the operator's own number in the operator's file.
        let message = format!("{} is declared twice", number.e164());
        let hint = format!("the first is at {}", cx.report.name(*first));
        cx.report.error(value.at(), message, hint);
        return None;
    }
    for other in doubles(&number).filter(|other| cx.numbers.contains_key(other)) {
        let message = format!("{} and {} have the same digits", number.e164(), other.e164());
        let hint = "a carrier that writes no `+` reaches the North American one".to_owned();
        cx.report.warning(value.at(), message, hint);
    }
    cx.numbers.insert(number.clone(), value.at());
    Some(number)
}

/// Warns of callers who are read in another country than the one that they call.
fn warn_of_another_country(
    table: &Table<'_>,
    number: &Phone,
    country: DialingCountry,
    cx: &mut Context<'_, '_>,
) {
    let region = number.region();
    let own = region.and_then(|region| region.parse::<DialingCountry>().ok());
    let apart = own.filter(|own| !own.shares_numbers_with(country));
    if let (Some(own), Some(value)) = (apart, table.value("country")) {
        let message = format!(
            "callers of {} without a calling code are read in {country}, and the number is in {own}",
            number.e164()
        );
        cx.report.warning(
            value.at(),
            message,
            format!("write `country = \"{own}\"`, or remove it"),
        );
    }
}

/// Returns the other numbers that a carrier which writes no `+` may mean by this one's digits.
fn doubles(number: &Phone) -> impl Iterator<Item = Phone> + use<'_> {
    let digits = number.e164().trim_start_matches('+');
    let short = number.area_code().and_then(|_| digits.strip_prefix('1'));
    let bare = |digits| Phone::readings(digits, None);
    let readings = bare(digits).chain(short.into_iter().flat_map(bare));
    readings.filter(move |reading| reading != number)
}

#[cfg(test)]
mod tests {
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn number(number: &str) -> String {
        format!(
            "[[number]]\nnumber = \"{number}\"\noffer = \"shares\"\nsource = \"s\"\nflow = \"f\"\n"
        )
    }

    #[test]
    fn found_by_number_in_any_order() {
        let numbers = ["+18005550103", "+18005550101", "800 555 0102"];
        let book = book(&numbers.map(number).concat());
        for text in numbers {
            let found = book.number(&text.parse().unwrap()).unwrap();
            assert_eq!(found.flow.as_str(), "f", "{text}");
        }
        assert_eq!(book.number(&"+18005550104".parse().unwrap()), None);
    }

    #[test]
    fn found_by_digits_as_carriers_write_them() {
        let both = book(&["+2125550134", "+12125550134"].map(number).concat());
        let book = book(
            &["+18005550100", "+525588902311", "+61294964040", "+2125550134", "+442079460018"]
                .map(number)
                .concat(),
        );
        for (book, dialled, expected) in [
            (&book, "+18005550100", "+18005550100"),
            (&book, "18005550100", "+18005550100"),
            (&book, "8005550100", "+18005550100"),
            (&book, "525588902311", "+525588902311"),
            (&book, "61294964040", "+61294964040"),
            (&book, "00442079460018", "+442079460018"),
            (&book, "011442079460018", "+442079460018"),
            // Ten digits are North American, unless the book has them as another number.
            (&book, "2125550134", "+2125550134"),
            (&both, "2125550134", "+12125550134"),
            (&both, "+2125550134", "+2125550134"),
            (&book, "02079460018", "+442079460018"),
            (&book, "0294964040", "+61294964040"),
            (&book, "0894964040", "none"),
            (&book, "2079460018", "none"),
            (&book, "+8005550100", "none"),
            (&book, "", "none"),
        ] {
            let found = book.dialled(dialled, None).map_or("none", |found| found.number.e164());
            assert_eq!(found, expected, "{dialled}");
        }
    }

    #[test]
    fn callers_of_another_country_than_the_number_get_a_warning() {
        let with = |own: &str, country: &str| number(own) + &format!("country = \"{country}\"\n");
        for (own, country) in
            [("+442079460018", "GB"), ("+441534281234", "GB"), ("+18005550101", "CA")]
        {
            let found = book(&with(own, country)).numbers[0].country.map(|found| found.to_string());
            assert_eq!(found.as_deref(), Some(country), "{own}");
        }
        check(
            &with("+61294964040", "GB"),
            &[
                "6:11: warning: callers of +61294964040 without a calling code are read in GB, and the \
               number is in AU (write `country = \"AU\"`, or remove it)",
            ],
        );
        check(
            &with("+61294964040", "Australia"),
            &[
                "6:11: error: not a country with phone numbers: write two letters of ISO 3166, like AU",
            ],
        );
    }

    #[test]
    fn faults() {
        check(
            &(number("+18005550100") + &number("(800) 555-0100")),
            &["7:10: error: +18005550100 is declared twice (the first is at line 2)"],
        );
        for pair in [["+2125550134", "+12125550134"], ["+12125550134", "+2125550134"]] {
            let [first, second] = pair;
            let message = format!("{second} and {first} have the same digits");
            let hint = "a carrier that writes no `+` reaches the North American one";
            check(&pair.map(number).concat(), &[&*format!("7:10: warning: {message} ({hint})")]);
        }
        check(
            "[[number]]\nnumber = 18005550100",
            &[
                "1:1: error: `offer` is missing in this number",
                "1:1: error: `source` is missing in this number",
                "1:1: error: `flow` is missing in this number",
                "2:10: error: `number` must be a string, not a whole number (put it in quotes: \
                 \"18005550100\")",
            ],
        );
        check(
            "[[number]]\nnumber = \"+18005550100\"\noffer = \"share\"\nsource = \"t\"\nflow = \
             \"a/b\"",
            &[
                "3:9: error: offer `share` is unknown (did you mean `shares`?)",
                "4:10: error: source `t` is unknown (declare it in a [[source]], or name one that \
                 is)",
                "5:8: error: `a/b` is not an id: use 1 to 64 letters, digits, `.`, `_` or `-`",
            ],
        );
    }
}
