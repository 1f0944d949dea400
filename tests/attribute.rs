//! What the attribute captures, of what, and when.
#![allow(
    clippy::many_single_char_names,
    clippy::toplevel_ref_arg,
    clippy::trivially_copy_pass_by_ref,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unneeded_wildcard_pattern,
    clippy::non_minimal_cfg,
    clippy::unused_self,
    reason = "arguments of every sort are the point"
)]

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::{self, Debug};
use std::num::ParseIntError;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use event_core::{
    Cause, Event, EventId, Installed, Kind, Listener, RecordingListener, TimingListener, Value,
    from_fn, local, trigger_event,
};

struct NoDebug;

/// The data of the first event, as it is displayed.
fn data(recorder: &RecordingListener) -> String {
    recorder.buffer()[0].1.data().to_string()
}

#[test]
fn numbers_keep_their_type() {
    #[trigger_event("attribute:numbers")]
    #[allow(clippy::too_many_arguments)]
    fn take(a: u8, b: i64, c: u128, d: i128, e: f32, f: f64, g: bool, h: char, i: usize, j: isize) {
        let _ = (a, b, c, d, e, f, g, h, i, j);
    }
    let recorder = local::install_recorder("attribute:numbers");
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
    #[trigger_event("attribute:number_refs")]
    fn take(a: &u32, b: &mut i32) {
        *b += i32::try_from(*a).unwrap();
    }
    let recorder = local::install_recorder("attribute:number_refs");
    let mut b = 2;
    take(&1, &mut b);
    assert_eq!(b, 3);
    let buffer = recorder.buffer();
    for (_, event) in &buffer {
        assert_eq!(event.data().get("a").unwrap().to_u64(), Some(1));
        assert_eq!(
            event.data().get("b").unwrap().to_i64(),
            Some(2),
            "as it was at START"
        );
    }
}

#[test]
fn every_string_type_is_captured_as_text() {
    #[trigger_event("attribute:text")]
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
    let recorder = local::install_recorder("attribute:text");
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
    #[trigger_event("attribute:bytes")]
    fn take(a: &[u8], b: Vec<u8>, c: &Vec<u8>, d: &[u8; 2], e: Box<[u8]>, f: &mut [u8]) {
        f[0] = 0;
        drop((a, b, c, d, e));
    }
    let recorder = local::install_recorder("attribute:bytes");
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
    #[trigger_event("attribute:debug")]
    fn take(
        owned: Point,
        by_ref: &Point,
        by_mut: &mut Point,
        list: &[Point],
        maybe: Option<&Point>,
    ) {
        by_mut.x = owned.x + by_ref.x + list[0].x + maybe.map_or(0, |point| point.x);
    }
    let recorder = local::install_recorder("attribute:debug");
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
    #[trigger_event("attribute:no_debug")]
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
    let recorder = local::install_recorder("attribute:no_debug");
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
        assert!(data[at..].contains("attribute::NoDebug"), "{data}");
    }
    assert!(data.contains("e=&dyn "), "{data}");
    assert!(data.contains("f=attribute::"), "{data}");
}

