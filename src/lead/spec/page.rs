//! The specification as a page.

use std::fmt::Write as _;

use crate::base::xml::escaped;

use super::FaultCode;
use super::Spec;
use super::SpecField;
use super::SpecWord;

const STYLE: &str = "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:60em;padding:0 1em}\
    table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3em .6em;text-align:left}\
    pre{background:#eee;padding:1em;overflow:auto}";

impl Spec {
    /// Returns the specification as a page of HTML. Everything that comes from the book is escaped.
    pub fn page(&self) -> String {
        let mode = if self.live { "Leads are sold." } else { "The address takes tests only." };
        let (offer, url) = (escaped(&self.offer), escaped(&self.url));
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"robots\" content=\"noindex\"><title>{offer}</title>\
             <style>{STYLE}</style></head><body><h1>{offer}</h1><p>{mode}</p>\
             <p>Send each lead to <code>{url}</code>: GET with a query, or POST of a form, JSON, \
             or XML in UTF-8. <code>Accept</code> chooses JSON, XML, or text for the answer. An \
             <code>Idempotency-Key</code> makes a request safe to repeat for a day.</p>"
        );
        let row = |page: &mut String, cells: &[&str]| {
            let cells: String =
                cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
            // Writing to a text cannot fail.
            let _written = write!(page, "<tr>{cells}</tr>");
        };
        page += "<h2>Fields</h2><table><tr><th>name<th>also<th>required<th>type<th>values\
                 <th>example</tr>";
        for field in &self.fields {
            let SpecField { name, also, kind, required, on_ping, allowed, example } = field;
            let required = match (required, on_ping) {
                (true, true) => "yes",
                (true, false) => "on the post",
                (false, _) => "",
            };
            row(&mut page, &[name, &also.join(", "), required, kind, allowed, example]);
        }
        page += "</table><h2>Ping and post</h2><p>A ping, the lead without what tells of its person, \
                 goes to <code>";
        page += &url;
        page += "/ping</code>. If an offer is made, its answer has an id, a price, and the end of \
                 the offer. The whole lead goes to <code>";
        page += &url;
        page += "/post</code>, with the id as <code>";
        page += &escaped(&self.ping_name);
        page += "</code>; it may leave out what the ping had. A ping has one post.</p>\
                 <h2>Example</h2><pre>";
        page += &escaped(&self.form());
        page += "</pre><h2>Tests</h2><p>A lead with <code>test=1</code> is checked and routed, and \
                 sold to nobody. <code>lp_test</code>, <code>lp_action=test</code>, \
                 <code>ckm_test</code>, <code>Test_Lead</code>, <code>testMode</code>, \
                 <code>test_mode</code>, and <code>is_test</code> mean the same.</p>\
                 <h2>Answers</h2><table><tr><th>value<th>name</tr>";
        for (ours, theirs) in &self.values {
            row(&mut page, &[ours, theirs]);
        }
        page += "</table><table><tr><th>lead<th>word<th>code</tr>";
        for SpecWord { ours, theirs, code } in &self.words {
            row(&mut page, &[ours, theirs, code.unwrap_or_default()]);
        }
        page += "</table><h2>Faults of fields</h2><table><tr><th>code<th>remedy</tr>";
        for code in FaultCode::ALL {
            row(&mut page, &[code.code(), code.remedy()]);
        }
        page += "</table></body></html>";
        page
    }

    /// Returns a form with an example of every field.
    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for field in &self.fields {
            form.append_pair(field.sent(), &field.example);
        }
        format!("curl {} -d '{}'", self.url, form.finish())
    }
}
