//! Every mistake in a derive is one error, at the user's token, that says what to write.

#[test]
fn mistakes_in_the_derives_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/listener/*.rs");
    cases.compile_fail("tests/ui/event_data/*.rs");
}
