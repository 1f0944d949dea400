//! Kinds and filters: valid and invalid names, and the errors for invalid ones.

mod support;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use event_core::{
    Event, EventStatus, InvalidKind, Kind, KindFilter, NameFilter, RecordingListener, builtin,
    end_event, enter_event, install_listener, install_recorder, install_shared, install_timer,
    local, register, start_event, trigger_event, unregister,
};
use support::events;

const VALID: [&str; 16] = [
    "app:parse",
    "a",
    " ",
    "ü",
    "a b",
    "no-colon",
    "a::b",
    ":",
    "numba",
    "numb:a",
    "Numba:x",
    "numba:run_pass",
    "日本:語",
    "\u{a0}",
    "a\u{200c}b",
    "a\u{200d}b",
];

#[test]
fn valid_names_are_kinds() {
    for name in VALID {
        assert_eq!(Kind::new(name).unwrap().as_str(), name);
        assert_eq!(Kind::from_static(name).as_str(), name);
        assert_eq!(Kind::from(name).to_string(), name);
        assert!(KindFilter::from(Kind::from(name)).matches(name.into()));
        if name.trim() == name {
            assert!(KindFilter::new(name).unwrap().matches(name.into()));
        }
    }
}

/// Invalid names, each with a word from the rule that it breaks.
const INVALID: [(&str, &str); 20] = [
    ("", "empty"),
    ("a\n", "control"),
    ("\0", "control"),
    ("\x1f", "control"),
    ("\x7f", "control"),
    ("\u{80}", "control"),
    ("a\u{9f}b", "control"),
    ("a\u{202e}b", "invisible"),
    ("a\u{2028}", "invisible"),
    ("\u{200b}", "invisible"),
    ("\u{feff}a", "invisible"),
    ("日\u{2066}", "invisible"),
    ("\u{e0041}", "invisible"),
    ("a*", "`*`"),
    ("*", "`*`"),
    ("a*b", "`*`"),
    ("numba:", "reserved"),
    ("numba:typo", "reserved"),
    ("numba:compile ", "reserved"),
    ("numba:compile_more", "reserved"),
];

#[test]
fn invalid_names_are_rejected_with_the_rule_and_an_example() {
    for (name, rule) in INVALID {
        let error: InvalidKind = Kind::new(name).unwrap_err();
        assert_eq!(error.name(), name);
        let text = error.to_string();
        assert!(text.contains(rule), "{text}");
        assert!(text.contains("app:parse"), "shows a valid kind: {text}");
        assert!(!text.contains('\n'), "one line: {text}");
        assert!(
            text.contains(&format!("{name:?}")),
            "quotes the rejected name: {text}"
        );
    }
}

#[test]
fn reserved_name_error_lists_the_built_in_kinds() {
    let text = Kind::new("numba:typo").unwrap_err().to_string();
    for kind in [
        builtin::COMPILE,
        builtin::COMPILER_LOCK,
        builtin::LLVM_LOCK,
        builtin::RUN_PASS,
    ] {
        assert!(text.contains(kind.as_str()), "{text}");
    }
}

#[test]
fn filter_is_a_kind_a_prefix_or_everything() {
    for text in [
        "*",
        "app:*",
        "a*",
        "numba:*",
        "numba:compile*",
        "num*",
        "a *",
        "app:parse",
    ] {
        let filter = KindFilter::new(text).unwrap();
        assert_eq!(filter.to_string(), text);
        assert_eq!(text.parse::<KindFilter>().unwrap(), filter);
    }
    for text in [
        "",
        "**",
        "a*b",
        "*a",
        "a**",
        "a\n*",
        "a\u{85}*",
        "\u{202e}*",
        "a\u{200b}",
        "numba:typo",
        "numba:",
    ] {
        let error = KindFilter::new(text).unwrap_err();
        assert_eq!(error.name(), text);
        assert!(error.to_string().contains("app:parse"), "{error}");
    }
}

