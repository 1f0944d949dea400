//! Which arguments and fields the attribute captures, and as which values.
#![allow(
    clippy::many_single_char_names,
    clippy::toplevel_ref_arg,
    clippy::trivially_copy_pass_by_ref,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unneeded_wildcard_pattern,
    clippy::non_minimal_cfg,
    clippy::unused_self,
    reason = "arguments of every kind are under test"
)]

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt::{self, Debug};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use event_core::{RecordingListener, Value, local, trigger_event};

struct NoDebug;

/// Displays the data of the first recorded event.
fn data(recorder: &RecordingListener) -> String {
    recorder.buffer()[0].1.data().to_string()
}

#[test]
fn numbers_keep_their_type() {
    #[trigger_event("attribute_capture:numbers")]
    #[allow(clippy::too_many_arguments)]
    fn take(a: u8, b: i64, c: u128, d: i128, e: f32, f: f64, g: bool, h: char, i: usize, j: isize) {
        let _ = (a, b, c, d, e, f, g, h, i, j);
    }
    let recorder = local::install_recorder("attribute_capture:numbers");
    take(1, -2, u128::MAX, i128::MIN, 0.1, 0.5, true, 'x', 7, -7);
    for (_, event) in recorder.buffer() {
        let get = |key| event.data().get(key).unwrap();
        assert_eq!(get("a").to_u64(), Some(1));
        assert_eq!(get("b").to_i64(), Some(-2));
        assert_eq!(get("c").to_u128(), Some(u128::MAX));
        assert_eq!(get("d").to_i128(), Some(i128::MIN));
        assert_eq!(get("e").to_string(), "0.1");
        assert_eq!(get("f").to_f64(), Some(0.5));
        assert_eq!(get("g").to_bool(), Some(true));
        assert_eq!(get("h").to_char(), Some('x'));
        assert_eq!(get("i").to_u64(), Some(7));
        assert_eq!(get("j").to_i64(), Some(-7));
    }
}

#[test]
fn references_to_numbers_are_captured_as_numbers() {
    #[trigger_event("attribute_capture:number_refs")]
    fn take(a: &u32, b: &mut i32) {
        *b += i32::try_from(*a).unwrap();
    }
    let recorder = local::install_recorder("attribute_capture:number_refs");
    let mut b = 2;
    take(&1, &mut b);
    assert_eq!(b, 3);
    let buffer = recorder.buffer();
    for (_, event) in &buffer {
        assert_eq!(event.data().get("a").unwrap().to_u64(), Some(1));
        assert_eq!(
            event.data().get("b").unwrap().to_i64(),
            Some(2),
            "the value at START"
        );
    }
}

#[test]
fn every_string_type_is_captured_as_text() {
    #[trigger_event("attribute_capture:text")]
    #[allow(
        clippy::too_many_arguments,
        clippy::boxed_local,
        clippy::needless_pass_by_value
    )]
    fn take(
        a: &str,
        b: String,
        c: &String,
        d: Box<str>,
        e: Arc<str>,
        f: Cow<'_, str>,
        g: &mut String,
        h: &Arc<str>,
    ) {
        g.push('!');
        drop((a, b, c, d, e, f, h));
    }
    let recorder = local::install_recorder("attribute_capture:text");
    let shared: Arc<str> = "h".into();
    let owned = String::from("c");
    let mut g = String::from("g");
    take(
        "a",
        "b".into(),
        &owned,
        "d".into(),
        "e".into(),
        "f".into(),
        &mut g,
        &shared,
    );
    for (_, event) in recorder.buffer() {
        for (key, value) in event.data().iter() {
            assert_eq!(value.to_str(), Some(key), "{event}");
        }
        assert_eq!(event.data().len(), 8);
    }
}

