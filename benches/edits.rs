//! How long an edit of the book takes until another node uses it: two nodes on one PostgreSQL and one
//! Redis, on this machine. `docs/performance.md` has the results.
//!
//! The answer comes when the edit is stored, and in use at the node that was asked; the other one learns
//! of it by a notice of PostgreSQL, often before that.
//!
//! `cargo bench --bench edits` edits 100 times; `EDITS=10 cargo bench --bench edits` does otherwise.
//! Needs PostgreSQL and Redis.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made stops"
)]
#![expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]

#[path = "../tests/program/events_at.rs"]
mod events_at;
#[path = "../tests/support/http.rs"]
mod http;
#[path = "support/percentiles.rs"]
mod percentiles;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/support/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/support/redis_server.rs"]
mod redis_server;
#[path = "../tests/program/shared.rs"]
mod shared;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/sipp/stage.rs"]
mod stage;
#[path = "../tests/program/signals.rs"]
mod signals;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/until.rs"]
mod until;

use std::io::BufRead as _;
use std::time::Instant;

use events_at::events_at;
use percentiles::percentiles;
use postgres::Postgres;
use redis_server::RedisServer;
use shared::counted_at;
use shared::on;
use stage::Stage;
use stage::contract;

fn main() {
    let edits = std::env::var("EDITS").map_or(100, |edits| edits.parse().expect("a number"));
    let (database, redis) = (Postgres::start(), RedisServer::start());
    let url = database.create("edits", "template0");
    let shared = |text: String, name: &str| on(&text, &url, name) + &counted_at(redis.port);
    let contracts = [contract("acme", 10)];
    let one = Stage::changed(&contracts, |_, text| shared(text, "one"), |_, book| book);
    let two = one.unstarted_beside(2, |text| shared(text, "two"));
    let two = one.start_with(two);

    let book = std::fs::read_to_string(one.home().join("book.toml")).unwrap();
    let mut events = events_at(two.api(), two.token());
    let (mut answered, mut used, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=edits {
        let text = book.replace("\"5.00\"", &format!("\"5.{number:06}\""));
        let begun = Instant::now();
        let to = ["PUT", "/v1/book"];
        let (status, answer) =
            http::send(one.api(), to, Some(one.token()), ["application/toml", &text]);
        assert_eq!(status, 200, "{answer}");
        let answer_took = begun.elapsed();
        answered.push(answer_took);
        let mut line = String::new();
        while !line.starts_with("event: book.published") {
            line.clear();
            assert!(events.read_line(&mut line).unwrap() > 0, "the stream ended");
        }
        used.push(begun.elapsed());
        after.push(begun.elapsed() - answer_took);
    }
    println!("| ms from an edit | edits | p50 / p99 / most |\n|---|---|---|");
    println!("| until its answer | {edits} | {} |", percentiles(&mut answered));
    println!("| until another node uses it | {edits} | {} |", percentiles(&mut used));
    println!("| from the one to the other | {edits} | {} |", percentiles(&mut after));
}