#[test]
fn generic_arguments_are_captured_according_to_their_bounds() {
    #[trigger_event("attribute:generic")]
    fn with_debug<T: Debug>(value: T) -> T {
        value
    }
    #[trigger_event("attribute:generic")]
    fn without<T>(value: T) -> T {
        value
    }
    #[trigger_event("attribute:generic")]
    fn by_ref<T: Debug + ?Sized>(value: &T) -> usize {
        size_of_val(value)
    }
    let recorder = local::install_recorder("attribute:generic");
    assert_eq!(with_debug(Some(1)), Some(1));
    assert_eq!(without(1), 1);
    assert_eq!(by_ref("ab"), 2);
    let told = recorder.lines();
    assert_eq!(told[0], "START attribute:generic value=Some(1)");
    assert_eq!(told[2], "START attribute:generic value=i32");
    assert_eq!(told[4], r#"START attribute:generic value="ab""#);
}

#[test]
fn values_that_are_neither_send_nor_sync_are_captured() {
    #[trigger_event("attribute:not_sync")]
    fn take(cell: &Cell<i32>, shared: Rc<RefCell<u8>>, raw: *const u8) {
        cell.set(2);
        *shared.borrow_mut() = 3;
        let _ = raw;
    }
    let recorder = local::install_recorder("attribute:not_sync");
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
    #[trigger_event("attribute:patterns")]
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
    let recorder = local::install_recorder("attribute:patterns");
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
    #[trigger_event("attribute:mutable")]
    fn take(mut count: u32, mut list: Vec<u32>, ref name: String, (mut x, y): (u8, u8)) -> usize {
        count += 1;
        list.push(count);
        x += y;
        list.len() + name.len() + usize::from(x)
    }
    let recorder = local::install_recorder("attribute:mutable");
    assert_eq!(take(1, vec![1], "n".into(), (1, 2)), 6);
    for told in recorder.lines() {
        assert!(
            told.ends_with(r#"count=1 list=[1] name="n" x=1 y=2"#),
            "{told}"
        );
    }
}

#[derive(Debug)]
struct Account {
    balance: i64,
    owner: String,
}

impl Account {
    #[trigger_event("attribute:self_left_out")]
    fn deposit(&mut self, amount: i64) {
        self.balance += amount;
    }

    #[trigger_event("attribute:self_asked_for", data(self))]
    fn deposit_told(&mut self, amount: i64) {
        self.balance += amount;
    }

    #[trigger_event("attribute:self_moved", data(self))]
    fn close(self) -> i64 {
        self.balance
    }

    #[trigger_event("attribute:self_fields", skip_all, data(owner = self.owner, cents = self.balance * 100))]
    fn rename(&mut self, owner: &str) {
        self.owner = owner.into();
    }
}

#[test]
fn self_is_captured_only_on_request() {
    let recorder = local::install_recorder("attribute:self_*");
    let mut account = Account {
        balance: 1,
        owner: "ann".into(),
    };
    account.deposit(1);
    account.deposit_told(1);
    account.rename("bob");
    assert_eq!(account.close(), 3);
    assert_eq!(
        recorder.lines(),
        [
            "START attribute:self_left_out amount=1",
            "END attribute:self_left_out amount=1",
            r#"START attribute:self_asked_for amount=1 self=Account { balance: 2, owner: "ann" }"#,
            r#"END attribute:self_asked_for amount=1 self=Account { balance: 2, owner: "ann" }"#,
            r#"START attribute:self_fields owner="ann" cents=300"#,
            r#"END attribute:self_fields owner="ann" cents=300"#,
            r#"START attribute:self_moved self=Account { balance: 3, owner: "bob" }"#,
            r#"END attribute:self_moved self=Account { balance: 3, owner: "bob" }"#,
        ]
    );
}

#[test]
fn skipped_arguments_are_not_captured() {
    #[trigger_event("attribute:skip", skip(secret, b))]
    fn one(a: u8, secret: &str, (b, c): (u8, u8)) -> usize {
        secret.len() + usize::from(a + b + c)
    }
    #[trigger_event("attribute:skip", skip_all)]
    fn all(a: u8, b: &str) -> usize {
        usize::from(a) + b.len()
    }
    #[trigger_event("attribute:skip", skip_all, data(a))]
    fn all_but_one(a: u8, b: &str) -> usize {
        usize::from(a) + b.len()
    }
    let recorder = local::install_recorder("attribute:skip");
    assert_eq!(one(1, "password", (2, 3)), 14);
    assert_eq!(all(1, "b"), 2);
    assert_eq!(all_but_one(1, "b"), 2);
    assert_eq!(
        recorder.lines(),
        [
            "START attribute:skip a=1 c=3",
            "END attribute:skip a=1 c=3",
            "START attribute:skip",
            "END attribute:skip",
            "START attribute:skip a=1",
            "END attribute:skip a=1",
        ]
    );
}

#[test]
fn skipped_arguments_are_never_formatted() {
    static PRINTED: AtomicBool = AtomicBool::new(false);
    struct Loud;
    impl Debug for Loud {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            PRINTED.store(true, Ordering::Relaxed);
            Ok(())
        }
    }
    #[trigger_event("attribute:never_printed", skip(loud))]
    fn take(loud: Loud) {
        let _ = loud;
    }
    let _recorder = local::install_recorder("attribute:never_printed");
    take(Loud);
    assert!(!PRINTED.load(Ordering::Relaxed));
}

#[test]
fn data_fields_support_value_debug_and_display_forms() {
    #[trigger_event("attribute:data_forms", skip_all, data(
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
    let recorder = local::install_recorder("attribute:data_forms");
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
    #[trigger_event("attribute:replaced", data(path = %path.len()))]
    fn open(path: &str, mode: u8) -> usize {
        path.len() + usize::from(mode)
    }
    let recorder = local::install_recorder("attribute:replaced");
    open("abc", 1);
    assert_eq!(data(&recorder), r#"mode=1 path="3""#);
}

#[test]
fn explicitly_captured_arc_stays_the_live_object() {
    struct Dispatcher(AtomicU32);
    #[trigger_event("attribute:live", skip_all, data(dispatcher, renamed = by_ref))]
    fn compile(dispatcher: Arc<Dispatcher>, by_ref: &Arc<Dispatcher>) {
        by_ref
            .0
            .fetch_add(dispatcher.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    #[trigger_event("attribute:live_not_asked_for")]
    fn not_asked_for(dispatcher: Arc<Dispatcher>) {
        drop(dispatcher);
    }
    let recorder = local::install_recorder("attribute:live*");
    let dispatcher = Arc::new(Dispatcher(AtomicU32::new(1)));
    compile(Arc::clone(&dispatcher), &dispatcher);
    not_asked_for(Arc::clone(&dispatcher));
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
        "captured by default as its name"
    );
    assert!(value.to_string().contains("Dispatcher"), "{value}");
}

#[test]
fn end_repeats_the_data_of_start() {
    #[trigger_event("attribute:same_data")]
    fn clear(list: &mut Vec<u32>, text: String, slot: &RefCell<u8>) {
        list.clear();
        drop(text);
        *slot.borrow_mut() = 2;
    }
    let recorder = local::install_recorder("attribute:same_data");
    clear(&mut vec![1, 2], "gone".into(), &RefCell::new(1));
    let buffer = recorder.buffer();
    let data = r#"list=[1, 2] text="gone" slot=RefCell { value: 1 }"#;
    assert_eq!(buffer[0].1.data().to_string(), data);
    assert_eq!(buffer[1].1.data().to_string(), data);
}

#[test]
fn ret_adds_the_return_value_to_the_end() {
    #[trigger_event("attribute:ret", ret)]
    fn number(n: u32) -> u32 {
        n + 1
    }
    #[trigger_event("attribute:ret", ret)]
    fn text(n: u32) -> String {
        n.to_string()
    }
    #[trigger_event("attribute:ret", ret)]
    fn nothing() {}
    #[trigger_event("attribute:ret", ret)]
    fn no_debug() -> NoDebug {
        NoDebug
    }
    #[trigger_event("attribute:ret", ret)]
    fn borrowed(list: &[u32]) -> Option<&u32> {
        list.first()
    }
    #[trigger_event("attribute:ret", ret)]
    fn failed() -> Result<u8, ParseIntError> {
        "x".parse::<u8>()
    }
    let recorder = local::install_recorder("attribute:ret");
    let returned = || {
        let value = recorder.buffer()[1].1.data().get("return").cloned();
        assert!(recorder.buffer()[0].1.data().get("return").is_none());
        recorder.clear();
        value.unwrap()
    };
    assert_eq!(number(1), 2);
    assert_eq!(returned().to_u64(), Some(2));
    assert_eq!(text(1), "1");
    assert_eq!(returned().to_str(), Some("1"));
    nothing();
    assert_eq!(returned().to_string(), "()");
    let _: NoDebug = no_debug();
    assert_eq!(returned().to_string(), "attribute::NoDebug");
    assert_eq!(borrowed(&[1]), Some(&1));
    assert_eq!(returned().to_string(), "1");
    assert!(failed().is_err());
    assert_eq!(
        returned().to_string(),
        "Err(ParseIntError { kind: InvalidDigit })"
    );
}

#[test]
fn ret_adds_nothing_after_a_panic() {
    #[trigger_event("attribute:ret_panic", ret)]
    fn fails() -> u32 {
        panic!("no value")
    }
    let recorder = local::install_recorder("attribute:ret_panic");
    assert!(catch_unwind(fails).is_err());
    let (_, end) = &recorder.buffer()[1];
    assert!(end.is_failed());
    assert!(end.data().is_empty());
}

#[derive(Debug)]
struct Refused(u32);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused {}", self.0)
    }
}

impl Error for Refused {}

/// What a listener saw of an error while it was alive.
fn live_error<E: Error + 'static>(kind: &'static str, run: impl FnOnce()) -> (bool, bool) {
    static SEEN: AtomicU32 = AtomicU32::new(0);
    let seen = Arc::new(AtomicU32::new(0));
    let listener = {
        let seen = Arc::clone(&seen);
        from_fn(move |event: &Event<'_>| {
            if let Some(error) = event.exc_details().and_then(|exc| exc.error()) {
                let _ = error.to_string();
                seen.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let installed = local::install_listener(kind, listener);
    run();
    drop(installed);
    SEEN.fetch_add(1, Ordering::Relaxed);
    (seen.load(Ordering::Relaxed) == 1, size_of::<E>() > 0)
}

#[test]
fn err_reports_a_returned_error_as_a_failure() {
    #[trigger_event("attribute:err", err)]
    fn refuse(code: u32) -> Result<u32, Refused> {
        if code > 1 {
            Err(Refused(code))
        } else {
            Ok(code)
        }
    }
    let recorder = local::install_recorder("attribute:err");
    assert!(refuse(1).is_ok());
    assert_eq!(refuse(2).unwrap_err().0, 2);
    let buffer = recorder.buffer();
    assert!(!buffer[1].1.is_failed());
    assert!(buffer[3].1.is_failed());
    let exc = buffer[3].1.exc_details().unwrap();
    assert_eq!(exc.cause(), Cause::Error);
    assert_eq!(exc.message(), "refused 2");
    assert!(
        exc.type_name().ends_with("::Refused"),
        "{}",
        exc.type_name()
    );
    assert!(exc.payload().is_none());
    assert_eq!(
        buffer[3].1.to_string(),
        "END attribute:err code=2 failed: error: refused 2"
    );
    assert!(
        live_error::<Refused>("attribute:err", || drop(refuse(3))).0,
        "error() is live"
    );
}

#[test]
fn err_accepts_any_error_type() {
    #[trigger_event("attribute:err_any", err)]
    fn string() -> Result<(), String> {
        Err("as text".into())
    }
    #[trigger_event("attribute:err_any", err)]
    fn text() -> Result<(), &'static str> {
        Err("as str")
    }
    #[trigger_event("attribute:err_any", err)]
    fn boxed() -> Result<(), Box<dyn Error>> {
        "x".parse::<u8>()?;
        Ok(())
    }
    #[trigger_event("attribute:err_any", err)]
    fn boxed_send() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("boxed")?
    }
    #[trigger_event("attribute:err_any", err)]
    fn number() -> Result<(), i32> {
        Err(-1)
    }
    #[trigger_event("attribute:err_any", err)]
    fn debug_only() -> Result<(), Option<u8>> {
        Err(Some(1))
    }
    #[trigger_event("attribute:err_any", err)]
    fn nothing_at_all() -> Result<(), NoDebug> {
        Err(NoDebug)
    }
    #[trigger_event("attribute:err_any", err)]
    fn unit() -> Result<(), ()> {
        Err(())
    }
    #[trigger_event("attribute:err_any", err)]
    fn generic<E>(error: E) -> Result<(), E> {
        Err(error)
    }
    #[trigger_event("attribute:err_any", err)]
    fn alias() -> fmt::Result {
        Err(fmt::Error)
    }
    #[trigger_event("attribute:err_any", err)]
    fn io() -> std::io::Result<()> {
        Err(std::io::Error::other("disk"))
    }
    let recorder = local::install_recorder("attribute:err_any");
    let message = || {
        let (_, end) = recorder.buffer().pop().unwrap();
        assert!(end.is_failed(), "{end}");
        recorder.clear();
        end.exc_details().unwrap().message().into_owned()
    };
    assert!(string().is_err());
    assert_eq!(message(), "as text");
    assert!(text().is_err());
    assert_eq!(message(), "as str");
    assert!(boxed().is_err());
    assert_eq!(message(), "invalid digit found in string");
    assert!(boxed_send().is_err());
    assert_eq!(message(), "boxed");
    assert!(number().is_err());
    assert_eq!(message(), "-1");
    assert!(debug_only().is_err());
    assert_eq!(message(), "Some(1)");
    assert!(nothing_at_all().is_err());
    assert_eq!(message(), "attribute::NoDebug");
    assert!(unit().is_err());
    assert_eq!(message(), "()");
    assert!(generic(1).is_err());
    assert_eq!(message(), "i32");
    assert!(alias().is_err());
    assert_eq!(message(), "an error occurred when formatting an argument");
    assert!(io().is_err());
    assert_eq!(message(), "disk");
}

#[test]
fn listener_can_downcast_a_boxed_error() {
    #[trigger_event("attribute:err_boxed", err)]
    fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(Box::new(Refused(1)))
    }
    let seen = live_error::<Refused>("attribute:err_boxed", || drop(boxed()));
    assert!(
        seen.0,
        "`Box<dyn Error + Send + Sync>` lends the error within"
    );
}

