//! How platforms answer posts and pings.

use std::fmt::Write as _;

use crate::base::xml::escaped;

/// A platform whose answers a buyer imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `{"status": "accepted"}` and the like.
    Generic,
    /// LeadsPedia: XML, `<result>success</result>`.
    Leadspedia,
    /// Lead Prosper: JSON in capitals, with codes.
    LeadProsper,
    /// boberdoo: XML, Matched and Unmatched.
    Boberdoo,
    /// CAKE: XML with `code` 0 for yes.
    Cake,
    /// Phonexa: JSON with a numeric status as text.
    Phonexa,
    /// LeadByte: JSON with negative codes.
    Leadbyte,
    /// LeadConduit: JSON with an outcome.
    Leadconduit,
    /// Salesforce Web-to-Lead: 200 and a page, whatever came.
    Salesforce,
    /// HubSpot forms: 200 and a message, or 400 and errors.
    Hubspot,
    /// GoHighLevel webhooks: 200, whatever came.
    Gohighlevel,
}

/// What a buyer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Says {
    /// It takes the lead, which it calls by this id.
    Yes(String),
    /// It does not want it.
    No,
    /// It has it already.
    Duplicate,
    /// It has an error of its own.
    Error,
    /// It bids an amount; the id is that of the bid.
    Bid(String, String),
}

/// An answer: status, media type, body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) media: &'static str,
    pub(super) body: String,
}

const JSON: &str = "application/json";
const XML: &str = "text/xml";
const HTML: &str = "text/html;charset=UTF-8";
/// What buyers give as the reason of a rejection.
const REASON: &str = "Lead is not accepted: outside of coverage";

impl Dialect {
    /// All dialects, by the name of the preset.
    pub const ALL: &[(&str, Dialect)] = &[
        ("generic", Dialect::Generic),
        ("leadspedia", Dialect::Leadspedia),
        ("lead-prosper", Dialect::LeadProsper),
        ("boberdoo", Dialect::Boberdoo),
        ("cake", Dialect::Cake),
        ("phonexa", Dialect::Phonexa),
        ("leadbyte", Dialect::Leadbyte),
        ("leadconduit", Dialect::Leadconduit),
        ("salesforce", Dialect::Salesforce),
        ("hubspot", Dialect::Hubspot),
        ("gohighlevel", Dialect::Gohighlevel),
    ];

