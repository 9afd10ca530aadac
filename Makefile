# Commands for working on the program; see the README.

# A SIP test mostly waits for a phone, so we run more tests than there are cores.
export RUST_TEST_THREADS ?= 8

.PHONY: test bench load demo fuzz

# What the project's CI runs. It installs the tools that the tests need, if they are missing.
test:
	scripts/install-test-tools.sh
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo test

# The cost of single parts.
bench:
	cargo bench --bench decide --bench geo --bench relay --bench store --bench wire \
		--bench webhook

# The capacity of a whole switch, with SIPp on both sides: docs/performance.md.
load:
	scripts/install-test-tools.sh
	cargo bench --bench load

# Calls on loopback, printed step by step.
demo:
	cargo run --release -- demo --once

# Runs each fuzz target for 30 seconds; needs `cargo install cargo-fuzz`.
fuzz:
	RUSTC_BOOTSTRAP=1 cargo fuzz run sip_message -- -max_total_time=30
	RUSTC_BOOTSTRAP=1 cargo fuzz run sip_stream -- -max_total_time=30
	RUSTC_BOOTSTRAP=1 cargo fuzz run sdp -- -max_total_time=30
