//! Tests of the values of a lead.

use proptest::prelude::*;

use super::*;
use crate::book;
use crate::book::Offer;

const NOW: &str = "2026-11-29T12:00:00Z";

/// Returns an offer with form fields.
fn offer(fields: &str) -> Offer {
    let text = format!("[[offer]]\nid = \"o\"\nfields = [{fields}]\n");
    let (book, faults) = book::parse("b", &text);
    book.unwrap_or_else(|| panic!("{faults:?}")).offers.remove(0)
}

fn checked(fields: &str, given: &[(&str, &str)]) -> Checked {
    let given: Vec<(String, String)> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    check(&offer(fields).fields, &given, NOW.parse().unwrap())
}

/// Returns the fields as `name=value`, then the faults as `name:code`.
fn shown(checked: &Checked) -> String {
    let fields = checked.fields.iter().map(|(name, field)| format!("{name}={}", field.value));
    let faults = checked.faults.iter().map(|fault| format!("{}:{}", fault.field, fault.code));
    fields.chain(faults).collect::<Vec<_>>().join(" ")
}

#[test]
fn values_of_every_type_become_normal_or_are_refused() {
    let id = "f0b8b7a5-1c2d-4e3f-8a9b-0123456789ab";
    let certificate = format!("https://cert.trustedform.com/{}", "a".repeat(40));
    for (kind, value, expected) in [
        ("type = \"text\"", "  Ann <b> ", "a=Ann <b>"),
        ("type = \"text\", length = [2, 3]", "é", "a:too_short"),
        ("type = \"text\", length = [2, 3]", "éééé", "a:too_long"),
        ("type = \"text\", length = [2, 3]", "ééé", "a=ééé"),
        ("type = \"text\", regex = \"^[a-z]+$\"", "ab1", "a:pattern"),
        ("type = \"number\", min = 0, max = 10", "010.50", "a:too_large"),
        ("type = \"number\", min = 0, max = 10", "09.50", "a=9.5"),
        ("type = \"number\", min = 0, max = 10", "-0.1", "a:too_small"),
        ("type = \"number\"", "1e3", "a:invalid_type"),
        ("type = \"number\"", "NaN", "a:invalid_type"),
        ("type = \"integer\", max = 10", "10", "a=10"),
        ("type = \"integer\"", "1.5", "a:invalid_type"),
        ("type = \"date\", min = \"2026-01-01\"", "12/24/2026", "a=2026-12-24"),
        ("type = \"date\", min = \"2026-01-01\"", "2025-12-31", "a:too_small"),
        ("type = \"date\"", "2026-02-30", "a:invalid_date"),
        ("type = \"birth_date\", min = 18, max = 85", "11/29/2008", "a=2008-11-29 age=18"),
        ("type = \"birth_date\", min = 18, max = 85", "11/30/2008", "a:age_below_min"),
        ("type = \"birth_date\", min = 18, max = 85", "1940-01-01", "a:age_above_max"),
        ("type = \"birth_date\"", "2027-01-01", "a:invalid_date"),
        ("type = \"phone\"", "(305) 555-0123", "a=+13055550123"),
        ("type = \"phone\"", "305-555-012", "a:invalid_phone"),
        ("type = \"email\"", "Ann@Example.COM", "a=ann@example.com"),
        ("type = \"email\"", "ann@example", "a:invalid_email"),
        ("type = \"email\"", "a@b.example\r\nBcc: c@d.example", "a:invalid_email"),
        ("type = \"zip\"", "90210-1234", "a=90210"),
        ("type = \"zip\"", "902101234", "a=90210"),
        ("type = \"zip\"", "9021", "a:invalid_zip"),
        ("type = \"zip\"", "90210-12", "a:invalid_zip"),
        ("type = \"zip\"", "00000", "a:invalid_zip"),
        ("type = \"state\"", "california", "a=CA"),
        ("type = \"state\"", "XX", "a:invalid_state"),
        ("type = \"bool\"", "YES", "a=true"),
        ("type = \"bool\"", "0", "a=false"),
        ("type = \"bool\"", "maybe", "a:invalid_type"),
        ("type = \"choice\", in = [\"House\", \"Flat\"]", "hOUSE", "a=House"),
        ("type = \"choice\", in = [\"House\", \"Flat\"]", "Hut", "a:not_allowed"),
        ("type = \"url\"", "https://t.example/p?a=1", "a=https://t.example/p?a=1"),
        ("type = \"url\"", "javascript:alert(1)", "a:invalid_url"),
        ("type = \"url\"", "https://a b/", "a:invalid_url"),
        ("type = \"ip\"", "2001:DB8::1", "a=2001:db8::1"),
        ("type = \"ip\"", "1.2.3", "a:invalid_ip"),
        ("type = \"trusted_form\"", &certificate, &format!("a={certificate}")),
        ("type = \"trusted_form\"", "https://evil.example/x", "a:invalid_trusted_form"),
        ("type = \"jornaya\"", id, &format!("a={}", id.to_uppercase())),
        ("type = \"jornaya\"", "1234", "a:invalid_jornaya"),
        ("type = \"text\"", "  ", ""),
    ] {
        let checked = checked(&format!("{{ name = \"a\", {kind} }}"), &[("A", value)]);
        assert_eq!(shown(&checked), expected, "{kind}: {value}");
        assert_eq!((checked.unknown, checked.ignored), (Vec::new(), Vec::new()));
    }
}

