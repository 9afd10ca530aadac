//! TLS to PostgreSQL.

use std::fs;
use std::process::Command;
use std::process::Output;

use crate::certificates;
use crate::postgres::Postgres;

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");

/// The server takes connections by TLS only, and its certificate is for 127.0.0.1.
#[test]
fn the_servers_certificate_is_checked() {
    let (home, other, server) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), Postgres::start());
    certificates::make(home.path(), "127.0.0.1");
    certificates::make(other.path(), "127.0.0.1");
    server.create("secure", "template0");
    server.secure(&home.path().join("server.pem"), &home.path().join("server.key"));
    let (port, dir) = (server.port, home.path().display());
    let run = |host: &str, parameters: &str| -> Output {
        let url = format!("postgres://strowger@{host}:{port}/secure?{parameters}");
        let settings = format!("[database]\nurl = \"{url}\"\n");
        fs::write(home.path().join("strowger.toml"), settings).unwrap();
        let mut command = Command::new(PROGRAM);
        command.current_dir(&home).args(["-c", "strowger.toml", "token", "create"]);
        command.args(["--role", "admin"]).output().unwrap()
    };
    let trusted = format!("sslmode=verify-full&sslrootcert={dir}/ca.pem");
    let done = run("127.0.0.1", &trusted);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    let stranger = format!("sslmode=verify-full&sslrootcert={}/ca.pem", other.path().display());
    for (host, parameters, cause) in [
        ("127.0.0.1", stranger.as_str(), "invalid peer certificate: BadSignature"),
        ("localhost", trusted.as_str(), "not valid for name"),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "No such file"),
    ] {
        let refused = run(host, parameters);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
        assert!(said.contains(cause) && said.contains("`sslrootcert`"), "{said}");
    }
    let plain = run("127.0.0.1", "sslmode=disable");
    let said = String::from_utf8_lossy(&plain.stderr);
    assert!(!plain.status.success() && said.contains("no encryption"), "{said}");
}
