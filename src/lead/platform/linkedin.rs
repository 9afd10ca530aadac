//! LinkedIn's lead gen forms: the check of the address, and announcements
//! (<https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation>).

use crate::base::tree::Tree;
use crate::base::tree::from_json;

use super::Announced;
use super::Platform;
use super::PlatformAccess;
use super::PlatformKey;
use super::id;
use crate::lead::body::BodyRefusal;
use crate::lead::body::tree_bounds;
use crate::lead::body::tree_refusal;

/// Longest challenge, in bytes: it is a UUID.
const CHALLENGE_BYTES_MAX: usize = 128;
/// Stands before the body where it is signed.
const PREFIX: &[u8] = b"hmacsha256=";

/// What is known of LinkedIn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIn {
    /// Secret of the app, which signs challenges and announcements.
    pub client_secret: PlatformKey,
    /// The API.
    pub access: PlatformAccess,
}

/// What LinkedIn tells of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkedInNews {
    /// Somebody sent a form.
    Created(Announced),
    /// The person's data must be deleted.
    Deleted(Announced),
    /// Something that is no concern of ours.
    Other,
}

impl LinkedIn {
    /// Returns the challenge of a check of the address and the answer to it: its HMAC-SHA256.
    pub fn challenge<'q>(&self, query: &'q [(String, String)]) -> Option<(&'q str, String)> {
        let (_, code) = query.iter().find(|(name, _)| name == "challengeCode")?;
        let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let fits = (1..=CHALLENGE_BYTES_MAX).contains(&code.len());
        (plain && fits).then(|| (code.as_str(), self.client_secret.sign(code.as_bytes())))
    }

    /// Returns whether LinkedIn signed a body; `header` is `X-LI-Signature`.
    pub fn has_signed(&self, header: Option<&str>, body: &[u8]) -> bool {
        let given = header.map(str::trim);
        // Some senders repeat the prefix in the header.
        let digits = given.map(|given| given.strip_prefix("hmacsha256=").unwrap_or(given));
        digits.is_some_and(|digits| self.client_secret.signed(&[PREFIX, body], digits))
    }

    /// Reads an announcement.
    ///
    /// # Errors
    /// [`BodyRefusal`]: it is not JSON, or beyond the bounds of a request.
    pub fn read(body: &[u8]) -> Result<LinkedInNews, BodyRefusal> {
        let text = std::str::from_utf8(body).map_err(|_| BodyRefusal::NotUtf8)?;
        let tree = from_json(text, tree_bounds()).map_err(|fault| tree_refusal("JSON", fault))?;
        let member = |name: &str| tree.named(name).and_then(Tree::text).unwrap_or_default();
        if member("type") != "LEAD_ACTION" {
            return Ok(LinkedInNews::Other);
        }
        let owner = tree.named("owner").and_then(first_text).unwrap_or_default();
        let Some(own) = last(&member("leadGenFormResponse")) else {
            return Ok(LinkedInNews::Other);
        };
        let announced = Announced {
            platform: Platform::LinkedIn,
            id: own,
            page: last(&owner),
            form: form(&member("leadGenForm")),
        };
        Ok(match &*member("leadAction") {
            "CREATED" => LinkedInNews::Created(announced),
            "DELETED" => LinkedInNews::Deleted(announced),
            _ => LinkedInNews::Other,
        })
    }
}

/// Returns a text, or the first one of an object.
fn first_text(tree: &Tree) -> Option<String> {
    match tree {
        Tree::Named(pairs) => pairs.iter().find_map(|(_, value)| first_text(value)),
        Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => {
            tree.text().map(|text| text.into_owned())
        }
    }
}

/// Returns the last part of a URN: `urn:li:leadGenFormResponse:x-1`.
fn last(urn: &str) -> Option<String> {
    id(urn.rsplit(':').next()?)
}

/// Returns the form of a URN, which may name a version:
/// `urn:li:versionedLeadGenForm:(urn:li:leadGenForm:3162,1)`.
fn form(urn: &str) -> Option<String> {
    let (_, rest) = urn.rsplit_once("leadGenForm:")?;
    id(rest.split([',', ')']).next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linkedin() -> LinkedIn {
        LinkedIn {
            client_secret: PlatformKey::new("client-secret"),
            access: PlatformAccess {
                api: "https://api.example/rest".to_owned(),
                token: PlatformKey::new("t"),
            },
        }
    }

    #[test]
    fn a_challenge_is_answered_with_its_signature() {
        let linkedin = linkedin();
        let code = "890e4665-4dfe-4ab1-b689-ed553bceeed0";
        let query = [
            ("applicationId".to_owned(), "1".to_owned()),
            ("challengeCode".to_owned(), code.to_owned()),
        ];
        let answer = linkedin.challenge(&query).unwrap();
        assert_eq!(answer, (code, linkedin.client_secret.sign(code.as_bytes())));
        assert_eq!(linkedin.challenge(&query[..1]), None);
        let odd = [("challengeCode".to_owned(), "<script>".to_owned())];
        assert_eq!(linkedin.challenge(&odd), None);
    }

    #[test]
    fn the_signature_covers_a_prefix_and_the_body() {
        let linkedin = linkedin();
        let body = br#"{"type":"LEAD_ACTION"}"#;
        let signed = linkedin.client_secret.sign(&[PREFIX, body].concat());
        assert!(linkedin.has_signed(Some(&signed), body));
        assert!(!linkedin.has_signed(Some(&linkedin.client_secret.sign(body)), body));
        assert!(!linkedin.has_signed(Some(&signed), b"{}"));
        assert!(!linkedin.has_signed(None, body));
    }

    #[test]
    fn a_lead_and_its_form_are_read() {
        let body = |action: &str| {
            format!(
                r#"{{"type": "LEAD_ACTION", "leadGenFormResponse":
                "urn:li:leadGenFormResponse:5eb0b4d4-1a2b-4ddf-8b4d-1", "leadGenForm":
                "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:3162,1)", "leadType": "SPONSORED",
                "owner": {{"sponsoredAccount": "urn:li:sponsoredAccount:522529623"}},
                "leadAction": "{action}", "occurredAt": 1726690310}}"#
            )
        };
        let expected = Announced {
            platform: Platform::LinkedIn,
            id: "5eb0b4d4-1a2b-4ddf-8b4d-1".to_owned(),
            page: Some("522529623".to_owned()),
            form: Some("3162".to_owned()),
        };
        let read = |action: &str| LinkedIn::read(body(action).as_bytes()).unwrap();
        assert_eq!(read("CREATED"), LinkedInNews::Created(expected.clone()));
        assert_eq!(read("DELETED"), LinkedInNews::Deleted(expected));
        assert_eq!(read("OTHER"), LinkedInNews::Other);
        assert_eq!(LinkedIn::read(b"{}").unwrap(), LinkedInNews::Other);
    }
}
