//! Tests of edits: tables of cases, comparison with the edited file, and places of faults.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::*;
use crate::book::parse;
use crate::book::to_json;
use crate::book::to_toml;

const SAMPLE: &str = include_str!("../../../../deploy/book.toml");

fn sample() -> Book {
    parse("b", SAMPLE).0.unwrap()
}

fn name(path: &str) -> EntryName {
    let (noun, id) = path.split_once('/').unwrap();
    let noun = Noun::ALL.into_iter().find(|known| known.plural() == noun).unwrap();
    EntryName::new(noun, id)
}

/// Performs an edit that is given as HTTP method, path and body.
fn ask(base: &Book, method: &str, path: &str, body: Value) -> Result<Edited, Refusal> {
    let asked = match method {
        "POST" => Edit::Create(name(&format!("{path}/")).noun, body),
        "PUT" => Edit::Put(name(path), body),
        "PATCH" => Edit::Patch(name(path), body),
        _ => Edit::Delete(name(path)),
    };
    edit(base, asked, Surroundings::default())
}

fn changes_of(base: &Book, edited: &Edited) -> String {
    let changes = crate::book::changes(base, &edited.book);
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn destination() -> Value {
    json!({"sip": "sip:a@198.51.100.9"})
}

fn money(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

#[test]
fn every_kind_is_created_replaced_patched_and_deleted() {
    let contract = json!({"id": "n", "buyer": "n", "offer": "n", "price": money("1.00"),
        "destination": destination()});
    let cases = [
        ("POST", "trunks", json!({"id": "n", "accept_from": "203.0.113.99"}), "trunk n: added"),
        ("PATCH", "trunks/n", json!({"outbound": "sip:203.0.113.99"}), "trunk n: outbound unset"),
        ("POST", "sources", json!({"id": "n"}), "source n: added"),
        ("PUT", "sources/n", json!({"payout": money("2.00")}), "source n: payout unset → 2.00 USD"),
        ("PATCH", "sources/n", json!({"payout": null}), "source n: payout 2.00 USD → unset"),
        ("PUT", "buyers/n", json!({"timezone": "UTC", "caps": {"day": 3}}), "buyer n: added"),
        ("PATCH", "buyers/n", json!({"caps": {"day": null, "hour": 2}}), "buyer n: caps.day 3"),
        ("PUT", "buyers/n", json!({"timezone": "UTC"}), "buyer n: caps.hour 2 → unset"),
        ("POST", "offers", json!({"id": "n"}), "offer n: added"),
        ("POST", "contracts", contract, "contract n: added"),
        (
            "PATCH",
            "contracts/n",
            json!({"price": {"amount": "2.50"}}),
            "contract n: price 1.00 → 2.50 USD",
        ),
        (
            "POST",
            "numbers",
            json!({"number": "800 555 0199", "offer": "n", "source": "n", "flow": "f"}),
            "number +18005550199: added",
        ),
        ("PATCH", "numbers/+18005550199", json!({"flow": "g"}), "number +18005550199: flow f → g"),
        ("PUT", "numbers/18005550199", json!({"offer": "n", "source": "n", "flow": "h"}), "number"),
        ("PATCH", "contracts/n", json!({}), ""),
        ("DELETE", "numbers/18005550199", Value::Null, "number +18005550199: removed"),
        ("DELETE", "contracts/n", Value::Null, "contract n: removed"),
        ("DELETE", "offers/n", Value::Null, "offer n: removed"),
        ("DELETE", "buyers/n", Value::Null, "buyer n: removed"),
        ("DELETE", "sources/n", Value::Null, "source n: removed"),
        ("DELETE", "trunks/n", Value::Null, "trunk n: removed"),
    ];
    let start = sample();
    let mut book = start.clone();
    for (method, path, body, expected) in cases {
        let edited = ask(&book, method, path, body).unwrap();
        let changes = changes_of(&book, &edited);
        assert!(changes.starts_with(expected), "{method} {path}: {changes}");
        assert_eq!(expected.is_empty(), edited.book == book, "{method} {path}");
        assert_eq!(edited.json.is_none(), method == "DELETE");
        book = edited.book;
    }
    assert_eq!(book, start, "every entry is gone again");
}

#[test]
fn from_nothing() {
    let edited = ask(&Book::default(), "POST", "sources", json!({"id": "s"})).unwrap();
    assert_eq!(edited.book.sources.len(), 1);
    let edited = ask(&edited.book, "DELETE", "sources/s", Value::Null).unwrap();
    assert_eq!(edited.book, Book::default());
}

/// Edits, each with its faults: `pointer|message`.
fn faulty() -> [(&'static str, &'static str, Value, &'static [&'static str]); 14] {
    [
        ("POST", "buyers", json!([]), &["|a buyer is a JSON object"]),
        ("POST", "buyers", json!({}), &["|`id` is missing in this buyer"]),
        ("POST", "buyers", json!({"id": 7, "timezone": "UTC"}), &["/id|`id` must be a string"]),
        ("POST", "buyers", json!({"id": "a b", "timezone": "UTC"}), &["/id|`a b` is not an id"]),
        (
            "PATCH",
            "contracts/acme-auto-ca",
            json!({"price": {"amount": "x"}, "bufer": "9s", "caps": {"day": -1}}),
            &[
                "/bufer|unknown key `bufer`",
                "/caps/day|`day` must be from 0",
                "/price/amount|`x` is not an amount",
            ],
        ),
        (
            "PATCH",
            "contracts/acme-auto-ca",
            json!({"filters": {"states": ["CA", "XX"],
                "fields": [{"field": "a", "min": 9, "max": 1}]}}),
            &["/filters/fields/0|no number", "/filters/states/1|`XX` is not a state"],
        ),
        (
            "PATCH",
            "contracts/acme-auto-ca",
            json!({"buyer": "acmee"}),
            &["/buyer|buyer `acmee` is"],
        ),
        ("PATCH", "contracts/acme-auto-ca", json!({"price": null}), &["|`price` is missing"]),
        ("PATCH", "contracts/acme-auto-ca", json!(5), &["|a contract is a JSON object"]),
        ("PUT", "buyers/acme", json!({"id": "acme2"}), &["/id|`id` is not that of buyer `acme`"]),
        (
            "PATCH",
            "buyers/acme",
            json!({"id": null, "timezone": 1}),
            &["/timezone|`timezone` must"],
        ),
        (
            "PUT",
            "numbers/18005550100",
            json!({"number": "+18005550101"}),
            &["/number|`number` is not that of number `+18005550100`"],
        ),
        (
            "PUT",
            "numbers/12",
            json!({"offer": "x"}),
            &["/number|not a phone number", "/offer|", "|`source` is", "|`flow` is"],
        ),
        (
            "PATCH",
            "contracts/acme-auto-ca",
            json!({"price": {"currency": "EUR"}}),
            &["/price/currency|EUR here, but USD elsewhere"],
        ),
    ]
}

#[test]
fn faults_point_into_the_body_and_come_all_at_once() {
    let base = sample();
    for (method, path, body, expected) in faulty() {
        let case = format!("{method} {path} {body}");
        let Err(Refusal::Faults(faults)) = ask(&base, method, path, body) else {
            panic!("{case} is accepted");
        };
        let own: Vec<String> = faults
            .iter()
            .filter(|fault| fault.severity == Severity::Error && fault.entry.is_none())
            .map(|fault| format!("{}|{}", fault.pointer, fault.message))
            .collect();
        for expected in expected {
            assert!(own.iter().any(|fault| fault.starts_with(expected)), "{case}: {own:#?}");
        }
        assert_eq!(own.len(), expected.len(), "{case}: {own:#?}");
    }
}

/// A rule across entries names the other entry as the API does, instead of lines of a file.
#[test]
fn faults_of_others_name_them() {
    let base = sample();
    let again = json!({"id": "again", "buyer": "acme", "offer": "auto-quote",
        "price": money("1.00"), "destination": destination()});
    let Err(Refusal::Faults(faults)) = ask(&base, "POST", "contracts", again) else { panic!() };
    assert_eq!(faults[0].hint, "see contract `acme-auto-ca`; put both into one");
    let weightless = ask(&base, "PATCH", "contracts/canyon-solar", json!({"priority": 7})).unwrap();
    let book = ask(&weightless.book, "PATCH", "offers/auto-quote", json!({"strategy": "priority"}));
    let zero = ask(&book.unwrap().book, "PATCH", "contracts/acme-auto-ca", json!({"weight": 0}));
    let zero = zero.unwrap().book;
    let by_weight = ask(&zero, "PATCH", "offers/auto-quote", json!({"strategy": "weighted"}));
    let Err(Refusal::Faults(faults)) = by_weight else { panic!() };
    assert_eq!(faults[0].entry, Some(name("contracts/acme-auto-ca")));
    assert_eq!(faults[0].pointer, "/weight");
}

#[test]
fn what_is_known_unknown_or_referred_to() {
    let base = sample();
    for (method, path) in [
        ("PATCH", "buyers/x"),
        ("DELETE", "buyers/x"),
        ("DELETE", "numbers/1"),
        ("PATCH", "offers/"),
    ] {
        let refused = ask(&base, method, path, json!({}));
        assert_eq!(refused, Err(Refusal::Unknown(name(path))), "{method}");
    }
    let taken = ask(&base, "POST", "buyers", json!({"id": "acme"}));
    assert_eq!(taken, Err(Refusal::Exists(name("buyers/acme"))));
    let taken = ask(&base, "POST", "numbers", json!({"number": "(800) 555-0100"}));
    assert_eq!(taken, Err(Refusal::Exists(name("numbers/+18005550100"))));
    let Err(Refusal::Referred(_, by)) = ask(&base, "DELETE", "buyers/acme", Value::Null) else {
        panic!();
    };
    let by: Vec<String> = by.iter().map(|by| format!("{} {}", by.from, by.pointer)).collect();
    assert!(by.contains(&"contract `acme-auto-ca` /buyer".to_owned()), "{by:?}");
}

/// An entry has references exactly if the book without it has an unknown id.
#[test]
fn references_are_those_that_the_reader_misses() {
    let base = sample();
    let mut referred = 0;
    for noun in Noun::ALL {
        for id in crate::book::entry_ids(&base, noun) {
            let name = EntryName::new(noun, &id);
            let mut rest = entries(&base);
            rest.retain(|entry| entry.name() != name);
            let (_, faults) = read(&rest, None, Surroundings::default());
            let mut missed: Vec<String> = faults
                .iter()
                .filter(|fault| fault.message.ends_with("is unknown"))
                .map(|fault| format!("{} {}", fault.entry.clone().unwrap(), fault.pointer))
                .collect();
            let mut found: Vec<String> = references(&base, &name)
                .iter()
                .filter(|reference| reference.from != name)
                .map(|reference| format!("{} {}", reference.from, reference.pointer))
                .collect();
            missed.sort();
            found.sort();
            assert_eq!(found, missed, "{name}");
            referred += found.len();
        }
    }
    assert!(referred > 20, "{referred}");
}

#[test]
fn warnings_are_the_edits_own() {
    let base = ask(&sample(), "POST", "offers", json!({"id": "idle"})).unwrap();
    assert_eq!(base.warnings[0].message, "offer `idle` has no contract");
    assert_eq!(base.warnings[0].entry, None);
    let other = ask(&base.book, "PATCH", "buyers/acme", json!({"caps": {"day": 7}})).unwrap();
    assert_eq!(other.warnings, [], "the idle offer is not news");
}

/// The examples of RFC 7396, appendix A.
#[test]
fn merge_patches_are_those_of_the_rfc() {
    for (target, patch, expected) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        assert_eq!(merge_patch(target.clone(), patch.clone()), expected, "{target} {patch}");
    }
}

