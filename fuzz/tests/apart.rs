//! Which bodies are compiled apart from their function, to which it jumps: long ones, where everything is in registers.

/// Whether the attribute puts the body of `item` apart.
fn is_apart(item: &str) -> bool {
    let expanded = targets::expanded("\"app:parse\"", item);
    assert!(expanded.contains("may_be_heard"), "{expanded}");
    expanded.contains("# [inline (never)] |")
}

/// Longer than a few operations, without a loop.
const LONG: &str = "{ a(); b(); c(); d(); e(); f(); g(); h(); i(); j(); k() }";

fn signature(signature: &str) -> bool {
    is_apart(&format!("fn work{signature} {LONG}"))
}

#[test]
fn a_long_body_is_and_a_few_operations_are_not() {
    assert!(signature("()"));
    assert!(!is_apart("fn work(n: u8) -> u8 { n + 1 }"));
    // As long, but for what stands in brackets.
    assert!(is_apart(&format!("fn work() {{ first({LONG}) }}")));
    let exactly = |tokens: usize| format!("fn work() {{ {} }}", "a ".repeat(tokens));
    assert!(!is_apart(&exactly(31)));
    assert!(is_apart(&exactly(32)));
}

#[test]
fn a_loop_is_long() {
    for head in ["loop", "while a", "for a in b"] {
        assert!(is_apart(&format!("fn work() {{ {head} {{}} }}")), "{head}");
        let within = format!("fn work() {{ if a {{ {head} {{}} }} }}");
        assert!(is_apart(&within), "{head}");
    }
    assert!(!is_apart("fn work() { if a {} }"));
}

#[test]
fn what_says_how_it_is_inlined_is_left_to_that() {
    let with = |attr: &str| is_apart(&format!("{attr} fn work() {LONG}"));
    assert!(with("#[inline(never)]"));
    assert!(with("#[cold]"));
    assert!(with("#[must_use]"));
    assert!(!with("#[inline]"));
    assert!(!with("#[inline(always)]"));
}

#[test]
fn what_is_returned_is_in_a_register() {
    for output in [
        "()", "u8", "f64", "u128", "bool", "char", "&T", "&str", "&[u8]", "*const T", "!",
    ] {
        assert!(signature(&format!("() -> {output}")), "{output}");
    }
    for output in [
        "T",
        "(u8, u8)",
        "String",
        "[u8; 2]",
        "std::u8",
        "Option<u8>",
    ] {
        assert!(!signature(&format!("() -> {output}")), "{output}");
    }
}

#[test]
fn all_arguments_are_in_registers() {
    for inputs in [
        "n: usize, a: u8, b: u8, c: u8, d: u8, e: u8",
        "a: u128, b: u128, c: u128",
        "a: i128, b: &str, c: &[u8]",
        "a: &str, b: &str, c: &str",
        "a: &[u8], b: &dyn T, c: *const [u8]",
        "a: &T, b: &T, c: &T, d: &T, e: &T, f: &T",
        "a: *const T, b: *mut T, c: *const T, d: u8, e: u8, f: u8",
        "a: (), b: &str, c: &str, d: &str",
        "a: (&str), b: (), c: (), d: (u8)",
    ] {
        assert!(signature(&format!("({inputs})")), "{inputs}");
    }
    for inputs in [
        "n: usize, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8",
        "a: u128, b: u128, c: u128, d: u8",
        "a: &str, b: &str, c: &str, d: u8",
        "a: &[u8], b: &[u8], c: &[u8], d: u8",
        "a: &dyn T, b: &dyn T, c: &dyn T, d: u8",
        "a: *const [u8], b: *const [u8], c: *const str, d: u8",
        "a: String",
        "a: u8, b: [u8; 2]",
        "a: (u8, u8)",
    ] {
        assert!(!signature(&format!("({inputs})")), "{inputs}");
    }
}

/// Arguments that are captured as they are go to the runtime one by one.
#[test]
fn plain_arguments_are_passed_one_by_one() {
    let expanded = |args: &str, item: &str| targets::expanded(args, item);
    let plain = expanded("\"app:parse\"", "fn work(a: u8, b: T) {}");
    assert!(plain.contains("call_2"), "{plain}");
    let skipped = expanded("\"app:parse\", skip(a)", "fn work(a: u8, b: T) {}");
    assert!(!skipped.contains("call_2"), "{skipped}");
    let returning = expanded("\"app:parse\", ret", "fn work(a: u8, b: T) -> u8 { 1 }");
    assert!(!returning.contains("call_2"), "{returning}");
    let awaiting = expanded("\"app:parse\"", "async fn work(a: u8, b: T) { a.await }");
    assert!(awaiting.contains("begin_2"), "{awaiting}");
}

/// An `async fn` whose macros are known to await nothing is done in its first poll.
#[test]
fn macros_that_are_known_await_nothing() {
    let expanded =
        |body: &str| targets::expanded("\"app:parse\"", &format!("async fn work() {{ {body} }}"));
    let nothing = expanded("1");
    for body in [
        "println!(\"a\")",
        "vec![1]",
        "assert!(a)",
        "if !(a) { 1 }",
        "return !(a)",
        "a != (b)",
    ] {
        assert_eq!(
            expanded(body).matches("await").count(),
            nothing.matches("await").count(),
            "{body}"
        );
    }
    assert_ne!(expanded("unknown!(a)").len(), expanded("println!(a)").len());
}
