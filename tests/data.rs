//! Event data: typed values, their owned forms, and when data is evaluated.

mod support;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt::{self, Debug};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use event_core::builtin::{COMPILE, Compile, RUN_PASS, RunPass};
use event_core::{
    Data, Event, EventData, EventGuard, EventHandle, EventId, EventStatus, ExcDetails, Field,
    Installed, InvalidKind, Kind, KindFilter, Listener, RecordingListener, Site, ThreadId,
    TimingListener, Value, broadcast, data, end_event, enter_event, from_fn, install_timer, local,
    start_event, trigger_event,
};
use support::events;

/// Returns `data` as an event carries it.
fn recorded(data: impl EventData) -> Data<'static> {
    Event::new("data:recorded", EventStatus::Start)
        .with_data(data)
        .data()
        .clone()
}

#[test]
fn plain_values_keep_their_type() {
    let name = String::from("n");
    let data = recorded(data! {
        boolean = true, small = -1_i8, big = u128::MAX, least = i128::MIN, float = 1.5_f32,
        double = 0.1, letter = 'x', text = "t", owned = name, bytes = b"by", slice = &[1_u8, 2][..],
        list = vec![1_u8], cow = Cow::Borrowed("c"),
    });
    let get = |key| data.get(key).unwrap();
    assert_eq!(get("boolean").to_bool(), Some(true));
    assert_eq!(get("small").to_i64(), Some(-1));
    assert_eq!(get("big").to_u128(), Some(u128::MAX));
    assert_eq!(get("least").to_i128(), Some(i128::MIN));
    assert_eq!(get("float").to_f64(), Some(1.5));
    assert_eq!(get("double").to_string(), "0.1");
    assert_eq!(get("letter").to_char(), Some('x'));
    assert_eq!(get("text").to_str(), Some("t"));
    assert_eq!(get("owned").to_str(), Some("n"));
    assert_eq!(get("bytes").to_bytes(), Some(&b"by"[..]));
    assert_eq!(get("slice").to_bytes(), Some(&[1, 2][..]));
    assert_eq!(get("list").to_bytes(), Some(&[1][..]));
    assert_eq!(get("cow").to_str(), Some("c"));
    assert_eq!(data.len(), 13);
    assert_eq!(name, "n", "nothing is moved");
}

#[test]
fn numbers_convert_only_without_loss() {
    let value = Value::from(300_u32);
    assert_eq!((value.to_i64(), value.to_u64()), (Some(300), Some(300)));
    assert_eq!(
        (value.to_i128(), value.to_u128(), value.to_f64()),
        (Some(300), Some(300), Some(300.0))
    );
    assert_eq!(
        (value.to_bool(), value.to_char(), value.to_str()),
        (None, None, None)
    );
    let negative = Value::from(-1_i64);
    assert_eq!((negative.to_u64(), negative.to_u128()), (None, None));
    assert_eq!(
        (negative.to_i64(), negative.to_i128(), negative.to_f64()),
        (Some(-1), Some(-1), Some(-1.0))
    );
    let large = Value::from(u64::MAX);
    assert_eq!(
        (large.to_i64(), large.to_i128()),
        (None, Some(i128::from(u64::MAX)))
    );
    let larger = Value::from(u128::MAX);
    assert_eq!(
        (larger.to_u64(), larger.to_i128(), larger.to_u128()),
        (None, None, Some(u128::MAX))
    );
    let least = Value::from(i128::MIN);
    assert_eq!(
        (least.to_i64(), least.to_u128(), least.to_i128()),
        (None, None, Some(i128::MIN))
    );
    let fits = Value::from(5_u128);
    assert_eq!(
        (fits.to_i64(), fits.to_i128(), fits.to_f64()),
        (Some(5), Some(5), Some(5.0))
    );
    assert!(larger.to_f64().is_some_and(|larger| larger > 3.4e38));
    let fits = Value::from(5_i128);
    assert_eq!((fits.to_i64(), fits.to_u64()), (Some(5), Some(5)));
    let float = Value::from(2.0_f64);
    assert_eq!((float.to_i64(), float.to_f64()), (None, Some(2.0)));
    assert_eq!(Value::from('a').to_i64(), None);
    assert_eq!(Value::from(true).to_i64(), None);
    assert_eq!(Value::from("1").to_i64(), None);
}

