//! The feature `serde`: values and data serialized as JSON.

use std::sync::Arc;

use event_core::{EventData, Value, data, local, trigger_event};
use serde_json::json;

#[derive(EventData)]
struct Point {
    x: i32,
    y: f64,
}

#[test]
fn data_serializes_as_a_map_of_typed_values_in_order() {
    let recorder = local::install_recorder("serde:data");
    let point = Point { x: -1, y: 0.5 };
    let none: Option<u8> = None;
    let data = data! {
        yes = true, n = 7_u64, big = u64::MAX, text = "a\"b", letter = 'c', none,
        debug = ?[1, 2], point, shared = Arc::new(3_u8),
    };
    trigger_event("serde:data", data, || {});
    let (_, event) = &recorder.buffer()[0];
    let json = serde_json::to_string(event.data()).expect("data is plain");
    let wanted = r#"{"yes":true,"n":7,"big":18446744073709551615,"text":"a\"b","letter":"c","none":null,"debug":"[1, 2]","point":{"x":-1,"y":0.5},"shared":"3"}"#;
    assert_eq!(json, wanted);
}

#[test]
fn values_serialize_as_their_own_type() {
    let value = |value: Value<'_>| serde_json::to_value(&value).expect("a value is plain");
    assert_eq!(value(Value::from(1.5_f32)), json!(1.5));
    assert_eq!(value(Value::from("text")), json!("text"));
    assert_eq!(value(Value::from(&[1_u8, 2][..])), json!([1, 2]));
    assert_eq!(value(Value::printed(&Some(1))), json!("Some(1)"));
    assert_eq!(value(Value::NONE), json!(null));
}

#[test]
fn large_numbers_and_owned_values_serialize_as_their_own_type() {
    let text = |value: &Value<'_>| serde_json::to_string(value).expect("a value is plain");
    assert_eq!(text(&Value::from(i128::MIN)), i128::MIN.to_string());
    assert_eq!(text(&Value::from(u128::MAX)), u128::MAX.to_string());
    assert_eq!(text(&Value::from(1.5_f64)), "1.5");
    let owned = Value::from(&[1_u8, 2][..]).into_owned();
    assert_eq!(text(&owned), "[1,2]");
    assert_eq!(text(&Value::from("text").into_owned()), "\"text\"");
}
