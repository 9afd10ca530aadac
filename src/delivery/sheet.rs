//! The row of a sheet with a form lead.

use crate::base::HttpRequest;
use crate::base::Method;
use crate::base::percent_encoded;
use crate::base::tree::Tree;
use crate::base::tree::to_json;
use crate::book::LeadSheet;
use crate::book::LeadToken;
use crate::book::Template;
use crate::book::Vocabulary as _;

use super::Lead;
use super::Secrets;
use super::Unsendable;
use super::request::REQUEST_BYTES_MAX;
use super::request::check_secrets;
use super::value::value;

/// Returns the request that appends a lead to a sheet as one row, without a token (Google Sheets API
/// v4, `spreadsheets.values.append`). Values are entered `RAW`: none is ever a formula.
///
/// # Errors
/// [`Unsendable`]: the request cannot be built.
pub fn row(
    sheet: &LeadSheet,
    lead: &Lead<'_>,
    secrets: &dyn Secrets,
) -> Result<HttpRequest, Unsendable> {
    let LeadSheet { url, spreadsheet, range, account: _, columns } = sheet;
    check_secrets(columns.iter().chain([url]).flat_map(Template::tokens), secrets)?;
    let known = |token: &LeadToken| value(token, lead, secrets);
    let cells = columns.iter().map(|column| cell(column, &known)).collect();
    let body =
        to_json(&Tree::Named(vec![("values".to_owned(), Tree::List(vec![Tree::List(cells)]))]));
    if body.len() > REQUEST_BYTES_MAX {
        return Err(Unsendable::Large);
    }
    let (base, range) = (url.fill(known), percent_encoded(range));
    Ok(HttpRequest {
        method: Method::Post,
        url: format!(
            "{base}/v4/spreadsheets/{spreadsheet}/values/{range}:append?valueInputOption=RAW\
             &insertDataOption=INSERT_ROWS"
        ),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
    })
}

/// Returns the document of the service account that appends to a sheet.
///
/// # Errors
/// [`Unsendable::Secret`]: the settings lack it.
pub fn account(
    sheet: &LeadSheet,
    lead: &Lead<'_>,
    secrets: &dyn Secrets,
) -> Result<String, Unsendable> {
    check_secrets(sheet.account.tokens(), secrets)?;
    Ok(sheet.account.fill(|token| value(token, lead, secrets)))
}

/// Returns the value of a cell: a number or a truth value where the column is nothing else, else a
/// text.
fn cell(column: &Template<LeadToken>, known: &dyn Fn(&LeadToken) -> Option<String>) -> Tree {
    let text = column.fill(known);
    match (column.token_alone().is_some_and(LeadToken::is_bare), text.as_str()) {
        (true, "true") => Tree::Flag(true),
        (true, "false") => Tree::Flag(false),
        (true, "") | (false, _) => Tree::Text(text),
        (true, _) => Tree::Number(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Later;
    use crate::delivery::tests::NoSecrets;
    use crate::delivery::tests::contract_with;
    use crate::delivery::tests::fields;
    use crate::delivery::tests::lead_of;

    #[test]
    fn formulas_are_texts_and_numbers_are_numbers() {
        let contract = contract_with(
            "sheet = { spreadsheet = \"1a-B_c\", range = \"My Leads!A1\", account = \"x\", columns = \
             [\"{field.name}\", \"{field.age.number}\", \"{price}\", \"{test}\", \"{field.none}\", \
             \"{field.none.number}\"] }",
        );
        let Some(Later::Sheet(sheet)) = contract.delivery.as_ref().unwrap().later() else {
            panic!("{contract:?}")
        };
        let fields = fields(&[("name", "=HYPERLINK(\"x\")"), ("age", "42")]);
        let request = row(sheet, &lead_of(&fields), &NoSecrets).unwrap();
        assert_eq!(
            request.url,
            "https://sheets.googleapis.com/v4/spreadsheets/1a-B_c/values/My%20Leads%21A1:append\
             ?valueInputOption=RAW&insertDataOption=INSERT_ROWS"
        );
        let values = r#"{"values":[["=HYPERLINK(\"x\")",42,45.00,false,"",""]]}"#;
        assert_eq!(request.body, values);
    }
}