    /// Returns the dialect with a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, dialect)| *dialect)
    }

    /// Returns whether the platform says what becomes of a lead.
    pub const fn gives_verdict(self) -> bool {
        !matches!(self, Dialect::Salesforce | Dialect::Hubspot | Dialect::Gohighlevel)
    }

    /// Returns an answer. Traps of the real platforms are in them: an id beside an error, JSON served
    /// as HTML, CDATA, numbers as texts.
    pub(super) fn answer(self, says: &Says) -> Answer {
        match self {
            Dialect::Generic => generic(says),
            Dialect::Leadspedia => leadspedia(says),
            Dialect::LeadProsper => lead_prosper(says),
            Dialect::Boberdoo => boberdoo(says),
            Dialect::Cake => cake(says),
            Dialect::Phonexa => phonexa(says),
            Dialect::Leadbyte => leadbyte(says),
            Dialect::Leadconduit => leadconduit(says),
            Dialect::Salesforce => answer(200, HTML, "<html><body></body></html>".to_owned()),
            Dialect::Hubspot => match says {
                Says::Yes(_) | Says::Bid(_, _) => {
                    answer(200, JSON, r#"{"inlineMessage":"Thanks for submitting the form."}"#.to_owned())
                }
                Says::No | Says::Duplicate | Says::Error => answer(
                    400,
                    JSON,
                    r#"{"status":"error","message":"The request is not valid","errors":[{"message":"Required field 'email' is missing","errorType":"REQUIRED_FIELD"}]}"#.to_owned(),
                ),
            },
            Dialect::Gohighlevel => answer(200, JSON, r#"{"status":"Success: request sent"}"#.to_owned()),
        }
    }
}

fn answer(status: u16, media: &'static str, body: String) -> Answer {
    Answer { status, media, body }
}

fn generic(says: &Says) -> Answer {
    let body = match says {
        Says::Yes(id) => format!(r#"{{"status":"accepted","lead_id":"{id}"}}"#),
        Says::No => format!(r#"{{"status":"rejected","message":"{REASON}","lead_id":"none"}}"#),
        Says::Duplicate => r#"{"status":"rejected","message":"Duplicate lead"}"#.to_owned(),
        Says::Error => r#"{"success":false,"error":"internal error"}"#.to_owned(),
        Says::Bid(id, amount) => {
            format!(r#"{{"status":"accepted","ping_id":"{id}","price":"{amount}"}}"#)
        }
    };
    answer(200, JSON, body)
}

fn leadspedia(says: &Says) -> Answer {
    let inner = match says {
        Says::Yes(id) => format!(
            "<result>success</result><lead_id>{id}</lead_id><price>45.00</price><msg>Lead \
             Accepted</msg>"
        ),
        Says::No => format!(
            "<result>failed</result><lead_id>77</lead_id><price>0</price><msg>Lead Rejected</msg>\
             <errors><error><![CDATA[{REASON}]]></error></errors>"
        ),
        Says::Duplicate => {
            "<result>failed</result><msg>Duplicate Lead</msg><errors><error>Lead is \
                            a duplicate</error></errors>"
                .to_owned()
        }
        Says::Error => "<result>failed</result><msg>Invalid Campaign</msg><errors><error>Invalid \
                        Campaign</error></errors>"
            .to_owned(),
        Says::Bid(id, amount) => format!(
            "<result>success</result><ping_id>{id}</ping_id><price>{amount}</price><msg>Ping \
             Accepted</msg>"
        ),
    };
    answer(200, XML, format!("<?xml version=\"1.0\"?><response>{inner}</response>"))
}

fn lead_prosper(says: &Says) -> Answer {
    let body = match says {
        Says::Yes(id) => format!(
            r#"{{"status":"ACCEPTED","code":0,"message":"ok","lead_id":"{id}","payout":45}}"#
        ),
        Says::No => format!(
            r#"{{"status":"REJECTED","code":1013,"message":"{REASON}","lead_id":"77","payout":0}}"#
        ),
        Says::Duplicate => {
            r#"{"status":"DUPLICATED","code":1008,"message":"Duplicated lead","lead_id":"77"}"#
                .to_owned()
        }
        Says::Error => {
            r#"{"status":"ERROR","code":1001,"message":"Missing parameter: zip_code"}"#.to_owned()
        }
        Says::Bid(id, amount) => format!(
            r#"{{"status":"ACCEPTED","code":0,"message":"ok","ping_id":"{id}","payout":{amount}}}"#
        ),
    };
    answer(200, JSON, body)
}

fn boberdoo(says: &Says) -> Answer {
    let inner = match says {
        Says::Yes(id) => {
            format!("<status>Matched</status><lead_id>{id}</lead_id><price>45.00</price>")
        }
        Says::No => "<status>Unmatched</status><lead_id>77</lead_id>".to_owned(),
        Says::Duplicate => "<status>Error</status><error>Duplicate lead</error>".to_owned(),
        Says::Error => "<status>Error</status><error>Invalid Key</error>".to_owned(),
        Says::Bid(id, amount) => {
            format!("<status>Matched</status><lead_id>{id}</lead_id><price>{amount}</price>")
        }
    };
    answer(
        200,
        XML,
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><response>{inner}</response>"),
    )
}

fn cake(says: &Says) -> Answer {
    let (code, msg, rest) = match says {
        Says::Yes(id) => (0, "success", format!("<leadid>{id}</leadid><price>45.00</price>")),
        Says::No => (2, REASON, "<leadid>77</leadid>".to_owned()),
        Says::Duplicate => (3, "duplicate lead", String::new()),
        Says::Error => (1, "error", "<errors><error>missing ckm_key</error></errors>".to_owned()),
        Says::Bid(id, amount) => {
            (0, "success", format!("<leadid>{id}</leadid><price>{amount}</price>"))
        }
    };
    let mut body = String::new();
    // Writing to a string cannot fail.
    let _ = write!(body, "<result><code>{code}</code><msg>{}</msg>{rest}</result>", escaped(msg));
    answer(200, XML, body)
}

fn phonexa(says: &Says) -> Answer {
    let body = match says {
        Says::Yes(id) => format!(
            r#"{{"id":"{id}","status":"1","price":"45.00","redirect":"https://next.example/"}}"#
        ),
        Says::No => format!(r#"{{"id":"77","status":"2","message":"{REASON}"}}"#),
        Says::Duplicate => r#"{"id":"77","status":"Duplicate"}"#.to_owned(),
        Says::Error => r#"{"status":"4","errors":["apiPassword is wrong"]}"#.to_owned(),
        Says::Bid(id, amount) => {
            format!(r#"{{"id":"{id}","status":"1","promise_id":"{id}","price":"{amount}"}}"#)
        }
    };
    answer(200, HTML, body)
}

fn leadbyte(says: &Says) -> Answer {
    let body = match says {
        Says::Yes(id) | Says::Bid(id, _) => {
            format!(r#"{{"code":1,"response":"OK","leadId":{id},"info":""}}"#)
        }
        Says::No => {
            format!(r#"{{"code":-5,"response":"Validation","leadId":77,"info":"{REASON}"}}"#)
        }
        Says::Duplicate => r#"{"code":-2,"response":"Duplicate","leadId":77}"#.to_owned(),
        Says::Error => r#"{"code":-100,"response":"Internal error"}"#.to_owned(),
    };
    answer(200, HTML, body)
}

fn leadconduit(says: &Says) -> Answer {
    let body = match says {
        Says::Yes(id) => {
            format!(r#"{{"outcome":"success","lead":{{"id":"{id}"}},"price":45}}"#)
        }
        Says::No => {
            format!(r#"{{"outcome":"failure","reason":"{REASON}","lead":{{"id":"77"}},"price":0}}"#)
        }
        Says::Duplicate => {
            r#"{"outcome":"failure","reason":"duplicate lead","lead":{"id":"77"}}"#.to_owned()
        }
        Says::Error => r#"{"outcome":"error","reason":"server error"}"#.to_owned(),
        Says::Bid(_, amount) => format!(r#"{{"outcome":"success","price":{amount}}}"#),
    };
    let status = if matches!(says, Says::Yes(_)) { 201 } else { 200 };
    answer(status, JSON, body)
}
