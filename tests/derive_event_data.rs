//! `#[derive(EventData)]`: the value of each field, its settings, and when fields are read.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Debug, Display};
use std::rc::Rc;
use std::sync::Arc;

use event_core::{
    Event, EventData, EventStatus, builtin, data, end_event, enter_event, local, start_event,
    trigger_event,
};
use support::{events, keys, recorded_start};

#[test]
fn fields_keep_their_order_and_types() {
    #[derive(EventData)]
    struct Typed<'a> {
        truth: bool,
        letter: char,
        small: i8,
        large: u128,
        negative: i128,
        size: usize,
        half: f32,
        text: &'a str,
        owned: String,
        boxed: Box<str>,
        cow: Cow<'a, str>,
        bytes: &'a [u8],
        vec: Vec<u8>,
        array: [u8; 2],
        by_ref: &'a u32,
        by_mut: &'a mut u32,
        list: Vec<u16>,
    }
    let mut n = 7;
    let typed = Typed {
        truth: true,
        letter: 'x',
        small: -8,
        large: u128::MAX,
        negative: i128::MIN,
        size: 3,
        half: 0.5,
        text: "text",
        owned: "owned".into(),
        boxed: "boxed".into(),
        cow: "cow".into(),
        bytes: b"by",
        vec: vec![1, 2],
        array: [3, 4],
        by_ref: &5,
        by_mut: &mut n,
        list: vec![1],
    };
    let event = recorded_start("derive_event_data:typed", &typed);
    let data = event.data();
    assert_eq!(
        keys(data),
        [
            "truth", "letter", "small", "large", "negative", "size", "half", "text", "owned",
            "boxed", "cow", "bytes", "vec", "array", "by_ref", "by_mut", "list"
        ]
    );
    let get = |key| data.get(key).unwrap();
    assert_eq!(get("truth").to_bool(), Some(true));
    assert_eq!(get("letter").to_char(), Some('x'));
    assert_eq!(get("small").to_i64(), Some(-8));
    assert_eq!(get("large").to_u128(), Some(u128::MAX));
    assert_eq!(get("negative").to_i128(), Some(i128::MIN));
    assert_eq!(get("size").to_u64(), Some(3));
    assert_eq!(get("half").to_f64(), Some(0.5));
    for text in ["text", "owned", "boxed", "cow"] {
        assert_eq!(get(text).to_str(), Some(text));
    }
    assert_eq!(get("bytes").to_bytes(), Some(&b"by"[..]));
    assert_eq!(get("vec").to_bytes(), Some(&[1, 2][..]));
    assert_eq!(get("by_ref").to_u64(), Some(5));
    assert_eq!(get("by_mut").to_u64(), Some(7));
    assert_eq!(get("array").to_string(), "[3, 4]");
    assert_eq!(get("list").to_string(), "[1]");
    assert_eq!(typed.owned, "owned");
}

#[test]
fn options_are_captured_as_value_or_none() {
    #[derive(EventData)]
    struct Options<'a> {
        number: Option<u8>,
        none: Option<u8>,
        text: Option<&'a str>,
        owned: Option<String>,
        nothing: Option<String>,
        bytes: Option<Vec<u8>>,
        by_ref: &'a Option<i64>,
        list: Option<Vec<u16>>,
    }
    let event = recorded_start(
        "derive_event_data:options",
        Options {
            number: Some(1),
            none: None,
            text: Some("t"),
            owned: Some("o".into()),
            nothing: None,
            bytes: Some(vec![1]),
            by_ref: &Some(-2),
            list: Some(vec![3]),
        },
    );
    let get = |key| event.data().get(key).unwrap();
    assert_eq!(get("number").to_u64(), Some(1));
    assert!(get("none").is_none() && get("nothing").is_none());
    assert_eq!(
        (get("text").to_str(), get("owned").to_str()),
        (Some("t"), Some("o"))
    );
    assert_eq!(get("bytes").to_bytes(), Some(&[1][..]));
    assert_eq!(get("by_ref").to_i64(), Some(-2));
    assert_eq!(get("list").to_string(), "Some([3])");
}

