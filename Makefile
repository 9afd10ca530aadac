# Everything that is needed to work on the program; the README tells when.

# A SIP test mostly waits for a phone, so that there is room for more of them than cores.
export RUST_TEST_THREADS ?= 8

.PHONY: test bench load demo fuzz

# What the project's CI runs. The SIP tests need SIPp, which is installed when it is missing.
test:
	scripts/install-test-tools.sh
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo test

# What single parts cost.
bench:
	cargo bench --bench decide --bench geo --bench relay --bench store --bench wire \
		--bench webhook

# What a whole switch takes, with SIPp on both sides: docs/performance.md.
load:
	scripts/install-test-tools.sh
	cargo bench --bench load

# Calls on loopback, told step by step.
demo:
	cargo run --release -- demo --once

# Half a minute of every fuzz target; needs `cargo install cargo-fuzz`.
fuzz:
	RUSTC_BOOTSTRAP=1 cargo fuzz run sip_message -- -max_total_time=30
	RUSTC_BOOTSTRAP=1 cargo fuzz run sip_stream -- -max_total_time=30
	RUSTC_BOOTSTRAP=1 cargo fuzz run sdp -- -max_total_time=30
