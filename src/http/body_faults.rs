//! All faults of a JSON body at once, found by the schema of its type.
//!
//! The deserializer stops at the first fault. It alone decides whether a body is accepted; when it
//! rejects one, the schema finds the other faults.

use regex::Regex;
use serde_json::Map;
use serde_json::Value;
use utoipa::ToSchema;

use super::openapi::Sheet;

/// Most faults that are reported for one body.
const FAULTS_MAX: usize = 20;

/// Deepest level of a body that is checked.
const DEPTH_MAX: usize = 16;

/// The prefix of a reference to a schema.
const SCHEMAS: &str = "#/components/schemas/";

/// Returns the faults that the schema of `T` finds in a body, at most [`FAULTS_MAX`].
pub(super) fn faults<T: ToSchema>(body: &Value) -> Vec<String> {
    let mut sheet = Sheet::default();
    let root = sheet.refer::<T>();
    // Schemas are plain data, so this conversion to JSON cannot fail.
    let root = serde_json::to_value(root).unwrap_or_default();
    let schemas = serde_json::to_value(&sheet.schemas).unwrap_or_default();
    let mut check = Check { schemas, found: Vec::new() };
    check.value(&root, body, "", DEPTH_MAX);
    check.found
}

/// A check in progress.
struct Check {
    schemas: Value,
    found: Vec<String>,
}

impl Check {
    fn fault(&mut self, fault: String) {
        if self.found.len() < FAULTS_MAX {
            self.found.push(fault);
        }
    }

    fn value(&mut self, schema: &Value, value: &Value, place: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if let Some(name) = schema["$ref"].as_str() {
            let named = self.schemas[name.trim_start_matches(SCHEMAS)].clone();
            return self.value(&named, value, place, depth);
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            return self.variants(variants, value, place, depth);
        }
        if !is_of_type(&schema["type"], value) {
            return self.fault(invalid(place, &expected(&schema["type"])));
        }
        match value {
            Value::Object(fields) => self.object(schema, fields, place, depth),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&schema["items"], item, &format!("{place}[{index}]"), depth);
                }
            }
            Value::String(text) => self.text(schema, text, place),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                let least = schema["minimum"].as_f64().filter(|least| number < *least);
                let most = schema["maximum"].as_f64().filter(|most| number > *most);
                if let Some(least) = least {
                    self.fault(invalid(place, &format!("at least {least}")));
                }
                if let Some(most) = most {
                    self.fault(invalid(place, &format!("at most {most}")));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Checks a value that must fit one of several schemas. Reports the faults of the only schema
    /// besides null, if there is exactly one.
    fn variants(&mut self, variants: &[Value], value: &Value, place: &str, depth: usize) {
        let mut tried = Vec::new();
        for variant in variants.iter().filter(|variant| variant["type"] != "null") {
            let mut check = Check { schemas: self.schemas.clone(), found: Vec::new() };
            check.value(variant, value, place, depth);
            tried.push(check.found);
        }
        let is_null = value.is_null() && tried.len() < variants.len();
        if is_null || tried.iter().any(Vec::is_empty) {
            return;
        }
        match <[Vec<String>; 1]>::try_from(tried) {
            Ok([faults]) => faults.into_iter().for_each(|fault| self.fault(fault)),
            Err(_) => self.fault(invalid(place, "another kind of value")),
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>, place: &str, depth: usize) {
        let at =
            |name: &str| if place.is_empty() { name.into() } else { format!("{place}.{name}") };
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.fault(format!("missing field `{}`", at(name)));
            }
        }
        for (name, value) in fields {
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(known), _) => self.value(known, value, &at(name), depth),
                (None, Value::Bool(false)) => self.fault(format!("unknown field `{}`", at(name))),
                (None, any) => self.value(any, value, &at(name), depth),
            }
        }
    }

    fn text(&mut self, schema: &Value, text: &str, place: &str) {
        if let Some(words) = schema["enum"].as_array()
            && !words.iter().any(|word| word == text)
        {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            self.fault(invalid(place, &format!("one of `{}`", words.join("`, `"))));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text))
        {
            self.fault(invalid(place, &format!("a match of `{pattern}`")));
        }
        if let Some(most) = schema["maxLength"].as_u64()
            && u64::try_from(text.chars().count()).is_ok_and(|length| length > most)
        {
            self.fault(invalid(place, &format!("at most {most} characters")));
        }
    }
}

fn invalid(place: &str, expected: &str) -> String {
    match place {
        "" => format!("expected {expected}"),
        place => format!("invalid value for `{place}`: expected {expected}"),
    }
}

/// Returns whether a value is of one of the schema's types; `true` where the schema names none.
fn is_of_type(types: &Value, value: &Value) -> bool {
    match types {
        Value::String(name) => match name.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            _ => true,
        },
        Value::Array(names) => names.iter().any(|name| is_of_type(name, value)),
        _ => true,
    }
}

fn expected(types: &Value) -> String {
    let name = |name: &Value| match name.as_str().unwrap_or_default() {
        "object" => "an object",
        "array" => "a list",
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "null" => "null",
        _ => "another type",
    };
    match types {
        Value::Array(names) => names.iter().map(name).collect::<Vec<_>>().join(" or "),
        one => name(one).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Sample {
        name: String,
        count: u8,
        #[serde(default)]
        #[schema(pattern = "^(call|form)$")]
        channel: String,
        #[schema(max_length = 3)]
        note: Option<String>,
        inner: Option<Inner>,
        tags: Option<Vec<bool>>,
        fields: Option<BTreeMap<String, String>>,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Inner {
        amount: String,
    }

    #[test]
    fn all_faults_of_a_body_are_found_at_once() {
        let cases = [
            (json!({"name": "a", "count": 1}), ""),
            (json!({"name": "a", "count": 1, "note": null, "inner": null, "channel": "call"}), ""),
            (json!([]), "expected an object"),
            (json!({}), "missing field `name`; missing field `count`"),
            (
                json!({"name": 1, "count": -1, "extra": 2, "channel": "fax", "note": "long"}),
                "invalid value for `channel`: expected a match of `^(call|form)$`; \
                 invalid value for `count`: expected at least 0; unknown field `extra`; \
                 invalid value for `name`: expected a string; \
                 invalid value for `note`: expected at most 3 characters",
            ),
            (
                json!({"name": "a", "count": 1, "inner": {}, "tags": [1], "fields": {"a": 1}}),
                "invalid value for `fields.a`: expected a string; missing field `inner.amount`; \
                 invalid value for `tags[0]`: expected true or false",
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(faults::<Sample>(&body).join("; "), expected, "{body}");
        }
    }

    #[test]
    fn a_body_has_no_more_faults_than_are_reported() {
        let many: Map<String, Value> = (0..100).map(|n| (format!("x{n}"), json!(n))).collect();
        assert_eq!(faults::<Sample>(&Value::Object(many)).len(), FAULTS_MAX);
    }
}
