//! Filters of functions: the names that they match, and which calls they disable.

mod support;

use std::collections::BTreeSet;
use std::pin::pin;

use event_core::{
    KindFilter, NameFilter, RecordingListener, broadcast, current_event, enter_event,
    install_listener, install_recorder, local, open_event, register, trigger_event, unregister,
};
use support::poll_once;

#[test]
fn names_match_patterns() {
    for (filter, matching, other) in [
        (
            "Parser::token",
            &["Parser::token"][..],
            &["Parser::tokens", "token", ""][..],
        ),
        (
            "Parser::*",
            &["Parser::token", "Parser::"],
            &["Parsers::token", "parse"],
        ),
        (
            "*::new",
            &["Parser::new", "<A as B>::new", "::new"],
            &["new", "Parser::new_with"],
        ),
        ("*", &["Parser::new", ""], &[]),
        ("a*b*c", &["abc", "a-b-c", "abbcbc"], &["ab", "acb", "abcd"]),
        ("*ab", &["ab", "aab", "abab"], &["aba"]),
        (
            "Parser::*,!*::new",
            &["Parser::token"],
            &["Parser::new", "Printer::line"],
        ),
        ("!*::new", &["Parser::token", "parse"], &["Parser::new"]),
        (" a , ! b ", &["a"], &["b", "c"]),
        (
            "!*::new,Parser::new",
            &["Parser::new", "parse"],
            &["Printer::new"],
        ),
        (
            "Map<_, _>::get,a",
            &["Map<_, _>::get", "a"],
            &["Map<_", "_>::get"],
        ),
        ("Map<*, _>::*", &["Map<_, _>::get"], &["Map<_>::get"]),
        (
            "<W<_> as G<(_,)>>::t,a",
            &["<W<_> as G<(_,)>>::t", "a"],
            &["W"],
        ),
        (
            "<fn(T) -> U as G>::t,a",
            &["<fn(T) -> U as G>::t", "a"],
            &[],
        ),
        ("C<3, '<', ','>::t,a", &["C<3, '<', ','>::t", "a"], &[]),
        ("日*語", &["日本語", "日語"], &["日本"]),
    ] {
        let names = NameFilter::new(filter).unwrap();
        for name in matching {
            assert!(names.matches(name), "{filter} {name}");
        }
        for name in other {
            assert!(!names.matches(name), "{filter} {name}");
        }
        assert_eq!(names.to_string().parse(), Ok(names));
    }
}

