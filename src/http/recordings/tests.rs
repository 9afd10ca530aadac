use std::fs;

use serde_json::Value;
use serde_json::json;

use crate::base::End;
use crate::call::CallRecord;
use crate::call::Recording;
use crate::call::RecordingKind;
use crate::call::RecordingPlace;
use crate::http::client::Server;
use crate::http::connection::Bounded;
use crate::store::Role;
use crate::store::sample::finish;
use crate::store::sample::recorded;
use crate::store::sample::ringing;
use crate::store::sample::second;

/// Size of the message of 4.2 s.
const BYTES: usize = 67_244;

/// Returns a call that was recorded at a webhook carrier, and not sold.
fn at_carrier(seconds: u64) -> CallRecord {
    let mut record = recorded(seconds);
    record.winner = None;
    record.reason = Some(End::Voicemail);
    record.recordings = vec![Recording {
        n: 1,
        kind: RecordingKind::Message,
        started_at: second(seconds),
        length: None,
        place: RecordingPlace::Carrier { url: URL.to_owned() },
    }];
    record.fields.insert("message".parse().unwrap(), URL.to_owned());
    record
}

const URL: &str = "https://api.example/2010-04-01/Accounts/AC1/Recordings/RE1";

/// Starts a server with a recorded call whose file exists, and returns what it holds.
async fn server() -> (Server, String) {
    let server = Server::start(Bounded::new).await;
    finish(&*server.store, recorded(1)).await.unwrap();
    let file: String = (0..BYTES).map(|at| char::from((at % 95) as u8 + 32)).collect();
    let directory = server.recordings();
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join(Recording::file_name(recorded(1).id, 1)), &file).unwrap();
    (server, file)
}

fn path(record: &CallRecord, more: &str) -> String {
    format!("/v1/calls/{}/recordings{more}", record.id)
}