struct Shown;

impl Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("by debug")
    }
}

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("by display")
    }
}

#[test]
fn skip_rename_debug_and_display_can_be_set() {
    #[derive(EventData)]
    struct Settings {
        plain: Shown,
        #[data(debug)]
        debug: Shown,
        #[data(display)]
        display: Shown,
        #[data(rename = "a key, with spaces")]
        renamed: u8,
        #[data(rename = "both", display)]
        renamed_and_printed: u8,
        #[data(rename = "two")]
        #[data(debug)]
        in_two_attributes: &'static str,
        #[data(skip)]
        #[expect(dead_code, reason = "skipped fields are not read")]
        skipped: fn() -> !,
        #[data(debug)]
        trailing_comma: u8,
        #[data()]
        no_settings: u8,
    }
    let event = recorded_start(
        "derive_event_data:settings",
        Settings {
            plain: Shown,
            debug: Shown,
            display: Shown,
            renamed: 1,
            renamed_and_printed: 2,
            in_two_attributes: "t",
            skipped: || panic!("never called"),
            trailing_comma: 3,
            no_settings: 4,
        },
    );
    assert_eq!(
        event.data().to_string(),
        "plain=by debug debug=by debug display=\"by display\" a key, with spaces=1 both=\"2\" \
         two=\"t\" trailing_comma=3 no_settings=4"
    );
}

#[test]
fn get_returns_the_first_of_duplicate_keys() {
    #[derive(EventData)]
    struct Twice {
        one: u8,
        #[data(rename = "one")]
        other: u8,
    }
    let event = recorded_start("derive_event_data:twice", Twice { one: 1, other: 2 });
    assert_eq!(event.data().to_string(), "one=1 one=2");
    assert_eq!(
        event.data().get("one").and_then(|one| one.to_u64()),
        Some(1)
    );
}

#[test]
fn values_without_debug_are_captured_as_their_type_name() {
    struct Opaque;
    #[derive(EventData)]
    struct Opaques<'a, F> {
        opaque: Opaque,
        by_ref: &'a Opaque,
        closure: F,
        list: Vec<Opaque>,
        boxed: Box<dyn Fn(&str) -> &str>,
        not_sync: Cell<u8>,
        rc: Rc<Opaque>,
        function: fn(&str) -> u8,
    }
    let event = recorded_start(
        "derive_event_data:opaque",
        Opaques {
            opaque: Opaque,
            by_ref: &Opaque,
            closure: || {},
            list: vec![],
            boxed: Box::new(|text| text),
            not_sync: Cell::new(1),
            rc: Rc::new(Opaque),
            function: |_| 1,
        },
    );
    let get = |key| event.data().get(key).unwrap().to_string();
    assert!(get("opaque").ends_with("::Opaque"));
    assert!(get("by_ref").ends_with("::Opaque"));
    assert!(get("closure").contains("{{closure}}"));
    assert!(get("list").starts_with("alloc::vec::Vec<"));
    assert!(get("boxed").contains("dyn"));
    assert_eq!(get("not_sync"), "Cell { value: 1 }");
    assert!(get("rc").contains("Opaque"));
    assert_ne!(get("function"), "");
}

#[test]
fn generic_fields_are_captured_according_to_their_bounds() {
    #[derive(EventData)]
    struct Generic<'a, 'b: 'a, A, B: Debug, C, const N: usize, D: ?Sized = str>
    where
        C: Display + Clone,
    {
        a: A,
        b: B,
        #[data(display)]
        c: C,
        by_ref: &'a [B; N],
        unsized_ref: &'b D,
        callback: for<'c> fn(&'c A) -> &'c A,
    }
    let event = recorded_start(
        "derive_event_data:generic",
        Generic {
            a: 1,
            b: 2,
            c: "c",
            by_ref: &[3, 4],
            unsized_ref: "text",
            callback: |a| a,
        },
    );
    let get = |key| event.data().get(key).unwrap().to_string();
    assert_eq!(get("a"), "i32");
    assert_eq!((get("b"), get("c")), ("2".into(), "c".into()));
    assert_eq!(get("by_ref"), "[3, 4]");
    assert_ne!(get("unsized_ref"), "");
}

