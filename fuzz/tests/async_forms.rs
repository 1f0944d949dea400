//! Which `async fn`s become functions that return their futures, and which stay as they are.

/// Whether the expansion of `item` is still an `async fn`.
fn stays_async(args: &str, item: &str) -> bool {
    let expanded = targets::expanded(args, item);
    assert!(expanded.contains("scope_future"), "{expanded}");
    ["async fn", "async extern"]
        .iter()
        .any(|head| expanded.contains(head))
}

#[test]
fn functions_that_await_return_their_futures() {
    for item in [
        "async fn work() { a.await }",
        "async fn work(self: Pin<&mut Self>, a: &str, _: u8) -> Result<&str, E> { a.await }",
        "pub(crate) async unsafe fn work<T>((a, mut b): (u8, T)) where T: Ord { a.await }",
        "/// Docs. \n #[inline] #[allow(dead_code)] #[rustfmt::skip] async fn work() { a.await }",
        "async fn work(a: impl Debug, #[cfg(x)] b: u8) { a.await }",
    ] {
        assert!(!stays_async("\"app:parse\", ret", item), "{item}");
    }
}

#[test]
fn functions_whose_callers_or_macros_need_an_async_fn_stay_as_they_are() {
    for item in [
        "#[tokio::test] async fn work() { a.await }",
        "#[must_use] async fn work() -> u8 { a.await }",
        "#[track_caller] async fn work() -> u8 { a.await }",
        "#[cfg_attr(x, tokio::test)] async fn work() -> u8 { a.await }",
        "#[allow(async_fn_in_trait)] async fn work(&self) -> u8 { a.await }",
        "async fn work() -> ! { a.await }",
        "async fn work() -> impl Debug { a.await }",
        "async fn work(ref a: String) { a.await }",
        "async fn work(pattern!(a): u8) { a.await }",
        "async extern \"C\" fn work() { a.await }",
    ] {
        assert!(stays_async("\"app:parse\"", item), "{item}");
    }
}

#[test]
fn functions_of_a_block_return_their_futures_unless_the_block_needs_an_async_fn() {
    let work = "async fn work() { a.await }";
    for (block, expected) in [
        ("impl Work", false),
        ("impl Work for Other", false),
        ("pub mod work", false),
        ("/** Docs. */ #[allow(dead_code)] impl Work", false),
        ("pub trait Work", true),
        ("#[service] impl Work", true),
        ("mod work { trait Work", true),
        ("#[service] mod work { impl Work", true),
        ("mod work { #[service] impl Work", true),
    ] {
        let close = "}".repeat(block.matches('{').count());
        let item = format!("{block} {{ {work} }} {close}");
        assert_eq!(stays_async("\"app:parse\"", &item), expected, "{item}");
    }
}

/// The outer attributes of a function are around the future of the inner one.
#[test]
fn function_with_several_attributes_returns_one_future() {
    let item = "#[trigger_event(\"app:inner\")] async fn work() { a.await }";
    let expanded = targets::expanded("\"app:outer\"", item);
    assert_eq!(expanded.matches("scope_future").count(), 2, "{expanded}");
    assert!(!expanded.contains("async fn"), "{expanded}");
}
