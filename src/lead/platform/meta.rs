//! Lead ads of Meta: the check of a subscription, and announcements
//! (<https://developers.facebook.com/docs/graph-api/webhooks/getting-started>).

use crate::base::tree::Tree;
use crate::base::tree::TreeBounds;
use crate::base::tree::from_json;

use super::Announced;
use super::Platform;
use super::PlatformAccess;
use super::PlatformKey;
use super::id;
use crate::lead::body::BodyRefusal;
use crate::lead::body::tree_refusal;

/// Most values of a delivery. Meta sends up to 1,000 changes at once.
const BOUNDS: TreeBounds = TreeBounds { depth: 8, values: 20_000 };
/// Longest challenge, in bytes.
const CHALLENGE_BYTES_MAX: usize = 512;
/// Begins the header with the signature.
const SCHEME: &str = "sha256=";

/// What is known of Meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Secret of the app, which signs announcements.
    pub app_secret: PlatformKey,
    /// Token that the operator entered where the app subscribes.
    pub verify_token: PlatformKey,
    /// The API.
    pub access: PlatformAccess,
}

impl Meta {
    /// Returns the challenge of a check of the subscription, which is answered with it; `None` if
    /// the request is none, or has another token.
    pub fn challenge<'q>(&self, query: &'q [(String, String)]) -> Option<&'q str> {
        let value =
            |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let fits = value("hub.mode") == Some("subscribe")
            && self.verify_token.is(value("hub.verify_token")?);
        let challenge = value("hub.challenge")?;
        let plain = challenge.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && plain && challenge.len() <= CHALLENGE_BYTES_MAX).then_some(challenge)
    }

    /// Returns whether Meta signed a body; `header` is `X-Hub-Signature-256`.
    pub fn has_signed(&self, header: Option<&str>, body: &[u8]) -> bool {
        let digits = header.and_then(|header| header.trim().strip_prefix(SCHEME));
        digits.is_some_and(|digits| self.app_secret.signed(&[body], digits))
    }

    /// Reads the leads that a delivery announces. Other changes are left out.
    ///
    /// # Errors
    /// [`BodyRefusal`]: it is not JSON, or has too many values.
    pub fn read(body: &[u8]) -> Result<Vec<Announced>, BodyRefusal> {
        let text = std::str::from_utf8(body).map_err(|_| BodyRefusal::NotUtf8)?;
        let tree = from_json(text, BOUNDS).map_err(|fault| tree_refusal("JSON", fault))?;
        let entries = items(tree.named("entry"));
        let changes = entries.iter().flat_map(|entry| {
            items(entry.named("changes")).iter().map(move |change| (entry, change))
        });
        Ok(changes.filter_map(|(entry, change)| announced(entry, change)).collect())
    }
}

fn announced(entry: &Tree, change: &Tree) -> Option<Announced> {
    if change.named("field").and_then(Tree::text)? != "leadgen" {
        return None;
    }
    let value = change.named("value")?;
    let member = |tree: &Tree, name: &str| id(&tree.named(name).and_then(Tree::text)?);
    Some(Announced {
        platform: Platform::Meta,
        id: member(value, "leadgen_id")?,
        page: member(value, "page_id").or_else(|| member(entry, "id")),
        form: member(value, "form_id"),
    })
}

fn items(tree: Option<&Tree>) -> &[Tree] {
    match tree {
        Some(Tree::List(items)) => items,
        Some(Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::Named(_))
        | None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> Meta {
        Meta {
            app_secret: PlatformKey::new("app-secret"),
            verify_token: PlatformKey::new("our-token"),
            access: PlatformAccess {
                api: "https://graph.example/v23.0".to_owned(),
                token: PlatformKey::new("t"),
            },
        }
    }

    #[test]
    fn a_challenge_is_returned_to_whoever_has_the_token() {
        let query = |mode: &str, token: &str, challenge: &str| {
            let pair = |name: &str, value: &str| (format!("hub.{name}"), value.to_owned());
            [pair("mode", mode), pair("verify_token", token), pair("challenge", challenge)].to_vec()
        };
        let meta = meta();
        for (mode, token, challenge, expected) in [
            ("subscribe", "our-token", "1158201444", Some("1158201444")),
            ("subscribe", "other", "1158201444", None),
            ("subscribe", "", "1158201444", None),
            ("unsubscribe", "our-token", "1158201444", None),
            ("subscribe", "our-token", "a\r\nb", None),
        ] {
            assert_eq!(meta.challenge(&query(mode, token, challenge)), expected, "{mode} {token}");
        }
        assert_eq!(meta.challenge(&[]), None);
    }

    #[test]
    fn the_signature_covers_the_body_as_it_came() {
        let meta = meta();
        let body = br#"{"object":"page","entry":[]}"#;
        let signature = format!("sha256={}", meta.app_secret.sign(body));
        assert!(meta.has_signed(Some(&signature), body));
        assert!(!meta.has_signed(Some(&signature), br#"{"entry":[],"object":"page"}"#));
        assert!(!meta.has_signed(Some(&signature.replace("sha256=", "sha1=")), body));
        assert!(!meta.has_signed(Some(&meta.app_secret.sign(body)), body));
        assert!(!meta.has_signed(None, body));
    }

    /// A delivery as receivers saw it, with members in another order than Meta documents, ids as
    /// texts, and numbers above 2⁵³.
    #[test]
    fn every_lead_of_every_entry_is_read() {
        let body = r#"{"entry": [
            {"id": "724300000000001", "time": 1751736582, "changes": [
                {"value": {"adgroup_id": "6798000000001", "ad_id": "6798000000001",
                  "created_time": 1751736579, "leadgen_id": "1958340000000214",
                  "page_id": "724300000000001", "form_id": "793230000000212"}, "field": "leadgen"},
                {"field": "feed", "value": {"leadgen_id": "1"}},
                {"field": "leadgen", "value": {"leadgen_id": 9007199254740993}}]},
            {"id": 2, "changes": [{"field": "leadgen", "value": {"leadgen_id": "../x"}},
                {"field": "leadgen"}, null]},
            {"id": "3", "changes": [{"field": "leadgen", "value": {"leadgen_id": "44444",
                "form_id": 18446744073709551617}}]}], "object": "page"}"#;
        let read = Meta::read(body.as_bytes()).unwrap();
        let shown: Vec<_> = read
            .iter()
            .map(|one| (one.id.as_str(), one.page.as_deref(), one.form.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("1958340000000214", Some("724300000000001"), Some("793230000000212")),
                ("9007199254740993", Some("724300000000001"), None),
                ("44444", Some("3"), Some("18446744073709551617")),
            ]
        );
        assert_eq!(Meta::read(b"[]").unwrap(), []);
        assert!(Meta::read(b"{").is_err());
    }
}
