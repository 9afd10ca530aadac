use std::path::Path;

use rcgen::CertificateParams;
use rcgen::KeyPair;
use tempfile::TempDir;

use super::*;

const NOW: Wall = Wall::from_micros(1_800_000_000_000_000);
const DAY: i64 = 86_400_000_000;

/// Files of a certificate that is valid until so many days from [`NOW`].
struct Files(TempDir);

impl Files {
    fn new(days: i64) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.issue(days);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn issue(&self, days: i64) {
        let mut parameters = CertificateParams::new(["sip.example".to_owned()]).unwrap();
        let at = NOW.micros() + days * DAY;
        let until = Wall::from_micros(at).timestamp().to_string();
        let part = |range: std::ops::Range<usize>| until[range].parse::<u16>().unwrap();
        let (year, month, day) = (part(0..4), part(5..7), part(8..10));
        let (month, day) = (u8::try_from(month).unwrap(), u8::try_from(day).unwrap());
        parameters.not_after = rcgen::date_time_ymd(i32::from(year), month, day);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        fs::write(self.path("c.pem"), certificate.pem()).unwrap();
        fs::write(self.path("k.pem"), key.serialize_pem()).unwrap();
    }

    fn settings(&self) -> config::Tls {
        let (certificate, private_key) = (self.path("c.pem"), self.path("k.pem"));
        let own = Some(config::OwnCertificate { certificate, private_key });
        config::Tls { own, ..config::Tls::default() }
    }

    /// Returns the fault of the files, without their directory.
    fn fault(&self, settings: config::Tls) -> String {
        let fault = Tls::load(settings).unwrap_err().to_string();
        fault.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_certificate_that_fits_its_key_is_used() {
    let files = Files::new(365);
    let tls = Tls::load(files.settings()).unwrap();
    assert!(tls.current.load().server.is_some());
    assert_eq!(tls.expires_soon(NOW), None);
    // Without one, calls can be made and none are accepted.
    let tls = Tls::load(config::Tls::default()).unwrap();
    assert!(tls.current.load().server.is_none());
    assert_eq!(tls.validity(), None);
}

#[test]
fn faults_of_the_files_say_which_and_why() {
    let files = Files::new(365);
    let key = fs::read_to_string(files.path("k.pem")).unwrap();
    files.issue(365);
    let fitting = fs::read_to_string(files.path("k.pem")).unwrap();
    write(&files.path("k.pem"), &key);
    assert_eq!(files.fault(files.settings()), "k.pem: is not the private key of c.pem");
    write(&files.path("k.pem"), "no key");
    assert_eq!(files.fault(files.settings()), "k.pem: has no private key in PEM");
    fs::remove_file(files.path("k.pem")).unwrap();
    assert_eq!(files.fault(files.settings()), "k.pem: cannot be read: there is no such file");
    write(&files.path("k.pem"), &fitting);
    let certificate = fs::read_to_string(files.path("c.pem")).unwrap();
    write(&files.path("c.pem"), &fitting);
    assert_eq!(files.fault(files.settings()), "c.pem: has no certificate in PEM");
    write(&files.path("c.pem"), &certificate);
    write(&files.path("a.pem"), "");
    for settings in [
        config::Tls { authority: Some(files.path("a.pem")), ..files.settings() },
        config::Tls { client_authority: Some(files.path("a.pem")), ..files.settings() },
    ] {
        assert_eq!(files.fault(settings), "a.pem: has no certificate in PEM");
    }
    let large = "x".repeat(usize::try_from(FILE_MAX).unwrap() + 1);
    write(&files.path("c.pem"), &large);
    let fault = files.fault(files.settings());
    assert_eq!(fault, "c.pem: cannot be read: it has over 1048576 bytes");
}

#[test]
fn an_end_that_is_near_is_known() {
    for (days, is_soon, is_past) in [(20, false, false), (13, true, false), (-2, true, true)] {
        let files = Files::new(days);
        let tls = Tls::load(files.settings()).unwrap();
        assert_eq!(tls.expires_soon(NOW).is_some(), is_soon, "{days}");
        assert_eq!(tls.expiry(NOW).is_some(), is_past, "{days}");
    }
}

#[test]
fn only_a_better_certificate_replaces_one() {
    let files = Files::new(20);
    let tls = Tls::load(files.settings()).unwrap();
    let before = tls.validity();
    assert_eq!(tls.reload(NOW), Ok(Kept::Same));
    let key = fs::read_to_string(files.path("k.pem")).unwrap();
    write(&files.path("k.pem"), "half a k");
    assert!(matches!(tls.reload(NOW), Err(CertificateFault::Empty { .. })));
    assert_eq!(tls.reload(NOW), Ok(Kept::Same), "each fault is returned once");
    assert_eq!(tls.validity(), before);
    write(&files.path("k.pem"), &key);
    assert_eq!(tls.reload(NOW), Ok(Kept::Replaced));
    files.issue(-1);
    assert!(matches!(tls.reload(NOW), Err(CertificateFault::Expired { .. })));
    assert_eq!(tls.validity(), before);
    files.issue(90);
    assert_eq!(tls.reload(NOW), Ok(Kept::Replaced));
    assert_ne!(tls.validity(), before);
}
