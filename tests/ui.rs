//! Every mistake in `#[trigger_event]` is one error, at the token of the user, with a remedy.

#[test]
fn mistakes_in_trigger_event_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/trigger_event/*.rs");
}

/// These are ui tests because this package denies unsafe code.
#[test]
fn unsafe_functions_compile() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
