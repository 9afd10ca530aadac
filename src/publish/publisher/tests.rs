use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::*;
use crate::base::FlowName;
use crate::base::Now;
use crate::base::Reach;
use crate::base::Wall;
use crate::quota::Quota;
use crate::routing::Snapshot;
use crate::switch::Speaker;

/// Time limit for what must happen at once.
const SOON: Duration = Duration::from_secs(30);

/// A publisher with the flows of a directory, and no speech program.
fn publisher(home: &TempDir) -> Arc<Publisher> {
    speaking(home, Speaker::new(None, home.path().to_owned(), Clock::system()))
}

fn speaking(home: &TempDir, speaker: Speaker) -> Arc<Publisher> {
    let dispatch = Dispatch::new(Snapshot::compile(Arc::default(), 0), Quota::memory());
    let clock = Clock::new(|| Now::at(Wall::from_micros(0)));
    let fetcher = Arc::new(Fetcher::new(Reach::Anywhere));
    let (dispatch, library) = (Arc::new(dispatch), Arc::default());
    let speaker = Arc::new(speaker);
    let live = Live { dispatch, library, events: Events::default(), speaker, fetcher, clock };
    let flows = home.path().to_owned();
    let shelf = Shelf::of(flows.clone(), flows);
    Arc::new(Publisher::new(live, shelf, None))
}

fn write(home: &Path, text: &str) {
    std::fs::write(home.join("t.xml"), text).unwrap();
}

fn text(publisher: &Publisher) -> Option<String> {
    let name: FlowName = "t".parse().unwrap();
    Some(publisher.library().source(&name)?.text.clone())
}

fn book(offer: &str) -> Book {
    book::parse("b", &format!("[[offer]]\nid = \"{offer}\"\n")).0.unwrap()
}

async fn apply(publisher: &Arc<Publisher>, offer: &'static str, version: u64) {
    let own = publisher.clone();
    let applied = tokio::task::spawn_blocking(move || own.publish_book(book(offer), version));
    tokio::time::timeout(SOON, applied).await.expect("the book waits").unwrap();
}

/// The speech program hands the sentence to the test through a pipe, before any call.
#[tokio::test(flavor = "multi_thread")]
async fn sentences_without_sound_are_rendered_on_load_and_on_reload() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let script = home.path().join("speak.sh");
    std::fs::write(&script, format!("cat \"$1\" > {}\n", pipe.display())).unwrap();
    let command = format!("sh {} {{text_file}}", script.display()).parse().unwrap();
    let speaker = Speaker::new(Some(command), home.path().to_owned(), Clock::system());
    let publisher = speaking(&home, speaker);
    for sentence in ["Good morning.", "Good evening."] {
        write(home.path(), &format!("<Flow name='t'><Say>{sentence}</Say><Route/></Flow>"));
        assert!(publisher.publish_flows().await);
        let from = pipe.clone();
        let said = tokio::task::spawn_blocking(move || std::fs::read_to_string(from));
        let said = tokio::time::timeout(SOON, said).await.expect("nothing is rendered");
        assert_eq!(said.unwrap().unwrap(), sentence);
    }
}

/// The book is live at once. The earlier publication, which still waits for the sound, does not
/// undo the flow changes that the book's publication read.
#[tokio::test(flavor = "multi_thread")]
async fn a_sound_that_hangs_holds_up_no_book_and_loses_no_flow() {
    let home = tempfile::tempdir().unwrap();
    let publisher = publisher(&home);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let play = format!("<Play>https://{}/a.wav</Play>", silent.local_addr().unwrap());
    write(home.path(), &format!("<Flow name='t'>{play}<Route/></Flow>"));
    let own = publisher.clone();
    let flows = TaskTracker::new().spawn(async move { own.publish_flows().await });
    let (connection, _) = silent.accept().await.unwrap();

    let changed = "<Flow name='t'><Route/></Flow>";
    write(home.path(), changed);
    apply(&publisher, "o", 1).await;
    assert_eq!(publisher.version(), 1);
    assert_eq!(text(&publisher).as_deref(), Some(changed));
    assert!(!flows.is_finished(), "the sound still hangs");

    drop(connection);
    drop(silent);
    assert!(tokio::time::timeout(SOON, flows).await.unwrap().unwrap());
    assert_eq!(publisher.version(), 1);
    assert_eq!(text(&publisher).as_deref(), Some(changed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_book_never_replaces_a_later_one() {
    let home = tempfile::tempdir().unwrap();
    let publisher = publisher(&home);
    let flow = "<Flow name='t'><Route/></Flow>";
    write(home.path(), flow);
    let mut tasks = tokio::task::JoinSet::new();
    for version in 1..=8 {
        let (books, flows) = (publisher.clone(), publisher.clone());
        tasks.spawn(async move { apply(&books, "o", 9 - version).await });
        tasks.spawn(async move { assert!(flows.publish_flows().await) });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(publisher.version(), 8);
    apply(&publisher, "p", 8).await;
    apply(&publisher, "p", 7).await;
    let snapshot = publisher.live.dispatch.snapshot();
    assert!(snapshot.book().offer(&"o".parse().unwrap()).is_some());
    assert_eq!((snapshot.version(), text(&publisher).as_deref()), (8, Some(flow)));
}
