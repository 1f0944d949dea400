//! Outlined bodies: the attribute moves a body to a separate function if the body is long, and if
//! all arguments fit into registers. The annotated function then jumps to it. If the return value
//! may not fit, a function of the runtime contains the body.

/// Where a body is compiled.
#[derive(Debug, PartialEq)]
enum Place {
    /// In the function, and in the path of an enabled call.
    Both,
    /// In a closure.
    Closure,
    /// In a function of the runtime.
    Runtime,
}

/// Returns where the attribute places the body of `item`.
fn place(item: &str) -> Place {
    let expanded = targets::expanded("\"app:parse\"", item);
    if expanded.contains(":: outlined (") {
        return Place::Runtime;
    }
    assert!(expanded.contains("is_enabled"), "{expanded}");
    if expanded.contains("# [inline (never)]") {
        Place::Closure
    } else {
        Place::Both
    }
}

/// Returns true if the attribute moves the body of `item` to a closure.
fn is_outlined(item: &str) -> bool {
    place(item) == Place::Closure
}

/// A body of more than a few operations, without a loop.
const LONG: &str = "{ a(); b(); c(); d(); e(); f(); g(); h(); i(); j(); k() }";

/// Returns true if a function with this signature and a long body is outlined.
fn is_signature_outlined(signature: &str) -> bool {
    is_outlined(&format!("fn work{signature} {LONG}"))
}

#[test]
fn only_a_long_body_is_outlined() {
    assert!(is_signature_outlined("()"));
    assert!(!is_outlined("fn work(n: u8) -> u8 { n + 1 }"));
    // Tokens inside delimiters count, too.
    assert!(is_outlined(&format!("fn work() {{ first({LONG}) }}")));
    let exactly = |tokens: usize| format!("fn work() {{ {} }}", "a ".repeat(tokens));
    assert!(!is_outlined(&exactly(31)));
    assert!(is_outlined(&exactly(32)));
}

#[test]
fn a_body_with_a_loop_is_outlined() {
    for head in ["loop", "while a", "for a in b"] {
        assert!(
            is_outlined(&format!("fn work() {{ {head} {{}} }}")),
            "{head}"
        );
        let nested = format!("fn work() {{ if a {{ {head} {{}} }} }}");
        assert!(is_outlined(&nested), "{head}");
    }
    assert!(!is_outlined("fn work() { if a {} }"));
}

#[test]
fn a_function_with_an_inline_hint_is_not_outlined() {
    let with = |attr: &str| is_outlined(&format!("{attr} fn work() {LONG}"));
    assert!(with("#[inline(never)]"));
    assert!(with("#[cold]"));
    assert!(with("#[must_use]"));
    assert!(!with("#[inline]"));
    assert!(!with("#[inline(always)]"));
}

#[test]
fn the_return_value_of_a_closure_fits_into_registers() {
    for output in [
        "()", "u8", "f64", "u128", "bool", "char", "&T", "&str", "&[u8]", "*const T", "!",
    ] {
        assert!(
            is_signature_outlined(&format!("() -> {output}")),
            "{output}"
        );
    }
    for output in [
        "T",
        "(u8, u8)",
        "String",
        "[u8; 2]",
        "std::u8",
        "Option<u8>",
        "Result<u8, E>",
    ] {
        let long = format!("fn work() -> {output} {LONG}");
        assert_eq!(place(&long), Place::Runtime, "{output}");
        let short = format!("fn work() -> {output} {{ a() }}");
        assert_eq!(place(&short), Place::Both, "{output}");
    }
}

/// The runtime also needs registers for the address of the value and for the call site.
#[test]
fn the_arguments_of_the_runtime_fit_into_registers() {
    for (inputs, expected) in [
        ("a: &str, b: &str", Place::Runtime),
        ("a: &str, b: &str, c: u8", Place::Both),
        ("a: String", Place::Both),
        ("&self, a: &str, b: u8", Place::Runtime),
        ("&self, a: &str, b: &str", Place::Both),
    ] {
        let item = format!("fn work({inputs}) -> Result<u8, E> {LONG}");
        assert_eq!(place(&item), expected, "{inputs}");
    }
}

#[test]
fn a_long_body_of_a_method_is_outlined() {
    for (inputs, expected) in [
        ("&self", Place::Closure),
        ("&mut self, a: &str", Place::Closure),
        ("self", Place::Both),
        ("self: Box<Self>", Place::Both),
    ] {
        let item = format!("fn work({inputs}) -> u8 {LONG}");
        assert_eq!(place(&item), expected, "{inputs}");
    }
    assert_eq!(place("fn work(&self) -> u8 { self.0 }"), Place::Both);
}

#[test]
fn all_arguments_must_fit_into_registers() {
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
        assert!(is_signature_outlined(&format!("({inputs})")), "{inputs}");
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
        assert!(!is_signature_outlined(&format!("({inputs})")), "{inputs}");
    }
}

/// Arguments without options are passed to the runtime as separate values.
#[test]
fn plain_arguments_are_passed_separately() {
    let expanded = |args: &str, item: &str| targets::expanded(args, item);
    let plain = expanded("\"app:parse\"", "fn work(a: u8, b: T) {}");
    assert!(plain.contains("arity_2 :: call ("), "{plain}");
    let skipped = expanded("\"app:parse\", skip(a)", "fn work(a: u8, b: T) {}");
    assert!(skipped.contains("arity_2 :: call ("), "{skipped}");
    assert!(skipped.contains(":: Skipped ,"), "{skipped}");
    assert!(!plain.contains("Skipped"), "{plain}");
    let returning = expanded("\"app:parse\", ret", "fn work(a: u8, b: T) -> u8 { 1 }");
    assert!(!returning.contains("arity_2 :: call ("), "{returning}");
    let awaiting = expanded("\"app:parse\"", "async fn work(a: u8, b: T) { a.await }");
    assert!(awaiting.contains("future_start :: arity_2"), "{awaiting}");
}

/// An `async fn` that only uses macros of the standard library completes in its first poll.
#[test]
fn macros_of_the_standard_library_do_not_await() {
    let expanded =
        |body: &str| targets::expanded("\"app:parse\"", &format!("async fn work() {{ {body} }}"));
    let without_await = expanded("1");
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
            without_await.matches("await").count(),
            "{body}"
        );
    }
    assert_ne!(expanded("unknown!(a)").len(), expanded("println!(a)").len());
}