#[test]
fn ret_and_err_can_be_combined() {
    #[trigger_event("attribute:ret_err", ret, err)]
    fn either(good: bool) -> Result<u32, String> {
        if good { Ok(7) } else { Err("bad".into()) }
    }
    let recorder = local::install_recorder("attribute:ret_err");
    assert!(either(true).is_ok());
    assert!(either(false).is_err());
    let buffer = recorder.buffer();
    assert!(!buffer[1].1.is_failed());
    assert!(
        buffer[1]
            .1
            .data()
            .get("return")
            .unwrap()
            .to_string()
            .contains('7')
    );
    assert!(buffer[3].1.is_failed());
    assert_eq!(buffer[3].1.exc_details().unwrap().message(), "bad");
}

#[test]
fn returned_error_is_no_failure_without_err() {
    #[trigger_event("attribute:no_err")]
    fn fails() -> Result<(), String> {
        Err("told to nobody".into())
    }
    let recorder = local::install_recorder("attribute:no_err");
    assert!(fails().is_err());
    assert!(!recorder.buffer()[1].1.is_failed());
}

#[test]
fn stacked_attributes_nest_outermost_first() {
    #[trigger_event("attribute:nested_outer")]
    #[trigger_event("attribute:nested_inner", skip_all)]
    fn both(n: u32) -> u32 {
        n
    }
    let recorder = local::install_recorder("attribute:nested_*");
    assert_eq!(both(1), 1);
    assert_eq!(
        recorder.lines(),
        [
            "START attribute:nested_outer n=1",
            "START attribute:nested_inner",
            "END attribute:nested_inner",
            "END attribute:nested_outer n=1",
        ]
    );
    let buffer = recorder.buffer();
    let ids: Vec<EventId> = buffer.iter().map(|(_, event)| event.id()).collect();
    assert_eq!(ids[0], ids[3]);
    assert_eq!(ids[1], ids[2]);
    assert_eq!(buffer[1].1.parent(), Some(ids[0]));
}