#[test]
fn nested_structs_are_nested_data() {
    #[derive(EventData)]
    struct Point {
        x: i32,
        #[data(rename = "up")]
        y: i32,
    }
    #[derive(EventData)]
    struct Line<'a> {
        name: &'a str,
        from: Point,
        to: Point,
    }
    #[derive(EventData)]
    struct Drawing<'a> {
        line: Line<'a>,
    }
    let point = |x, y| Point { x, y };
    let line = Line {
        name: "n",
        from: point(0, 1),
        to: point(2, 3),
    };
    let event = recorded_start("derive_event_data:nested", Drawing { line });
    let line = event.data().get("line").unwrap().to_data().unwrap();
    assert_eq!(line.get("name").unwrap().to_str(), Some("n"));
    let to = line.get("to").unwrap().to_data().unwrap();
    assert_eq!(keys(&to), ["x", "up"]);
    assert_eq!(to.get("up").unwrap().to_i64(), Some(3));
}

#[test]
fn referenced_and_optional_structs_are_nested_data() {
    #[derive(EventData)]
    struct Point {
        x: i32,
    }
    #[derive(EventData)]
    struct Line<'a> {
        by_ref: &'a Point,
        some: Option<Point>,
        none: Option<Point>,
    }
    let line = Line {
        by_ref: &Point { x: 1 },
        some: Some(Point { x: 2 }),
        none: None,
    };
    let event = recorded_start("derive_event_data:nested_ref", line);
    let x = |key| {
        let point = event.data().get(key).unwrap().to_data()?;
        point.get("x").unwrap().to_i64()
    };
    assert_eq!(
        (x("by_ref"), x("some"), x("none")),
        (Some(1), Some(2), None)
    );
}

#[test]
fn arc_field_stays_the_live_object() {
    #[derive(Debug)]
    struct Dispatcher(#[expect(dead_code, reason = "read by `Debug`")] u8);
    struct Opaque;
    #[derive(EventData)]
    struct Call<'a, D: Debug + Send + Sync + 'static> {
        dispatcher: Arc<D>,
        by_ref: &'a Arc<D>,
        opaque: Arc<Opaque>,
        #[data(debug)]
        printed: Arc<D>,
        text: Arc<str>,
    }
    let dispatcher = Arc::new(Dispatcher(3));
    let opaque = Arc::new(Opaque);
    let call = Call {
        dispatcher: Arc::clone(&dispatcher),
        by_ref: &dispatcher,
        opaque: Arc::clone(&opaque),
        printed: Arc::clone(&dispatcher),
        text: "text".into(),
    };
    let event = recorded_start("derive_event_data:arc", &call);
    drop(call);
    let get = |key| event.data().get(key).unwrap();
    let of = |key| get(key).downcast_ref::<Dispatcher>();
    assert!(std::ptr::eq(
        of("dispatcher").unwrap(),
        &raw const *dispatcher
    ));
    assert!(std::ptr::eq(of("by_ref").unwrap(), &raw const *dispatcher));
    let live = get("opaque").downcast_ref::<Opaque>().unwrap();
    assert!(std::ptr::eq(live, &raw const *opaque));
    assert!(of("printed").is_none());
    assert_eq!(get("printed").to_string(), "Dispatcher(3)");
    assert_eq!(get("dispatcher").to_string(), "Dispatcher(3)");
    assert_eq!(get("text").to_str(), Some("text"));
    assert_eq!(
        Arc::strong_count(&dispatcher),
        3,
        "one here, two in the event"
    );
    drop(event);
    assert_eq!(Arc::strong_count(&dispatcher), 1);
}

/// Panics when it is formatted.
struct Untouchable;

impl Debug for Untouchable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted")
    }
}

#[derive(EventData)]
struct Lazy {
    plain: Untouchable,
    #[data(debug)]
    debug: Untouchable,
    n: u8,
}

const LAZY: Lazy = Lazy {
    plain: Untouchable,
    debug: Untouchable,
    n: 1,
};

