//! Parses a document, changes it, and writes it again.

use serde_json::{Value, json};

pub fn round() {
    let rows: Vec<Value> = (0..300)
        .map(|row| {
            json!({
                "id": row,
                "name": format!("row \"{row}\"\n"),
                "price": f64::from(row) * 1.25,
                "tags": ["a", "b", null, true],
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&rows).expect("values are valid");
    let mut parsed: Value = serde_json::from_str(&text).expect("the text is valid");
    for row in parsed.as_array_mut().into_iter().flatten() {
        row["price"] = json!(row["price"].as_f64().unwrap_or_default() + 1.0);
    }
    assert!(parsed.to_string().len() > 10_000);
}
