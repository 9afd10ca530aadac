//! Fuzzes `properties/sip_stream.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/sip_stream.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
