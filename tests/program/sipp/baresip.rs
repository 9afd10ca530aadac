//! baresip, as a caller or as a buyer over TLS.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use super::stage::Stage;
use crate::until::until;

/// It ends by itself after so many seconds.
const END: &str = "40";

/// A baresip process. It is killed if it still runs when the test ends.
pub(crate) struct Baresip {
    child: Child,
    log: PathBuf,
}

impl Baresip {
    /// Starts a buyer that answers calls to `user` over TLS at a host, with the certificate
    /// `HOST.both`; it is listening when this returns.
    pub(crate) fn buyer(stage: &Stage, host: u8, user: &str) -> Self {
        let buyer = start(stage, host, user, "answermode=auto", &["-t", END]);
        let std::net::IpAddr::V4(ip) = stage.ip(host) else { unreachable!() };
        let line = format!("{:08X}:{:04X} ", u32::from_le_bytes(ip.octets()), 5061);
        until("the buyer listens", || {
            fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table.contains(&line))
        });
        buyer
    }

    /// Starts a caller at a host who calls `number` over TLS, and hangs up some seconds later.
    pub(crate) fn caller(stage: &Stage, host: u8, number: &str, seconds: u8) -> Self {
        let call = format!("/dial sip:{number}@{}:5061", stage.ip(1));
        let seconds = seconds.to_string();
        start(stage, host, "+13055550123", "answermode=manual", &["-t", &seconds, "-e", &call])
    }

    /// Returns whether it has said this.
    pub(crate) fn has_said(&self, part: &str) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains(part))
    }

    /// Waits until it has ended.
    pub(crate) fn end(mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its audio comes from 127.0.0.1, whatever its address is, and is not heard.
fn start(stage: &Stage, host: u8, user: &str, mode: &str, arguments: &[&str]) -> Baresip {
    let home = stage.home().join(format!("baresip-{host}"));
    fs::create_dir(&home).unwrap();
    let (ip, path) = (stage.ip(host), |name: String| stage.home().join(name).display().to_string());
    let config = format!(
        "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aubridge.so\n\
         module_tmp account.so\nmodule_app menu.so\naudio_player aubridge,a\n\
         audio_source aubridge,a\naudio_alert aubridge,b\nsip_listen {ip}:5060\n\
         sip_certificate {}\nsip_cafile {}\nrtp_ports 7000-7999\n",
        path(format!("{host}.both")),
        path("authority.pem".to_owned()),
    );
    fs::write(home.join("config"), config).unwrap();
    fs::write(home.join("contacts"), "").unwrap();
    let account = format!("<sip:{user}@{ip}:5061;transport=tls>;regint=0;{mode}\n");
    fs::write(home.join("accounts"), account).unwrap();
    let log = home.join("log");
    let output = fs::File::create(&log).unwrap();
    stage.traces.lock().unwrap().push(log.clone());
    let child = Command::new("baresip")
        .args(["-s", "-n", &ip.to_string(), "-f", home.to_str().unwrap()])
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(output.try_clone().unwrap())
        .stdout(output)
        .spawn();
    let child = match child {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("baresip is not installed: run `make test` or scripts/install-test-tools.sh")
        }
        child => child.unwrap(),
    };
    Baresip { child, log }
}