#[test]
fn every_byte_container_is_captured_as_bytes() {
    #[trigger_event("attribute_capture:bytes")]
    fn take(a: &[u8], b: Vec<u8>, c: &Vec<u8>, d: &[u8; 2], e: Box<[u8]>, f: &mut [u8]) {
        f[0] = 0;
        drop((a, b, c, d, e));
    }
    let recorder = local::install_recorder("attribute_capture:bytes");
    take(
        &[1, 2],
        vec![1, 2],
        &vec![1, 2],
        &[1, 2],
        Box::new([1, 2]),
        &mut [1, 2],
    );
    for (_, event) in recorder.buffer() {
        for (key, value) in event.data().iter() {
            assert_eq!(value.to_bytes(), Some(&[1_u8, 2][..]), "{key}");
        }
        assert_eq!(event.data().len(), 6);
    }
}

#[test]
fn debug_values_are_formatted() {
    #[derive(Debug, Clone)]
    struct Point {
        x: i32,
    }
    #[trigger_event("attribute_capture:debug")]
    fn take(
        owned: Point,
        by_ref: &Point,
        by_mut: &mut Point,
        list: &[Point],
        maybe: Option<&Point>,
    ) {
        by_mut.x = owned.x + by_ref.x + list[0].x + maybe.map_or(0, |point| point.x);
    }
    let recorder = local::install_recorder("attribute_capture:debug");
    let one = Point { x: 1 };
    take(
        one.clone(),
        &one,
        &mut Point { x: 0 },
        std::slice::from_ref(&one),
        Some(&one),
    );
    for (_, event) in recorder.buffer() {
        assert_eq!(
            event.data().to_string(),
            "owned=Point { x: 1 } by_ref=Point { x: 1 } by_mut=Point { x: 0 } \
             list=[Point { x: 1 }] maybe=Some(Point { x: 1 })"
        );
    }
}

#[test]
fn values_without_debug_are_captured_as_their_type_name() {
    #[trigger_event("attribute_capture:no_debug")]
    fn take(
        a: NoDebug,
        b: &NoDebug,
        c: &mut NoDebug,
        d: Vec<NoDebug>,
        e: &dyn Fn(),
        f: impl FnOnce(),
    ) {
        let _ = (a, b, c, d);
        e();
        f();
    }
    let recorder = local::install_recorder("attribute_capture:no_debug");
    take(
        NoDebug,
        &NoDebug,
        &mut NoDebug,
        vec![NoDebug],
        &|| {},
        || {},
    );
    let data = data(&recorder);
    for key in ["a=", "b=&", "c=&mut ", "d=alloc::vec::Vec<"] {
        let at = data
            .find(key)
            .unwrap_or_else(|| panic!("no {key} in {data}"));
        assert!(data[at..].contains("attribute_capture::NoDebug"), "{data}");
    }
    assert!(data.contains("e=&dyn "), "{data}");
    assert!(data.contains("f=attribute_capture::"), "{data}");
}

#[test]
fn generic_arguments_are_captured_according_to_their_bounds() {
    #[trigger_event("attribute_capture:generic")]
    fn with_debug<T: Debug>(value: T) -> T {
        value
    }
    #[trigger_event("attribute_capture:generic")]
    fn without<T>(value: T) -> T {
        value
    }
    #[trigger_event("attribute_capture:generic")]
    fn by_ref<T: Debug + ?Sized>(value: &T) -> usize {
        size_of_val(value)
    }
    let recorder = local::install_recorder("attribute_capture:generic");
    assert_eq!(with_debug(Some(1)), Some(1));
    assert_eq!(without(1), 1);
    assert_eq!(by_ref("ab"), 2);
    let lines = recorder.lines();
    assert_eq!(
        lines[0],
        "START attribute_capture:generic with_debug value=Some(1)"
    );
    assert_eq!(
        lines[2],
        "START attribute_capture:generic without value=i32"
    );
    assert_eq!(
        lines[4],
        r#"START attribute_capture:generic by_ref value="ab""#
    );
}

#[test]
fn values_that_are_neither_send_nor_sync_are_captured() {
    #[trigger_event("attribute_capture:not_sync")]
    fn take(cell: &Cell<i32>, shared: Rc<RefCell<u8>>, raw: *const u8) {
        cell.set(2);
        *shared.borrow_mut() = 3;
        let _ = raw;
    }
    let recorder = local::install_recorder("attribute_capture:not_sync");
    take(&Cell::new(1), Rc::new(RefCell::new(1)), std::ptr::null());
    for (_, event) in recorder.buffer() {
        assert_eq!(
            event.data().to_string(),
            "cell=Cell { value: 1 } shared=RefCell { value: 1 } raw=0x0"
        );
    }
}

