//! A PostgreSQL server of a test: its data are in a temporary directory, and it listens at a Unix
//! socket there and, if a test needs one, at a port of the loopback address.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// Where Debian's packages have the programs of a server, of every version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// The user of Debian's package. The server refuses to run as root.
const USER: &str = "postgres";

/// A running server. Dropping it stops it and removes its data.
pub(crate) struct Postgres {
    home: tempfile::TempDir,
    programs: PathBuf,
    /// Ids of the user and group that it runs as, if the test runs as root.
    user: Option<(u32, u32)>,
    pub(crate) port: u16,
}

impl Postgres {
    /// Creates and starts a server on a free port of the loopback address. Its commits do not wait for
    /// the disk, which keeps them if only the server crashes: `ALTER SYSTEM RESET fsync` changes that.
    pub(crate) fn start() -> Self {
        let home = tempfile::Builder::new().prefix("strowger-postgres-").tempdir().unwrap();
        let user = user();
        if let Some((user, group)) = user {
            chown(home.path(), Some(user), Some(group)).unwrap();
        }
        // Between its choice and its use, another program may take the port: then the start fails.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { home, programs: programs(), user, port };
        let data = server.data();
        let data = data.to_str().unwrap();
        server.run("initdb", &["-D", data, "-U", "strowger", "--auth=trust", "-E", "UTF8", "-N"]);
        let settings = server.home.path().join("data/postgresql.auto.conf");
        std::fs::write(settings, "fsync = 'off'\n").unwrap();
        server.up();
        server
    }

    /// Starts the server again after [`Postgres::kill`].
    pub(crate) fn up(&self) {
        let (data, home) = (self.data(), self.home.path().display());
        let options = format!(
            "-k {home} -p {} -c listen_addresses=127.0.0.1 -c max_connections=200 \
             -c shared_buffers=64MB",
            self.port
        );
        let log = self.home.path().join("log");
        let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
        self.run("pg_ctl", &["-D", data, "-w", "-l", log, "-o", &options, "start"]);
    }

    /// Stops the server at once, as a crash would.
    pub(crate) fn kill(&self) {
        self.run("pg_ctl", &["-D", self.data().to_str().unwrap(), "-m", "immediate", "stop"]);
    }

    /// Creates an empty database, or a copy of another; returns its address.
    pub(crate) fn create(&self, name: &str, template: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        self.address(name)
    }

    /// Returns the address of a database.
    pub(crate) fn address(&self, name: &str) -> String {
        self.address_at(name, self.port)
    }

    /// Returns the address of a database behind a port that leads to the server's.
    pub(crate) fn address_at(&self, name: &str, port: u16) -> String {
        format!("postgres://strowger@127.0.0.1:{port}/{name}?sslmode=disable")
    }

    /// Runs SQL on a database; returns the rows, fields separated by `|`.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        let home = self.home.path().to_str().unwrap().to_owned();
        let port = self.port.to_string();
        self.run("psql", &["-h", &home, "-p", &port, "-U", "strowger", "-qAtc", sql, database])
    }

    /// Has the server accept only connections by TLS, with this certificate and its key.
    pub(crate) fn secure(&self, certificate: &Path, key: &Path) {
        let data = self.data();
        let owned = |name: &str, contents: Vec<u8>| {
            let path = data.join(name);
            std::fs::write(&path, contents).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            if let Some((user, group)) = self.user {
                chown(&path, Some(user), Some(group)).unwrap();
            }
        };
        owned("server.crt", std::fs::read(certificate).unwrap());
        owned("server.key", std::fs::read(key).unwrap());
        owned("pg_hba.conf", b"local all all trust\nhostssl all all 127.0.0.1/32 trust\n".to_vec());
        owned("postgresql.auto.conf", b"fsync = 'off'\nssl = 'on'\n".to_vec());
        self.kill();
        self.up();
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let path = self.programs.join(program);
        let mut command = match self.user {
            None => Command::new(&path),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                let (user, group) = (format!("--reuid={user}"), format!("--regid={group}"));
                command.args([&user, &group, "--clear-groups"]).arg(&path);
                command
            }
        };
        // A server that starts would inherit a pipe, and the test would wait for its end.
        let out = self.home.path().join(format!("{program}-{:x}", fresh()));
        let file = std::fs::File::create(&out).unwrap();
        command.args(arguments).current_dir(self.home.path()).stdin(std::process::Stdio::null());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let status = command.status().unwrap();
        let said = std::fs::read_to_string(&out).unwrap();
        std::fs::remove_file(&out).unwrap();
        assert!(status.success(), "{program}: {said}");
        said.trim_end().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            self.kill();
        }
    }
}

/// Returns a number that no other call of this process returns.
fn fresh() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Returns the directory of the newest version's programs.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir(PACKAGES).unwrap();
    let newest = versions.filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let newest = newest.max_by_key(|name| name.parse::<u32>().unwrap_or(0)).unwrap();
    Path::new(PACKAGES).join(newest).join("bin")
}

/// Returns the ids of the user of Debian's package, if this process is root's.
fn user() -> Option<(u32, u32)> {
    let is_root = rustix::process::geteuid().is_root();
    let passwords = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = passwords.lines().find(|line| line.starts_with(&format!("{USER}:")));
    let ids = line.map(|line| line.split(':').skip(2).take(2).map(|id| id.parse().unwrap()));
    let ids: Option<Vec<u32>> = ids.map(Iterator::collect);
    is_root.then(|| ids.map(|ids| (ids[0], ids[1])).unwrap())
}
