//! Requests that Schemathesis generates from the OpenAPI document of a running switch.

use std::process::Command;

use crate::switch::Switch;

/// Where `scripts/install-test-tools.sh` installs it.
const SCHEMATHESIS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/schemathesis/bin/schemathesis");
/// Time for a run, in seconds. It generates requests until then.
const BUDGET: &str = "45";
/// Maximum time until the program exits, in seconds.
const PATIENCE: &str = "120";
/// Generated requests per route and kind in one round.
const EXAMPLES: &str = "8";

/// Sends valid and invalid requests, the same ones in each run, and compares the status, headers,
/// and body of each response with the document.
///
/// Whether a valid body is accepted is not checked, because that also depends on the book. Carriers'
/// routes are left out, because they require a signature, and the stream of events, because it
/// never ends.
#[test]
fn generated_requests_are_answered_as_the_openapi_document_says() {
    let switch = Switch::new("strowger.db");
    let ran = Command::new("timeout")
        .current_dir(switch.home.path())
        .args([PATIENCE, SCHEMATHESIS, "run"])
        .arg(format!("http://{}/v1/openapi.json", switch.address))
        .args(["--header", &format!("Authorization: Bearer {}", switch.token)])
        .args(["--phases", "coverage,fuzzing", "--max-examples", EXAMPLES, "--max-time", BUDGET])
        .args(["--generation-deterministic", "--continue-on-failure", "--no-color"])
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args(["--include-path-regex", "^/(v1/|healthz|readyz|metrics|sounds/)"])
        .args(["--exclude-path", "/v1/events"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let hint = "scripts/install-test-tools.sh installs it";
    assert!(!said.is_empty(), "{SCHEMATHESIS}: {hint}: {}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{} (124: it took too long)\n{said}", ran.status);
}