#[test]
fn three_stacked_attributes_keep_their_order() {
    #[trigger_event("attribute:three_1")]
    #[trigger_event("attribute:three_2", skip_all)]
    #[inline]
    #[event_core::trigger_event("attribute:three_3", skip_all)]
    fn three(mut list: Vec<u8>, (mut n, _): (u8, u8)) -> usize {
        list.push(n);
        n += 1;
        list.len() + usize::from(n)
    }
    let recorder = local::install_recorder("attribute:three_*");
    assert_eq!(three(vec![], (1, 2)), 3);
    let starts: Vec<String> = recorder.lines().into_iter().take(3).collect();
    assert_eq!(
        starts,
        [
            "START attribute:three_1 list=[] n=1",
            "START attribute:three_2",
            "START attribute:three_3"
        ]
    );
}

#[test]
fn stacked_attributes_are_enabled_independently() {
    #[trigger_event("attribute:half_outer")]
    #[trigger_event("attribute:half_inner")]
    fn both() {}
    let inner = local::install_recorder("attribute:half_inner");
    both();
    assert_eq!(inner.len(), 2);
    drop(inner);
    let outer = local::install_recorder("attribute:half_outer");
    both();
    assert_eq!(outer.len(), 2);
}

const PARSE: Kind = Kind::from_static("attribute:const_kind");
static STATIC_KIND: Kind = Kind::from_static("attribute:static_kind");

