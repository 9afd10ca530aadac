//! Form leads of a node that is gone go on at another.

use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::http;
use crate::leads::ACCEPTS;
use crate::leads::Buyers;
use crate::leads::lead;
use crate::leads::send;
use crate::leads::weekday;
use crate::postgres::Postgres;
use crate::redis_server::RedisServer;
use crate::shared::counted_at;
use crate::shared::on;
use crate::switch::Switch;
use crate::until::until;
use crate::until::until_dead;

/// Two nodes on one database and one Redis.
struct World {
    one: Switch,
    two: Switch,
    buyers: Buyers,
    _redis: RedisServer,
    _database: Postgres,
}

/// Returns a book with a buyer that never answers and has one unit, and one that takes leads on these
/// hours of the week. Leads are parked meanwhile.
fn book(buyers: &Buyers, open: &str) -> String {
    let contract = |id: &str, more: &str| {
        format!(
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"UTC\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\noffer = \"o\"\nchannels = [\"form\"]\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n\
             filters = {{ fields = [{{ field = \"case\", regex = \".*{id}.*\" }}] }}\n{more}"
        )
    };
    let address = buyers.address;
    let hangs = format!(
        "priority = 1\ncaps = {{ day = 1 }}\n\
         delivery = {{ post = \"http://{address}/generic/hangs/post\", timeout = \"60s\" }}\n"
    );
    let parks = format!(
        "priority = 2\nschedule = {{ weekly = {{ {open} }}, outside = \"park\" }}\n\
         delivery = {{ post = \"http://{address}{ACCEPTS}\" }}\n"
    );
    format!(
        "[[source]]\nid = \"web\"\n[[offer]]\nid = \"o\"\n{}{}",
        contract("hangs", &hangs),
        contract("parks", &parks)
    )
}

impl World {
    fn start() -> Self {
        let (database, redis, buyers) = (Postgres::start(), RedisServer::start(), Buyers::start());
        let url = database.create("leads", "template0");
        let mut one = Switch::new("strowger.db");
        one.end("-TERM");
        let path = one.home.path().join("strowger.toml");
        let settings = on(&fs::read_to_string(&path).unwrap(), &url, "one");
        let more = "[outbound]\nallow_private = true\n\
                    [leads]\nunknown_after = \"10m\"\nanswer_within = \"1s\"\n";
        fs::write(path, settings + &counted_at(redis.port) + more).unwrap();
        apply(&one, &book(&buyers, &weekday(3)));
        one.token = one.run("token create --role admin").trim().to_owned();
        one.start();
        let two = one.beside(|text| text.replace("name = \"one\"", "name = \"two\""));
        Self { one, two, buyers, _redis: redis, _database: database }
    }

    /// Opens the contract that parks, or closes it, and waits until a node knows.
    fn opens(&self, open: &str, at: &Switch) {
        let version = apply(at, &book(&self.buyers, open));
        at.goes_by(version);
    }

    /// Returns a lead as the second node shows it.
    fn shown(&self, told: &Value) -> Value {
        let path = format!("/v1/leads/{}", told["id"].as_str().unwrap());
        let (status, body) = http::fetch(self.two.address, &path, &self.two.token);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    fn figure(&self, name: &str) -> String {
        let (_, figures) = http::fetch(self.two.address, "/metrics", &self.two.token);
        let line = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap().to_owned()
    }
}

/// Applies a book and returns its version.
fn apply(switch: &Switch, book: &str) -> u64 {
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    let printed = switch.run("book apply leads.toml --force --json");
    serde_json::from_str::<Value>(&printed).unwrap()["version"].as_u64().unwrap()
}

/// Returns what a source is told of a lead.
fn told(switch: &Switch, case: &str, phone: &str) -> Value {
    send(switch.address, &switch.token, phone, &lead(case, phone)).unwrap().1
}

/// A node is killed while a post is in progress and a lead is parked; then one stops in good order.
#[test]
fn leads_of_a_node_that_is_gone_go_on_at_another() {
    let mut world = World::start();
    let posted = told(&world.one, "hangs+parks", "+13055550201");
    assert_eq!(posted["status"], "pending", "{posted}");
    let parked = told(&world.one, "parks", "+13055550202");
    assert_eq!(parked["status"], "parked", "{parked}");
    assert_eq!(world.buyers.posts("/generic/hangs/post", "+13055550201"), 1);
    world.one.end("-KILL");
    // A parked lead is offered again when its time comes, or when it goes on elsewhere.
    world.opens(&weekday(0), &world.two);

    until_dead("what became of the post is unknown", || {
        world.shown(&posted)["status"] == "unknown"
    });
    until("the parked lead is sold", || world.shown(&parked)["status"] == "sold");
    assert_eq!(world.figure("strowger_leads_live"), "1");
    // The unit of the post is taken, and nobody else gets its lead.
    assert_eq!(world.figure("strowger_holds_live"), "1");
    let next = told(&world.two, "hangs", "+13055550203");
    assert_eq!((&next["status"], &next["reason"]), (&json!("rejected"), &json!("no_contract")));
    let id = posted["id"].as_str().unwrap();
    world.two.run(&format!("leads settle {id} --accepted --reference L-9"));
    until("the other one is sold, too", || world.shown(&posted)["status"] == "sold");
    assert_eq!(world.shown(&posted)["attempts"].as_array().unwrap().len(), 1);

    // The new run of the first node has nothing to do with them; what it leaves when it stops goes on
    // at once.
    world.one.start();
    world.opens(&weekday(3), &world.one);
    let parked = told(&world.one, "parks", "+13055550204");
    assert_eq!(parked["status"], "parked", "{parked}");
    world.opens(&weekday(0), &world.two);
    world.one.end("-TERM");
    until("it is sold", || world.shown(&parked)["status"] == "sold");
    for (path, phone, posts) in [
        ("/generic/hangs/post", "+13055550201", 1),
        (ACCEPTS, "+13055550201", 0),
        (ACCEPTS, "+13055550202", 1),
        (ACCEPTS, "+13055550204", 1),
    ] {
        assert_eq!(world.buyers.posts(path, phone), posts, "{path} {phone}");
    }
    until("nothing is held", || world.figure("strowger_holds_live") == "0");
    for switch in [&world.one, &world.two] {
        let verified = switch.run("verify");
        assert!(verified.contains("no difference"), "{verified}");
    }
}
