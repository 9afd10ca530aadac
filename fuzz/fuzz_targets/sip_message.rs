//! Fuzzes `properties/sip_message.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/sip_message.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