mod kinds {
    use event_core::Kind;

    pub(crate) const INNER: Kind = Kind::from_static("attribute:path_kind");

    pub(crate) struct Holder;

    impl Holder {
        pub(crate) const KIND: Kind = Kind::from_static("attribute:assoc_kind");
    }
}

#[test]
fn kind_can_be_the_path_of_a_constant() {
    #[trigger_event(PARSE)]
    fn by_const() {}
    #[trigger_event(STATIC_KIND)]
    fn by_static() {}
    #[trigger_event(kinds::INNER, ret)]
    fn by_path() {}
    #[trigger_event(kinds::Holder::KIND)]
    fn by_associated_const() {}
    #[trigger_event(event_core::builtin::RUN_PASS, skip_all)]
    fn built_in() {}
    let recorder = local::install_recorder("*");
    by_const();
    by_static();
    by_path();
    by_associated_const();
    built_in();
    let kinds: Vec<String> = recorder
        .buffer()
        .iter()
        .filter(|(_, event)| event.is_start())
        .map(|(_, event)| event.kind().to_string())
        .collect();
    assert_eq!(
        kinds,
        [
            "attribute:const_kind",
            "attribute:static_kind",
            "attribute:path_kind",
            "attribute:assoc_kind",
            "numba:run_pass"
        ]
    );
}

