//! Kamailio: in front of the switch, with the configuration of `deploy/`, or as a carrier.

use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use super::stage::Stage;
use crate::until::until;

/// Last octet of its address.
pub(crate) const HOST: u8 = 80;

/// A running Kamailio. Dropping it ends all its processes.
pub(crate) struct Kamailio {
    main: Child,
}

impl Kamailio {
    /// Starts it in front of nodes at these addresses, and waits until it answers.
    pub(crate) fn start(stage: &Stage, nodes: &[IpAddr]) -> Self {
        Self::before(stage, nodes, "5060", "")
    }

    /// The same; it speaks TLS with the nodes. Its certificate is that of its host.
    pub(crate) fn start_over_tls(stage: &Stage, nodes: &[IpAddr]) -> Self {
        let ip = stage.ip(HOST);
        let file = |name: &str| stage.home().join(name).display().to_string();
        let more = format!(
            "tcp_source_ipv4 = {ip}\nenable_tls = yes\nlisten = tls:{ip}:5061\n\
             loadmodule \"tls.so\"\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n\
             modparam(\"tls\", \"certificate\", \"{}\")\n\
             modparam(\"tls\", \"private_key\", \"{}\")\n\
             modparam(\"tls\", \"ca_list\", \"{}\")\n\
             modparam(\"tls\", \"verify_certificate\", 1)\n",
            file(&format!("{HOST}.pem")),
            file(&format!("{HOST}.key")),
            file("authority.pem"),
        );
        Self::before(stage, nodes, "5061;transport=tls", &more)
    }

    /// Starts it in front of nodes, with more lines of configuration.
    fn before(stage: &Stage, nodes: &[IpAddr], way: &str, more: &str) -> Self {
        let list = stage.home().join("dispatcher.list");
        let deployed = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/kamailio.cfg");
        let changed = fs::read_to_string(deployed)
            .unwrap()
            .replace("192.0.2.10", &stage.ip(HOST).to_string())
            // Several processes may send 180 after 200, which SIPp does not take.
            .replace("children = 4\ntcp", "children = 1\ntcp")
            .replace("\nloadmodule \"kex.so\"\n", &format!("\n{more}loadmodule \"kex.so\"\n"))
            .replace("/etc/kamailio/dispatcher.list", list.to_str().unwrap());
        let nodes: String = nodes.iter().map(|node| format!("1 sip:{node}:{way}\n")).collect();
        fs::write(list, nodes).unwrap();
        Self::with(stage, &changed)
    }

    /// Starts it as a carrier that asks for the user `user` and the password `secret`. It sends our
    /// calls on to a buyer, and those of host 24 to the account if that has registered.
    pub(crate) fn carrier(stage: &Stage, algorithm: &str, buyer: IpAddr) -> Self {
        let text = include_str!("../../support/kamailio-carrier.cfg")
            .replace("{ip}", &stage.ip(HOST).to_string())
            .replace("{caller}", &stage.ip(24).to_string())
            .replace("{algorithm}", algorithm)
            .replace("{buyer}", &buyer.to_string());
        Self::with(stage, &text)
    }

    /// Starts it with a configuration.
    fn with(stage: &Stage, configuration: &str) -> Self {
        let home = stage.home().join("kamailio");
        fs::create_dir(&home).unwrap();
        let file = |name: &str| home.join(name).to_str().unwrap().to_owned();
        fs::write(file("kamailio.cfg"), configuration).unwrap();
        let log = fs::File::create(file("log")).unwrap();
        stage.traces.lock().unwrap().push(home.join("log"));
        let started = Command::new("kamailio")
            .args(["-DD", "-E", "-m", "32", "-M", "4", "-Y", home.to_str().unwrap()])
            .args(["-f", &file("kamailio.cfg"), "-P", &file("pid")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let main = match started {
            Err(error) if error.kind() == ErrorKind::NotFound => panic!(
                "kamailio is not installed: run `make test` or scripts/install-test-tools.sh"
            ),
            started => started.unwrap(),
        };
        let kamailio = Self { main };
        let IpAddr::V4(ip) = stage.ip(HOST) else { unreachable!() };
        let line = format!("{:08X}:{:04X} ", u32::from_le_bytes(ip.octets()), 5060);
        until("Kamailio listens", || {
            let listens = |table| fs::read_to_string(table).is_ok_and(|t| t.contains(&line));
            listens("/proc/net/udp") && listens("/proc/net/tcp")
        });
        kamailio
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // SIGTERM, so that its main process ends its children. It may have ended already.
        let _ = Command::new("kill").arg(self.main.id().to_string()).status();
        let _ = self.main.wait();
    }
}