#[test]
fn prefix_pattern_is_plain_text() {
    let matches =
        |filter: &'static str, kind: &'static str| KindFilter::from(filter).matches(kind.into());
    assert!(matches("app:*", "app:parse"));
    assert!(matches("app:*", "app:"));
    assert!(matches("app*", "app"));
    assert!(matches("app*", "application"));
    assert!(matches("app:pa*", "app:parse"));
    assert!(matches("*", "anything"));
    assert!(matches("numba:c*", "numba:compiler_lock"));
    assert!(!matches("app:*", "app"));
    assert!(!matches("app:*", "App:parse"));
    assert!(!matches("app:parse", "app:parser"));
    assert!(!matches("app:parser", "app:parse"));
    assert_eq!(KindFilter::all(), KindFilter::from("*"));
    assert_eq!(
        KindFilter::from(Kind::from_static("a")),
        KindFilter::from("a")
    );
    assert_ne!(KindFilter::from("a"), KindFilter::from("a*"));
}

#[test]
fn last_matching_pattern_of_a_list_decides() {
    for (list, included, excluded) in [
        (
            "app:*,db:query",
            &["app:a", "db:query"][..],
            &["db:quer", "x"][..],
        ),
        (
            "app:*,!app:health",
            &["app:", "app:healthy"],
            &["app:health", "db"],
        ),
        ("!app:health,app:*", &["app:health", "db"], &[]),
        (
            "app:*,!app:h*,app:health",
            &["app:x", "app:health"],
            &["app:h", "db"],
        ),
        ("!app:*", &["db", "numba:compile"], &["app:x"]),
        ("!app:*,!db:*", &["x"], &["app:x", "db:x"]),
        ("!app:*,app:x", &["x", "app:x"], &["app:y"]),
        ("*,!numba:run_pass", &["numba:compile"], &["numba:run_pass"]),
        ("app:*,!*", &[], &["app:x", "db"]),
        ("!*", &[], &["app:x"]),
        (
            " app:* ,\tdb:a , ! app:b ",
            &["app:a", "db:a"],
            &["app:b", " app:a"],
        ),
    ] {
        let filter = KindFilter::new(list).unwrap();
        for kind in included {
            assert!(filter.matches(Kind::from(*kind)), "{list} {kind}");
        }
        for kind in excluded {
            assert!(!filter.matches(Kind::from(*kind)), "{list} {kind}");
        }
        let again = KindFilter::new(filter.to_string()).unwrap();
        assert_eq!(again, filter, "{list}");
    }
    let list = KindFilter::from("app:a,db:*");
    assert_eq!(list, KindFilter::any_of(["app:a".into(), "db:*".into()]));
    assert_eq!(list.to_string(), "app:a,db:*");
    let nested = KindFilter::any_of(["app:a*".into(), "app:*,!app:ab".into()]);
    assert!(nested.matches("app:ab".into()), "any filter may match");
    assert_eq!(nested.to_string(), "app:a*,(app:*,!app:ab)");
}

#[test]
fn listener_of_a_list_receives_what_the_list_matches() {
    let recorder = local::install_recorder("kinds_list:*,!kinds_list:health");
    for kind in ["kinds_list:before", "kinds_list:health", "kinds_list:after"] {
        trigger_event(kind, (), || {});
    }
    let ends = events(&recorder)
        .into_iter()
        .filter(Event::is_end)
        .map(|event| event.kind().as_str());
    assert_eq!(
        ends.collect::<Vec<_>>(),
        ["kinds_list:before", "kinds_list:after"]
    );
    let all_but = local::install_recorder("!kinds_list:*,kinds_list:only");
    trigger_event("kinds_list:other", (), || {});
    trigger_event("kinds_list:only", (), || {});
    assert_eq!(all_but.len(), 2);
}