#[test]
fn site_is_the_position_of_the_function() {
    #[trigger_event("attribute:site")]
    #[inline]
    fn here() -> u32 {
        0
    }
    const LINE: u32 = line!() - 3;
    let recorder = local::install_recorder("attribute:site");
    here();
    for (_, event) in recorder.buffer() {
        let site = event.site().unwrap();
        assert_eq!(site.function(), "here");
        assert_eq!(site.module_path(), module_path!());
        assert_eq!(site.file(), file!());
        assert_eq!(site.line(), LINE);
        assert_eq!(site.column(), 8);
        assert_eq!(site.kind().as_str(), "attribute:site");
    }
}

#[test]
fn each_function_has_its_own_site() {
    struct One;
    struct Two;
    impl One {
        #[trigger_event("attribute:sites")]
        fn run(&self) {}
    }
    impl Two {
        #[trigger_event("attribute:sites")]
        fn run(&self) {}
    }
    let recorder = local::install_recorder("attribute:sites");
    One.run();
    Two.run();
    let buffer = recorder.buffer();
    let line = |place: usize| buffer[place].1.site().unwrap().line();
    assert_eq!(line(0), line(1));
    assert_ne!(line(0), line(2));
}

#[test]
fn data_is_evaluated_only_for_listeners_that_want_it() {
    static EVALUATED: AtomicU32 = AtomicU32::new(0);
    fn count() -> u32 {
        EVALUATED.fetch_add(1, Ordering::Relaxed)
    }
    struct Counts;
    impl Debug for Counts {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            count();
            f.write_str("Counts")
        }
    }
    #[trigger_event("attribute:lazy", data(evaluated = count()))]
    fn work(counts: Counts) {
        let _ = counts;
    }
    let evaluated = || EVALUATED.load(Ordering::Relaxed);
    work(Counts);
    assert_eq!(evaluated(), 0, "nobody listens");
    let timer = local::install_listener("attribute:lazy", TimingListener::new());
    work(Counts);
    assert!(timer.done());
    assert_eq!(evaluated(), 0, "a timer does not look at data");
    let recorder = local::install_recorder("attribute:lazy");
    work(Counts);
    assert_eq!(recorder.len(), 2);
    assert_eq!(evaluated(), 2, "once each");
    drop(recorder);
    drop(timer);
    work(Counts);
    assert_eq!(evaluated(), 2, "nobody listens any more");
}

#[test]
fn data_is_not_evaluated_on_threads_without_a_listener() {
    #[trigger_event("attribute:lazy_elsewhere", data(never = panic!("evaluated") as u8))]
    #[allow(unreachable_code, clippy::diverging_sub_expression)]
    fn work() {}
    let _recorder = local::install_recorder("attribute:lazy_elsewhere");
    std::thread::spawn(work).join().unwrap();
}

#[test]
fn copied_argument_keeps_its_start_value() {
    #[derive(Clone, Copy, Debug)]
    struct Point {
        x: i32,
    }
    #[trigger_event("attribute:copied")]
    fn moved(mut point: Point) -> i32 {
        point.x += 1;
        point.x
    }
    let recorder = local::install_recorder("attribute:copied");
    assert_eq!(moved(Point { x: 1 }), 2);
    assert_eq!(
        recorder.lines()[1],
        "END attribute:copied point=Point { x: 1 }"
    );
}

