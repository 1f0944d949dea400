//! The keys of the arguments in a Chrome trace, read by a parser that refuses duplicate keys.

#![cfg(feature = "chrome")]

mod support;

use std::fmt;
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::{Context, Waker};

use event_core::{
    Cause, EventData, ExcDetails, add_data, data, end_event, enter_event, local, open_event,
    start_event, trigger_event, try_trigger_event,
};
use event_export::ChromeTrace;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use support::shared_buffer::SharedBuffer;

/// A value whose objects have each key once.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value without duplicate keys")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
                let mut values = Vec::new();
                while let Some(Strict(value)) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Strict(values.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
                let mut values = Map::new();
                while let Some((key, Strict(value))) = map.next_entry::<String, _>()? {
                    if values.contains_key(&key) {
                        return Err(A::Error::custom(format!("duplicate key `{key}`")));
                    }
                    values.insert(key, value);
                }
                Ok(Strict(values.into()))
            }
        }
        deserializer.deserialize_any(Values)
    }
}

/// Returns the arguments of the first START, and of the first END that has some.
fn arguments(kind: &'static str, body: impl FnOnce()) -> [Value; 2] {
    let file = SharedBuffer::default();
    let trace = ChromeTrace::to_writer(file.clone());
    let trace = local::install_listener(kind, trace);
    body();
    drop(trace);
    let Strict(events) = serde_json::from_str(&file.text()).unwrap();
    let of = |phases: [&str; 2]| {
        let events = events.as_array().unwrap().iter();
        let of_phase = events.filter(|event| phases.iter().any(|phase| event["ph"] == *phase));
        let mut arguments = of_phase.map(|event| event["args"].clone());
        arguments.find(Value::is_object).unwrap_or_default()
    };
    [of(["B", "b"]), of(["E", "e"])]
}

fn fails(kind: &'static str, data: impl EventData) {
    let failed = try_trigger_event(kind, data, || Err::<(), _>("no"));
    assert!(failed.is_err());
}

#[test]
fn failure_of_a_closure_differs_from_its_data() {
    let [start, end] = arguments("chrome_keys:closure", || {
        fails("chrome_keys:closure", data! { failed = 1, failed_ = 2 });
    });
    assert_eq!(start, json!({ "failed": 1, "failed_": 2 }));
    assert_eq!(end["failed__"]["message"], "no");
    assert_eq!(end.as_object().unwrap().len(), 1, "{end}");
}

#[test]
fn failure_without_such_data_is_failed() {
    let [_, end] = arguments("chrome_keys:plain", || {
        fails("chrome_keys:plain", data! { failures = 1, parents = 2 });
    });
    assert_eq!(end["failed"]["message"], "no");
}

#[test]
fn failure_of_an_annotated_function_differs_from_its_data() {
    #[event_core::trigger_event("chrome_keys:function", data(failed = number + 1), err)]
    fn load(number: u8) -> Result<(), String> {
        Err(format!("no {number}"))
    }
    let [start, end] = arguments("chrome_keys:function", || assert!(load(1).is_err()));
    assert_eq!(start["failed"], 2);
    assert_eq!(end["failed_"]["message"], "no 1");
    assert!(end.get("failed").is_none(), "{end}");
}

#[test]
fn failure_of_a_guard_that_ends_out_of_order_differs_from_its_data() {
    let [start, end] = arguments("chrome_keys:guard", || {
        let outer = enter_event("chrome_keys:guard", data! { failed = 1 });
        let inner = enter_event("chrome_keys:guard", ());
        outer.fail("no");
        drop(outer);
        drop(inner);
    });
    assert_eq!(start, json!({ "failed": 1 }));
    assert_eq!(end["failed_"]["message"], "no");
}

#[test]
fn failure_of_a_start_and_an_end_apart_differs_from_their_data() {
    let [start, end] = arguments("chrome_keys:apart", || {
        start_event("chrome_keys:apart", data! { failed = 1 });
        let exc = ExcDetails::from_message(Cause::Error, "Late", "no");
        end_event("chrome_keys:apart", data! { failed_ = 2 }, Some(exc));
    });
    assert_eq!(start, json!({ "failed": 1 }));
    assert_eq!(
        (&end["failed_"], &end["failed__"]["message"]),
        (&json!(2), &json!("no"))
    );
}

#[test]
fn failure_differs_from_data_that_the_end_adds() {
    let [_, end] = arguments("chrome_keys:added", || {
        let panicked = catch_unwind(|| {
            trigger_event("chrome_keys:added", data! { failed_ = 1 }, || {
                add_data(data! { failed = 2 });
                panic!("no");
            });
        });
        assert!(panicked.is_err());
    });
    assert_eq!(end["failed"], 2);
    assert_eq!(end["failed__"]["message"], "no");
}

#[test]
fn parent_differs_from_data_of_the_start_and_of_the_end() {
    fn events(data: impl EventData, added: impl EventData) -> [Value; 2] {
        arguments("chrome_keys:parent", move || {
            trigger_event("chrome_keys:outer", (), || {
                let open = open_event("chrome_keys:parent", data);
                open.handle().run(|| add_data(added));
                open.end();
            });
        })
    }
    let outer = local::install_recorder("chrome_keys:outer"); // a parent needs a listener
    let [start, end] = events(data! { parent = 1 }, ());
    assert_eq!(start["parent"], 1);
    assert!(start["parent_"].is_string() && end.is_null(), "{start}");
    let [start, end] = events((), data! { parent = 2, parent_ = 3 });
    assert!(start["parent"].is_string(), "{start}");
    assert_eq!(end, json!({ "parent__": 2, "parent_": 3 }));
    let [_, end] = events(data! { parent = 1 }, data! { parent = 4 });
    assert_eq!(
        end,
        json!({ "parent": 4 }),
        "the data of the END replaces that of the START"
    );
    drop(outer);
}

#[test]
fn equal_keys_of_the_data_become_different_ones() {
    let [start, _] = arguments("chrome_keys:equal", || {
        let inner = event_core::Value::nested(data! { x = 1, x = 2 });
        let data = data! { a = 1, a_ = 2, a = 3, inner = inner, a = 4 };
        trigger_event("chrome_keys:equal", data, || {});
    });
    assert_eq!(
        start,
        json!({ "a": 1, "a_": 2, "a__": 3, "inner": { "x": 1, "x_": 2 }, "a___": 4 })
    );
}

#[test]
fn a_function_and_its_added_data_share_no_key() {
    #[event_core::trigger_event("chrome_keys:future", ret, err)]
    async fn load(parent: u8, failed: bool) -> Result<u8, String> {
        std::future::ready(()).await;
        add_data(data! { failed = "added" });
        if failed {
            Err("no".to_owned())
        } else {
            Ok(parent)
        }
    }
    let [start, end] = arguments("chrome_keys:future", || {
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(load(7, true)).poll(&mut context).is_ready());
    });
    assert_eq!(start, json!({ "parent": 7, "failed": true }));
    assert_eq!(end["failed"], "added");
    assert_eq!(end["failed_"]["message"], "no");
}
