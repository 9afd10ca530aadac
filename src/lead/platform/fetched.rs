//! How a lead is fetched from a platform, and what its answer says.

use crate::base::HttpRequest;
use crate::base::Method;
use crate::base::tree::Tree;
use crate::base::tree::from_json;

use super::Announced;
use super::Platform;
use super::PlatformAccess;
use crate::lead::body::BodyRefusal;
use crate::lead::body::tree_bounds;
use crate::lead::body::tree_refusal;

/// What Meta is asked for beside the answers.
const META_FIELDS: &str =
    "id,created_time,field_data,form_id,campaign_id,adset_id,ad_id,platform,is_organic";
/// What LinkedIn is asked for: the answers, and the form's own fields and questions.
const LINKEDIN_FIELDS: &str =
    "id,submittedAt,testLead,leadType,formResponse,form:(id,hiddenFields,content)";
/// Version of LinkedIn's API.
const LINKEDIN_VERSION: &str = "202510";
/// Usual names of the platforms' questions that differ from those of our fields.
const USUAL_NAMES: &[(&str, &str)] = &[
    ("phone_number", "phone"),
    ("work_phone_number", "work_phone"),
    ("zip_code", "zip"),
    ("post_code", "zip"),
    ("postal_code", "zip"),
    ("province", "state"),
    ("street_address", "street"),
    ("date_of_birth", "birth_date"),
];
/// What Meta's testing tool fills in.
const META_DUMMY: &str = "<test lead: dummy data";

/// A lead of a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedLead {
    /// Names and values: those of the platform, or ours where they are usual.
    pub values: Vec<(String, String)>,
    /// Whether it is a test.
    pub is_test: bool,
}

/// Returns the request that fetches a lead.
pub fn fetch(access: &PlatformAccess, announced: &Announced) -> HttpRequest {
    let PlatformAccess { api, token } = access;
    let id = &announced.id;
    let authorization = ("authorization".to_owned(), format!("Bearer {}", token.expose()));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let (url, more) = match announced.platform {
        Platform::Meta => (format!("{api}/{id}?fields={META_FIELDS}"), Vec::new()),
        Platform::LinkedIn => (
            format!("{api}/leadFormResponses/{id}?fields={LINKEDIN_FIELDS}"),
            vec![
                header("linkedin-version", LINKEDIN_VERSION),
                header("x-restli-protocol-version", "2.0.0"),
            ],
        ),
    };
    let headers = [authorization].into_iter().chain(more).collect();
    HttpRequest { method: Method::Get, url, headers, body: String::new() }
}

/// Reads the answer with a lead.
///
/// # Errors
/// [`BodyRefusal`]: it is not JSON, not an object, or beyond the bounds of a request.
pub fn read_fetched(announced: &Announced, body: &[u8]) -> Result<FetchedLead, BodyRefusal> {
    let text = std::str::from_utf8(body).map_err(|_| BodyRefusal::NotUtf8)?;
    let tree = from_json(text, tree_bounds()).map_err(|fault| tree_refusal("JSON", fault))?;
    let Tree::Named(_) = tree else { return Err(BodyRefusal::NoObject) };
    let (answers, members) = match announced.platform {
        Platform::Meta => (
            meta_answers(&tree),
            &["created_time", "form_id", "campaign_id", "adset_id", "ad_id", "platform"][..],
        ),
        Platform::LinkedIn => (linkedin_answers(&tree), &["submittedAt", "leadType"][..]),
    };
    let is_test = match announced.platform {
        Platform::Meta => answers.iter().any(|(_, value)| value.starts_with(META_DUMMY)),
        Platform::LinkedIn => {
            tree.named("testLead").and_then(Tree::text).is_some_and(|text| text == "true")
        }
    };
    let member = |name: &&str| Some(((*name).to_owned(), tree.named(name)?.text()?.into_owned()));
    let own = (format!("{}_lead_id", announced.platform), announced.id.clone());
    let values = answers.into_iter().chain(members.iter().filter_map(member)).chain([own]);
    Ok(FetchedLead { values: values.collect(), is_test })
}

/// Returns `field_data`; several answers to a question are joined.
fn meta_answers(tree: &Tree) -> Vec<(String, String)> {
    let Some(Tree::List(items)) = tree.named("field_data") else { return Vec::new() };
    let pair = |item: &Tree| {
        let name = ours(&item.named("name")?.text()?);
        let values = item.named("values").map(Tree::texts).unwrap_or_default();
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        Some((name, values.join(", ")))
    };
    items.iter().filter_map(pair).collect()
}

/// Returns our name of a platform's question.
fn ours(name: &str) -> String {
    let usual = USUAL_NAMES.iter().find(|(theirs, _)| *theirs == name);
    usual.map_or(name, |(_, ours)| ours).to_owned()
}

