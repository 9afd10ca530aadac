//! Configurations in `deploy/` are valid for the programs that read them.

use std::process::Command;

#[test]
fn kamailio_accepts_its_configuration() {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/kamailio.cfg");
    let checked = Command::new("kamailio").args(["-c", "-f", config]).output();
    let checked = checked.expect("run `make test` or scripts/install-test-tools.sh");
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");
    assert!(!said.contains("ERROR") && !said.contains("WARNING"), "{said}");
}
