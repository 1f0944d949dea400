//! Values are formatted and copied only for a listener that reads them: `wants_end_data`.

#![allow(
    clippy::boxed_local,
    clippy::drop_non_drop,
    clippy::many_single_char_names,
    clippy::needless_pass_by_ref_mut,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "the functions take arguments in many ways, and do little with them"
)]

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use event_core::{
    Event, Listener, RecordingListener, TimingListener, data, install_listener, install_recorder,
    local, open_event, trigger_event,
};

/// Formats its number, and counts how often.
#[derive(Clone, Copy)]
struct Counted(&'static AtomicU32);

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        f.write_str("counted")
    }
}

/// As `Counted`, but not `Copy`.
struct Moved(&'static AtomicU32);

impl fmt::Debug for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Counted(self.0).fmt(f)
    }
}

/// Does nothing.
struct Idle;

impl Listener for Idle {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}
}

/// Keeps the text of each event, and reads data at the START only.
#[derive(Default)]
struct StartOnly(Mutex<Vec<String>>);

impl StartOnly {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Listener for StartOnly {
    fn on_start(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(event.to_string());
    }

    fn on_end(&self, event: &Event<'_>) {
        self.on_start(event);
    }

    fn wants_end_data(&self) -> bool {
        false
    }
}

/// As `StartOnly`, but does not look.
struct IdleStartOnly;

impl Listener for IdleStartOnly {
    fn on_start(&self, _: &Event<'_>) {}
    fn on_end(&self, _: &Event<'_>) {}

    fn wants_end_data(&self) -> bool {
        false
    }
}

#[test]
fn copied_and_borrowed_arguments_are_not_formatted_without_a_reader() {
    static FORMATTED: AtomicU32 = AtomicU32::new(0);
    #[trigger_event("end_data:copied")]
    fn work(
        _copied: Counted,
        _slice: &[Counted],
        _dynamic: &(dyn fmt::Debug + Sync),
        _tuple: (Counted, u8),
    ) {
    }

    let idle = local::install_listener("end_data:copied", Idle);
    let counted = Counted(&FORMATTED);
    work(counted, &[counted, counted], &counted, (counted, 1));
    assert_eq!(FORMATTED.load(Ordering::Relaxed), 0);
    drop(idle);

    let recorder = local::install_recorder("end_data:copied");
    work(counted, &[counted], &counted, (counted, 1));
    assert_eq!(
        FORMATTED.load(Ordering::Relaxed),
        4,
        "once each, at the START"
    );
    assert_eq!(
        recorder.lines()[1],
        "END end_data:copied work _copied=counted _slice=[counted] _dynamic=counted _tuple=(counted, 1)"
    );
}

#[test]
fn moved_arguments_are_not_formatted_for_a_listener_of_start_data() {
    static FORMATTED: AtomicU32 = AtomicU32::new(0);
    #[trigger_event("end_data:moved")]
    fn work(_moved: Moved, _mutable: &mut Moved, _boxed: Box<Moved>, _all: Vec<Moved>) {}

    let call = || {
        let new = || Moved(&FORMATTED);
        work(new(), &mut new(), Box::new(new()), vec![new()]);
    };
    let idle = local::install_listener("end_data:moved", IdleStartOnly);
    call();
    assert_eq!(FORMATTED.load(Ordering::Relaxed), 0);
    drop(idle);
    let lines = local::install_listener("end_data:moved", StartOnly::default());
    call();
    assert_eq!(FORMATTED.load(Ordering::Relaxed), 4);
    assert_eq!(lines.lines()[1], "END end_data:moved work");
}

#[test]
fn methods_with_ret_and_err_do_not_format_without_a_reader() {
    static FORMATTED: AtomicU32 = AtomicU32::new(0);
    struct Parser;
    impl Parser {
        #[trigger_event("end_data:method", ret, err)]
        fn parse(&self, moved: Moved, ok: bool) -> Result<u8, String> {
            drop(moved);
            if ok { Ok(3) } else { Err("no".to_owned()) }
        }
    }
    let idle = local::install_listener("end_data:method", IdleStartOnly);
    assert_eq!(Parser.parse(Moved(&FORMATTED), true), Ok(3));
    assert_eq!(FORMATTED.load(Ordering::Relaxed), 0);
    drop(idle);

    let lines = local::install_listener("end_data:method", StartOnly::default());
    Parser.parse(Moved(&FORMATTED), true).unwrap();
    Parser.parse(Moved(&FORMATTED), false).unwrap_err();
    assert_eq!(
        lines.lines(),
        [
            "START end_data:method Parser::parse moved=counted ok=true",
            "END end_data:method Parser::parse return=3",
            "START end_data:method Parser::parse moved=counted ok=false",
            "END end_data:method Parser::parse failed: error: no",
        ]
    );
}

#[test]
fn start_borrows_the_text_of_a_string() {
    #[trigger_event("end_data:string")]
    fn work(text: String) -> String {
        text
    }
    struct Address(AtomicU32, Mutex<usize>);
    impl Listener for Address {
        fn on_start(&self, event: &Event<'_>) {
            let text = event.data().get("text").unwrap().to_str().unwrap();
            *self.1.lock().unwrap() = text.as_ptr().addr();
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn on_end(&self, _: &Event<'_>) {}
    }
    let address =
        local::install_listener("end_data:string", Address(AtomicU32::new(0), Mutex::new(0)));
    let text = work("some text that is too long to be stored in a value".to_owned());
    assert_eq!(address.0.load(Ordering::Relaxed), 1);
    assert_eq!(*address.1.lock().unwrap(), text.as_ptr().addr());
}

#[test]
fn end_has_the_data_if_one_listener_reads_it() {
    #[trigger_event("end_data:mixed")]
    fn work(_text: String, _n: u8, _all: Vec<u16>) {}

    let start_only = local::install_listener("end_data:mixed", StartOnly::default());
    let long = "a text that does not fit into a value";
    work(long.to_owned(), 1, vec![2, 3]);
    let reader = local::install_listener("end_data:mixed", Idle);
    work(long.to_owned(), 1, vec![2, 3]);
    drop(reader);
    work("short".to_owned(), 1, vec![2, 3]);
    let lines = start_only.lines();
    let all = format!("_text={long:?} _n=1 _all=[2, 3]");
    assert_eq!(lines[0], format!("START end_data:mixed work {all}"));
    assert_eq!(lines[1], "END end_data:mixed work");
    assert_eq!(lines[3], format!("END end_data:mixed work {all}"));
    assert_eq!(lines[5], "END end_data:mixed work");
}

#[test]
fn end_without_a_listener_of_data_has_none() {
    #[trigger_event("end_data:none")]
    fn work(_n: u8) {}
    /// Keeps the text of each END.
    #[derive(Default)]
    struct Ends(Mutex<Vec<String>>);
    impl Listener for Ends {
        fn on_start(&self, _: &Event<'_>) {}
        fn on_end(&self, event: &Event<'_>) {
            self.0.lock().unwrap().push(event.to_string());
        }
        fn wants_data(&self) -> bool {
            false
        }
    }
    let ends = local::install_listener("end_data:none", Ends::default());
    work(1);
    assert_eq!(*ends.0.lock().unwrap(), ["END end_data:none work"]);
    assert!(!TimingListener::new().wants_end_data());
}

#[test]
fn recorder_shows_the_data_of_the_start_at_the_end() {
    #[trigger_event("end_data:recorded", ret)]
    fn work(text: String, mut all: Vec<u8>) -> usize {
        all.push(9);
        text.len() + all.len()
    }
    let recorder = local::install_recorder("end_data:recorded");
    assert!(!recorder.wants_end_data());
    work("abc".to_owned(), vec![1]);
    assert_eq!(
        recorder.lines(),
        [
            r#"START end_data:recorded work text="abc" all=[1]"#,
            r#"END end_data:recorded work text="abc" all=[1] return=5"#,
        ]
    );
    let bounded = RecordingListener::with_capacity_limit(1);
    let bounded = local::install_listener("end_data:recorded", bounded);
    work("abc".to_owned(), vec![1]);
    assert_eq!(
        bounded.lines(),
        [r#"END end_data:recorded work text="abc" all=[1] return=5"#]
    );
}

#[test]
fn arguments_around_a_skipped_one_keep_their_names_and_drop_order() {
    static DROPPED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    struct Loud(u8);
    impl Drop for Loud {
        fn drop(&mut self) {
            DROPPED.lock().unwrap().push(self.0);
        }
    }
    #[trigger_event("end_data:skipped", skip(b, d))]
    fn work(a: u8, b: Loud, mut c: u8, d: Loud, _e: Loud, f: &str) -> usize {
        c += a;
        usize::from(c) + f.len() + usize::from(b.0) + usize::from(d.0)
    }
    struct Parser(u8);
    impl Parser {
        #[trigger_event("end_data:skipped", skip(secret), ret)]
        fn parse(&self, secret: Loud, n: u8) -> u8 {
            secret.0 + n + self.0
        }
    }
    let recorder = local::install_recorder("end_data:skipped");
    assert_eq!(work(1, Loud(2), 3, Loud(4), Loud(5), "xyz"), 4 + 3 + 2 + 4);
    assert_eq!(*DROPPED.lock().unwrap(), [5, 4, 2]);
    assert_eq!(Parser(1).parse(Loud(6), 2), 9);
    let name = std::any::type_name::<Loud>();
    assert_eq!(
        recorder.lines(),
        [
            format!("START end_data:skipped work a=1 c=3 _e={name} f=\"xyz\""),
            format!("END end_data:skipped work a=1 c=3 _e={name} f=\"xyz\""),
            "START end_data:skipped Parser::parse n=2".to_owned(),
            "END end_data:skipped Parser::parse n=2 return=9".to_owned(),
        ]
    );
    assert_eq!(recorder.buffer()[0].1.data().len(), 4);
}

#[test]
fn lists_and_pointers_forward_the_answer() {
    assert!(Idle.wants_end_data());
    assert!(!IdleStartOnly.wants_end_data());
    assert!(!Arc::new(IdleStartOnly).wants_end_data());
    assert!(!Some(Box::new(IdleStartOnly)).wants_end_data());
    let list: Vec<Box<dyn Listener>> = vec![Box::new(IdleStartOnly), Box::new(Idle)];
    assert!(list.wants_end_data());
    let none: Option<Idle> = None;
    assert!(!none.wants_end_data());
}

#[test]
fn derive_wants_end_data_only_for_handlers_of_ends() {
    #[derive(Listener)]
    #[listen("end_data:derived", on_start = Self::started)]
    struct Starts;
    impl Starts {
        fn started(&self, _: &Event<'_>) {}
    }
    #[derive(Listener)]
    #[listen("end_data:derived", on_start = Self::notified, on_end = Self::notified, wants_end_data = false)]
    struct Both;
    impl Both {
        fn notified(&self, _: &Event<'_>) {}
    }
    #[derive(Listener)]
    #[listen("end_data:derived", on_end = Self::ended)]
    struct Ends;
    impl Ends {
        fn ended(&self, _: &Event<'_>) {}
    }
    #[derive(Listener)]
    struct Forwards(
        #[listen(forward)] RecordingListener,
        #[listen(forward)] Option<Ends>,
    );

    assert!(!Starts.wants_end_data() && Starts.wants_data());
    assert!(!Both.wants_end_data() && Both.wants_data());
    assert!(Ends.wants_end_data());
    assert!(!Forwards(RecordingListener::new(), None).wants_end_data());
    assert!(Forwards(RecordingListener::new(), Some(Ends)).wants_end_data());
}

#[test]
fn data_of_the_end_itself_is_delivered_without_start_data() {
    let lines = install_listener("end_data:open", StartOnly::default());
    open_event("end_data:open", data! { n = 1 }).end_with(data! { rows = 2 }, None);
    let lines = lines.lines();
    assert_eq!(lines[0], "START end_data:open n=1");
    assert!(lines[1].ends_with("rows=2"), "{}", lines[1]);
}

#[test]
fn threads_may_read_borrowed_arguments_of_a_start() {
    static FORMATTED: AtomicU32 = AtomicU32::new(0);
    struct Elsewhere(Mutex<String>);
    impl Listener for Elsewhere {
        fn on_start(&self, event: &Event<'_>) {
            std::thread::scope(|scope| {
                scope.spawn(|| *self.0.lock().unwrap() = event.data().to_string());
            });
        }
        fn on_end(&self, _: &Event<'_>) {}
    }
    #[trigger_event("end_data:elsewhere")]
    fn work(_moved: Moved) {}
    let elsewhere = install_listener("end_data:elsewhere", Elsewhere(Mutex::default()));
    let _recorder = install_recorder("end_data:elsewhere");
    work(Moved(&FORMATTED));
    assert_eq!(*elsewhere.0.lock().unwrap(), "_moved=counted");
}
