//! baresip, as a caller or as a buyer: over TLS, or with a user name and a password.

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use strowger::media::Prompt;
use strowger::media::g711::Law;
use strowger::media::g711::decode;
use strowger::media::read_wav;
use strowger::media::tone::power;
use strowger::media::tone::sine;
use strowger::media::wav_header;

use super::stage::Stage;
use crate::until::until;

/// Returns the frequency of the tone that the phone at a host sends, in Hz.
const fn tone_of(host: u8) -> u32 {
    400 + host as u32 * 20
}

/// Returns a WAV file of a tone, at `times` 8 kHz: baresip plays only files at its codec's rate.
fn tone_file(hz: u32, times: u32) -> Vec<u8> {
    let samples = sine(hz / times, 8_000 * 40 * times as usize);
    let mut file = wav_header(samples.len());
    for (place, unit) in [(24, 1), (28, 2)] {
        file[place..place + 4].copy_from_slice(&(8_000 * times * unit).to_le_bytes());
    }
    let samples = samples.iter().flat_map(|sample| sample.to_le_bytes());
    file.into_iter().chain(samples).collect()
}

/// Port of its menu.
const CONSOLE: u16 = 5555;

/// It ends by itself after so many seconds.
const END: &str = "40";

/// A baresip process. It is killed if it still runs when the test ends.
pub(crate) struct Baresip {
    child: Child,
    log: PathBuf,
    /// Where its menu listens.
    host: SocketAddr,
}

impl Baresip {
    /// Starts a buyer that answers calls to `user` over TLS at a host, with the certificate
    /// `HOST.both`; it is listening when this returns.
    pub(crate) fn buyer(stage: &Stage, host: u8, user: &str, media: &str) -> Self {
        let account = over_tls(stage, host, user, &format!("answermode=auto{media}"));
        let buyer = start(stage, host, &account, &["-t", END]);
        let std::net::IpAddr::V4(ip) = stage.ip(host) else { unreachable!() };
        let line = format!("{:08X}:{:04X} ", u32::from_le_bytes(ip.octets()), 5061);
        until("the buyer listens", || {
            fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table.contains(&line))
        });
        buyer
    }

    /// Starts a caller at a host who calls `number` over TLS, and hangs up some seconds later.
    pub(crate) fn caller(stage: &Stage, host: u8, number: &str, seconds: u8, media: &str) -> Self {
        let call = format!("/dial sip:{number}@{}:5061", stage.ip(1));
        let seconds = seconds.to_string();
        let account = over_tls(stage, host, "+13055550123", &format!("answermode=manual{media}"));
        start(stage, host, &account, &["-t", &seconds, "-e", &call])
    }

    /// Starts a caller at a host with an account at the switch, which asks it for the password, who
    /// calls `number`, and hangs up some seconds later.
    pub(crate) fn caller_by_digest(
        stage: &Stage,
        host: u8,
        (user, password): (&str, &str),
        number: &str,
        seconds: u8,
    ) -> Self {
        let switch = stage.ip(1);
        let account = format!(
            "<sip:{user}@{switch}:5060>;auth_user={user};auth_pass={password};regint=0;\
             answermode=manual\n"
        );
        let call = format!("/dial sip:{number}@{switch}:5060");
        let seconds = seconds.to_string();
        start(stage, host, &account, &["-t", &seconds, "-e", &call])
    }

    /// Types keys of its menu: digits are sent as telephone events, `x` holds, `X` resumes, `b` hangs up.
    pub(crate) fn types(&self, keys: &str) {
        let socket = UdpSocket::bind((self.host.ip(), 0)).unwrap();
        // Each key is released again.
        for key in keys.bytes().flat_map(|key| [key, 4]) {
            socket.send_to(&[key], self.host).unwrap();
        }
    }

    /// Returns whether it has said this.
    pub(crate) fn has_said(&self, part: &str) -> bool {
        self.times_said(part) > 0
    }

    /// Returns how often it has said this.
    pub(crate) fn times_said(&self, part: &str) -> usize {
        fs::read_to_string(&self.log).map_or(0, |log| log.matches(part).count())
    }

    /// Returns the files with what it has heard, one for each part of a call.
    fn heard(&self) -> impl Iterator<Item = PathBuf> {
        let files = fs::read_dir(self.log.parent().unwrap()).unwrap();
        let files = files.map(|entry| entry.unwrap().path());
        files.filter(|file| file.to_str().unwrap().ends_with("-dec.wav"))
    }

    /// Returns whether it has heard four seconds of anything.
    pub(crate) fn has_heard_enough(&self) -> bool {
        self.heard().map(|file| fs::metadata(file).unwrap().len()).sum::<u64>() > 4 * 16_000
    }

    /// Returns the share of the tone of another phone in what this one has heard, 0 to 1; its calls
    /// must have ended.
    pub(crate) fn share_heard(&self, host: u8) -> f64 {
        let sounds = self.heard().filter_map(|file| read_wav(&fs::read(file).unwrap()).ok());
        let share = |sound: Prompt| {
            let codes = (0..sound.frames()).filter_map(|at| sound.frame(Law::Mu, at)).flatten();
            let samples: Vec<i16> = codes.map(|code| decode(Law::Mu, *code)).collect();
            power(&samples, tone_of(host))
        };
        sounds.map(share).fold(0.0, f64::max)
    }

    /// Waits until it has ended.
    pub(crate) fn end(&mut self) {
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

/// Returns the account of a phone over TLS.
fn over_tls(stage: &Stage, host: u8, user: &str, more: &str) -> String {
    format!("<sip:{user}@{}:5061;transport=tls>;regint=0;{more}\n", stage.ip(host))
}

/// Its audio comes from 127.0.0.1, whatever its address is: a tone of [`tone_of`].
fn start(stage: &Stage, host: u8, account: &str, arguments: &[&str]) -> Baresip {
    let home = stage.home().join(format!("baresip-{host}"));
    fs::create_dir(&home).unwrap();
    let tone = home.join("tone.wav");
    fs::write(&tone, tone_file(tone_of(host), if account.contains("G722") { 2 } else { 1 }))
        .unwrap();
    let (ip, path) = (stage.ip(host), |name: String| stage.home().join(name).display().to_string());
    let certificate = path(format!("{host}.both"));
    let certificates = match fs::exists(&certificate).unwrap() {
        true => {
            let authority = path("authority.pem".to_owned());
            format!("sip_certificate {certificate}\nsip_cafile {authority}\n")
        }
        false => String::new(),
    };
    let config = format!(
        "module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule g722.so\n\
         module srtp.so\nmodule aubridge.so\nmodule aufile.so\nmodule sndfile.so\n\
         module_tmp account.so\nmodule_app menu.so\nmodule cons.so\ncons_listen {ip}:{CONSOLE}\naudio_player aubridge,a\n\
         audio_source aufile,{}\nsnd_path {}\naudio_alert aubridge,b\nsip_listen {ip}:5060\n\
         {certificates}rtp_ports 7000-7999\n",
        tone.display(),
        home.display(),
    );
    fs::write(home.join("config"), config).unwrap();
    fs::write(home.join("contacts"), "").unwrap();
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
    Baresip { child, log, host: (ip, CONSOLE).into() }
}
