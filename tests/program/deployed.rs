//! Configurations in `deploy/` are valid for the programs that read them.

use std::process::Command;

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");

/// Runs a program that checks a configuration, and returns what it says.
#[track_caller]
fn check(program: &str, arguments: &[&str]) -> String {
    let checked = Command::new(program).args(arguments).output();
    let checked = checked.expect("run `make test` or scripts/install-test-tools.sh");
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");
    said
}

#[test]
fn kamailio_accepts_its_configuration() {
    let said = check("kamailio", &["-c", "-f", &format!("{DEPLOY}/kamailio.cfg")]);
    assert!(!said.contains("ERROR") && !said.contains("WARNING"), "{said}");
}

/// At sockets of a temporary directory in place of the ports, which only root may open.
#[test]
fn nginx_accepts_its_configuration() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).display().to_string();
    let names = vec!["strowger.example.com".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(path("fullchain.pem"), own.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), own.signing_key.serialize_pem()).unwrap();
    let text = std::fs::read_to_string(format!("{DEPLOY}/nginx.conf")).unwrap();
    let lines = text.lines().filter(|line| !line.contains("listen [::]"));
    let site = lines.map(|line| {
        let line = line.replace("/etc/ssl/strowger/", &path(""));
        let line = line.replace("listen 80", &format!("listen unix:{}", path("80")));
        line.replace("listen 443", &format!("listen unix:{}", path("443"))) + "\n"
    });
    let site: String = site.collect();
    assert_eq!(site.matches("listen unix:").count(), 2, "{site}");
    let directories = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", path(kind)));
    let (logs, pid, directories) = (path("log"), path("pid"), directories.concat());
    let main = format!(
        "pid {pid};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log {logs};\n{directories}{site}}}\n"
    );
    std::fs::write(path("main.conf"), main).unwrap();
    let said = check("/usr/sbin/nginx", &["-t", "-c", &path("main.conf")]);
    assert!(!said.contains("[warn]") && !said.contains("[emerg]"), "{said}");
}