#[test]
fn debug_and_display_are_chosen_by_sigil() {
    let list = [1, 2];
    let data = recorded(
        data! { debug = ?list, display = %"text", sum = %list[0] + list[1], reference = ?&list },
    );
    assert_eq!(
        data.to_string(),
        r#"debug=[1, 2] display="text" sum="3" reference=[1, 2]"#
    );
    assert_eq!(data.get("display").unwrap().to_str(), Some("text"));
    assert_eq!(
        data.get("debug").unwrap().to_str(),
        None,
        "a formatted value is not a string"
    );
}

#[test]
fn data_macro_accepts_every_form() {
    let n = 1;
    let r#type = "t";
    assert_eq!(recorded(data! {}).len(), 0);
    assert_eq!(recorded(data! { n }).to_string(), "n=1");
    assert_eq!(recorded(data! { n, }).to_string(), "n=1");
    assert_eq!(recorded(data! { n, r#type }).to_string(), r#"n=1 type="t""#);
    assert_eq!(
        recorded(data! { r#fn = ?n, last = if n == 1 { 2 } else { 3 }, }).to_string(),
        "fn=1 last=2"
    );
    assert_eq!(
        recorded(data! { n = 1, n = 2 }).get("n").unwrap().to_i64(),
        Some(1),
        "the first field counts"
    );
    assert_eq!(
        recorded(data! { path = std::path::Path::new("a") }).to_string(),
        r#"path="a""#
    );
    assert_eq!(
        recorded(data!(n, tuple = (1, 2))).to_string(),
        "n=1 tuple=(1, 2)"
    );
    assert_eq!(
        recorded(data![nested = data_of(n), block = { n + 1 }]).to_string(),
        "nested=2 block=2"
    );
}

fn data_of(n: i32) -> i32 {
    n * 2
}

struct NoDebug;

#[test]
fn values_without_debug_or_display_are_captured_as_their_type_name() {
    let value = NoDebug;
    let data = recorded(data! { value, reference = &value, closure = || 1, made = NoDebug });
    assert_eq!(data.get("value").unwrap().to_string(), "data::NoDebug");
    assert_eq!(data.get("reference").unwrap().to_string(), "&data::NoDebug");
    assert!(data.get("closure").unwrap().to_string().contains("closure"));
    assert_eq!(data.get("made").unwrap().to_string(), "data::NoDebug");
}

#[test]
fn disabled_events_evaluate_no_data() {
    trigger_event("data:disabled", data! { n = unreachable_number() }, || {});
    drop(enter_event(
        "data:disabled",
        data! { n = unreachable_number() },
    ));
    start_event("data:disabled", data! { n = unreachable_number() });
    end_event("data:disabled", data! { n = unreachable_number() }, None);
    // Data is not evaluated on a thread without a listener either.
    let recorder = local::install_recorder("data:disabled");
    let worker = || trigger_event("data:disabled", data! { n = unreachable_number() }, || {});
    std::thread::spawn(worker).join().unwrap();
    assert!(recorder.is_empty());
}

fn unreachable_number() -> u8 {
    unreachable!("evaluated")
}

#[test]
fn timers_collect_no_data() {
    let timer = local::install_timer("data:timer", |_| {});
    trigger_event("data:timer", data! { n = unreachable_number() }, || {});
    drop(enter_event(
        "data:timer",
        data! { n = unreachable_number() },
    ));
    start_event("data:timer", data! { n = unreachable_number() });
    end_event("data:timer", data! { n = unreachable_number() }, None);
    assert!(timer.done());
}

#[test]
fn data_is_evaluated_once_per_scope() {
    let count = Cell::new(0);
    let counted = || {
        count.set(count.get() + 1);
        count.get()
    };
    let one = local::install_recorder("data:once");
    let two = local::install_recorder("data:o*");
    trigger_event("data:once", data! { n = counted() }, || {});
    assert_eq!(count.get(), 1);
    drop(enter_event("data:once", data! { n = counted() }));
    assert_eq!(count.get(), 2);
    for recorder in [one, two] {
        let data: Vec<String> = events(&recorder)
            .iter()
            .map(|event| event.data().to_string())
            .collect();
        assert_eq!(data, ["n=1", "n=1", "n=2", "n=2"]);
    }
}

#[test]
fn data_is_not_evaluated_for_listeners_that_want_none() {
    /// Counts its events, and adds 100 for each that carries data.
    struct NoData(AtomicU32);
    impl Listener for NoData {
        fn on_start(&self, event: &Event<'_>) {
            self.0.fetch_add(
                1 + 100 * u32::from(!event.data().is_empty()),
                Ordering::Relaxed,
            );
        }
        fn on_end(&self, event: &Event<'_>) {
            self.on_start(event);
        }
        fn wants_data(&self) -> bool {
            false
        }
    }
    let no_data = local::install_listener("data:no_data", Arc::new(NoData(AtomicU32::new(0))));
    trigger_event("data:no_data", data! { n = unreachable_number() }, || {});
    assert_eq!(no_data.0.load(Ordering::Relaxed), 2);
}

#[test]
fn events_from_data_expressions_and_debug_are_suppressed() {
    struct Chatty;
    impl Debug for Chatty {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            trigger_event("data:chatty", (), || {});
            f.write_str("Chatty")
        }
    }
    fn chatty() -> u8 {
        trigger_event("data:chatty", (), || 1)
    }
    let recorder = local::install_recorder("data:chatty");
    trigger_event(
        "data:chatty",
        data! { a = chatty(), b = ?Chatty, c = Chatty },
        || {},
    );
    assert_eq!(recorder.len(), 2);
    let printing = local::install_listener(
        "data:chatty",
        from_fn(|event: &Event<'_>| drop(event.to_string())),
    );
    trigger_event("data:chatty", data! { a = &Chatty }, || {});
    assert_eq!(recorder.len(), 4);
    drop(printing);
}

#[test]
fn arc_in_data_stays_the_live_object() {
    struct Dispatcher(AtomicU32);
    let dispatcher = Arc::new(Dispatcher(AtomicU32::new(1)));
    let recorder = local::install_recorder("data:live");
    trigger_event(
        "data:live",
        data! { dispatcher, other = Arc::clone(&dispatcher) },
        || {},
    );
    let reference = &dispatcher;
    trigger_event(
        "data:live",
        data! { dispatcher = reference, other = &dispatcher },
        || {},
    );
    dispatcher.0.store(2, Ordering::Relaxed);
    for (_, event) in recorder.buffer() {
        for (_, value) in event.data().iter() {
            let live = value.downcast_ref::<Dispatcher>().unwrap();
            assert!(std::ptr::eq(live, Arc::as_ptr(&dispatcher)));
            assert_eq!(live.0.load(Ordering::Relaxed), 2);
            assert!(value.downcast_ref::<u8>().is_none());
            assert!(value.to_string().contains("Dispatcher"));
        }
    }
    drop(recorder);
    assert_eq!(Arc::strong_count(&dispatcher), 1, "no reference is left");
}

#[test]
fn arc_is_formatted_with_the_debug_of_its_content() {
    let shared = Arc::new(Mutex::new(1));
    let data = recorded(data! { shared, forced = ?shared });
    *shared.lock().unwrap() = 2;
    assert!(
        data.get("shared").unwrap().to_string().contains("data: 2"),
        "the live object"
    );
    assert!(
        data.get("forced").unwrap().to_string().contains("data: 1"),
        "the value at START"
    );
    assert!(
        data.get("forced")
            .unwrap()
            .downcast_ref::<Mutex<i32>>()
            .is_none()
    );
}

#[test]
fn arc_of_text_is_text() {
    let text: Arc<str> = "shared".into();
    assert_eq!(
        recorded(data! { text }).get("text").unwrap().to_str(),
        Some("shared")
    );
}

#[test]
fn arc_that_cannot_be_kept_is_formatted() {
    let local = String::from("l");
    let borrowed = Arc::new(local.as_str());
    assert_eq!(
        recorded(data! { borrowed = ?borrowed }).to_string(),
        r#"borrowed="l""#
    );
    let unsync = Rc::new(1);
    assert_eq!(recorded(data! { unsync }).to_string(), "unsync=1");
}

#[test]
fn recorded_data_is_unchanged_after_the_call() {
    let recorder = local::install_recorder("data:stays");
    let mut list = vec![1, 2];
    {
        let text = String::from("temporary");
        let cell = RefCell::new(1);
        let data = data! { text = &text, list = &list, slice = text.as_bytes(), cell = &cell };
        trigger_event("data:stays", data, || {
            *cell.borrow_mut() = 2;
        });
    }
    list.clear();
    let text = r#"text="temporary" list=[1, 2] slice=[116, 101, 109, 112, 111, 114, 97, 114, 121]"#;
    for (_, event) in recorder.buffer() {
        assert!(event.data().to_string().starts_with(text), "{event}");
        assert_eq!(
            event.data().get("cell").unwrap().to_string(),
            "RefCell { value: 1 }"
        );
    }
}

#[test]
fn data_can_be_iterated_and_queried() {
    let data = recorded(data! { a = 1, b = "x" });
    let pairs: Vec<(&str, String)> = data
        .iter()
        .map(|(key, value)| (key, value.to_string()))
        .collect();
    assert_eq!(pairs, [("a", "1".to_owned()), ("b", "x".to_owned())]);
    assert!(!data.is_empty());
    assert!(data.get("c").is_none());
    assert_eq!(format!("{data:?}"), r#"{"a": 1, "b": "x"}"#);
    assert!(Data::default().is_empty());
    assert_eq!(Data::default().to_string(), "");
    let again = Event::new("data:again", EventStatus::End).with_data(&data);
    assert_eq!(again.data().to_string(), data.to_string());
}

#[test]
fn data_can_be_built_by_hand() {
    let fields = [
        Field::new("a", Value::from(1)),
        Field::new("b", Value::NONE),
    ];
    let data = Data::new(&fields);
    assert_eq!(data.to_string(), "a=1 b=None");
    let recorder = local::install_recorder("data:by_hand");
    trigger_event("data:by_hand", data.clone(), || {});
    trigger_event("data:by_hand", Some(&data).cloned(), || {});
    trigger_event("data:by_hand", None::<Data<'_>>, || {});
    broadcast(&Event::new("data:by_hand", EventStatus::End).with_data(&data));
    let data_texts: Vec<String> = events(&recorder)
        .iter()
        .map(|event| event.data().to_string())
        .collect();
    assert_eq!(
        data_texts,
        [
            "a=1 b=None",
            "a=1 b=None",
            "a=1 b=None",
            "a=1 b=None",
            "",
            "",
            "a=1 b=None"
        ]
    );
}

#[test]
fn built_in_data_has_the_keys_of_numba() {
    let dispatcher = Arc::new(NoDebug);
    let compile = Compile {
        dispatcher: Arc::clone(&dispatcher),
        args: "(int64, int64)".into(),
        return_type: None,
    };
    let pass = RunPass {
        name: "type_inference [f]".into(),
        qualname: "f".into(),
        module: "m".into(),
        flags: "{}".into(),
        args: "()".into(),
        return_type: Some("int64".into()),
    };
    let recorder = local::install_recorder("numba:*");
    trigger_event(COMPILE, compile, || trigger_event(RUN_PASS, pass, || {}));
    let buffer = recorder.buffer();
    let keys = |n: usize| {
        buffer[n]
            .1
            .data()
            .iter()
            .map(|(key, _)| key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(0), ["dispatcher", "args", "return_type"]);
    assert_eq!(
        keys(1),
        ["name", "qualname", "module", "flags", "args", "return_type"]
    );
    assert!(buffer[0].1.data().get("return_type").unwrap().is_none());
    assert_eq!(
        buffer[1].1.data().get("return_type").unwrap().to_str(),
        Some("int64")
    );
    let live = buffer[3]
        .1
        .data()
        .get("dispatcher")
        .unwrap()
        .downcast_ref::<NoDebug>()
        .unwrap();
    assert!(std::ptr::eq(live, Arc::as_ptr(&dispatcher)));
}

/// Tells whether a type implements an auto trait.
///
/// If it does, the inherent constant exists, and is preferred to that of the trait.
macro_rules! is {
    ($auto:ident, $type:ty) => {{
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait No {
            const IS: bool = false;
        }
        impl<T: ?Sized> No for Probe<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $auto> Probe<T> {
            const IS: bool = true;
        }
        const { Probe::<$type>::IS }
    }};
}

macro_rules! assert_send_sync {
    ($($type:ty),* $(,)?) => { $(
        assert!(is!(Send, $type) && is!(Sync, $type), stringify!($type));
    )* };
}

#[test]
fn event_types_are_send_and_sync() {
    assert!(!is!(Send, Rc<u8>), "the probe works");
    assert_send_sync!(
        Event<'static>,
        Event<'_>,
        ExcDetails<'static>,
        ExcDetails<'_>,
        Value<'_>,
        Data<'_>,
        Field<'_>,
        EventHandle,
        EventId,
        Kind,
        KindFilter,
        InvalidKind,
        ThreadId,
        EventStatus,
        &'static Site,
        RecordingListener,
        TimingListener,
        Installed<RecordingListener>,
        Arc<dyn Listener>,
    );
}

#[test]
fn thread_bound_guards_are_not_send() {
    assert!(!is!(Send, EventGuard));
    assert!(!is!(Send, local::Installed<RecordingListener>));
    let timer = install_timer("data:timer_not_send", |_| {});
    not_send(&timer);
    let timer = local::install_timer("data:timer_not_send", |_| {});
    not_send(&timer);
}

/// Compiles only for types that are not `Send`. For others, the two impls are ambiguous.
fn not_send<T: AmbiguousIfSend<M>, M>(_: &T) {}

trait AmbiguousIfSend<M> {}
impl<T: ?Sized> AmbiguousIfSend<()> for T {}
impl<T: ?Sized + Send> AmbiguousIfSend<u8> for T {}

#[test]
fn events_can_be_made_owned_twice_and_cloned() {
    let kept: Arc<Mutex<Vec<Event<'static>>>> = Arc::default();
    let sink = Arc::clone(&kept);
    let _installed = local::install_listener(
        "data:owned",
        from_fn(move |event: &Event<'_>| {
            let owned = event.clone().into_owned();
            sink.lock().unwrap().push(owned.clone().into_owned());
            sink.lock().unwrap().push(owned);
        }),
    );
    trigger_event(
        "data:owned",
        data! { n = 1, text = String::from("t") },
        || {},
    );
    let kept = kept.lock().unwrap();
    assert_eq!(kept.len(), 4);
    for pair in kept.chunks(2) {
        assert_eq!(pair[0].to_string(), pair[1].to_string());
        assert_eq!(pair[0].id(), pair[1].id());
        assert_eq!(pair[0].instant(), pair[1].instant());
        assert_eq!(pair[0].data().to_string(), r#"n=1 text="t""#);
    }
}

#[test]
fn field_exposes_its_key_and_value() {
    let field = Field::new("key", 1.into());
    assert_eq!((field.key(), field.value().to_i64()), ("key", Some(1)));
}

/// A recorder keeps the data of an END that another listener changed, beside its START.
#[test]
fn end_with_changed_data_is_recorded_with_it() {
    let recorder = Arc::new(RecordingListener::new());
    let changes = {
        let recorder = Arc::clone(&recorder);
        event_core::from_fn(move |event: &Event<'_>| {
            let event = event.clone();
            let event = if event.is_end() {
                event.with_data(data! { n = 2 })
            } else {
                event
            };
            event_core::Listener::notify(&*recorder, &event);
        })
    };
    let _installed = local::install_listener("data:changed", changes);
    trigger_event("data:changed", data! { n = 1 }, || {});
    let buffer = recorder.buffer();
    let data = |place: usize| buffer[place].1.data().to_string();
    assert_eq!((data(0), data(1)), ("n=1".into(), "n=2".into()));
}

/// Returns the address of the value `text`. Equal addresses mean a shared list of fields.
fn place_of_text(data: &Data<'_>) -> *const () {
    std::ptr::from_ref(data.get("text").expect("the field exists")).cast()
}

#[test]
fn into_owned_shares_data_that_is_already_owned() {
    let owned = recorded(data! { text = "a" });
    let again = owned.clone().into_owned();
    assert_eq!(place_of_text(&again), place_of_text(&owned));
}

#[test]
fn kept_events_of_a_guard_share_their_data() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = {
        let kept = Arc::clone(&kept);
        from_fn(move |event: &Event<'_>| kept.lock().unwrap().push(event.clone().into_owned()))
    };
    let _keeper = local::install_listener("data:shared_list", keeper);
    drop(enter_event("data:shared_list", data! { text = "a" }));
    let kept = kept.lock().unwrap();
    let places = [0, 1].map(|event: usize| place_of_text(kept[event].data()));
    assert_eq!(places[0], places[1]);
}
