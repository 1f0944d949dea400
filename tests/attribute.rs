//! The arguments `ret`, `err` and `data` of the attribute, stacked attributes, kinds and sites.
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

mod support;

use std::error::Error;
use std::fmt::{self, Debug};
use std::num::ParseIntError;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{
    Cause, Event, EventId, Installed, Kind, Listener, RecordingListener, TimingListener, from_fn,
    local, trigger_event,
};
use support::starts;

struct NoDebug;

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

/// Returns whether a listener gets exactly one `error()` during `run`.
fn listener_sees_one_error(kind: &'static str, run: impl FnOnce()) -> bool {
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
    seen.load(Ordering::Relaxed) == 1
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
        "END attribute:err refuse code=2 failed: error: refused 2"
    );
    assert!(listener_sees_one_error("attribute:err", || drop(refuse(3))));
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
    assert!(
        listener_sees_one_error("attribute:err_boxed", || drop(boxed())),
        "`error()` returns the error in the `Box<dyn Error + Send + Sync>`"
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
        Err("not reported".into())
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
            "START attribute:nested_outer both n=1",
            "START attribute:nested_inner both",
            "END attribute:nested_inner both",
            "END attribute:nested_outer both n=1",
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
            "START attribute:three_1 three list=[] n=1",
            "START attribute:three_2 three",
            "START attribute:three_3 three"
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
    let kinds: Vec<String> = starts(&recorder)
        .iter()
        .map(|event| event.kind().to_string())
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
    assert_eq!(evaluated(), 0, "no listener");
    let timer = local::install_listener("attribute:lazy", TimingListener::new());
    work(Counts);
    assert!(timer.done());
    assert_eq!(evaluated(), 0, "a timer reads no data");
    let recorder = local::install_recorder("attribute:lazy");
    work(Counts);
    assert_eq!(recorder.len(), 2);
    assert_eq!(evaluated(), 2, "once for each of the two fields");
    drop(recorder);
    drop(timer);
    work(Counts);
    assert_eq!(evaluated(), 2, "no listener any more");
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
fn listener_that_wants_no_data_receives_none() {
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
    #[trigger_event("attribute:no_data", ret)]
    fn work(n: u32) -> u32 {
        n
    }
    let no_data = local::install_listener("attribute:no_data", NoData(AtomicU32::new(0)));
    assert_eq!(work(1), 1);
    assert_eq!(no_data.0.load(Ordering::Relaxed), 2);
}