#[test]
fn invalid_patterns_are_errors_with_their_place() {
    for (text, error) in [
        (
            "",
            r#""": a pattern must not be empty; write a name, or `*` for all"#,
        ),
        (
            "a,",
            r#""", pattern 2 of "a,": a pattern must not be empty; remove the extra comma"#,
        ),
        (
            "a,!",
            r#""!", pattern 2 of "a,!": a pattern must not be empty; write a name, or `*` for all"#,
        ),
        (
            "!!a",
            r#""!!a": unexpected second `!`; one excludes a pattern"#,
        ),
        ("a**", r#""a**": unexpected `**`; one `*` matches any text"#),
        (
            "b,\u{7}",
            r#""\u{7}", pattern 2 of "b,\u{7}": a pattern must not contain control or invisible characters"#,
        ),
        (
            "a,Tree<*,b",
            r#""Tree<*,b", pattern 2 of "a,Tree<*,b": unmatched `<`; write the other bracket, or `*` for the text"#,
        ),
        (
            "a,_>::b",
            r#""_>::b", pattern 2 of "a,_>::b": unmatched `>`; write the other bracket, or `*` for the text"#,
        ),
        (
            "(a]",
            r#""(a]": unmatched `]`; write the other bracket, or `*` for the text"#,
        ),
    ] {
        assert_eq!(
            NameFilter::new(text).unwrap_err().to_string(),
            error,
            "{text}"
        );
        assert!(std::panic::catch_unwind(|| KindFilter::all().functions(text)).is_err());
    }
}

#[test]
fn filter_of_functions_has_a_text_and_matches_kinds() {
    let app = KindFilter::from("app:*").functions("Parser::*");
    assert_eq!(app.to_string(), "app:* in functions (Parser::*)");
    assert!(app.matches("app:parse".into()) && !app.matches("db:query".into()));
    let listed = KindFilter::from("a,!b").functions("f,!g");
    assert_eq!(listed.to_string(), "(a,!b) in functions (f,!g)");
    assert_ne!(app, KindFilter::from("app:*"));
}

struct Parser;

#[trigger_event("functions:calls")]
impl Parser {
    fn new() -> Self {
        Self
    }

    fn outer(&self) {
        self.middle();
    }

    fn middle(&self) {
        self.inner();
    }

    #[expect(clippy::unused_self, reason = "a method, like the others")]
    fn inner(&self) {
        let _ = current_event();
    }
}

/// Calls each function once.
fn call_all() {
    Parser::new().outer();
}

fn paths(recorder: &RecordingListener) -> BTreeSet<String> {
    let buffer = recorder.buffer();
    let sites = buffer.iter().filter_map(|(_, event)| event.site());
    sites.map(|site| site.path().to_owned()).collect()
}

#[test]
fn listener_receives_the_functions_of_its_filter() {
    call_all(); // call sites that are registered before the listener
    for (functions, expected) in [
        (
            "Parser::*,!*::new",
            &["Parser::inner", "Parser::middle", "Parser::outer"][..],
        ),
        ("*::new", &["Parser::new"]),
        ("Printer::*", &[]),
    ] {
        let filter = KindFilter::from("functions:calls").functions(functions);
        let recorder = local::install_recorder(filter);
        call_all();
        let expected: BTreeSet<_> = expected.iter().map(|&path| path.to_owned()).collect();
        assert_eq!(paths(&recorder), expected, "{functions}");
        assert_eq!(recorder.len(), 2 * expected.len());
    }
}

#[test]
fn parent_is_the_nearest_function_of_the_filter() {
    let filter = KindFilter::from("functions:calls").functions("*,!*::middle");
    let recorder = local::install_recorder(filter);
    call_all();
    let buffer = recorder.buffer();
    let start_of = |path| {
        let mut starts = buffer.iter().filter(|(_, event)| event.is_start());
        let found = starts.find(|(_, event)| event.site().is_some_and(|site| site.path() == path));
        &found.unwrap().1
    };
    let outer = start_of("Parser::outer");
    assert_eq!(start_of("Parser::inner").parent(), Some(outer.id()));
}

#[trigger_event("functions:two_listeners")]
mod two_listeners {
    pub(super) fn first(text: &dyn std::fmt::Debug) {
        let _ = text;
        second();
    }

    pub(super) fn second() {}
}

#[test]
fn each_listener_has_its_own_functions() {
    let kind = || KindFilter::from("functions:two_listeners");
    let firsts = install_recorder(kind().functions("first"));
    let seconds = install_recorder(kind().functions("!first"));
    let all = install_recorder("functions:two_listeners");
    let printed = std::cell::Cell::new(0);
    two_listeners::first(&Printed(&printed));
    let lines = |recorder: &RecordingListener| recorder.lines().len();
    assert_eq!((lines(&firsts), lines(&seconds), lines(&all)), (2, 2, 4));
    assert!(firsts.lines()[0].contains(" first "));
    assert!(seconds.lines()[0].ends_with(" second"));
    drop(all);
    two_listeners::first(&Printed(&printed));
    let started = |recorder: &RecordingListener| recorder.buffer()[2].1.clone();
    assert_eq!(started(&seconds).parent(), Some(started(&firsts).id()));
}

struct Printed<'a>(&'a std::cell::Cell<u32>);

impl std::fmt::Debug for Printed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.set(self.0.get() + 1);
        f.write_str("printed")
    }
}

#[trigger_event("functions:disabled")]
fn left_out(value: impl std::fmt::Debug) {
    drop(value);
}

#[test]
fn function_that_is_left_out_captures_nothing() {
    let printed = std::cell::Cell::new(0);
    let kind = || KindFilter::from("functions:disabled");
    let other = install_recorder(kind().functions("!left_out"));
    left_out(Printed(&printed));
    assert_eq!((other.len(), printed.get()), (0, 0));
    let _included = install_recorder(kind().functions("left_out"));
    left_out(Printed(&printed));
    assert!(printed.get() > 0);
    assert_eq!(other.len(), 0);
}

#[test]
fn events_without_a_function_are_matched_by_their_kind() {
    for (functions, expected) in [
        ("functions:by_kind", 6),
        ("!Parser::*", 6),
        ("Parser::*", 0),
    ] {
        let filter = KindFilter::from("functions:by_kind").functions(functions);
        let recorder = local::install_recorder(filter);
        trigger_event("functions:by_kind", (), || {});
        drop(enter_event("functions:by_kind", ()));
        drop(open_event("functions:by_kind", ()));
        assert_eq!(recorder.len(), expected, "{functions}");
    }
}

