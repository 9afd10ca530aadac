# Commands for working on the program; see the README.

# A SIP test mostly waits for a phone, so we run more tests than there are cores.
export RUST_TEST_THREADS ?= 8

.PHONY: test bench load demo fuzz chaos

# What the project's CI runs. It installs the tools that the tests need, if they are missing.
test:
	scripts/install-test-tools.sh
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo test

# The cost of single parts.
bench:
	cargo bench --bench decide --bench geo --bench relay --bench store --bench wire \
		--bench webhook --bench reports --bench suppression --bench leads --bench auction --bench quota \
		--bench edits --bench floods

# The capacity of a whole switch, with SIPp on both sides: docs/performance.md.
load:
	scripts/install-test-tools.sh
	cargo bench --bench load

# Load while the switch is killed 200 times and its database is locked, then `strowger verify`; load on
# two nodes while they, PostgreSQL, and Redis are killed and cut off from each other; and one million
# reservations of two nodes while their Redis server is killed, flushed, replaced, and cut off. A short
# form of each is in `make test`. `STROWGER_SEED` repeats the second.
chaos:
	scripts/install-test-tools.sh
	STROWGER_KILLS=50 STROWGER_CHAOS=250 cargo test --test program -- --nocapture \
		sipp::chaos:: sipp::crash::killed_at_random
	STROWGER_CHAOS_NODES=40 cargo test --test program -- --nocapture sipp::chaos_nodes
	STROWGER_QUOTA_ASKS=1000000 cargo test --test quota -- --nocapture chaos

# Calls on loopback, printed step by step.
demo:
	cargo run --release -- demo --once

FUZZ_TARGETS := sip_message sip_stream digest identity sdp rtp rtcp srtp flow_xml webhook_body book_toml delivery_answer lead_body
FUZZ_SECONDS ?= 30
# Seeds of each target, beside what the fuzzer itself has collected.
SEEDS_sip_message := tests/data/rfc4475 tests/data/sip
SEEDS_sip_stream := tests/data/rfc4475 tests/data/sip
SEEDS_digest := tests/data/digest
SEEDS_identity := tests/data/identity
SEEDS_sdp := tests/data/sdp
SEEDS_rtp := tests/data/rtp
SEEDS_rtcp := tests/data/rtcp
SEEDS_srtp := tests/data/rtp tests/data/rtcp
SEEDS_flow_xml := tests/data/flows
SEEDS_webhook_body := tests/data/webhooks
SEEDS_book_toml := tests/data/books

# Runs each fuzz target for 30 seconds, or `make fuzz FUZZ_SECONDS=600`; needs `cargo install
# cargo-fuzz`. A stable compiler allows its unstable flags.
fuzz: $(FUZZ_TARGETS:%=fuzz-%)

fuzz-%:
	mkdir -p fuzz/corpus/$*
	RUSTC_BOOTSTRAP=1 cargo fuzz run $* fuzz/corpus/$* $(SEEDS_$*) -- -max_total_time=$(FUZZ_SECONDS)
