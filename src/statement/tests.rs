use bytes::Bytes;
use parquet::file::reader::FileReader as _;
use parquet::file::reader::SerializedFileReader;
use parquet::record::Row;
use parquet::record::RowAccessor as _;
use serde_json::Value;

use super::Form;
use super::HEAD_KEY;
use super::Line;
use super::Party;
use super::PostedSum;
use super::Printer;
use super::Question;
use super::ROW_GROUP_MAX;
use super::Statement;
use super::Sums;
use super::Wanted;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::AccountKind;

fn now() -> Wall {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn buyer() -> Party {
    Party::Buyer("acme".parse().unwrap())
}

fn asked(wanted: Wanted<'_>) -> Result<Question, Vec<String>> {
    Question::new(buyer(), wanted, now(), Currency::USD)
}

fn line(number: u64, note: &str) -> Line {
    Line {
        number,
        at: now(),
        kind: AccountKind::Revenue,
        call: None,
        dialled: Some("+18005550100".parse().unwrap()),
        caller: None,
        offer: Some("auto".parse().unwrap()),
        contract: Some("-c".parse().unwrap()),
        cause: "=HYPERLINK(1)".to_owned(),
        note: note.to_owned(),
        amount: Money::parse("-45.00", Currency::USD).unwrap(),
    }
}

fn printed(form: Form, statement: &Statement, pages: &[Vec<Line>]) -> Vec<u8> {
    let mut printer = Printer::begin(form, statement).unwrap();
    let mut bytes: Vec<u8> = pages.iter().flat_map(|page| printer.lines(page).unwrap()).collect();
    bytes.extend(printer.end().unwrap());
    bytes
}

#[test]
fn a_period_is_read_in_its_zone() {
    for (since, until, zone, expected) in [
        (None, None, None, Some("2026-11-01T00:00:00Z 2026-11-20T10:00:00Z")),
        (
            Some("2026-10-01"),
            Some("2026-11-01"),
            Some("America/New_York"),
            Some("2026-10-01T04:00:00Z 2026-11-01T04:00:00Z"),
        ),
        (Some("2026-11-01"), Some("2026-11-01"), None, None),
        (Some("2026-11-02"), Some("2026-11-01"), None, None),
        (Some("soon"), None, None, None),
        (None, None, Some("Mars/Olympus"), None),
    ] {
        let found = asked(Wanted { since, until, zone, currency: None });
        let found = found.ok().map(|found| format!("{} {}", found.since, found.until));
        assert_eq!(found.as_deref(), expected, "{since:?} {until:?} {zone:?}");
    }
    let wrong = Wanted { since: Some("x"), until: Some("y"), zone: Some("z"), currency: Some("q") };
    assert_eq!(asked(wrong).unwrap_err().len(), 4);
}

#[test]
fn totals_and_balances_agree() {
    let sum = |kind, before, within, count| PostedSum { kind, before, within, count };
    let sums = vec![
        sum(AccountKind::Revenue, 10_000_000, 45_000_000, 1),
        sum(AccountKind::RevenuePrepaid, 7_000_000, 7_000_000, 2),
        sum(AccountKind::Charge, -7_000_000, -7_000_000, 2),
        sum(AccountKind::Credit, 100_000_000, 0, 0),
    ];
    let question = asked(Wanted::default()).unwrap();
    let sums = Sums { last: 9, sums, other_currencies: Vec::new() };
    let statement = Statement::new(&question, sums);
    let amounts = [statement.opening, statement.closing, statement.due].map(Money::amount);
    assert_eq!(amounts, ["83.00", "31.00", "45.00"]);
    let kinds: Vec<&str> = statement.totals.iter().map(|total| total.kind.name()).collect();
    assert_eq!(kinds, ["revenue", "revenue_prepaid", "charge"]);
    let huge = vec![sum(AccountKind::Payout, 0, i128::from(i64::MAX) * 2, 2)];
    let sums = Sums { last: 9, sums: huge, other_currencies: Vec::new() };
    assert_eq!(Statement::new(&question, sums).due.micros(), i64::MAX);
}

#[test]
fn a_statement_in_pages_is_one_document() {
    let question = asked(Wanted::default()).unwrap();
    let statement = Statement::new(&question, Sums::default());
    for pages in
        [vec![], vec![vec![line(1, "")]], vec![vec![line(1, ""), line(2, "")], vec![line(3, "")]]]
    {
        let count: usize = pages.iter().map(Vec::len).sum();
        let text = |form| String::from_utf8(printed(form, &statement, &pages)).unwrap();
        let document: Value = serde_json::from_str(&text(Form::Json)).unwrap();
        assert_eq!(document["items"].as_array().unwrap().len(), count);
        assert_eq!(document["due"]["amount"], "0.00");
        assert_eq!(text(Form::Csv).lines().count(), count + 1);
    }
}

/// The cells of a caller's or a user's text are no formulas; phone numbers and amounts stay as they
/// are.
#[test]
fn no_cell_of_a_statement_is_a_formula() {
    let statement = Statement::new(&asked(Wanted::default()).unwrap(), Sums::default());
    let text = printed(Form::Csv, &statement, &[vec![line(7, "@SUM(1,2)")]]);
    let text = String::from_utf8(text).unwrap();
    let row = text.split_inclusive('\n').nth(1).unwrap();
    let expected = "7,2026-11-20T10:00:00Z,revenue,,+18005550100,,auto,'-c,'=HYPERLINK(1),\
        \"'@SUM(1,2)\",-45.00,USD\n";
    assert_eq!(row, expected);
}

/// A row group begins when one is full; what is held until then is bounded by it.
#[test]
fn a_parquet_file_has_every_line_and_the_head() {
    let statement = Statement::new(&asked(Wanted::default()).unwrap(), Sums::default());
    for count in [0, 1, ROW_GROUP_MAX - 1, ROW_GROUP_MAX, 2 * ROW_GROUP_MAX + 1] {
        let lines: Vec<Line> =
            (1..=count).map(|n| line(u64::try_from(n).unwrap(), "=1+1")).collect();
        let pages: Vec<Vec<Line>> = lines.chunks(1_000).map(<[Line]>::to_vec).collect();
        let file = Bytes::from(printed(Form::Parquet, &statement, &pages));
        let reader = SerializedFileReader::new(file).unwrap();
        let metadata = reader.metadata();
        assert_eq!(metadata.num_row_groups(), count.div_ceil(ROW_GROUP_MAX));
        let heads = metadata.file_metadata().key_value_metadata().unwrap();
        let head = heads.iter().find(|pair| pair.key == HEAD_KEY).unwrap();
        let head: Value = serde_json::from_str(head.value.as_deref().unwrap()).unwrap();
        assert_eq!(head["due"]["amount"], "0.00");
        let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), count);
        for (row, line) in rows.iter().zip(&lines) {
            assert_eq!(row.get_ulong(0).unwrap(), line.number);
            assert_eq!(row.get_timestamp_micros(1).unwrap(), line.at.micros());
            assert_eq!(row.get_string(2).unwrap(), "revenue");
            assert!(row.get_string(3).is_err(), "there is no call");
            assert_eq!(row.get_string(4).unwrap(), "+18005550100");
            assert_eq!(row.get_string(9).unwrap(), "=1+1");
            let amount = row.get_decimal(10).unwrap();
            assert_eq!((amount.scale(), amount.data()), (6, &(-45_000_000_i64).to_be_bytes()[..]));
            assert_eq!(row.get_string(11).unwrap(), "USD");
        }
    }
}
