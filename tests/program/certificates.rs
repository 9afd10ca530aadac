//! Certificates for servers on loopback.

use std::path::Path;
use std::process::Command;

/// Makes an authority (`ca.pem`), and a certificate by it for a server at `ip` (`server.pem`,
/// `server.key`), in a directory.
pub(crate) fn make(home: &Path, ip: &str) {
    let openssl = |arguments: &str| {
        let done = Command::new("openssl").current_dir(home).args(arguments.split(' ')).output();
        let done = done.expect("openssl is needed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(&format!("req -x509 {key} -subj /CN=test-ca -keyout ca.key -out ca.pem"));
    openssl(&format!(
        "req -x509 {key} -subj /CN=server -CA ca.pem -CAkey ca.key -keyout server.key \
         -out server.pem -addext basicConstraints=critical,CA:FALSE \
         -addext subjectAltName=IP:{ip}"
    ));
}
