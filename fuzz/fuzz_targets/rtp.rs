//! Fuzzes `properties/rtp.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/rtp.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