#[tokio::test]
async fn the_recordings_of_a_call_are_listed() {
    let (server, file) = server().await;
    finish(&*server.store, at_carrier(2)).await.unwrap();
    finish(&*server.store, crate::store::sample::finished(3)).await.unwrap();
    let staff = server.token(Role::Analyst).await;
    let started_at = second(1).to_string();
    for (record, expected) in [
        (
            recorded(1),
            json!([{ "n": 1, "kind": "message", "started_at": started_at, "seconds": 4.2,
                "channels": 1, "bytes": file.len(), "url": null }]),
        ),
        (
            at_carrier(2),
            json!([{ "n": 1, "kind": "message", "started_at": second(2).to_string(),
                "seconds": null, "channels": null, "bytes": null, "url": URL }]),
        ),
        (crate::store::sample::finished(3), json!([])),
    ] {
        let listed = server.ask(&format!("GET {}", path(&record, "")), &staff).await;
        assert_eq!((listed.status, &listed.json()["items"]), (200, &expected));
    }
    let unknown = server.ask(&format!("GET {}", path(&ringing(99), "")), &staff).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_recording_is_sent_whole_in_part_or_not_at_all() {
    let (server, file) = server().await;
    let staff = server.token(Role::Operator).await;
    let length = file.len();
    let path = path(&recorded(1), "/1");
    let whole = server.ask(&format!("GET {path}"), &staff).await;
    assert_eq!(whole.status, 200, "{whole:?}");
    assert!(whole.body == file, "{} bytes of {length}", whole.body.len());
    let tag = whole.header("etag").unwrap().to_owned();
    let name = format!("attachment; filename=\"{}-1.wav\"", recorded(1).id);
    assert_eq!(whole.header("content-disposition"), Some(name.as_str()));
    assert_eq!(whole.header("content-type"), Some("audio/wav"));
    assert_eq!(whole.header("cache-control"), Some("no-store"));
    let tail = format!("bytes=-{}", length - 1);
    for (header, status, place, part) in [
        ("Range: bytes=0-43".to_owned(), 206, Some(format!("bytes 0-43/{length}")), 0..44),
        (
            "Range: bytes=44-".to_owned(),
            206,
            Some(format!("bytes 44-{}/{length}", length - 1)),
            44..length,
        ),
        (
            format!("Range: {tail}"),
            206,
            Some(format!("bytes 1-{}/{length}", length - 1)),
            1..length,
        ),
        (format!("Range: bytes={length}-"), 416, Some(format!("bytes */{length}")), 0..0),
        ("Range: bytes=0-9\r\nIf-Range: \"x\"".to_owned(), 200, None, 0..length),
        (format!("If-None-Match: {tag}"), 304, None, 0..0),
    ] {
        let headers = format!("{staff}{header}\r\n");
        let sent = server.ask(&format!("GET {path}"), &headers).await;
        assert_eq!(
            (sent.status, sent.header("content-range")),
            (status, place.as_deref()),
            "{header}"
        );
        assert!(sent.body == file[part], "{header}: {} bytes", sent.body.len());
    }
    let mut client = server.connect().await;
    let head = format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{staff}\r\n");
    client.send(&head).await;
    let head = client.rest().await;
    for line in ["HTTP/1.1 200 OK", &format!("content-length: {length}"), &format!("etag: {tag}")] {
        assert!(head.lines().any(|found| found == line), "{line}: {head}");
    }
    assert!(head.ends_with("\r\n\r\n"), "no body: {head}");
}

#[tokio::test]
async fn what_is_no_recording_is_not_sent() {
    let (server, _) = server().await;
    finish(&*server.store, at_carrier(2)).await.unwrap();
    let mut lost = recorded(3);
    lost.recordings[0].n = 2;
    finish(&*server.store, lost).await.unwrap();
    fs::write(server.recordings().join("secret.wav"), "RIFF").unwrap();
    let staff = server.token(Role::Admin).await;
    for (path, status) in [
        (path(&recorded(1), "/2"), 404),
        (path(&recorded(1), "/0"), 400),
        (path(&recorded(1), "/-1"), 400),
        (path(&recorded(1), "/1.wav"), 400),
        (path(&recorded(1), "/..%2f..%2fsecret.wav"), 400),
        (path(&recorded(1), "/%2e%2e"), 400),
        ("/v1/calls/..%2fsecret/recordings/1".to_owned(), 400),
        (path(&ringing(99), "/1"), 404),
        // The carrier has it.
        (path(&at_carrier(2), "/1"), 409),
        // Its file is gone.
        (path(&recorded(3), "/2"), 404),
    ] {
        let sent = server.ask(&format!("GET {path}"), &staff).await;
        assert_eq!(sent.status, status, "{path}: {sent:?}");
    }
    assert_eq!(server.ask(&format!("GET {}", path(&recorded(1), "/1")), "").await.status, 401);
}

/// The buyer bought the call and the source sent it; the message came before the sale.
#[tokio::test]
async fn no_buyer_and_no_source_hears_a_message() {
    let (server, _) = server().await;
    let mut webhook = at_carrier(2);
    webhook.winner = recorded(2).winner;
    finish(&*server.store, webhook.clone()).await.unwrap();
    for (role, sees) in [
        (Role::Buyer("acme".parse().unwrap()), true),
        (Role::Buyer("blue".parse().unwrap()), false),
        (Role::Source("search-ads".parse().unwrap()), true),
        (Role::Source("other-ads".parse().unwrap()), false),
    ] {
        let token = server.token(role.clone()).await;
        for record in [recorded(1), webhook.clone()] {
            let asked = async |path: String| server.ask(&format!("GET {path}"), &token).await;
            let listed = asked(path(&record, "")).await;
            let heard = asked(path(&record, "/1")).await;
            assert_eq!((listed.status == 200, heard.status), (sees, 404), "{role:?}: {heard:?}");
            let call = asked(format!("/v1/calls/{}", record.id)).await;
            assert_eq!(call.status == 200, sees, "{role:?}");
            if sees {
                assert_eq!(listed.json()["items"], json!([]), "{role:?}");
            }
            for answer in [&listed, &heard, &call] {
                let hidden = [URL, "-1.wav", "message"];
                assert!(
                    !hidden.iter().any(|text| answer.body.contains(text)),
                    "{role:?}: {answer:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn each_download_is_in_the_activity_log() {
    let (server, _) = server().await;
    let operator = server.token(Role::Operator).await;
    let buyer = server.token(Role::Buyer("acme".parse().unwrap())).await;
    let path = path(&recorded(1), "/1");
    for (token, status) in [(&operator, 200), (&buyer, 404)] {
        assert_eq!(server.ask(&format!("GET {path}"), token).await.status, status);
    }
    let log = server.ask("GET /v1/activity?limit=2", &operator).await.json();
    let entries: Vec<Value> = log["items"].as_array().unwrap().clone();
    let subject = format!("{}/1", recorded(1).id);
    for (entry, who, outcome, status) in [
        (&entries[1], "operator", "done", Value::Null),
        (&entries[0], "buyer-acme", "refused", json!(404)),
    ] {
        assert_eq!(entry["by"]["token"]["name"], who, "{entry}");
        assert_eq!((&entry["action"], &entry["kind"]), (&json!("download"), &json!("recording")));
        assert_eq!((&entry["id"], &entry["address"]), (&json!(subject), &json!("127.0.0.1")));
        assert_eq!((&entry["outcome"], &entry["status"]), (&json!(outcome), &status));
        assert_eq!(entry["via"], format!("GET {path}"));
    }
}