#[test]
fn disabled_events_do_not_read_fields() {
    trigger_event("derive_event_data:disabled", LAZY, || {});
    drop(enter_event("derive_event_data:disabled", &LAZY));
    start_event("derive_event_data:disabled", LAZY);
    end_event("derive_event_data:disabled", &LAZY, None);
}

#[test]
fn timers_do_not_read_fields() {
    let timer = local::install_timer("derive_event_data:timed", |_| {});
    trigger_event("derive_event_data:timed", LAZY, || {});
    drop(timer);
}

#[test]
fn borrowed_fields_are_formatted_only_when_read() {
    #[derive(EventData)]
    struct Borrowed {
        plain: Untouchable,
        n: u8,
    }
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let _listener = local::install_listener(
        "derive_event_data:read",
        event_core::from_fn(move |event: &Event<'_>| {
            let n = event.data().get("n").unwrap().to_u64();
            log.lock().unwrap().push((event.data().len(), n));
        }),
    );
    let borrowed = Borrowed {
        plain: Untouchable,
        n: 1,
    };
    trigger_event("derive_event_data:read", &borrowed, || {});
    assert_eq!(*seen.lock().unwrap(), [(2, Some(1)), (2, Some(1))]);
    let _ = borrowed.plain;
}

#[test]
fn derived_data_is_accepted_by_value_and_by_reference() {
    #[derive(EventData, Clone, Copy)]
    struct Query {
        id: u8,
    }
    let kind = "derive_event_data:taken";
    let query = Query { id: 4 };
    let recorder = local::install_recorder(kind);
    trigger_event(kind, query, || {});
    trigger_event(kind, &query, || {});
    drop(enter_event(kind, &query));
    start_event(kind, &query);
    end_event(kind, query, None);
    trigger_event(kind, Some(query), || {});
    trigger_event(kind, Some(&query), || {});
    assert!(
        events(&recorder)
            .iter()
            .all(|event| event.data().to_string() == "id=4")
    );
    assert_eq!(recorder.len(), 12);
    let event = Event::new(kind, EventStatus::Start).with_data(&query);
    assert_eq!(event.data().to_string(), "id=4");
    trigger_event(kind, data! { query }, || {});
    let nested = recorder.buffer()[12]
        .1
        .data()
        .get("query")
        .unwrap()
        .to_data();
    assert_eq!(nested.unwrap().to_string(), "id=4");
    #[trigger_event("derive_event_data:taken", data(query), ret)]
    fn annotated(query: Query) -> Query {
        query
    }
    annotated(query);
    let (_, end) = &recorder.buffer()[15];
    for key in ["query", "return"] {
        assert_eq!(
            end.data().get(key).unwrap().to_data().unwrap().to_string(),
            "id=4"
        );
    }
}

#[test]
fn structs_without_fields_have_no_data() {
    #[derive(EventData)]
    struct Empty {}
    #[derive(EventData)]
    struct Unit;
    #[derive(EventData)]
    #[expect(dead_code, reason = "skipped")]
    struct AllSkipped<T> {
        #[data(skip)]
        one: T,
    }
    assert!(
        recorded_start("derive_event_data:empty", Empty {})
            .data()
            .is_empty()
    );
    assert!(
        recorded_start("derive_event_data:empty", Unit)
            .data()
            .is_empty()
    );
    let skipped = AllSkipped { one: 1 };
    assert!(
        recorded_start("derive_event_data:empty", &skipped)
            .data()
            .is_empty()
    );
}

#[test]
fn raw_identifiers_become_plain_keys() {
    #[derive(EventData)]
    #[allow(non_camel_case_types)]
    struct r#struct {
        r#type: u8,
        #[data(display)]
        r#match: u8,
        #[data(rename = "r#fn")]
        r#fn: u8,
    }
    let event = recorded_start(
        "derive_event_data:raw",
        r#struct {
            r#type: 1,
            r#match: 2,
            r#fn: 3,
        },
    );
    assert_eq!(event.data().to_string(), "type=1 match=\"2\" r#fn=3");
}