#[test]
fn spaces_around_a_pattern_are_ignored() {
    for text in [
        " kinds_space:a ",
        "\tkinds_space:a",
        "kinds_space:a\n",
        " kinds_space:* ",
    ] {
        let recorder = local::install_recorder(text);
        trigger_event("kinds_space:a", (), || {});
        assert_eq!(recorder.len(), 2, "{text:?}");
        assert_eq!(KindFilter::new(text), KindFilter::new(text.trim()));
    }
    let all_but = KindFilter::new(" ! kinds_space:a ").unwrap();
    assert!(!all_but.matches("kinds_space:a".into()));
    assert!(all_but.matches("kinds_space:b".into()));
}

#[test]
fn kind_with_a_comma_or_an_exclamation_mark_is_selected_as_a_kind() {
    for name in ["kinds:a,b", "!kinds:a", " kinds:a "] {
        let kind = Kind::new(name).unwrap();
        assert!(KindFilter::from(kind).matches(kind));
        assert_ne!(KindFilter::from(kind), KindFilter::new(name).unwrap());
    }
}

#[test]
fn filter_errors_describe_patterns_and_show_the_place() {
    for (text, invalid, explanation) in [
        ("", "", "a pattern must not be empty"),
        ("!", "!", "\"!\": a pattern must not be empty"),
        (" ! ", "!", "\"!\": a pattern must not be empty"),
        (
            "a,!",
            "!",
            "\"!\", pattern 2 of \"a,!\": a pattern must not be empty",
        ),
        ("!!app:*", "!!app:*", "\"!!app:*\": unexpected second `!`"),
        (
            "a,! !b",
            "! !b",
            "\"! !b\", pattern 2 of \"a,! !b\": unexpected second `!`",
        ),
        (
            "app*:x",
            "app*:x",
            "a pattern contains only one `*`, at its end",
        ),
        (
            "!app**",
            "!app**",
            "a pattern contains only one `*`, at its end",
        ),
        (
            "app:\n*",
            "app:\n*",
            "a pattern must not contain control or invisible characters",
        ),
        ("numba:typo", "numba:typo", "`numba:*`"),
        (
            "app:*,",
            "",
            "pattern 2 of \"app:*,\": a pattern must not be empty",
        ),
        (",", "", "pattern 1 of \",\": a pattern must not be empty"),
        (
            "a, !b*c ,d*e",
            "!b*c",
            "\"!b*c\", pattern 2 of \"a, !b*c ,d*e\": ",
        ),
        ("a,numba:,b", "numba:", "pattern 2 of"),
    ] {
        let error = KindFilter::new(text).unwrap_err();
        assert_eq!(error.name(), invalid, "{text}");
        let error = error.to_string();
        assert!(error.contains(explanation), "{text}: {error}");
        assert!(!error.contains("event kind"), "{text}: {error}");
    }
}

#[test]
fn functions_that_take_a_filter_take_text_from_run_time() {
    let name = String::from("kinds:run_time");
    assert_eq!(KindFilter::from(name.clone()), KindFilter::from(&name));
    let recorder = local::install_recorder(name.clone());
    let borrowed = local::install_recorder(&name);
    let part = local::install_recorder(&name[..8]);
    let _timer = local::install_timer(format!("{name}*"), |_| {});
    trigger_event("kinds:run_time", (), || {});
    assert_eq!((recorder.len(), borrowed.len(), part.len()), (2, 2, 0));
}

