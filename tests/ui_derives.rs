//! Compile-time errors of the derives: one error for each mistake, at the user's token.

#[test]
fn mistakes_in_the_derives_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/listener/*.rs");
    cases.compile_fail("tests/ui/event_data/*.rs");
    cases.compile_fail("tests/ui/macros/*.rs");
}
