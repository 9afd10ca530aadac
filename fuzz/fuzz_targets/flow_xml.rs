//! Fuzzes `properties/flow_xml.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../properties/flow_xml.rs"]
mod property;

fuzz_target!(|data: &[u8]| property::check(data));