#[test]
fn all_faults_are_reported_at_once_and_no_invalid_value_is_taken() {
    let fields = r#"{ name = "first_name", type = "text", required = true },
        { name = "phone", type = "phone", required = true }, { name = "age", type = "integer", min = 18 }"#;
    let found = checked(fields, &[("phone", "12"), ("age", "17"), ("zip", "x"), ("email", "@")]);
    assert_eq!(
        shown(&found),
        "first_name:missing phone:invalid_phone age:too_small email:invalid_email zip:invalid_zip"
    );
    assert_eq!(found.faults[0].sentence, "first_name is missing");
    assert_eq!(found.faults[2].sentence, "age is below 18");
    assert!(found.faults.iter().all(|fault| !fault.sentence.contains("12")));
}

#[test]
fn usual_fields_are_checked_in_every_offer() {
    let given = [("Phone", "3055550123"), ("EMAIL", "A@b.example"), ("Zip", "90210")];
    assert_eq!(shown(&checked("", &given)), "email=a@b.example phone=+13055550123 zip=90210");
}

#[test]
fn a_zip_agrees_with_its_state() {
    for (given, expected) in [
        (&[("zip", "90210"), ("state", "CA")][..], "state=CA zip=90210"),
        (&[("zip", "90210"), ("state", "TX")], "state=TX zip=90210 zip:state_zip_mismatch"),
        (&[("zip", "90210")], "zip=90210"),
        (&[("state", "TX")], "state=TX"),
        (&[("zip", "x"), ("state", "TX")], "state=TX zip:invalid_zip"),
    ] {
        assert_eq!(shown(&checked("", given)), expected);
    }
    // Of two addresses it is not known which zip belongs to which state.
    let fields = r#"{ name = "from_zip", type = "zip" }, { name = "to_zip", type = "zip" }"#;
    let given = [("from_zip", "90210"), ("to_zip", "75201"), ("state", "CA")];
    assert_eq!(shown(&checked(fields, &given)), "from_zip=90210 state=CA to_zip=75201");
}

#[test]
fn sources_send_fields_under_other_names() {
    let fields = r#"{ name = "first_name", type = "text", also = ["contact.first", "FName"] },
        { name = "cert", type = "trusted_form" }, { name = "leadid", type = "jornaya" }"#;
    let url = format!("https://cert.trustedform.com/{}", "a".repeat(40));
    let id = "F0B8B7A5-1C2D-4E3F-8A9B-0123456789AB";
    for (name, value, expected) in [
        ("Contact.First", "Ann", "first_name=Ann"),
        ("fname", "Ann", "first_name=Ann"),
        ("XXTRUSTEDFORMCERTURL", &url, &*format!("cert={url}")),
        ("Universal_LeadiD", id, &*format!("leadid={id}")),
    ] {
        assert_eq!(shown(&checked(fields, &[(name, value)])), expected, "{name}");
    }
}