#[test]
fn each_binding_of_a_pattern_is_captured_under_its_name() {
    struct Pair {
        left: u8,
        right: (u8, u8),
    }
    #[trigger_event("attribute_capture:patterns")]
    fn take(
        (a, _): (u8, u8),
        Pair {
            left,
            right: (b, ..),
        }: Pair,
        [first, .., last]: [u8; 3],
        whole @ (c, _): (u8, u8),
        &d: &u8,
        r#type: u8,
        _: u8,
        _unused: u8,
    ) -> u32 {
        u32::from(a) + u32::from(left + b + first + last + c + d + r#type) + u32::from(whole.0)
    }
    let recorder = local::install_recorder("attribute_capture:patterns");
    let sum = take(
        (1, 0),
        Pair {
            left: 2,
            right: (3, 0),
        },
        [4, 0, 5],
        (6, 0),
        &7,
        8,
        0,
        9,
    );
    assert_eq!(sum, 42);
    assert_eq!(
        data(&recorder),
        "a=1 left=2 b=3 first=4 last=5 whole=(6, 0) c=6 d=7 type=8 _unused=9"
    );
}

#[test]
fn mutable_and_ref_bindings_keep_their_start_value() {
    #[trigger_event("attribute_capture:mutable")]
    fn take(mut count: u32, mut list: Vec<u32>, ref name: String, (mut x, y): (u8, u8)) -> usize {
        count += 1;
        list.push(count);
        x += y;
        list.len() + name.len() + usize::from(x)
    }
    let recorder = local::install_recorder("attribute_capture:mutable");
    assert_eq!(take(1, vec![1], "n".into(), (1, 2)), 6);
    for line in recorder.lines() {
        assert!(
            line.ends_with(r#"count=1 list=[1] name="n" x=1 y=2"#),
            "{line}"
        );
    }
}

#[derive(Debug)]
struct Account {
    balance: i64,
    owner: String,
}

impl Account {
    #[trigger_event("attribute_capture:self_not_captured")]
    fn deposit(&mut self, amount: i64) {
        self.balance += amount;
    }

    #[trigger_event("attribute_capture:self_captured", data(self))]
    fn deposit_with_self(&mut self, amount: i64) {
        self.balance += amount;
    }

    #[trigger_event("attribute_capture:self_moved", data(self))]
    fn close(self) -> i64 {
        self.balance
    }

    #[trigger_event("attribute_capture:self_fields", skip_all, data(owner = self.owner, cents = self.balance * 100))]
    fn rename(&mut self, owner: &str) {
        self.owner = owner.into();
    }
}

#[test]
fn self_is_captured_only_on_request() {
    let recorder = local::install_recorder("attribute_capture:self_*");
    let mut account = Account {
        balance: 1,
        owner: "ann".into(),
    };
    account.deposit(1);
    account.deposit_with_self(1);
    account.rename("bob");
    assert_eq!(account.close(), 3);
    assert_eq!(
        recorder.lines(),
        [
            "START attribute_capture:self_not_captured Account::deposit amount=1",
            "END attribute_capture:self_not_captured Account::deposit amount=1",
            r#"START attribute_capture:self_captured Account::deposit_with_self amount=1 self=Account { balance: 2, owner: "ann" }"#,
            r#"END attribute_capture:self_captured Account::deposit_with_self amount=1 self=Account { balance: 2, owner: "ann" }"#,
            r#"START attribute_capture:self_fields Account::rename owner="ann" cents=300"#,
            r#"END attribute_capture:self_fields Account::rename owner="ann" cents=300"#,
            r#"START attribute_capture:self_moved Account::close self=Account { balance: 3, owner: "bob" }"#,
            r#"END attribute_capture:self_moved Account::close self=Account { balance: 3, owner: "bob" }"#,
        ]
    );
}

#[test]
fn skipped_arguments_are_not_captured() {
    #[trigger_event("attribute_capture:skip", skip(secret, b))]
    fn one(a: u8, secret: &str, (b, c): (u8, u8)) -> usize {
        secret.len() + usize::from(a + b + c)
    }
    #[trigger_event("attribute_capture:skip", skip_all)]
    fn all(a: u8, b: &str) -> usize {
        usize::from(a) + b.len()
    }
    #[trigger_event("attribute_capture:skip", skip_all, data(a))]
    fn all_but_one(a: u8, b: &str) -> usize {
        usize::from(a) + b.len()
    }
    let recorder = local::install_recorder("attribute_capture:skip");
    assert_eq!(one(1, "password", (2, 3)), 14);
    assert_eq!(all(1, "b"), 2);
    assert_eq!(all_but_one(1, "b"), 2);
    assert_eq!(
        recorder.lines(),
        [
            "START attribute_capture:skip one a=1 c=3",
            "END attribute_capture:skip one a=1 c=3",
            "START attribute_capture:skip all",
            "END attribute_capture:skip all",
            "START attribute_capture:skip all_but_one a=1",
            "END attribute_capture:skip all_but_one a=1",
        ]
    );
}

#[test]
fn skipped_arguments_are_never_formatted() {
    static FORMATTED: AtomicBool = AtomicBool::new(false);
    struct NotesFormatting;
    impl Debug for NotesFormatting {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            FORMATTED.store(true, Ordering::Relaxed);
            Ok(())
        }
    }
    #[trigger_event("attribute_capture:never_formatted", skip(value))]
    fn take(value: NotesFormatting) {
        let _ = value;
    }
    let _recorder = local::install_recorder("attribute_capture:never_formatted");
    take(NotesFormatting);
    assert!(!FORMATTED.load(Ordering::Relaxed));
}

#[test]
fn data_fields_support_value_debug_and_display_forms() {
    #[trigger_event("attribute_capture:data_forms", skip_all, data(
        bare = list.len(),
        text = name,
        debug = ?name.trim(),
        display = %name,
        sum = list.iter().sum::<u32>() + 1,
        first = list.first(),
        copied = &list[..1],
        literal = "x",
        r#type = 1,
        tuple = (1, 2),
    ))]
    fn take(list: &[u32], name: &str) -> usize {
        list.len() + name.len()
    }
    let recorder = local::install_recorder("attribute_capture:data_forms");
    assert_eq!(take(&[1, 2], " n"), 4);
    let (_, start) = &recorder.buffer()[0];
    assert_eq!(
        start.data().to_string(),
        r#"bare=2 text=" n" debug="n" display=" n" sum=4 first=1 copied=[1] literal="x" type=1 tuple=(1, 2)"#
    );
    assert_eq!(start.data().get("bare").unwrap().to_u64(), Some(2));
    assert_eq!(start.data().get("display").unwrap().to_str(), Some(" n"));
    assert_eq!(start.data().get("debug").unwrap().to_str(), None);
}

