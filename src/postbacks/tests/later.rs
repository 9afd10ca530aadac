//! Sold leads that are delivered afterwards: posts, e-mails, rows of sheets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::KeyPair as _;
use ring::signature::RSA_PKCS1_2048_8192_SHA256;
use ring::signature::RsaKeyPair;
use ring::signature::UnparsedPublicKey;

use super::*;
use crate::base::Person;
use crate::demo::lead_buyers::LeadBuyers;
use crate::lead::After;
use crate::store::DeadDelivery;
use crate::store::LeadChange;
use crate::store::LeadOpening;
use crate::store::conformance::leads::sold as sold_lead;
use crate::store::sample::node;

/// A key of nobody, made for this test.
const KEY: &str = include_str!("account.pem");
/// The contract that bought the lead.
const CONTRACT: &str = "acme-auto-ca";

/// Returns a book whose contract delivers like this.
fn book(delivery: &str) -> String {
    format!(
        "{REST}[[offer]]\nid = \"auto-quote\"\n[[contract]]\nid = \"{CONTRACT}\"\nbuyer = \"acme\"\n\
         offer = \"auto-quote\"\nchannels = [\"form\"]\n\
         price = {{ amount = \"45.00\", currency = \"USD\" }}\ndelivery = {{ {delivery} }}\n"
    )
}

fn desk(delivery: &str, settings: &str) -> Desk {
    let settings = Settings::parse("s", settings, &|_| None).unwrap();
    Desk::set_up(tempfile::tempdir().unwrap(), &book(delivery), Duration::ZERO, &settings)
}

impl Desk {
    /// Sells a lead with these fields to the contract.
    async fn sell(&self, fields: &[(&str, &str)]) {
        let LeadChange { mut record, decisions, sales, in_flight } = sold_lead(1);
        for (name, value) in fields {
            record.fields.insert(name.parse().unwrap(), (*value).to_owned());
        }
        let mut received = record.clone();
        (received.sales, received.attempts) = (Vec::new(), Vec::new());
        received.status = crate::lead::LeadStatus::Received;
        (received.ended_at, received.sold_at, received.reason) = (None, None, None);
        (received.decision_id, received.billable) = (None, false);
        (received.revenue, received.payout) = (None, None);
        self.store.lead_open(LeadOpening::of(received, node())).await.unwrap();
        let change = LeadChange { record, decisions, sales, in_flight };
        self.store.lead_save(&node(), change).await.unwrap();
    }

    async fn dead(&self) -> Vec<DeadDelivery> {
        self.store.deliveries_dead(Recipients::Contracts, None, 10).await.unwrap()
    }

    /// Returns what happened to the lead after its end.
    async fn after(&self) -> Vec<After> {
        let found = self.store.lead_fetch(sold_lead(1).record.id).await.unwrap();
        found.unwrap().after.into_iter().map(|step| step.what).collect()
    }

    async fn waiting(&self) -> u64 {
        self.store.outbox_figures().await.unwrap().waiting
    }
}

#[tokio::test]
async fn a_sold_lead_is_posted_until_the_buyer_has_it() {
    let buyers = LeadBuyers::start().await.unwrap();
    // How the buyer answers, how often it is asked, and why the lead is dead in the end.
    for (manners, times, fault) in [
        ("accepts", 1, None),
        ("status-500+status-503+status-404+accepts", 4, None),
        // An answer that was lost, and the repetition.
        ("status-504+duplicate", 2, None),
        // The sale does not hang on a verdict.
        ("garbage", 1, None),
        ("rejects", 1, Some("the buyer rejects it: Lead is not accepted: outside of coverage")),
        ("status-410", 1, Some("the answer has status 410")),
        ("status-500", 11, Some("the answer has status 500")),
    ] {
        let path = format!("/generic/{manners}/post");
        let mut desk = desk(&format!("post = \"{}\", later = true", buyers.url(&path)), "");
        desk.sell(&[]).await;
        desk.until(DAY).await;
        let received = buyers.received(&path);
        assert_eq!(received.len(), times, "{manners}");
        assert!(received[0].body.contains("+13055550123"), "{received:?}");
        assert_eq!(desk.waiting().await, 0, "{manners}");
        let dead = desk.dead().await;
        let faults: Vec<&str> = dead.iter().map(|own| own.fault.as_str()).collect();
        assert_eq!(faults, Vec::from_iter(fault), "{manners}");
        let (contract, attempts) = (CONTRACT.parse().unwrap(), times.try_into().unwrap());
        let ended = match fault.map(str::to_owned) {
            None => After::Delivered { contract, attempts },
            Some(said) => After::Undelivered { contract, attempts, said },
        };
        assert_eq!(desk.after().await, [ended], "{manners}");
    }
}