#[test]
fn recursive_calls_emit_events_at_every_depth() {
    #[trigger_event("attribute:recursion", ret)]
    fn factorial(n: u64) -> u64 {
        if n == 0 { 1 } else { n * factorial(n - 1) }
    }
    let recorder = local::install_recorder("attribute:recursion");
    assert_eq!(factorial(3), 6);
    let buffer = recorder.buffer();
    assert_eq!(buffer.len(), 8);
    for depth in 1..4 {
        assert_eq!(buffer[depth].1.parent(), Some(buffer[depth - 1].1.id()));
    }
    let returned: Vec<_> = buffer[4..]
        .iter()
        .map(|(_, end)| end.data().get("return").unwrap().to_u64())
        .collect();
    assert_eq!(returned, [Some(1), Some(1), Some(2), Some(6)]);
}

#[test]
fn events_from_an_argument_debug_are_suppressed() {
    #[trigger_event("attribute:debug_events")]
    fn inner() {}
    struct Chatty;
    impl Debug for Chatty {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            inner();
            f.write_str("Chatty")
        }
    }
    #[trigger_event("attribute:debug_events")]
    fn take(chatty: Chatty) {
        let _ = chatty;
    }
    let recorder = local::install_recorder("attribute:debug_events");
    take(Chatty);
    assert_eq!(recorder.len(), 2);
}

#[test]
fn events_from_attribute_data_expressions_are_suppressed() {
    #[trigger_event("attribute:data_events")]
    fn inner() -> u8 {
        1
    }
    #[trigger_event("attribute:data_events", data(n = inner()))]
    fn take() {}
    let recorder = local::install_recorder("attribute:data_events");
    take();
    assert_eq!(recorder.len(), 2, "{:?}", recorder.lines());
}

#[test]
fn long_debug_text_is_visibly_truncated() {
    #[trigger_event("attribute:long")]
    fn take(list: &Rc<Vec<u32>>, text: &str) -> usize {
        list.len() + text.len()
    }
    let recorder = local::install_recorder("attribute:long");
    let text = "x".repeat(10_000);
    take(&Rc::new((0..10_000).collect()), &text);
    for (_, event) in recorder.buffer() {
        let list = event.data().get("list").unwrap().to_string();
        assert!(list.len() <= Value::MAX_PRINTED + '…'.len_utf8());
        assert!(list.ends_with('…'));
        assert_eq!(
            event.data().get("text").unwrap().to_str(),
            Some(&*text),
            "text is kept whole"
        );
    }
}

#[test]
fn global_listener_receives_calls_from_every_thread() {
    #[trigger_event("attribute:global")]
    fn work(n: u32) -> u32 {
        n
    }
    let recorder: Installed<RecordingListener> = event_core::install_recorder("attribute:global");
    let workers: Vec<_> = (0..4)
        .map(|n| std::thread::spawn(move || work(n)))
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    assert_eq!(recorder.len(), 8);
}

#[test]
fn function_called_before_registration_is_enabled_later() {
    #[trigger_event("attribute:early")]
    fn work() {}
    work();
    let recorder = local::install_recorder("attribute:early");
    work();
    drop(recorder);
    work();
    let recorder = local::install_recorder("attribute:*");
    work();
    assert_eq!(recorder.len(), 2);
}

#[test]
fn attributes_of_arguments_are_kept() {
    #[trigger_event("attribute:arg_attrs")]
    fn take(#[cfg(all())] a: u8, #[cfg(any())] b: u8, #[allow(unused_variables)] c: u8) -> u8 {
        a
    }
    let recorder = local::install_recorder("attribute:arg_attrs");
    assert_eq!(take(1, 2), 1);
    assert_eq!(data(&recorder), "a=1 c=2");
}

#[test]
fn listener_that_wants_no_data_receives_none() {
    struct Bare(AtomicU32);
    impl Listener for Bare {
        fn on_start(&self, event: &Event<'_>) {
            self.0.fetch_add(
                u32::try_from(event.data().len()).unwrap(),
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
    #[trigger_event("attribute:bare", ret)]
    fn work(n: u32) -> u32 {
        n
    }
    let bare = local::install_listener("attribute:bare", Bare(AtomicU32::new(0)));
    assert_eq!(work(1), 1);
    assert_eq!(bare.0.load(Ordering::Relaxed), 0);
}
