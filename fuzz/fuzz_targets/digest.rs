//! Fuzzes `properties/digest.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/digest.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
