//! A real Redis server for tests, on a spare port with its data in a temporary directory.

use std::net::TcpListener;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

/// A server that is killed, and its data removed, when the test ends.
pub(crate) struct RedisServer {
    process: Option<Child>,
    directory: TempDir,
    pub(crate) port: u16,
    /// Further arguments.
    more: Vec<String>,
}

impl RedisServer {
    /// Starts a server that keeps its data in an append-only file.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with further arguments.
    pub(crate) fn start_with(more: &[String]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory = tempfile::tempdir().unwrap();
        let mut server = Self { process: None, directory, port, more: more.to_vec() };
        server.restart();
        server
    }

    /// Starts it again, and waits until it takes connections.
    pub(crate) fn restart(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]);
        command.args(["--appendfsync", "everysec", "--port", &self.port.to_string()]);
        command.arg("--dir").arg(self.directory.path()).args(&self.more);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.process =
            Some(process.expect("redis-server is installed: scripts/install-test-tools.sh"));
        for _ in 0..500 {
            if self.ask(&["PING"]).is_some() {
                return;
            }
            wait(Duration::from_millis(10));
        }
        panic!("redis-server does not start");
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Removes its data; it must not run.
    pub(crate) fn lose_data(&self) {
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            let path = entry.unwrap().path();
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
            removed.unwrap();
        }
    }

    /// Sends a command; `None` if there is no connection, or it is refused.
    pub(crate) fn ask(&self, words: &[&str]) -> Option<redis::Value> {
        let address = ("127.0.0.1", self.port);
        let client = redis::Client::open(format!("redis://{}:{}", address.0, address.1)).unwrap();
        let mut connection = client.get_connection_with_timeout(Duration::from_secs(1)).ok()?;
        redis::cmd(words[0]).arg(&words[1..]).query(&mut connection).ok()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits for another process.
#[expect(clippy::disallowed_methods, reason = "another process gives no event")]
fn wait(time: Duration) {
    std::thread::sleep(time);
}