#[test]
fn every_type_of_text_is_a_kind_or_a_filter() {
    fn filters(texts: [impl AsRef<str>; 2]) -> (KindFilter, NameFilter) {
        let [kinds, names] = texts;
        let kinds = KindFilter::new(kinds).unwrap();
        (kinds, NameFilter::new(names).unwrap())
    }
    let [kinds, names] = ["kinds:text*", "Text::*"];
    let expected = (KindFilter::from(kinds), NameFilter::from(names));
    assert_eq!(filters([kinds, names]), expected);
    assert_eq!(filters([&kinds, &names]), expected);
    let owned = [kinds, names].map(str::to_owned);
    assert_eq!(filters(owned.each_ref()), expected);
    assert_eq!(filters(owned.clone()), expected);
    assert_eq!(filters(owned.clone().map(Box::<str>::from)), expected);
    assert_eq!(filters(owned.clone().map(Arc::<str>::from)), expected);
    let texts = owned.each_ref().map(|text| Cow::from(&**text));
    assert_eq!(filters(texts.clone()), expected);

    let [kinds_text, names_text] = texts;
    assert_eq!(KindFilter::from(kinds_text), expected.0);
    assert_eq!(
        expected.0.clone().functions(names_text),
        expected.0.functions(names)
    );
    let [kinds_text, _] = owned.map(String::into_boxed_str);
    let recorder = local::install_recorder(kinds_text);
    trigger_event("kinds:text_of_a_box", (), || {});
    assert_eq!(recorder.len(), 2);

    let kind = Kind::from_static("kinds:text");
    assert_eq!(Kind::new(String::from("kinds:text")), Ok(kind));
    assert_eq!(Kind::new(Cow::from("kinds:text")), Ok(kind));
    assert_eq!(["kinds:text"].map(Kind::new), [Ok(kind)]);
}

#[test]
fn kinds_with_the_same_name_are_equal() {
    let text = String::from("kinds:one");
    let made = Kind::new(&text).unwrap();
    let fixed = Kind::from_static("kinds:one");
    assert_eq!(made, fixed);
    assert_eq!(HashSet::from([made, fixed]).len(), 1);
    let again = Kind::new(text.clone()).unwrap();
    assert!(std::ptr::eq(made.as_str(), again.as_str()), "interned once");
    let other = Kind::new("kinds:other").unwrap();
    assert_ne!(made, other);
    assert!(made < other);
    let ordered: Vec<Kind> = BTreeSet::from([other, fixed, made]).into_iter().collect();
    assert_eq!(ordered, [made, other]);
}

#[test]
fn kinds_display_their_name() {
    let kind = Kind::from_static("kinds:print");
    assert_eq!(kind.to_string(), "kinds:print");
    assert_eq!(format!("[{kind:>13}]"), "[  kinds:print]");
    assert!(format!("{kind:?}").contains("\"kinds:print\""));
}

#[test]
fn kinds_are_small_and_usable_in_constants() {
    const KIND: Kind = Kind::from_static("kinds:const");
    const NAME: &str = KIND.as_str();
    static STATIC: Kind = KIND;
    assert_eq!(NAME, "kinds:const");
    assert_eq!(STATIC, KIND);
    assert!(size_of::<Kind>() <= 2 * size_of::<usize>());
}

#[test]
fn concurrent_creation_yields_one_kind() {
    let barrier = Arc::new(std::sync::Barrier::new(8));
    let makers: Vec<_> = (0..8)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || {
                barrier.wait();
                (0..100)
                    .map(|n| Kind::new(format!("kinds:race {n}")).unwrap())
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let made: Vec<Vec<Kind>> = makers
        .into_iter()
        .map(|maker| maker.join().unwrap())
        .collect();
    for kinds in &made {
        for (one, other) in kinds.iter().zip(&made[0]) {
            assert!(std::ptr::eq(one.as_str(), other.as_str()));
        }
    }
}

/// Returns the line at which `call` panics, and the message.
fn panics_at(call: impl FnOnce()) -> (u32, String) {
    static TURN: Mutex<()> = Mutex::new(()); // the panic hook is process-wide
    let _turn = TURN.lock().unwrap();
    let seen = Arc::new(Mutex::new(None));
    let hook_seen = Arc::clone(&seen);
    let here = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            let place = info.location().unwrap();
            assert_eq!(place.file(), file!());
            *hook_seen.lock().unwrap() = Some(place.line());
        }
    }));
    let payload = catch_unwind(AssertUnwindSafe(call));
    std::panic::set_hook(before);
    let payload = payload.expect_err("an invalid literal panics");
    let message = payload.downcast_ref::<String>().cloned();
    let message = message.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    (
        seen.lock()
            .unwrap()
            .take()
            .expect("the panic is at a line of this file"),
        message.unwrap(),
    )
}

