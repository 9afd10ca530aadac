//! Tests of presets: what each sends, as its platform documents it, and what its answers mean.

use crate::base::Currency;
use crate::base::SecretName;
use crate::base::tree::TreeBounds;
use crate::base::tree::from_json;
use crate::book;
use crate::book::Delivery;
use crate::book::Exchange;
use crate::delivery::Answer;
use crate::delivery::Lead;
use crate::delivery::PRESETS;
use crate::delivery::Secrets;
use crate::delivery::request;
use crate::delivery::tests::fields;
use crate::delivery::tests::lead_of;
use crate::delivery::tests::shown;
use crate::delivery::verdict;

/// Settings that have every secret.
struct Every;

impl Secrets for Every {
    fn secret(&self, _name: &SecretName) -> Option<&str> {
        Some("s3cr3t")
    }
}

fn delivery(name: &str) -> Exchange {
    whole(name).posted().unwrap().clone()
}

fn whole(name: &str) -> Delivery {
    // A bid is asked for in an auction only.
    let strategy = if name.ends_with("-ping") { "strategy = \"auction\"\n" } else { "" };
    let preset = PRESETS.iter().find(|preset| preset.name == name).unwrap();
    let text = format!(
        "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n{strategy}[[contract]]\n\
         id = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"45.00\", currency = \"USD\" }}\n{}",
        preset.text
    );
    let (book, faults) = book::parse(name, &text);
    assert_eq!(faults, [], "{name}");
    *book.unwrap().contracts[0].delivery.clone().unwrap()
}

/// What a platform documents of a request.
struct Documented {
    name: &'static str,
    url: &'static str,
    /// Names and values in the body.
    values: &'static [(&'static str, &'static str)],
}

const REQUESTS: &[Documented] = &[
    Documented {
        name: "boberdoo",
        url: "https://YOUR-HOST.example/new_api/api.php",
        values: &[
            ("Key", "s3cr3t"),
            ("API_Action", "pingPostLead"),
            ("Mode", "full"),
            ("First_Name", "Ann"),
            ("Primary_Phone", "3055550123"),
            ("Date_Of_Birth", "12/24/1984"),
        ],
    },
    Documented {
        name: "boberdoo-ping",
        url: "https://YOUR-HOST.example/new_api/api.php",
        values: &[("Mode", "post"), ("Lead_ID", "P-1"), ("Primary_Phone", "3055550123")],
    },
    Documented {
        name: "lead-prosper-ping",
        url: "https://api.leadprosper.io/post",
        values: &[("lp_ping_id", "P-1"), ("phone", "3055550123")],
    },
    Documented {
        name: "leadconduit-ping",
        url: "https://app.leadconduit.com/flows/FLOW/sources/SOURCE/submit",
        values: &[("first_name", "Ann")],
    },
    Documented {
        name: "leadspedia-ping",
        url: "https://YOUR-ACCOUNT.leadspediatrack.com/post.do",
        values: &[("lp_ping_id", "P-1"), ("phone_home", "3055550123")],
    },
    Documented {
        name: "cake",
        url: "https://YOUR-HOST.example/d.ashx",
        values: &[("ckm_campaign_id", "CAMPAIGN"), ("ckm_key", "s3cr3t"), ("dob", "12/24/1984")],
    },
    Documented {
        name: "leadbyte",
        url: "https://YOUR-ACCOUNT.leadbyte.co.uk/api/submit.php?returnjson=yes",
        values: &[("campid", "CAMPAIGN"), ("firstname", "Ann"), ("phone1", "13055550123")],
    },
    Documented {
        name: "leadspedia",
        url: "https://YOUR-ACCOUNT.leadspediatrack.com/post.do",
        values: &[
            ("lp_campaign_id", "CAMPAIGN"),
            ("lp_campaign_key", "s3cr3t"),
            ("lp_response", "XML"),
            ("phone_home", "3055550123"),
            ("dob", "1984-12-24"),
        ],
    },
    Documented {
        name: "salesforce",
        url: "https://webto.salesforce.com/servlet/servlet.WebToLead?encoding=UTF-8",
        values: &[("oid", "ORGANIZATION"), ("first_name", "Ann"), ("zip", "90210")],
    },
    Documented {
        name: "lead-prosper",
        url: "https://api.leadprosper.io/direct_post",
        values: &[
            ("lp_campaign_id", "CAMPAIGN"),
            ("lp_supplier_id", "SUPPLIER"),
            ("lp_key", "s3cr3t"),
            ("phone", "3055550123"),
        ],
    },
    Documented {
        name: "phonexa",
        url: "https://leads-INSTANCE-client.phonexa.com/lead/",
        values: &[("apiId", "API-ID"), ("apiPassword", "s3cr3t"), ("firstName", "Ann")],
    },
    Documented {
        name: "leadconduit",
        url: "https://app.leadconduit.com/flows/FLOW/sources/SOURCE/submit",
        values: &[("first_name", "Ann"), ("postal_code", "90210")],
    },
    Documented {
        name: "hubspot",
        url: "https://api.hsforms.com/submissions/v3/integration/submit/PORTAL/FORM",
        values: &[
            ("fields.0.name", "firstname"),
            ("fields.0.value", "Ann"),
            ("fields.2.name", "email"),
            ("fields.2.value", ""),
            ("fields.4.value", "90210"),
        ],
    },
    Documented {
        name: "gohighlevel",
        url: "https://services.leadconnectorhq.com/hooks/HOOK",
        values: &[("first_name", "Ann"), ("phone", "+13055550123")],
    },
    Documented {
        name: "generic",
        url: "https://BUYER.example/leads",
        values: &[("first_name", "Ann"), ("dob", "1984-12-24")],
    },
];