#[test]
fn broadcast_of_a_copy_reaches_the_listeners_of_its_function() {
    #[trigger_event("functions:broadcast")]
    fn copied() {}
    let recorder = local::install_recorder("functions:broadcast");
    copied();
    let (_, event) = recorder.buffer().remove(0);
    drop(recorder);
    let filter = || KindFilter::from("functions:broadcast");
    let copied = local::install_recorder(filter().functions("copied"));
    let others = local::install_recorder(filter().functions("!copied,!functions:*"));
    broadcast(&event);
    assert_eq!((copied.len(), others.len()), (1, 0));
}

#[test]
fn asynchronous_functions_are_filtered() {
    #[trigger_event("functions:async")]
    async fn included() {
        left_out().await;
        std::future::ready(()).await;
    }
    #[trigger_event("functions:async")]
    async fn left_out() {
        std::future::ready(()).await;
    }
    let filter = KindFilter::from("functions:async").functions("included");
    let recorder = local::install_recorder(filter);
    assert!(poll_once(pin!(included())).is_ready());
    assert_eq!(
        recorder.lines(),
        [
            "START functions:async included",
            "END functions:async included"
        ]
    );
}

#[test]
fn listener_is_unregistered_with_the_same_filter() {
    #[trigger_event("functions:unregister")]
    fn called() {}
    let filter = || KindFilter::from("functions:unregister").functions("called");
    let recorder = std::sync::Arc::new(RecordingListener::new());
    register(filter(), std::sync::Arc::clone(&recorder));
    called();
    assert!(!unregister("functions:unregister", &recorder));
    assert!(unregister(filter(), &recorder));
    called();
    assert_eq!(recorder.len(), 2);
}

#[test]
fn many_functions_are_distinguished() {
    macro_rules! functions {
        ($($name:ident)*) => {
            $(
                mod $name {
                    #[event_core::trigger_event("functions:many")]
                    pub(super) fn included() {}
                    #[event_core::trigger_event("functions:many")]
                    pub(super) fn left_out() {}
                }
            )*
            fn call_many() {
                $($name::included(); $name::left_out();)*
            }
        };
    }
    functions! { a b c d e f g h i j k l m n o p q r s t u v w x y z }
    let filter = KindFilter::from("functions:many").functions("included");
    let included = install_listener(filter, RecordingListener::new());
    let all = install_listener("functions:many", RecordingListener::new());
    for _ in 0..3 {
        call_many();
    }
    assert_eq!((included.len(), all.len()), (3 * 52, 3 * 104));
    assert_eq!(paths(&included).len(), 1);
}

mod one {
    pub(super) struct Job;

    #[event_core::trigger_event("function_modules:job")]
    impl Job {
        pub(super) fn run(&self) {
            let _ = self;
        }
    }
}

mod two {
    pub(super) struct Job;

    #[event_core::trigger_event("function_modules:job")]
    impl Job {
        pub(super) fn run(&self) {
            let _ = self;
        }
    }
}

/// Returns the modules of the calls that `functions` selects.
fn selected_modules(functions: &str) -> Vec<String> {
    let filter = KindFilter::from("function_modules:*").functions(functions);
    let recorder = local::install_recorder(filter);
    one::Job.run();
    two::Job.run();
    trigger_event("function_modules:closure", (), || {});
    let calls = recorder.calls();
    let names = calls.iter().map(|call| match call.site() {
        Some(site) => site.module_path().to_owned(),
        None => call.kind().to_string(),
    });
    names.collect()
}

#[test]
fn functions_of_one_path_are_selected_by_module_or_by_position() {
    let (one, two) = ("function_filters::one", "function_filters::two");
    let closure = "function_modules:closure";
    assert_eq!(selected_modules("Job::run"), [one, two]);
    assert_eq!(selected_modules("function_filters::one::Job::run"), [one]);
    assert_eq!(selected_modules("function_filters::two::*"), [two]);
    assert_eq!(
        selected_modules("!function_filters::one::*"),
        [two, closure]
    );
    assert_eq!(
        selected_modules("Job::*, !function_filters::*::run"),
        [""; 0]
    );
    // A name with the module has the crate's name, so that `*::run` is about types only.
    assert_eq!(selected_modules("one::Job::run, *::one::Job::run"), [""; 0]);
    assert_eq!(selected_modules("function::*"), [""; 0]);

    let recorder = local::install_recorder("function_modules:job");
    two::Job.run();
    let site = recorder.calls()[0].site().unwrap();
    let (file, line, column) = (site.file(), site.line(), site.column());
    assert_eq!(
        selected_modules(&format!("Job::run ({file}:{line})")),
        [two]
    );
    assert_eq!(selected_modules(&format!("* (*:{line}:{column})")), [two]);
    assert_eq!(selected_modules(&format!("* ({file}:*)")), [one, two]);
    assert_eq!(
        selected_modules(&format!("* ({file}:{})", line + 1)),
        [""; 0]
    );
}
