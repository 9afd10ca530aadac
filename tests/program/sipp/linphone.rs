//! linphonec as a caller with a user name and a password: SHA-256, over TLS, by the one connection that
//! it made.

use std::fs;
use std::io::ErrorKind;
use std::io::Write as _;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;

use serde_json::json;

use super::authority::Authority;
use super::scenario::Sipp;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

/// linphonec, which takes commands from its input. It is killed if it still runs when the test ends.
struct Linphone {
    child: Child,
    commands: ChildStdin,
}

impl Linphone {
    /// Starts it with an account at the switch, on ports of the system's choice.
    fn start(stage: &Stage) -> Self {
        let (home, switch) = (stage.home().join("linphone"), stage.ip(1));
        fs::create_dir_all(home.join(".local/share/linphone")).unwrap();
        let authority = stage.home().join("authority.pem");
        // It compares no address with a certificate, only names.
        let settings = format!(
            "[sip]\nsip_port=-1\nsip_tcp_port=-1\nsip_tls_port=-1\nverify_server_certs=1\n\
             verify_server_cn=0\nroot_ca={}\ndefault_proxy=0\n\
             [auth_info_0]\nusername=user\npasswd=secret\nrealm=strowger\ndomain={switch}\n\
             algorithm=SHA-256\n\
             [proxy_0]\nreg_proxy=<sip:{switch}:5061;transport=tls>\nreg_identity=sip:user@{switch}\n\
             reg_sendregister=0\n",
            authority.display(),
        );
        fs::write(home.join("settings"), settings).unwrap();
        let log = home.join("log");
        let output = fs::File::create(&log).unwrap();
        stage.traces.lock().unwrap().push(log);
        let child = Command::new("linphonec")
            .args(["-c", "settings", "-d", "6"])
            .current_dir(&home)
            .env("HOME", &home)
            .stdin(Stdio::piped())
            .stderr(output.try_clone().unwrap())
            .stdout(output)
            .spawn();
        let mut child = match child {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("linphonec is not installed: run scripts/install-test-tools.sh")
            }
            child => child.unwrap(),
        };
        let commands = child.stdin.take().unwrap();
        let mut linphone = Self { child, commands };
        linphone.order("soundcard use files");
        linphone
    }

    fn order(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn linphone_calls_by_sha_256_over_tls() {
    let settings = |stage: &Stage, text: String| {
        let authority = Authority::new(stage.home(), "authority");
        authority.issue("1", &stage.ip(1).to_string(), 2090);
        let tcp = format!("\"tcp:{}:5060\"", stage.ip(1));
        let tls = format!("{tcp}, \"tls:{}:5061\"", stage.ip(1));
        let keys = "[sip]\ntls_certificate = \"1.pem\"\ntls_private_key = \"1.key\"\n\
                    digest = \"SHA-256\"\n";
        let account = "[credentials.own]\nusername = \"user\"\npassword = \"secret\"\n";
        text.replace(&tcp, &tls).replace("[sip]\n", keys) + account
    };
    let trunk = "[[trunk]]\nid = \"digest\"\ncredentials = \"own\"\n";
    let book = |_: &Stage, text: String| trunk.to_owned() + &text;
    let stage = Stage::changed(&[contract("acme", 10)], settings, book);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let mut caller = Linphone::start(&stage);
    caller.order(&format!("call sip:{NUMBER}@{}", stage.ip(1)));
    until("the call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    caller.order("terminate");
    buyer.succeed();
    let record = stage.ended_record();
    assert_eq!(attempts(&record), ["acme won"]);
    let ended = [("/trunk", json!("digest")), ("/ended_by", json!("caller"))];
    assert_fields(&record, &ended);
}