/// JSON of any structure, with keys that need quotes, escapes and more than one line.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é\n]{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z./~ é]{1,12}", inner, 1..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The pointers of all values below one.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), into);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{at}/{key}"), into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    /// Every value of a page is found by its place: the test writes a mark there and searches for
    /// it.
    #[test]
    fn every_place_of_a_page_has_its_pointer(
        body in proptest::collection::btree_map("[a-z./~ é]{1,12}", any_json(), 1..6),
        which in any::<Index>(),
    ) {
        let mut body = Value::Object(body.into_iter().collect());
        let mut all = Vec::new();
        pointers(&body, "", &mut all);
        let pointer = all[1 + which.index(all.len() - 1)].clone();
        *body.pointer_mut(&pointer).unwrap() = json!("the mark");
        let keys = Node::keys_of_json(&body);
        let before = vec![("id".to_owned(), Node::text("x"))];
        let mut page = Page::default();
        page.noun("contract", &before);
        page.noun("contract", &keys);
        let text = page.text();
        let place = Place::of(&text, text.find("\"the mark\"").unwrap());
        let spot = page.spot(place);
        prop_assert_eq!((spot.noun, spot.pointer), (Some(1), pointer), "{}", text);
    }

}

proptest! {
    // Each case reads the sample book about twenty times.
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A sequence of edits gives the same book as a file with the same entries.
    #[test]
    fn edits_give_the_book_of_the_edited_file(
        edits in proptest::collection::vec(
            (0usize..4, any::<Index>(), any::<Index>(), 0u64..9),
            1..8,
        ),
    ) {
        let mut book = sample();
        let mut document = to_json(&book);
        for (what, noun, entry, value) in edits {
            let noun = *noun.get(&Noun::ALL);
            let list = document[noun.name()].as_array_mut().unwrap();
            if list.is_empty() {
                continue;
            }
            let at = entry.index(list.len());
            let own = EntryName::new(noun, list[at][noun.key()].as_str().unwrap());
            let asked = match (what, noun) {
                (0, Noun::Number) | (1, Noun::Number | Noun::Trunk) => {
                    list.remove(at);
                    Edit::Delete(own)
                }
                (0, _) => {
                    let mut copy = list[at].clone();
                    copy["id"] = json!(format!("copy-{value}"));
                    list.push(copy.clone());
                    Edit::Create(noun, copy)
                }
                (1, _) => {
                    list.remove(at);
                    Edit::Delete(own)
                }
                (2, Noun::Buyer | Noun::Contract | Noun::Offer) => {
                    list[at]["caps"] = json!({"day": value});
                    Edit::Put(own, list[at].clone())
                }
                (_, Noun::Buyer | Noun::Contract | Noun::Offer) => {
                    let patch = json!({"caps": {"hour": value, "budget": null, "pacing": null}});
                    list[at] = merge_patch(list[at].clone(), patch.clone());
                    Edit::Patch(own, patch)
                }
                (_, Noun::Source) => {
                    let mut payout = money(&format!("{value}.00"));
                    // A share is replaced by an amount.
                    for key in ["share", "min", "max"] {
                        payout[key] = json!(null);
                    }
                    let patch = json!({ "payout": payout });
                    list[at] = merge_patch(list[at].clone(), patch.clone());
                    Edit::Patch(own, patch)
                }
                (_, Noun::Trunk | Noun::Number | Noun::Postback) => Edit::Put(own, list[at].clone()),
            };
            let (file, faults) = crate::book::parse_json(&document, Surroundings::default());
            match edit(&book, asked, Surroundings::default()) {
                Ok(edited) => {
                    let (file, _) = file.unwrap_or_else(|| panic!("{faults:#?}"));
                    prop_assert_eq!(&edited.book, &file);
                    let again = parse("b", &to_toml(&edited.book)).0;
                    prop_assert_eq!(again.as_ref(), Some(&file));
                    book = edited.book;
                }
                Err(refusal) => {
                    prop_assert!(file.is_none(), "{refusal:?}");
                    document = to_json(&book);
                }
            }
        }
    }
}
