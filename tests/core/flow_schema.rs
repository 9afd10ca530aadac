//! Compares the schema for editors with the reader of flow files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use roxmltree::Document;
use roxmltree::Node;
use strowger::flow;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows")
}

/// Returns what the schema declares, as `within/element` and `within/element@attribute`.
fn known_by_schema() -> BTreeSet<String> {
    let text = fs::read_to_string(directory().join("flow.xsd")).unwrap();
    let document = Document::parse(&text).unwrap();
    let schema = document.root_element();
    let mut known = BTreeSet::new();
    let root = schema.children().find(|node| node.has_tag_name(XS_ELEMENT)).unwrap();
    walk(schema, root, "", &mut known);
    known
}

const XS: &str = "http://www.w3.org/2001/XMLSchema";
const XS_ELEMENT: (&str, &str) = (XS, "element");

fn named<'d, 'i>(schema: Node<'d, 'i>, kind: &str, name: &str) -> Node<'d, 'i> {
    let found =
        |node: &Node<'_, '_>| node.has_tag_name((XS, kind)) && node.attribute("name") == Some(name);
    schema.children().find(found).unwrap_or_else(|| panic!("{kind} {name}"))
}

fn walk(schema: Node<'_, '_>, element: Node<'_, '_>, within: &str, known: &mut BTreeSet<String>) {
    let name = element.attribute("name").unwrap();
    if !known.insert(format!("{within}/{name}")) {
        return;
    }
    let content = named(schema, "complexType", element.attribute("type").unwrap());
    let group = |node: &Node<'_, '_>| node.has_tag_name((XS, "group"));
    let groups = content.descendants().filter(group);
    let groups: Vec<_> =
        groups.map(|node| named(schema, "group", node.attribute("ref").unwrap())).collect();
    for node in content.descendants().chain(groups.iter().flat_map(Node::descendants)) {
        if node.has_tag_name((XS, "attribute")) {
            known.insert(format!("{within}/{name}@{}", node.attribute("name").unwrap()));
        } else if node.has_tag_name(XS_ELEMENT) {
            walk(schema, node, name, known);
        }
    }
}

#[test]
fn schema_and_reader_know_the_same() {
    let mut reader = BTreeSet::new();
    for element in flow::grammar() {
        let place = format!("{}/{}", element.within, element.name);
        reader.extend(element.attributes.iter().map(|name| format!("{place}@{name}")));
        reader.insert(place);
    }
    let schema = known_by_schema();
    let only = |a: &BTreeSet<String>, b| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(only(&schema, &reader), [] as [&str; 0], "only the schema knows them");
    assert_eq!(only(&reader, &schema), [] as [&str; 0], "only the reader knows them");
}

/// Returns whether the schema accepts a file, and its message otherwise.
fn validated(file: &Path) -> Result<(), String> {
    let output = Command::new("xmllint")
        .arg("--nonet")
        .arg("--noout")
        .arg("--schema")
        .args([&directory().join("flow.xsd"), file])
        .output()
        .expect("xmllint is needed: apt-get install libxml2-utils");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_example_is_valid() {
    for entry in fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "xml") {
            assert_eq!(validated(&path), Ok(()), "{}", path.display());
        }
    }
}

#[test]
fn what_is_wrong_by_itself_is_refused_by_both() {
    let home = tempfile::tempdir().unwrap();
    for step in [
        "<Sai>x</Sai>",
        "<Say voice='x'>x</Say>",
        "<Say language='English'>x</Say>",
        "<Pause length='long'/>",
        "<Gather field='Zip'><Say>?</Say></Gather>",
        "<Gather field='x' numDigits='33'><Say>?</Say></Gather>",
        "<Gather field='x' attempts='0'><Say>?</Say></Gather>",
        "<Gather field='x' validate='zip'><Say>?</Say></Gather>",
        "<Gather field='x' gate='no'><Say>?</Say></Gather>",
        "<Gather field='x' ask='never'><Say>?</Say></Gather>",
        "<Gather field='x'><Option digits='x'/></Gather>",
        "<Gather field='x'><Valid/></Gather>",
        "<Record maxLength='601'/>",
        "<Record><Say>x</Say></Record>",
        "<Set field='x'/>",
        "<Tag value='x'/>",
        "<If field='x' min='a' goto='a'/>",
        "<If field='x' equals='1'/>",
        "<If schedule='mon 09:00-10:00' timezone='UTC' holidays='x' goto='a'/>",
        "<If repeatWithin='soon' goto='a'/>",
        "<Lookup url='http://h/'><Field name='x' pointer='/x'/></Lookup>",
        "<Lookup url='https://h/'/>",
        "<Lookup url='https://h/'><Field name='x' pointer='x'/></Lookup>",
        "<Dial timeout='5'/>",
        "<Dial to='sip:a@b'><NoBuyer goto='a'/></Dial>",
        "<Route><Busy goto='a'/></Route>",
        "<Route ofer='x'/>",
        "<Reject reason='no'/>",
        "<Hangup now='true'/>",
    ] {
        let text = format!("<Flow name='t'><Step id='a'>{step}<Hangup/></Step></Flow>");
        let file = home.path().join("t.xml");
        fs::write(&file, &text).unwrap();
        assert!(flow::parse("t.xml", &text).0.is_none(), "the reader takes {step}");
        assert!(validated(&file).is_err(), "the schema takes {step}");
    }
}