#[test]
fn data_field_replaces_the_argument_of_the_same_name() {
    #[trigger_event("attribute_capture:replaced", data(path = %path.len()))]
    fn open(path: &str, mode: u8) -> usize {
        path.len() + usize::from(mode)
    }
    let recorder = local::install_recorder("attribute_capture:replaced");
    open("abc", 1);
    assert_eq!(data(&recorder), r#"mode=1 path="3""#);
}

#[test]
fn explicitly_captured_arc_stays_the_live_object() {
    struct Dispatcher(AtomicU32);
    #[trigger_event("attribute_capture:live", skip_all, data(dispatcher, renamed = by_ref))]
    fn compile(dispatcher: Arc<Dispatcher>, by_ref: &Arc<Dispatcher>) {
        by_ref
            .0
            .fetch_add(dispatcher.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    #[trigger_event("attribute_capture:live_by_default")]
    fn by_default(dispatcher: Arc<Dispatcher>) {
        drop(dispatcher);
    }
    let recorder = local::install_recorder("attribute_capture:live*");
    let dispatcher = Arc::new(Dispatcher(AtomicU32::new(1)));
    compile(Arc::clone(&dispatcher), &dispatcher);
    by_default(Arc::clone(&dispatcher));
    let buffer = recorder.buffer();
    for (_, event) in &buffer[..2] {
        for key in ["dispatcher", "renamed"] {
            let live = event
                .data()
                .get(key)
                .unwrap()
                .downcast_ref::<Dispatcher>()
                .unwrap();
            assert!(std::ptr::eq(live, &raw const *dispatcher), "{key}");
        }
    }
    let value = buffer[2].1.data().get("dispatcher").unwrap();
    assert!(
        value.downcast_ref::<Dispatcher>().is_none(),
        "captured by default as the name of its type"
    );
    assert!(value.to_string().contains("Dispatcher"), "{value}");
}

#[test]
fn end_repeats_the_data_of_start() {
    #[trigger_event("attribute_capture:same_data")]
    fn clear(list: &mut Vec<u32>, text: String, slot: &RefCell<u8>) {
        list.clear();
        drop(text);
        *slot.borrow_mut() = 2;
    }
    let recorder = local::install_recorder("attribute_capture:same_data");
    clear(&mut vec![1, 2], "gone".into(), &RefCell::new(1));
    let buffer = recorder.buffer();
    let data = r#"list=[1, 2] text="gone" slot=RefCell { value: 1 }"#;
    assert_eq!(buffer[0].1.data().to_string(), data);
    assert_eq!(buffer[1].1.data().to_string(), data);
}

#[test]
fn copied_argument_keeps_its_start_value() {
    #[derive(Clone, Copy, Debug)]
    struct Point {
        x: i32,
    }
    #[trigger_event("attribute_capture:copied")]
    fn moved(mut point: Point) -> i32 {
        point.x += 1;
        point.x
    }
    let recorder = local::install_recorder("attribute_capture:copied");
    assert_eq!(moved(Point { x: 1 }), 2);
    assert_eq!(
        recorder.lines()[1],
        "END attribute_capture:copied moved point=Point { x: 1 }"
    );
}

#[test]
fn events_from_an_argument_debug_are_suppressed() {
    #[trigger_event("attribute_capture:debug_events")]
    fn inner() {}
    struct Chatty;
    impl Debug for Chatty {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            inner();
            f.write_str("Chatty")
        }
    }
    #[trigger_event("attribute_capture:debug_events")]
    fn take(chatty: Chatty) {
        let _ = chatty;
    }
    let recorder = local::install_recorder("attribute_capture:debug_events");
    take(Chatty);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn events_from_attribute_data_expressions_are_suppressed() {
    #[trigger_event("attribute_capture:data_events")]
    fn inner() -> u8 {
        1
    }
    #[trigger_event("attribute_capture:data_events", data(n = inner()))]
    fn take() {}
    let recorder = local::install_recorder("attribute_capture:data_events");
    take();
    assert_eq!(recorder.len(), 2, "{:?}", recorder.lines());
}

#[test]
fn long_debug_text_is_visibly_truncated() {
    #[trigger_event("attribute_capture:long")]
    fn take(list: &Rc<Vec<u32>>, text: &str) -> usize {
        list.len() + text.len()
    }
    let recorder = local::install_recorder("attribute_capture:long");
    let text = "x".repeat(10_000);
    take(&Rc::new((0..10_000).collect()), &text);
    for (_, event) in recorder.buffer() {
        let list = event.data().get("list").unwrap().to_string();
        assert!(list.len() <= Value::MAX_PRINTED + '…'.len_utf8());
        assert!(list.ends_with('…'));
        assert_eq!(
            event.data().get("text").unwrap().to_str(),
            Some(&*text),
            "text is not truncated"
        );
    }
}

#[test]
fn attributes_of_arguments_are_kept() {
    #[trigger_event("attribute_capture:arg_attrs")]
    fn take(#[cfg(all())] a: u8, #[cfg(any())] b: u8, #[allow(unused_variables)] c: u8) -> u8 {
        a
    }
    let recorder = local::install_recorder("attribute_capture:arg_attrs");
    assert_eq!(take(1, 2), 1);
    assert_eq!(data(&recorder), "a=1 c=2");
}
