//! The keywords of JSON Schema 2020-12 that the description uses, checked; a keyword that is not known here fails.

use serde_json::Value;

use super::resolved;

/// Whether a schema has only keywords that [`check`] looks at, or that are for people and for schemathesis.
pub(super) fn is_known(schema: &Value, at: &str) {
    for (keyword, value) in schema.as_object().unwrap() {
        let at = format!("{at}/{keyword}");
        match keyword.as_str() {
            "$ref" | "type" | "const" | "enum" | "required" | "minimum" | "maximum"
            | "minLength" | "maxLength" | "description" | "pattern" | "format"
            | "contentEncoding" => {}
            "items" => is_known(value, &at),
            "additionalProperties" if value.is_boolean() => {}
            "additionalProperties" => is_known(value, &at),
            "oneOf" | "anyOf" => {
                let all = value.as_array().unwrap().iter();
                all.for_each(|one| is_known(one, &at));
            }
            "properties" => {
                let all = value.as_object().unwrap().iter();
                all.for_each(|(name, one)| is_known(one, &format!("{at}/{name}")));
            }
            _ => panic!("{at} is not known"),
        }
    }
}

/// Whether a value is what a schema says, or why not.
pub(super) fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = resolved(document, schema);
    let wrong = |what: &str| Err(format!("{value} against {what} of {schema}"));
    if schema.get("const").is_some_and(|only| only != value) {
        return wrong("const");
    }
    let listed = schema.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|all| !all.contains(value)) {
        return wrong("enum");
    }
    let allowed: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => vec![kind(value)],
    };
    if !allowed.contains(&kind(value)) {
        return wrong("type");
    }
    for (keyword, expected) in [("oneOf", 1..=1), ("anyOf", 1..=usize::MAX)] {
        let ways = schema.get(keyword).and_then(Value::as_array);
        let fits = |ways: &Vec<Value>| {
            let ways = ways.iter();
            ways.filter(|way| check(document, way, value).is_ok())
                .count()
        };
        if ways
            .map(fits)
            .is_some_and(|found| !expected.contains(&found))
        {
            return wrong(keyword);
        }
    }
    if !measures(schema, value) {
        return wrong("measure");
    }
    inside(document, schema, value)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn measures(schema: &Value, value: &Value) -> bool {
    let measure = |name: &str| schema.get(name).and_then(Value::as_i64);
    let within = |least: &str, most: &str, found: i64| {
        measure(least).is_none_or(|least| least <= found)
            && measure(most).is_none_or(|most| found <= most)
    };
    match value {
        Value::Number(number) => within("minimum", "maximum", number.as_i64().unwrap()),
        Value::String(text) => {
            let characters = i64::try_from(text.chars().count()).unwrap();
            within("minLength", "maxLength", characters)
        }
        _ => true,
    }
}

fn inside(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    match (value, schema.get("items")) {
        (Value::Array(all), Some(items)) => {
            return all.iter().try_for_each(|one| check(document, items, one));
        }
        (Value::Object(_), _) => {}
        _ => return Ok(()),
    }
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{value} lacks {name}"));
        }
    }
    let more = schema.get("additionalProperties");
    for (name, field) in value.as_object().unwrap() {
        match schema.get("properties").and_then(|all| all.get(name)) {
            Some(one) => check(document, one, field).map_err(|why| format!("{name}: {why}"))?,
            None if more == Some(&Value::Bool(false)) => {
                return Err(format!("{name} is not described"));
            }
            None => more
                .filter(|more| more.is_object())
                .map_or(Ok(()), |more| check(document, more, field))?,
        }
    }
    Ok(())
}

#[test]
fn a_value_that_a_schema_does_not_describe_is_found() {
    let schema: Value = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"type": ["string", "null"], "maxLength": 1}},
    });
    let fits = |text: &str| check(&schema, &schema, &serde_json::from_str(text).unwrap()).is_ok();
    assert!(fits(r#"{"a":1,"b":null}"#) && fits(r#"{"a":2,"b":"x"}"#));
    for text in [
        "{}",
        r#"{"a":0}"#,
        r#"{"a":1,"b":"xy"}"#,
        r#"{"a":1,"c":1}"#,
        r#"{"a":"1"}"#,
        "[]",
    ] {
        assert!(!fits(text), "{text}");
    }
}
