//! Spanish number, date and money words.

use jiff::civil::Date;

use super::lexicon::Lexicon;
use super::lexicon::word;

pub(super) const LEXICON: Lexicon = Lexicon {
    digit: ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    number,
    date,
    money,
    numbers: || {
        let lists = SMALL.iter().chain(&TENS).chain(&HUNDREDS).chain(&LARGE);
        lists.copied().filter(|word| !word.is_empty()).collect()
    },
    dates: || MONTHS.iter().chain(&["de", "primero"]).copied().collect(),
    moneys: || vec!["de", "dólar", "dólares", "con", "centavo", "centavos"],
};

const SMALL: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];
const TENS: [&str; 10] =
    ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
const HUNDREDS: [&str; 10] = [
    "",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];
const LARGE: [&str; 7] = ["cien", "mil", "millón", "millones", "y", "un", "veintiún"];
const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// Whether a number precedes a noun: then `uno` is shortened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Alone,
    BeforeNoun,
}

fn number(number: u32) -> Vec<&'static str> {
    ending_in(number, Ending::Alone)
}

fn ending_in(number: u32, ending: Ending) -> Vec<&'static str> {
    if number == 0 {
        return vec![SMALL[0]];
    }
    let mut words = Vec::new();
    match number / 1_000_000 {
        0 => {}
        1 => words.extend(["un", "millón"]),
        millions => {
            below_thousand(millions, Ending::BeforeNoun, &mut words);
            words.push("millones");
        }
    }
    match number / 1_000 % 1_000 {
        0 => {}
        1 => words.push("mil"),
        thousands => {
            below_thousand(thousands, Ending::BeforeNoun, &mut words);
            words.push("mil");
        }
    }
    below_thousand(number % 1_000, ending, &mut words);
    words
}

fn below_thousand(number: u32, ending: Ending, words: &mut Vec<&'static str>) {
    let number = number as usize;
    match (number / 100, number % 100) {
        (0, _) => {}
        (1, 0) => words.push("cien"),
        (hundreds, _) => words.push(word(&HUNDREDS, hundreds)),
    }
    match (number % 100, ending) {
        (0, _) => {}
        (1, Ending::BeforeNoun) => words.push("un"),
        (21, Ending::BeforeNoun) => words.push("veintiún"),
        (small @ 1..30, _) => words.push(word(&SMALL, small)),
        (rest, _) => {
            words.push(word(&TENS, rest / 10));
            match (rest % 10, ending) {
                (0, _) => {}
                (1, Ending::BeforeNoun) => words.extend(["y", "un"]),
                (ones, _) => words.extend(["y", word(&SMALL, ones)]),
            }
        }
    }
}

fn date(date: Date) -> Vec<&'static str> {
    let mut words = match date.day() {
        1 => vec!["primero"],
        day => number(u32::from(day.unsigned_abs())),
    };
    let month = usize::try_from(date.month()).unwrap_or(1);
    words.extend(["de", word(&MONTHS, month - 1), "de"]);
    words.extend(number(u32::from(date.year().unsigned_abs())));
    words
}

fn money(dollars: u32, cents: u8) -> Vec<&'static str> {
    let mut words = Vec::new();
    if dollars > 0 || cents == 0 {
        words.extend(ending_in(dollars, Ending::BeforeNoun));
        // Whole millions take `de`: `dos millones de dólares`.
        words.extend((dollars > 0 && dollars.is_multiple_of(1_000_000)).then_some("de"));
        words.push(if dollars == 1 { "dólar" } else { "dólares" });
    }
    if cents > 0 {
        words.extend((dollars > 0).then_some("con"));
        words.extend(ending_in(u32::from(cents), Ending::BeforeNoun));
        words.push(if cents == 1 { "centavo" } else { "centavos" });
    }
    words
}