#[tokio::test]
async fn a_dead_lead_is_listed_and_resent() {
    let buyers = LeadBuyers::start().await.unwrap();
    let path = "/generic/rejects+accepts/post";
    let mut desk = desk(&format!("post = \"{}\", later = true", buyers.url(path)), "");
    desk.sell(&[]).await;
    desk.work().await;
    let dead = desk.dead().await;
    let [only] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!(only.to.to_string(), format!("contract:{CONTRACT}"));
    assert_eq!(only.inquiry, Some(sold_lead(1).record.id.into()));
    let resend = Resend { to: only.to.clone(), event: Some(only.event) };
    let at = second(START) + desk.elapsed();
    assert_eq!(desk.store.deliveries_resend(resend, by("ann", at)).await, Ok(1));
    desk.work().await;
    assert_eq!((buyers.received(path).len(), desk.dead().await.len()), (2, 0));
    let contract = CONTRACT.parse().unwrap();
    assert_eq!(desk.after().await, [After::Delivered { contract, attempts: 1 }]);
}

#[tokio::test]
async fn a_lead_that_was_posted_before_its_sale_is_not_delivered_again() {
    let buyers = LeadBuyers::start().await.unwrap();
    let path = "/generic/accepts/post";
    let mut desk = desk(&format!("post = \"{}\"", buyers.url(path)), "");
    desk.sell(&[]).await;
    desk.until(DAY).await;
    assert_eq!((buyers.received(path).len(), desk.waiting().await), (0, 0));
}

#[tokio::test]
async fn the_data_of_a_person_who_was_removed_are_not_delivered() {
    let buyers = LeadBuyers::start().await.unwrap();
    let path = "/generic/status-500+accepts/post";
    let mut desk = desk(&format!("post = \"{}\", later = true", buyers.url(path)), "");
    desk.sell(&[]).await;
    desk.work().await;
    let person = Person::Phone("+13055550123".parse().unwrap());
    desk.store.person_forget(person, by("ann", second(2_000))).await.unwrap();
    desk.until(DAY).await;
    assert_eq!(buyers.received(path).len(), 1);
    assert_eq!(desk.dead().await[0].fault, "the data of the person were removed");
}

/// Whoever reads the time line of a removed person does not learn what the buyer said of it.
#[tokio::test]
async fn what_a_buyer_said_when_a_lead_was_delivered_is_removed_with_the_person() {
    let buyers = LeadBuyers::start().await.unwrap();
    let path = "/generic/rejects/post";
    let mut desk = desk(&format!("post = \"{}\", later = true", buyers.url(path)), "");
    desk.sell(&[]).await;
    desk.work().await;
    let person = Person::Phone("+13055550123".parse().unwrap());
    desk.store.person_forget(person, by("ann", second(2_000))).await.unwrap();
    let (contract, said) = (CONTRACT.parse().unwrap(), String::new());
    assert_eq!(desk.after().await, [After::Undelivered { contract, attempts: 1, said }]);
    assert_eq!(desk.dead().await[0].fault, "");
}

