//! Fuzzes `properties/srtp.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/srtp.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