#[test]
fn built_in_structs_have_the_keys_of_numba() {
    struct Dispatcher;
    let dispatcher = Arc::new(Dispatcher);
    let compile = builtin::Compile {
        dispatcher: Arc::clone(&dispatcher),
        args: "(int64,)".into(),
        return_type: Some("float64".into()),
    };
    let recorder = local::install_recorder(builtin::COMPILE);
    trigger_event(builtin::COMPILE, &compile, || {});
    let (_, event) = &recorder.buffer()[0];
    assert_eq!(keys(event.data()), ["dispatcher", "args", "return_type"]);
    let live = event.data().get("dispatcher").unwrap().downcast_ref();
    assert!(std::ptr::eq(live.unwrap(), &raw const *dispatcher));
    assert_eq!(
        event.data().get("return_type").unwrap().to_str(),
        Some("float64")
    );

    let pass = builtin::RunPass {
        name: "type_inference [area]".into(),
        qualname: "area".into(),
        module: "shapes".into(),
        flags: String::new(),
        args: "()".into(),
        return_type: None,
    };
    let recorder = local::install_recorder(builtin::RUN_PASS);
    trigger_event(builtin::RUN_PASS, pass, || {});
    assert_eq!(
        recorder.buffer()[1].1.data().to_string(),
        r#"name="type_inference [area]" qualname="area" module="shapes" flags="" args="()" return_type=None"#
    );
}

macro_rules! made {
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$life:lifetime, $param:ident> { $($(#[$on:meta])* $field:ident: $ty:ty),* $(,)? }) => {
        #[derive(EventData)]
        $(#[$meta])*
        $vis struct $name<$life, $param> { $($(#[$on])* $field: $ty),* }
    };
}

made! {
    #[derive(Clone)]
    pub(crate) struct Made<'a, T> {
        text: &'a str,
        #[data(rename = "kept")]
        value: Option<u8>,
        #[data(skip)]
        _rest: T,
    }
}

#[test]
fn structs_made_by_macros_can_derive_event_data() {
    let made = Made {
        text: "t",
        value: Some(1),
        _rest: (),
    };
    let event = recorded_start("derive_event_data:made", made.clone());
    assert_eq!(event.data().to_string(), "text=\"t\" kept=1");
}

#[test]
fn keys_can_come_from_a_macro() {
    macro_rules! keyed {
        ($key:literal) => {
            #[derive(EventData)]
            struct Keyed {
                #[data(rename = $key)]
                value: u8,
            }
        };
    }
    keyed!("from a macro");
    let event = recorded_start("derive_event_data:keyed", Keyed { value: 1 });
    assert_eq!(keys(event.data()), ["from a macro"]);
}

#[test]
fn panic_while_formatting_a_field_is_caught() {
    let event = recorded_start("derive_event_data:panics", &LAZY);
    assert_eq!(event.data().len(), 3);
    assert_eq!(event.data().get("n").unwrap().to_u64(), Some(1));
}

#[test]
fn arc_of_a_borrowed_value_can_be_formatted() {
    #[derive(EventData)]
    struct Printed<'a, T: Debug + Send + Sync> {
        #[data(debug)]
        borrows: Arc<&'a str>,
        #[data(debug)]
        generic: Arc<T>,
    }
    let printed = Printed {
        borrows: Arc::new("b"),
        generic: Arc::new(1),
    };
    let event = recorded_start("derive_event_data:arc_printed", printed);
    assert_eq!(event.data().to_string(), "borrows=\"b\" generic=1");
}

#[test]
fn data_inside_containers_is_formatted_with_debug() {
    #[derive(Debug, EventData)]
    struct Point {
        x: i32,
    }
    #[derive(EventData)]
    struct Line {
        many: Vec<Point>,
        pair: (Point, u8),
    }
    let line = Line {
        many: vec![Point { x: 1 }],
        pair: (Point { x: 2 }, 3),
    };
    let event = recorded_start("derive_event_data:pointers", line);
    assert_eq!(
        event.data().to_string(),
        "many=[Point { x: 1 }] pair=(Point { x: 2 }, 3)"
    );
}