/// Returns the answers to LinkedIn's questions and the hidden fields of the form. A question that is
/// not one of LinkedIn's own, such as `FIRST_NAME`, has only a number: `question_1`.
fn linkedin_answers(tree: &Tree) -> Vec<(String, String)> {
    let form = tree.named("form");
    let content = form.and_then(|form| form.named("content"));
    let questions = list(content.and_then(|content| content.named("questions")));
    let named = |number: &str| {
        let is_it = |item: &&Tree| {
            item.named("questionId").and_then(Tree::text).is_some_and(|text| text == number)
        };
        let predefined = questions.iter().find(is_it)?.named("predefinedField")?.text()?;
        Some(ours(&predefined.to_ascii_lowercase()))
    };
    let pair = |item: &Tree| {
        let question = item.named("questionId")?.text()?;
        let details = item.named("answerDetails")?;
        let text = details.named("textQuestionAnswer").and_then(|text| text.named("answer"));
        let chosen = || {
            let options = details.named("multipleChoiceAnswer")?.named("options")?;
            Some(options.texts().iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", "))
        };
        let value = text.and_then(Tree::text).map(|text| text.into_owned()).or_else(chosen)?;
        let name = named(&question).unwrap_or_else(|| format!("question_{question}"));
        Some((name, value))
    };
    let hidden = |item: &Tree| {
        let (name, value) = (item.named("name")?.text()?, item.named("value")?.text()?);
        Some((name.into_owned(), value.into_owned()))
    };
    let answers = tree.named("formResponse").and_then(|response| response.named("answers"));
    let answers = list(answers).iter().filter_map(pair);
    let hidden = list(form.and_then(|form| form.named("hiddenFields"))).iter().filter_map(hidden);
    answers.chain(hidden).collect()
}

fn list(tree: Option<&Tree>) -> &[Tree] {
    match tree {
        Some(Tree::List(items)) => items,
        Some(Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::Named(_))
        | None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::platform::PlatformKey;

    fn announced(platform: Platform) -> Announced {
        Announced { platform, id: "1958340000000214".to_owned(), page: None, form: None }
    }

    fn shown(lead: &FetchedLead) -> Vec<String> {
        lead.values.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn a_lead_is_fetched_with_the_token_in_a_header() {
        let access = PlatformAccess {
            api: "https://graph.example/v23.0".to_owned(),
            token: PlatformKey::new("page-token"),
        };
        let request = fetch(&access, &announced(Platform::Meta));
        assert!(request.url.starts_with("https://graph.example/v23.0/1958340000000214?fields="));
        assert!(!request.url.contains("page-token"), "no log has it");
        assert_eq!(request.headers[0].1, "Bearer page-token");
        let request = fetch(&access, &announced(Platform::LinkedIn));
        assert!(request.url.contains("/leadFormResponses/1958340000000214?fields="));
        assert_eq!(request.headers.len(), 3);
    }

    #[test]
    fn a_lead_of_meta_is_read() {
        let body = r#"{"created_time": "2026-02-28T08:49:14+0000", "id": "1958340000000214",
            "ad_id": "6798000000001", "form_id": 18446744073709551617, "field_data": [
            {"name": "car_make", "values": ["Honda", "Ford"]},
            {"name": "full_name", "values": ["Ann Example"]},
            {"name": "phone_number", "values": ["+13055550123"]},
            {"name": "zip_code", "values": ["90210"]}, {"name": "none", "values": []}, {}]}"#;
        let lead = read_fetched(&announced(Platform::Meta), body.as_bytes()).unwrap();
        assert!(!lead.is_test);
        assert_eq!(
            shown(&lead),
            [
                "car_make=Honda, Ford",
                "full_name=Ann Example",
                "phone=+13055550123",
                "zip=90210",
                "none=",
                "created_time=2026-02-28T08:49:14+0000",
                "form_id=18446744073709551617",
                "ad_id=6798000000001",
                "meta_lead_id=1958340000000214",
            ]
        );
        let dummy = r#"{"id": "1", "field_data": [{"name": "email",
            "values": ["<test lead: dummy data for email>"]}]}"#;
        assert!(read_fetched(&announced(Platform::Meta), dummy.as_bytes()).unwrap().is_test);
        assert!(read_fetched(&announced(Platform::Meta), b"[]").is_err());
    }

    #[test]
    fn a_lead_of_linkedin_is_read() {
        let body = r#"{"submittedAt": 1726690310000, "testLead": true, "formResponse": {"answers": [
            {"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": "Ann"}}},
            {"questionId": 2, "answerDetails": {"multipleChoiceAnswer": {"options": [3, 4]}}},
            {"questionId": 5},
            {"questionId": 107234246, "answerDetails": {"textQuestionAnswer": {"answer": "Eva"}}},
            {"questionId": 307234246, "answerDetails": {"textQuestionAnswer":
                {"answer": "+34600000000"}}}]},
            "form": {"id": 7234246, "hiddenFields": [{"name": "campo", "value": "def789"}, {}],
            "content": {"questions": [
                {"questionId": 107234246, "predefinedField": "FIRST_NAME", "name": "First name"},
                {"questionId": 307234246, "predefinedField": "PHONE_NUMBER"},
                {"questionId": 1, "name": "Own question"}]}}}"#;
        let lead = read_fetched(&announced(Platform::LinkedIn), body.as_bytes()).unwrap();
        assert!(lead.is_test);
        assert_eq!(
            shown(&lead),
            [
                "question_1=Ann",
                "question_2=3, 4",
                "first_name=Eva",
                "phone=+34600000000",
                "campo=def789",
                "submittedAt=1726690310000",
                "linkedin_lead_id=1958340000000214",
            ]
        );
    }
}
