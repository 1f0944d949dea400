//! What must not compile does not, with one error at the user's token that says what to write.

#[test]
fn mistakes_in_trigger_event_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/trigger_event/*.rs");
}

/// Here, as this package forbids unsafe code.
#[test]
fn unsafe_functions_compile() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
