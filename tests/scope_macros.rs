//! The macros `scope!` and `enter!`: the closure form and the guard with a call site.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use event_core::{
    Cause, Kind, Site, current_event, data, enter, enter_event, local, scope, trigger_event,
};

const CONSTANT: Kind = Kind::from_static("scope_macros:constant");

#[test]
fn scope_has_the_data_of_its_fields_and_returns_the_value_of_the_block() {
    let recorder = local::install_recorder("scope_macros:fields");
    let (width, r#type, flags) = (3, "box", [true, false]);
    let mut steps = Vec::new();
    let area = scope!(
        "scope_macros:fields",
        width,
        height = width + 1,
        r#type,
        flags = ?flags,
        total = %width,
        "quoted" = 1,
        "printed" = ?Some(2),
        a.b = 3,
        last = f64::from(width);
        {
            steps.push(1);
            width * 4
        }
    );
    assert_eq!((area, &*steps), (12, &[1][..]));
    let fields = r#"width=3 height=4 type="box" flags=[true, false] total="3" quoted=1 printed=Some(2) a.b=3 last=3.0"#;
    assert_eq!(
        recorder.lines(),
        [
            format!("START scope_macros:fields {fields}"),
            format!("END scope_macros:fields {fields}"),
        ]
    );
}

#[test]
fn fields_end_with_each_form_of_a_value() {
    let recorder = local::install_recorder("scope_macros:last");
    let x = 1;
    scope!("scope_macros:last", x; {});
    scope!("scope_macros:last", y = x; {});
    scope!("scope_macros:last", y = ?x; {});
    scope!("scope_macros:last", y = %x; {});
    scope!("scope_macros:last", "y z" = x; {});
    scope!("scope_macros:last", "y z" = ?x; {});
    scope!("scope_macros:last", "y z" = %x; {});
    scope!("scope_macros:last"; {});
    let starts = recorder.lines().into_iter().step_by(2);
    let data: Vec<String> = starts.map(|line| line[23..].to_owned()).collect();
    assert_eq!(
        data,
        [
            " x=1",
            " y=1",
            " y=1",
            r#" y="1""#,
            " y z=1",
            " y z=1",
            r#" y z="1""#,
            ""
        ]
    );
}

/// Checks that the fields are accepted by all macros, with the same data.
macro_rules! assert_fields {
    ($expected:expr; $($fields:tt)*) => {{
        let recorder = local::install_recorder("scope_macros:shapes");
        trigger_event("scope_macros:shapes", data! { $($fields)* }, || {});
        drop(enter!("scope_macros:shapes", $($fields)*));
        scope!("scope_macros:shapes", $($fields)*; {});
        let data = recorder.calls().into_iter().map(|call| call.data().to_string());
        assert_eq!(data.collect::<Vec<_>>(), [$expected; 3]);
    }};
}

#[test]
#[expect(
    clippy::all,
    clippy::pedantic,
    reason = "expressions of unusual shapes are tested"
)]
fn all_macros_take_fields_of_every_shape() {
    struct Point {
        x: u8,
        inner: Option<&'static str>,
    }
    impl Point {
        fn assert_own_fields(&self) {
            assert_fields!("self.x=1 self.inner=Some(\"a\") self.x=\"1\""; self.x, ?self.inner, %self.x);
        }
    }
    fn f(n: u8) -> u8 {
        n
    }
    let (x, pair, list, r#type) = (1_u8, (2_u8, "b"), [3, 4], "t");
    let point = Point {
        x,
        inner: Some("a"),
    };
    point.assert_own_fields();
    assert_fields!(r#"x=1 x=1 x="1""#; x, ?x, %x);
    assert_fields!("x=1"; x,);
    assert_fields!("x=1"; ?x,);
    assert_fields!(r#"x="1""#; %x,);
    assert_fields!("a=1 b=2"; a = 1, b = 2,);
    assert_fields!(r#"type="t" type="t""#; r#type, ?r#type);
    assert_fields!(r#"type=1 return="2""#; type = 1, return = %2);
    assert_fields!("point.x=1"; ?point.x);
    assert_fields!(r#"a.b.c=1 a.b=2 d.e="3""#; a.b.c = x, a.b = ?2, d.e = %3);
    assert_fields!(r#"a.b=1 c d=2 e="3""#; "a.b" = x, "c d" = ?2, "e" = %3);
    assert_fields!(r#"a=1 b=2 c="3""#; a = f(1), b = ?f(2), c = %f(3));
    assert_fields!("a=2 b=2 c=4"; a = list.len(), b = ?pair.0, c = list[1]);
    assert_fields!(r#"a="1b" b=[1, 2] c="2""#; a = format!("{x}{}", pair.1), b = ?vec![1, 2], c = %concat!("2"));
    assert_fields!("a=1 b=3 c=2"; a = if x > 0 { 1 } else { 2 }, b = match x { n => n + 2 }, c = { let y = 1; y + x });
    assert_fields!("a=-1 b=false c=1 d=Some(1)"; a = -1, b = !true, c = *&x, d = ?&Some(x));
    assert_fields!("a=true b=1 c=1..2"; a = x < 2, b = u8::from(x) as u64, c = ?x..2);
    assert_fields!("a=1"; a = Point { x, inner: None }.x);
    assert_fields!(r#"a="v" b=3"#; a = r"v", b = (|n: u8| n + 2)(x));
}

#[test]
fn other_macros_pass_kinds_and_fields_on() {
    macro_rules! pass {
        ($kind:literal, $name:ident, $key:literal = $value:expr) => {{
            drop(enter!($kind, $name = ?$value, $key = $value, $name));
            scope!($kind, $name = ?$value, $key = $value, $name; {});
        }};
    }
    let recorder = local::install_recorder("scope_macros:passed");
    let name = 2;
    pass!("scope_macros:passed", name, "a.b" = 1 + 1);
    let calls = recorder.calls();
    let data: Vec<_> = calls.iter().map(|call| call.data().to_string()).collect();
    assert_eq!(data, ["name=2 a.b=2 name=2"; 2]);
}

#[test]
fn kind_is_a_literal_or_the_path_of_a_constant() {
    mod kinds {
        pub(super) const OTHER: event_core::Kind = super::CONSTANT;
    }
    let recorder = local::install_recorder("scope_macros:constant");
    scope!(CONSTANT; {});
    scope!(kinds::OTHER, n = 1; {});
    drop(enter!(CONSTANT));
    drop(enter!(kinds::OTHER, n = 1,));
    assert_eq!(recorder.len(), 8);
}

#[test]
fn site_is_the_position_of_the_macro() {
    let recorder = local::install_recorder("scope_macros:site");
    let line = line!();
    scope!("scope_macros:site"; {});
    drop(enter!("scope_macros:site"));
    let buffer = recorder.buffer();
    let sites: Vec<&Site> = buffer
        .iter()
        .map(|(_, event)| event.site().unwrap())
        .collect();
    assert_eq!(sites[0].line(), line + 1);
    assert_eq!(sites[2].line(), line + 2);
    assert!(sites[0].file().ends_with("scope_macros.rs"));
    assert_eq!(sites[0].function(), "scope_macros:site");
    assert_eq!(
        (sites[0].path(), sites[0].module_path()),
        ("scope_macros:site", "")
    );
    assert!(!sites[0].is_async());
    assert!(std::ptr::eq(sites[0], sites[1]) && !std::ptr::eq(sites[0], sites[2]));
}

#[test]
fn parents_are_those_of_the_function_forms() {
    let recorder = local::install_recorder("scope_macros:parents");
    scope!("scope_macros:parents", level = 1; {
        let _guard = enter!("scope_macros:parents", level = 2);
        trigger_event("scope_macros:parents", data! { level = 3 }, || {
            let _guard = enter_event("scope_macros:parents", data! { level = 4 });
            scope!("scope_macros:parents", level = 5; {});
        });
    });
    assert_eq!(current_event().id(), None);
    let buffer = recorder.buffer();
    let starts: Vec<_> = buffer
        .iter()
        .map(|(_, event)| event)
        .filter(|e| e.is_start())
        .collect();
    assert_eq!(starts.len(), 5);
    assert_eq!(starts[0].parent(), None);
    for pair in starts.windows(2) {
        assert_eq!(pair[1].parent(), Some(pair[0].id()));
    }
}

#[test]
fn panic_ends_the_scope_as_failed_and_continues() {
    let recorder = local::install_recorder("scope_macros:panic");
    let scoped = catch_unwind(|| scope!("scope_macros:panic"; { panic!("in the block") }));
    let payload = scoped.map(|(): ()| ()).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the block"));
    let guarded = catch_unwind(|| {
        let _guard = enter!("scope_macros:panic");
        panic!("under the guard");
    });
    assert!(guarded.is_err());
    let buffer = recorder.buffer();
    for (end, message) in [(1, "in the block"), (3, "under the guard")] {
        let exc = buffer[end].1.exc_details().unwrap();
        assert_eq!((exc.cause(), &*exc.message()), (Cause::Panic, message));
    }
}

#[test]
fn question_mark_and_return_leave_the_block() {
    fn parse(text: &str) -> (Result<u32, std::num::ParseIntError>, u32) {
        let parsed = scope!("scope_macros:question"; {
            let n: u32 = text.parse()?;
            Ok(n + 1)
        });
        (parsed, 7)
    }
    let recorder = local::install_recorder("scope_macros:question");
    assert_eq!(parse("1"), (Ok(2), 7));
    assert!(parse("x").0.is_err());
    assert_eq!(recorder.len(), 4);
}

#[test]
fn fields_are_evaluated_only_for_a_listener_of_data() {
    static EVALUATED: AtomicU32 = AtomicU32::new(0);
    fn evaluated() -> u32 {
        EVALUATED.fetch_add(1, Ordering::Relaxed)
    }
    let run = || {
        scope!("scope_macros:lazy", n = evaluated(); {});
        let _guard = enter!("scope_macros:lazy", n = evaluated());
    };
    run();
    let timer = local::install_timer("scope_macros:lazy", |_| {});
    run();
    drop(timer);
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 0);
    let _recorder = local::install_recorder("scope_macros:lazy");
    run();
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 2);
}

#[test]
fn block_may_use_what_it_likes() {
    fn generic<T: Clone + std::fmt::Debug + Sync>(value: &T, callsite: u8) -> (T, u8) {
        scope!("scope_macros:hygiene", value; {
            static CALLSITE: u8 = 3;
            let copy = value.clone();
            let run = CALLSITE + callsite;
            (copy, run)
        })
    }
    let recorder = local::install_recorder("scope_macros:hygiene");
    assert_eq!(generic(&"a", 1), ("a", 4));
    assert_eq!(generic(&1, 1), (1, 4));
    let owned = String::from("b");
    let moved = scope!("scope_macros:hygiene"; { owned });
    assert_eq!(moved, "b");
    let shared = Arc::new(3);
    drop(enter!("scope_macros:hygiene", shared = Arc::clone(&shared)));
    assert_eq!(recorder.len(), 8);
    assert!(
        recorder.buffer()[6]
            .1
            .data()
            .get("shared")
            .unwrap()
            .downcast_ref::<i32>()
            .is_some()
    );
    let mut n = 0;
    let unwound = catch_unwind(AssertUnwindSafe(
        || scope!("scope_macros:hygiene"; { n += 1 }),
    ));
    assert!(unwound.is_ok() && n == 1);
}
