//! Compile-time errors of `#[trigger_event]`: one error for each mistake, at the user's token.

#[test]
fn mistakes_in_trigger_event_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/trigger_event/*.rs");
}

/// The functions are in ui tests because this package denies unsafe code.
#[test]
fn unsafe_functions_compile() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
