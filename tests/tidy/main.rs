//! The project's rules as tests. Each message gives the place of the fault and the remedy.
//!
//! clippy and rustfmt check the length of functions and lines; the rest is checked here.

#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::process::Command;

mod circles;
mod deployed;
mod papers;
mod reasons;
mod rooms;
mod rust;
mod supply;
mod tree;
mod tuples;
mod words;

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} found:\n{}\n", faults.len(), faults.join("\n"));
}

#[test]
fn the_map_and_the_library_name_the_same_rooms() {
    let map = rooms::map(&tree::text("ARCHITECTURE.md"));
    assert!(map.len() > 10, "ARCHITECTURE.md has no block with the lines `── pure`, `── shell`");
    let declared = rooms::declared(&tree::text("src/lib.rs"));
    assert_eq!(map, declared, "left: the map of ARCHITECTURE.md, right: src/lib.rs, in order");
}

#[test]
fn rooms_import_only_from_rooms_above_and_pure_rooms_are_pure() {
    let rooms = rooms::map(&tree::text("ARCHITECTURE.md"));
    none(&rooms::faults(&rooms, &tree::files()));
}

#[test]
fn files_import_each_other_in_no_circle() {
    none(&circles::faults(&tree::files()));
}

#[test]
fn what_is_deployed_speaks_of_the_program_as_it_is() {
    none(&deployed::faults(&tree::files()));
}

#[test]
fn types_have_no_tuples_of_three_or_more() {
    none(&tuples::faults(&tree::files()));
}

/// Its agreement with the room `carrier` is evidence only as long as they share nothing.
#[test]
fn the_simulated_carrier_knows_nothing_of_what_it_judges() {
    let files = tree::files();
    let own = files.iter().filter(|file| file.path.starts_with("src/demo/carrier/"));
    let knows = |file: &&tree::File| file.text.contains("crate::carrier");
    none(&own.filter(knows).map(|file| format!("{}: it may not", file.path)).collect::<Vec<_>>());
}

#[test]
fn files_are_short_documented_and_well_named() {
    none(&words::code_faults(&tree::files()));
}

#[test]
fn rooms_in_plain_english_stay_so() {
    none(&words::stilted_faults(&tree::files()));
}

#[test]
fn nothing_unfinished_and_no_trace_of_a_machine_is_in_the_tree() {
    none(&words::tree_faults(&tree::files()));
}

#[test]
fn decisions_changelog_flows_and_links_are_in_order() {
    let files = tree::files();
    none(&papers::decision_faults(&files));
    none(&papers::changelog_faults(&tree::text("CHANGELOG.md")));
    none(&papers::flow_faults(&files));
    none(&papers::link_faults(&files));
    none(&papers::orphan_faults(&files));
    none(&papers::anchor_faults(&files));
    none(&papers::operating_faults(&tree::text("docs/operating.md"), &files));
}

#[test]
fn commands_in_documents_exist() {
    let makefile = tree::text("Makefile");
    let files = tree::files();
    let documents = files.iter().filter(|file| file.has_suffix(".md"));
    let shown: Vec<papers::Shown> = documents.flat_map(papers::shown_commands).collect();
    assert!(shown.len() > 5, "the documents show no commands");
    let mut program = papers::Program::default();
    let fault = |shown: &papers::Shown| match shown.words.first().map(String::as_str) {
        Some("make") => papers::make_fault(&makefile, shown),
        Some(_) | None => program.fault(shown),
    };
    none(&shown.iter().filter_map(fault).collect::<Vec<_>>());
}

/// What a newcomer copies must be in order, and the sample book must fit the example flows.
#[test]
fn the_samples_of_deploy_are_fine() {
    let program = env!("CARGO_BIN_EXE_strowger");
    // The systemd unit has the flows in another place.
    let flows = tree::root().join("ivr-flows");
    let settings = tree::text("deploy/strowger.toml");
    let settings = settings.replace("/etc/strowger/flows", &flows.display().to_string());
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("strowger.toml");
    std::fs::write(&file, settings).unwrap();
    let arguments = ["check", "-c", file.to_str().unwrap(), "--book", "deploy/book.toml"];
    let output = Command::new(program).args(arguments).current_dir(tree::root()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "strowger {}:\n{errors}", arguments.join(" "));
}

#[test]
fn crates_keep_the_rules_of_deny_toml() {
    let rules = supply::Rules::read(&tree::text("deny.toml"));
    none(&rules.lock_faults(&tree::text("Cargo.lock")));
    none(&rules.licence_faults(&supply::packages()));
}

#[test]
fn the_page_of_reasons_is_the_catalogue() {
    reasons::check();
}
