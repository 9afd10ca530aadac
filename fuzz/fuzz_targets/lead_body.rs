//! Fuzzes `properties/lead_body.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/lead_body.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
