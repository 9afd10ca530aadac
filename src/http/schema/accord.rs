//! Checks a JSON value against its schema in the OpenAPI document. Supports the parts of JSON
//! Schema that our schemas use.

use serde_json::Value;

/// Returns every way in which `value` violates `schema`; `document` has the schemas that it refers
/// to.
pub(in crate::http) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return check(document, target.expect(reference), value, at, found);
    }
    for all in schema["allOf"].as_array().into_iter().flatten() {
        check(document, all, value, at, found);
    }
    if let Some(one_of) = schema["oneOf"].as_array() {
        let fits = |schema: &&Value| faults(document, schema, value).is_empty();
        let fitting = one_of.iter().filter(fits).count();
        if fitting != 1 {
            found.push(format!("{at}: fits {fitting} of its alternatives: {value}"));
        }
    }
    if !has_type(&schema["type"], value) {
        return found.push(format!("{at}: {value} is no {}", schema["type"]));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{at}: {value} is none of its words"));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !regex::Regex::new(pattern).unwrap().is_match(text)
    {
        found.push(format!("{at}: {value} is not like {pattern}"));
    }
    if let Some(object) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(required.as_str().unwrap()) {
                found.push(format!("{at}: {required} is missing"));
            }
        }
        for (name, value) in object {
            let inside = format!("{at}/{name}");
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(schema), _) => check(document, schema, value, &inside, found),
                (None, Value::Bool(false)) => found.push(format!("{inside}: is not known")),
                (None, Value::Object(_)) => {
                    check(document, &schema["additionalProperties"], value, &inside, found);
                }
                (None, _) => {}
            }
        }
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            check(document, &schema["items"], item, &format!("{at}/{place}"), found);
        }
    }
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        _ => false,
    };
    match wanted {
        Value::Null => true,
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

#[test]
fn faults_are_found() {
    let document = serde_json::json!({"components": {"schemas": {"Name": {
        "type": "string", "pattern": "^[a-z]+$",
    }}}});
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {
            "a": {"$ref": "#/components/schemas/Name"},
            "b": {"type": "array", "items": {"type": "integer"}},
            "c": {"oneOf": [{"type": "null"}, {"enum": ["x"]}]},
        },
    });
    for (value, count) in [
        (serde_json::json!({"a": "x", "b": [1], "c": null}), 0),
        (serde_json::json!({"a": "x", "c": "x"}), 0),
        (serde_json::json!({"a": "X"}), 1),
        (serde_json::json!({"a": 1}), 1),
        (serde_json::json!({"b": ["x", 1.5]}), 3),
        (serde_json::json!({"a": "x", "c": "y"}), 1),
        (serde_json::json!({"a": "x", "d": 1}), 1),
        (serde_json::json!([]), 1),
    ] {
        let found = faults(&document, &schema, &value);
        assert_eq!(found.len(), count, "{value}: {found:?}");
    }
}
