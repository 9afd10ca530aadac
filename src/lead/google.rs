//! Leads of Google Ads lead forms
//! (<https://developers.google.com/google-ads/webhook/docs/implementation>).

use crate::base::tree::Tree;
use crate::base::tree::from_json;

use super::body::BodyRefusal;
use super::body::tree_bounds;
use super::body::tree_refusal;

/// Columns whose names differ from those of our fields. Others keep theirs; case does not matter.
const COLUMNS: &[(&str, &str)] =
    &[("PHONE_NUMBER", "phone"), ("POSTAL_CODE", "zip"), ("REGION", "state")];
/// What is told of a lead beside its columns. Google may add members, which are ignored.
const MEMBERS: &[&str] = &[
    "form_id",
    "campaign_id",
    "adgroup_id",
    "creative_id",
    "asset_group_id",
    "gcl_id",
    "lead_stage",
    "lead_submit_time",
];

/// A lead as Google sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleLead {
    /// The key that the advertiser entered, by which we know the source; empty without one.
    pub key: String,
    /// Id of the lead, the same when it is sent again; empty without one.
    pub id: String,
    /// Whether it is a test.
    pub is_test: bool,
    /// Its columns, as Google names them, and what else is told of it.
    pub values: Vec<(String, String)>,
}

impl GoogleLead {
    /// Reads a request. Ids are texts, so that none loses a digit.
    ///
    /// # Errors
    /// [`BodyRefusal`]: it is not JSON, not an object, or beyond the bounds of a request.
    pub fn read(body: &[u8]) -> Result<Self, BodyRefusal> {
        let text = std::str::from_utf8(body).map_err(|_| BodyRefusal::NotUtf8)?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let tree = from_json(text, tree_bounds()).map_err(|fault| tree_refusal("JSON", fault))?;
        let Tree::Named(_) = tree else { return Err(BodyRefusal::NoObject) };
        let member = |name: &str| tree.named(name).and_then(Tree::text).unwrap_or_default();
        let columns = tree.named("user_column_data").map(columns).unwrap_or_default();
        let members = MEMBERS.iter().map(|name| ((*name).to_owned(), member(name).into_owned()));
        let members = members.filter(|(_, value)| !value.is_empty());
        let id = member("lead_id").into_owned();
        let lead_id = ("google_lead_id".to_owned(), id.clone());
        let lead_id = Some(lead_id).filter(|(_, id)| !id.is_empty());
        Ok(Self {
            key: member("google_key").into_owned(),
            is_test: member("is_test") == "true",
            values: columns.into_iter().chain(members).chain(lead_id).collect(),
            id,
        })
    }

    /// Returns our usual name of a column.
    pub fn name_of(column: &str) -> &str {
        let own = COLUMNS.iter().find(|(theirs, _)| *theirs == column);
        own.map_or(column, |(_, ours)| ours)
    }
}

/// Returns names and values of `user_column_data`. Columns without a name or a value are left out.
fn columns(data: &Tree) -> Vec<(String, String)> {
    let Tree::List(items) = data else { return Vec::new() };
    let pair = |item: &Tree| {
        let text = |name: &str| item.named(name).and_then(Tree::text).map(|text| text.into_owned());
        Some((text("column_id").or_else(|| text("column_name"))?, text("string_value")?))
    };
    items.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_as_google_documents_it() {
        let body = r#"{"lead_id": "TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz",
            "user_column_data": [
                {"column_name": "Full Name", "string_value": "FirstName LastName",
                 "column_id": "FULL_NAME"},
                {"column_id": "PHONE_NUMBER", "string_value": "+13055550123"},
                {"column_id": "", "string_value": "x"},
                {"column_id": "what_is_your_budget?", "string_value": "5"},
                {"column_id": "EMAIL"}],
            "api_version": "1.0", "form_id": 17841400000000123456789, "campaign_id": 123,
            "google_key": "k", "is_test": true, "gcl_id": "g", "new_member": {"a": [1]}}"#;
        let lead = GoogleLead::read(body.as_bytes()).unwrap();
        assert_eq!((lead.key.as_str(), lead.is_test), ("k", true));
        let pairs: Vec<String> =
            lead.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            pairs[..],
            [
                "FULL_NAME=FirstName LastName",
                "PHONE_NUMBER=+13055550123",
                "=x",
                "what_is_your_budget?=5",
                "form_id=17841400000000123456789",
                "campaign_id=123",
                "gcl_id=g",
                &format!("google_lead_id={}", lead.id),
            ]
        );
        assert_eq!(GoogleLead::name_of("PHONE_NUMBER"), "phone");
        assert_eq!(GoogleLead::name_of("what_is_your_budget?"), "what_is_your_budget?");
    }

    /// A test as an advertiser got it (formtools/core issue 643): an empty key, and no columns.
    #[test]
    fn a_test_without_key_and_columns() {
        let body = br#"{"lead_id": "MjpsZWFkX2lkOjE1NzI1ODA5MjQ4NTY", "api_version": "1.0",
            "form_id": 2, "campaign_id": 1, "google_key": "", "is_test": true}"#;
        let lead = GoogleLead::read(body).unwrap();
        assert_eq!((lead.key.as_str(), lead.is_test, lead.values.len()), ("", true, 3));
    }

    #[test]
    fn what_is_no_lead_is_refused() {
        for (body, code) in
            [(&b"[]"[..], "not_an_object"), (b"{", "malformed_body"), (b"\xff", "not_utf8")]
        {
            assert_eq!(GoogleLead::read(body).unwrap_err().code(), code);
        }
    }
}
