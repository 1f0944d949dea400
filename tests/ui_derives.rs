//! Every mistake in a derive is one error, at the token of the user, with a remedy.

#[test]
fn mistakes_in_the_derives_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/listener/*.rs");
    cases.compile_fail("tests/ui/event_data/*.rs");
}