#[tokio::test]
async fn a_sold_lead_is_mailed_until_the_server_takes_it_and_begins_no_header() {
    let mut tasks = JoinSet::new();
    let (port, mails) = mail_server(&mut tasks, &["451 try again", "250 ok", "250 ok"]).await;
    let smtp =
        format!("[smtp]\nurl = \"smtp://127.0.0.1:{port}\"\nfrom = \"strowger@example.com\"\n");
    let delivery = "email = { to = [\"sales@buyer.example\", \"ops@buyer.example\"], subject = \
                    \"Lead {field.first_name}\", text = \"Name: {field.first_name}\", html = \
                    \"<b>{field.first_name}</b>\" }";
    let mut desk = desk(delivery, &smtp);
    let name = "Ann\r\nBcc: spy@evil.example\r\n\r\n<script>alert(1)</script>";
    desk.sell(&[("first_name", name)]).await;
    desk.until(DAY).await;
    assert_eq!((desk.waiting().await, desk.dead().await.len()), (0, 0));
    let mails = mails.lock().unwrap().clone();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    let (head, body) = mail.split_once("\n\n").unwrap();
    let names: Vec<&str> = head
        .lines()
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    for own in ["From", "To", "Subject", "Message-ID", "Date", "Content-Type"] {
        assert!(names.contains(&own), "{own}: {head}");
    }
    assert!(!names.contains(&"Bcc") && !head.contains("\nBcc"), "{head}");
    assert!(head.contains("sales@buyer.example") && head.contains("ops@buyer.example"), "{head}");
    let html = body.split("text/html").nth(1).unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
    assert_eq!(desk.figures.failed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_lead_for_a_mailbox_without_a_mail_server_is_dead_after_a_day() {
    let mut desk = desk("email = { to = \"sales@buyer.example\" }", "");
    desk.sell(&[]).await;
    desk.until(DAY).await;
    let dead = desk.dead().await;
    assert!(dead[0].fault.contains("[smtp]") && dead[0].attempts > 5, "{dead:?}");
}

/// Returns settings with a service account whose tokens come from this address.
fn account(token_url: &str) -> String {
    let key = KEY.replace('\n', "\\n");
    let document = format!(
        "{{\"client_email\":\"robot@p.example\",\"token_uri\":\"{token_url}\",\
         \"private_key\":\"{key}\"}}"
    );
    format!("[secrets]\ngoogle = '{document}'\n")
}

#[tokio::test]
async fn a_sold_lead_is_appended_to_a_sheet_with_a_token_that_a_service_account_signs_for() {
    let buyers = LeadBuyers::start().await.unwrap();
    let token = "/generic/issues-G1+issues-G2/token";
    let delivery = format!(
        "sheet = {{ spreadsheet = \"needs-G2\", range = \"Leads!A1\", url = \"{}\", account = \
         \"{{secret.google}}\", columns = [\"{{field.first_name}}\", \"{{field.phone}}\", \
         \"{{price}}\"] }}",
        buyers.url("")
    );
    let mut desk = desk(&delivery, &account(&buyers.url(token)));
    desk.sell(&[("first_name", "=1+1")]).await;
    desk.until(DAY).await;
    assert_eq!((desk.waiting().await, desk.dead().await.len()), (0, 0));
    let path = "/v4/spreadsheets/needs-G2/values/Leads%21A1:append";
    let rows = buyers.received(path);
    let tokens: Vec<&str> = rows.iter().map(|own| own.authorization.as_str()).collect();
    assert_eq!(tokens, ["Bearer G1", "Bearer G2"], "a refused token is renewed at once");
    assert_eq!(rows[1].query, "valueInputOption=RAW&insertDataOption=INSERT_ROWS");
    assert_eq!(rows[1].body, r#"{"values":[["=1+1","+13055550123",45.00]]}"#);
    let asked = buyers.received(token);
    let form: Vec<(String, String)> =
        form_urlencoded::parse(asked[0].body.as_bytes()).into_owned().collect();
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (claims, signature) = form[1].1.rsplit_once('.').unwrap();
    let der: String = KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    public.verify(claims.as_bytes(), &signature).unwrap();
}

#[tokio::test]
async fn a_service_account_that_cannot_be_used_shows_nothing_of_its_key() {
    let delivery =
        "sheet = { spreadsheet = \"x\", account = \"{secret.google}\", columns = [\"x\"] }";
    let settings = "[secrets]\ngoogle = '{\"private_key\":\"hidden\"}'\n";
    let mut desk = desk(delivery, settings);
    desk.sell(&[]).await;
    desk.until(DAY).await;
    let dead = desk.dead().await;
    assert!(dead[0].fault.starts_with("the service account cannot be used"), "{dead:?}");
    assert!(!format!("{dead:?}").contains("hidden"), "{dead:?}");
}