#[test]
fn invalid_literal_panics_at_the_line_of_the_caller() {
    let recorder = Arc::new(RecordingListener::new());
    let shared = || Arc::clone(&recorder);
    // One call per line. rustfmt does not reformat a macro call with braces.
    macro_rules! panics_here {
        ($($call:expr;)*) => { let mut line = line!(); $( {
            line += 1;
            let (at, message) = panics_at(|| { let _ = $call; });
            assert_eq!(at, line, "{}: {message}", stringify!($call));
            assert!(message.contains("reserved") && message.contains("numba:run_pass"), "{message}");
            assert!(message.contains("app:parse"), "{message}");
        } )* };
    }
    panics_here! {
        Kind::from_static("numba:typo");
        Kind::from("numba:typo");
        KindFilter::from("numba:typo");
        trigger_event("numba:typo", (), || {});
        enter_event("numba:typo", ());
        start_event("numba:typo", ());
        end_event("numba:typo", (), None);
        Event::new("numba:typo", EventStatus::Start);
        install_recorder("numba:typo");
        install_timer("numba:typo", |_| {});
        install_listener("numba:typo", RecordingListener::new());
        install_shared("numba:typo", shared());
        register("numba:typo", shared());
        unregister("numba:typo", &shared());
        local::install_recorder("numba:typo");
        local::install_timer("numba:typo", |_| {});
        local::install_listener("numba:typo", RecordingListener::new());
        local::install_shared("numba:typo", shared());
    }
}

#[test]
fn invalid_literal_names_the_broken_rule() {
    for (name, rule) in INVALID {
        let (_, message) = panics_at(|| drop(Kind::from_static(name).to_string()));
        assert!(
            message.contains(rule) && message.contains("app:parse"),
            "{message}"
        );
    }
    let (_, message) = panics_at(|| drop(KindFilter::from("a*b")));
    assert!(
        message.contains('*') && message.contains("a*b"),
        "{message}"
    );
}

#[test]
fn built_in_kinds_have_the_names_of_numba() {
    assert_eq!(builtin::COMPILE.as_str(), "numba:compile");
    assert_eq!(builtin::COMPILER_LOCK.as_str(), "numba:compiler_lock");
    assert_eq!(builtin::LLVM_LOCK.as_str(), "numba:llvm_lock");
    assert_eq!(builtin::RUN_PASS.as_str(), "numba:run_pass");
}

trait HasKind {
    const KIND: Kind;
}

struct Holder<T>(T);

impl HasKind for Holder<u8> {
    const KIND: Kind = Kind::checked("kinds:qualified");
}

impl Holder<u16> {
    const OWN: Kind = Kind::checked("kinds:qualified");
}

#[event_core::trigger_event(<Holder<u8> as HasKind>::KIND, skip_all)]
fn with_qualified_kind<T>(holder: Holder<T>) -> T {
    holder.0
}

#[event_core::trigger_event(Holder::<u16>::OWN)]
fn with_generic_kind() {}

#[event_core::trigger_event(<Holder<u8> as HasKind>::KIND)]
mod with_kind_of_block {
    use super::{HasKind, Holder};

    pub(super) fn work() {}
}

#[test]
fn kind_can_be_a_qualified_path() {
    let recorder = local::install_recorder("kinds:qualified");
    assert_eq!(with_qualified_kind(Holder(1)), 1);
    with_generic_kind();
    with_kind_of_block::work();
    assert_eq!(recorder.len(), 6);
}

#[test]
fn kind_of_a_module_obeys_the_rules() {
    for path in ["numba", "numba_like::parse", "my_crate::numba::compile"] {
        assert_eq!(Kind::of_module(path).as_str(), path);
        assert!(Kind::new(path).is_ok());
    }
    let panic = catch_unwind(|| Kind::of_module("numba::parse")).unwrap_err();
    let message = panic.downcast_ref::<&str>().unwrap();
    assert!(message.contains("write a kind"), "{message}");
    assert!(Kind::new("numba::parse").is_err());
}