#[test]
fn unknown_names_are_kept_and_listed() {
    let given = [("utm-Source", "x"), ("c.Zip", "1"), ("9x", "y"), ("", "z"), ("Empty", " ")];
    let found = checked("", &given);
    assert_eq!(shown(&found), "c_zip=1 utm_source=x");
    assert_eq!(found.unknown, ["utm-Source", "c.Zip"]);
    assert_eq!(found.ignored, ["9x", ""]);
}

#[test]
fn a_name_with_several_values_is_a_fault() {
    for (given, expected) in [
        (&[("zip", "90210"), ("Zip", "90211")][..], "zip:repeated"),
        (&[("zip", "90210"), ("Zip", " 90210 ")], "zip=90210"),
        (&[("zip", ""), ("Zip", "90210")], "zip=90210"),
        (&[("x-y", "1"), ("x_y", "2")], "x_y:repeated"),
    ] {
        assert_eq!(shown(&checked("", given)), expected);
    }
}

#[test]
fn bounds_hold_at_their_edges() {
    let text = |bytes: usize| "x".repeat(bytes);
    assert_eq!(checked("", &[("a", &text(512))]).fields.value("a"), Some(text(512).as_str()));
    assert_eq!(shown(&checked("", &[("a", &text(513))])), "a:too_long");
    let names: Vec<String> = (0..200).map(|at| format!("n{at}")).collect();
    let given: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let found = checked("", &given[..64]);
    assert_eq!((found.fields.iter().count(), found.faults.len()), (64, 0));
    let found = checked("", &given[..65]);
    assert_eq!((found.fields.iter().count(), found.faults.len()), (64, 1));
    assert_eq!(found.faults[0].code, FaultCode::TooMany);
    let found = checked("", &given);
    assert_eq!((found.faults.len(), found.unknown.len()), (100, 100));
}

#[test]
fn codes_are_unique() {
    let codes: std::collections::BTreeSet<_> = FaultCode::ALL.iter().map(|c| c.code()).collect();
    assert_eq!(codes.len(), FaultCode::ALL.len());
}

proptest! {
    /// Any names and values are checked without a panic. What is taken is in its normal form: it
    /// comes through the check unchanged.
    #[test]
    fn a_normal_form_stays(
        given in prop::collection::vec(
            ("(phone|zip|state|email|dob|[a-zA-Z_.]{1,4})", "([0-9/+() -]{0,12}|\\PC{0,12}|[A-Z]{2})"),
            0..8,
        ),
    ) {
        let fields = r#"{ name = "dob", type = "birth_date" }"#;
        let given: Vec<(&str, &str)> =
            given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let once = checked(fields, &given);
        let again: Vec<(&str, &str)> =
            once.fields.iter().map(|(name, field)| (name.as_str(), field.value.as_str())).collect();
        prop_assert_eq!(checked(fields, &again).fields, once.fields);
    }
}

#[test]
fn a_consent_is_neither_old_nor_in_the_future() {
    let field = "{ name = \"agreed\", type = \"consent_time\", max_age = \"30d\" }";
    for (sent, expected) in [
        ("2026-11-29T11:59:00Z", "agreed=2026-11-29T11:59:00Z"),
        ("2026-10-30 12:00:00", "agreed=2026-10-30T12:00:00Z"),
        ("2026-10-30T11:59:59Z", "agreed:consent_expired"),
        ("2026-11-29T12:05:00Z", "agreed=2026-11-29T12:05:00Z"),
        ("2026-11-29T12:05:01Z", "agreed:consent_in_future"),
        ("yesterday", "agreed:invalid_time"),
    ] {
        assert_eq!(shown(&checked(field, &[("tcpa_timestamp", sent)])), expected, "{sent}");
    }
}