#[test]
fn each_preset_sends_what_its_platform_documents() {
    const BOUNDS: TreeBounds = TreeBounds { depth: 8, values: 100 };
    let lead = fields(&[
        ("first_name", "Ann"),
        ("phone", "+13055550123"),
        ("zip", "90210"),
        ("dob", "1984-12-24"),
    ]);
    let mut named: Vec<&str> = REQUESTS.iter().map(|one| one.name).collect();
    named.sort_unstable();
    assert_eq!(named, PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>());
    for Documented { name, url, values } in REQUESTS {
        let lead = Lead { ping_id: Some("P-1"), ..lead_of(&lead) };
        let request = request(&delivery(name), &lead, &Every).unwrap();
        assert_eq!(request.url, *url);
        for (key, value) in *values {
            let found = if request.body.starts_with('{') {
                let tree = from_json(&request.body, BOUNDS).unwrap();
                let path: crate::base::tree::TreePath = key.parse().unwrap();
                path.find(&tree, BOUNDS).and_then(|value| value.text().map(String::from))
            } else {
                let mut pairs = form_urlencoded::parse(request.body.as_bytes());
                pairs.find(|(own, _)| own == key).map(|(_, value)| value.into_owned())
            };
            assert_eq!(found.as_deref(), Some(*value), "{name} {key}: {}", request.body);
        }
        assert!(!request.body.contains("ckm_test") && !request.body.contains("lp_action"));
    }
}

