//! Cost of geography: `cargo bench --bench geo`.
//!
//! The tables are part of the program, so there is no loading to measure. `first lookups` reads
//! every zip once and so touches every page. `known` is everything that a decision derives from a
//! zip and a caller. `compile` compiles a book of contracts with a radius each.

#![expect(clippy::unwrap_used, reason = "benchmark helpers")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use strowger::base::Fields;
use strowger::base::Origin;
use strowger::book;
use strowger::book::Channel;
use strowger::geo::AreaCode;
use strowger::geo::CityName;
use strowger::geo::Country;
use strowger::geo::County;
use strowger::geo::Zip;
use strowger::geo::zips_within;
use strowger::routing::Inquiry;
use strowger::routing::Known;
use strowger::routing::Snapshot;

/// Contracts of the compiled book.
const CONTRACTS: usize = 1_000;

fn lookups(criterion: &mut Criterion) {
    let zips: Vec<Zip> = Zip::all().step_by(97).collect();
    let mut turn = zips.iter().cycle();
    criterion.bench_function("first lookups of all zips", |bencher| {
        bencher.iter(|| Zip::all().filter_map(|zip| black_box(zip.place())).count());
    });
    criterion.bench_function("place of a zip", |bencher| {
        bencher.iter(|| black_box(turn.next().unwrap().place()));
    });
    let mut turn = zips.iter().cycle();
    criterion.bench_function("state of a zip", |bencher| {
        bencher.iter(|| black_box(turn.next().unwrap().state()));
    });
    let code: AreaCode = "850".parse().unwrap();
    criterion.bench_function("state and zones of an area code", |bencher| {
        bencher.iter(|| (black_box(code).state(), black_box(code).zones()));
    });
    let phone = "+442071838750".parse().unwrap();
    criterion.bench_function("country of a number", |bencher| {
        bencher.iter(|| Country::of(black_box(&phone)));
    });
    criterion.bench_function("city by name", |bencher| {
        bencher.iter(|| CityName::find(black_box("st. louis")));
    });
    criterion.bench_function("county by name", |bencher| {
        bencher.iter(|| black_box("Dallas County, TX").parse::<County>());
    });
}

fn circles(criterion: &mut Criterion) {
    for (zip, miles) in [("90210", 10), ("90210", 50), ("10001", 50), ("67202", 500)] {
        let center: Zip = zip.parse().unwrap();
        let found = zips_within(center, miles).map_or(0, |zips| zips.len());
        criterion.bench_function(&format!("{miles} miles of {zip}: {found} zips"), |bencher| {
            bencher.iter(|| zips_within(black_box(center), miles));
        });
    }
}

fn known(criterion: &mut Criterion) {
    let mut fields = Fields::default();
    fields.set("zip".parse().unwrap(), "75201", Origin::Ivr);
    let inquiry = Inquiry {
        offer: "o".parse().unwrap(),
        channel: Channel::Call,
        source: None,
        caller: "+13055550123".parse().ok(),
        fields,
    };
    criterion.bench_function("known of a zip and a caller", |bencher| {
        bencher.iter(|| Known::of(black_box(&inquiry)));
    });
}

fn compile(criterion: &mut Criterion) {
    let mut text = "[[offer]]\nid = \"o\"\n".to_owned();
    for (n, zip) in Zip::all().filter(|zip| zip.state() == "TX".parse().ok()).enumerate() {
        if n == CONTRACTS {
            break;
        }
        text += &format!(
            "[[buyer]]\nid = \"b{n}\"\ntimezone = \"UTC\"\n[[contract]]\nid = \"c{n}\"\nbuyer = \
             \"b{n}\"\noffer = \"o\"\nchannels = [\"form\"]\nprice = {{ amount = \"1\", currency = \
             \"USD\" }}\nfilters = {{ radius = {{ zip = \"{zip}\", miles = 50 }} }}\n"
        );
    }
    let (book, found) = book::parse("book.toml", &text);
    let book = Arc::new(book.unwrap_or_else(|| panic!("{found:?}")));
    criterion.bench_function(&format!("compile {CONTRACTS} radii of 50 miles"), |bencher| {
        bencher.iter(|| Snapshot::compile(book.clone(), 1));
    });
}

criterion_group!(benches, lookups, circles, known, compile);
criterion_main!(benches);