/// A preset, the status and text of an answer, and what it means.
const ANSWERS: &[(&str, u16, &str, &str)] = &[
    (
        "leadspedia",
        200,
        "<response><result>success</result><lead_id>ABC</lead_id><price>12.50</price>\
         <redirect_url>https://t.example/</redirect_url></response>",
        "accepted as ABC for 12.50 USD to https://t.example/",
    ),
    (
        "leadspedia",
        200,
        "<response><result>failed</result><lead_id>ABC</lead_id><msg>Lead Rejected</msg>\
         <errors><error>Invalid zip</error><error>Invalid dob</error></errors></response>",
        "rejected: Invalid zip; Invalid dob; Lead Rejected",
    ),
    (
        "leadspedia",
        200,
        "<response><result>failed</result><msg>Duplicate</msg></response>",
        "duplicate: Duplicate",
    ),
    (
        "lead-prosper",
        200,
        r#"{"status": "ACCEPTED", "code": 0, "message": "", "lead_id": 42, "payout": "30.00"}"#,
        "accepted as 42 for 30.00 USD",
    ),
    (
        "lead-prosper",
        200,
        r#"{"status": "DUPLICATED", "code": 1008, "message": "Duplicate lead", "id": "7"}"#,
        "duplicate: Duplicate lead",
    ),
    (
        "lead-prosper",
        200,
        r#"{"status": "ERROR", "code": 1001, "message": "Missing lp_key"}"#,
        "trouble: the buyer reports an error: Missing lp_key",
    ),
    (
        "lead-prosper",
        200,
        r#"{"status": "ERROR", "code": 1013, "message": "No buyer", "id": "7"}"#,
        "rejected: No buyer",
    ),
    (
        "boberdoo",
        200,
        "<?xml version=\"1.0\"?><response><status>Matched</status><lead_id>9</lead_id>\
         <price>8.75</price></response>",
        "accepted as 9 for 8.75 USD",
    ),
    (
        "boberdoo",
        200,
        "<response><status>Unmatched</status><lead_id>9</lead_id></response>",
        "rejected",
    ),
    (
        "boberdoo",
        200,
        "<response><status>Error</status><error>Invalid API key</error></response>",
        "trouble: the buyer reports an error: Invalid API key",
    ),
    (
        "cake",
        200,
        "<result><code>0</code><msg>success</msg><leadid>A1</leadid><price>5</price>\
         <redirect></redirect><errors></errors></result>",
        "accepted as A1 for 5.00 USD",
    ),
    (
        "cake",
        200,
        "<result><code>1</code><msg>error</msg><leadid/><errors><error>Invalid Key</error>\
         </errors></result>",
        "rejected: Invalid Key; error",
    ),
    ("phonexa", 200, r#"{"status": "sold", "id": 5, "price": 3.2}"#, "accepted as 5 for 3.20 USD"),
    ("phonexa", 200, r#"{"status": "pending"}"#, "trouble: the answer says neither yes nor no"),
    ("leadbyte", 200, r#"{"code": 1, "response": "OK", "leadId": 77}"#, "accepted as 77"),
    ("leadbyte", 200, r#"{"code": -2, "response": "Duplicate"}"#, "duplicate: Duplicate"),
    (
        "leadbyte",
        200,
        r#"{"code": -5, "response": "Rejected", "info": "phone1"}"#,
        "rejected: Rejected; phone1",
    ),
    (
        "leadbyte",
        200,
        r#"{"code": -100, "response": "Internal"}"#,
        "trouble: the buyer reports an error: Internal",
    ),
    (
        "leadconduit",
        201,
        r#"{"outcome": "success", "lead": {"id": "5f"}, "price": 0}"#,
        "accepted as 5f for 0.00 USD",
    ),
    (
        "leadconduit",
        201,
        r#"{"outcome": "failure", "reason": "Not wanted", "lead": {"id": "5f"}}"#,
        "rejected: Not wanted",
    ),
    (
        "leadconduit",
        201,
        r#"{"outcome": "failure", "reason": "Duplicate lead"}"#,
        "duplicate: Duplicate lead",
    ),
    ("salesforce", 200, "", "delivered"),
    ("salesforce", 200, "<html>error: invalid oid</html>", "delivered"),
    ("hubspot", 200, r#"{"inlineMessage": "Thanks"}"#, "delivered"),
    (
        "hubspot",
        400,
        r#"{"status": "error", "message": "bad", "errors": [{"message": "Required field 'email'"}]}"#,
        "rejected: Required field 'email'; bad",
    ),
    ("gohighlevel", 200, r#"{"status": "Success: request sent"}"#, "delivered"),
    ("generic", 200, r#"{"status": "accepted"}"#, "accepted"),
    ("generic", 401, "", "trouble: the answer has status 401"),
];

/// What identifies a person stays out of a ping: the address, and what is sent.
#[test]
fn pings_go_to_their_own_address_and_tell_of_no_person() {
    let person = fields(&[
        ("first_name", "Annabel"),
        ("last_name", "Lee"),
        ("phone", "+13055550123"),
        ("email", "annabel@mail.example"),
        ("street", "1 Main Street"),
        ("dob", "1984-12-24"),
        ("zip", "90210"),
        ("state", "CA"),
    ]);
    for (name, url, mark) in [
        ("boberdoo-ping", "https://YOUR-HOST.example/new_api/api.php", "Mode=ping"),
        ("lead-prosper-ping", "https://api.leadprosper.io/ping", "\"lp_key\":\"s3cr3t\""),
        (
            "leadconduit-ping",
            "https://app.leadconduit.com/flows/FLOW/sources/SOURCE/ping",
            "\"postal_code\":\"90210\"",
        ),
        (
            "leadspedia-ping",
            "https://YOUR-ACCOUNT.leadspediatrack.com/ping.do",
            "lp_campaign_key=s3cr3t",
        ),
    ] {
        let ping = whole(name).ping.unwrap();
        let request = request(&ping.ask, &lead_of(&person), &Every).unwrap();
        assert_eq!(request.url, url);
        assert!(request.body.contains(mark) && request.body.contains("90210"), "{}", request.body);
        for hidden in ["Annabel", "Lee", "305", "mail.example", "Main", "1984"] {
            assert!(!request.body.contains(hidden), "{name} {hidden}: {}", request.body);
        }
    }
}

#[test]
fn each_preset_judges_the_answers_of_its_platform() {
    for (name, status, body, expected) in ANSWERS {
        let answer = Answer { status: *status, body: body.as_bytes() };
        let judged = verdict(&delivery(name).response, Currency::USD, answer);
        assert_eq!(shown(&judged), *expected, "{name}: {body}");
    }
}

#[test]
fn a_test_lead_is_marked_as_the_platform_wants() {
    for (name, mark) in [
        ("leadspedia", "lp_test=1"),
        ("lead-prosper", "\"lp_action\":\"test\""),
        ("boberdoo", "Test_Lead=1"),
        ("cake", "ckm_test=1"),
        ("phonexa", "\"testMode\":\"1\""),
    ] {
        let request = crate::delivery::tests::test_lead(&delivery(name), &Every).unwrap();
        assert!(request.body.contains(mark), "{name}: {}", request.body);
    }
}
