//! The attribute under another name inside an annotated block: nothing that it skips is captured.
#![allow(
    clippy::all,
    clippy::pedantic,
    reason = "the functions show signatures and are not idiomatic code"
)]

mod support;

use event_core::{local, trigger_event, trigger_event as traced};

mod facade {
    pub(crate) use event_core::trigger_event as watched;
}

#[traced("renamed:module")]
mod module {
    use event_core::trigger_event as traced;

    use super::facade;

    #[traced(skip)]
    pub(super) fn skipped(_password: &str) {}

    #[facade::watched(skip)]
    pub(super) fn skipped_by_path(_password: &str) {}

    #[cfg_attr(all(), traced(skip))]
    pub(super) fn skipped_conditionally(_password: &str) {}

    #[cfg_attr(all(), cfg_attr(all(), traced(skip)))]
    pub(super) fn skipped_by_nested_conditions(_password: &str) {}

    #[cfg_attr(any(), traced(skip))]
    pub(super) fn not_skipped() {}

    #[traced("renamed:own", skip_all)]
    pub(super) fn own(_password: &str) {}

    #[traced(super::OWN, skip(_password))]
    pub(super) fn own_by_path(_password: &str) {}

    #[must_use]
    #[traced("renamed:own", skip_all)]
    #[inline]
    pub(super) fn own_among_others(_password: &str) -> u8 {
        1
    }

    #[traced(skip)]
    pub(super) mod skipped_module {
        pub(crate) fn inside(_password: &str) {}
    }

    #[traced("renamed:own", skip(_password))]
    pub(super) mod own_module {
        pub(crate) fn inside(_password: &str) {}
    }

    #[cfg_attr(all(), traced(skip))]
    pub(super) mod conditional_module {
        pub(crate) fn inside(_password: &str) {}
    }

    pub(super) struct Session;

    #[traced(skip)]
    impl Session {
        pub(crate) fn login(&self, _password: &str) {}
    }

    pub(super) trait Login {
        #[traced(skip)]
        fn login_by_trait(&self, _password: &str) {}
    }

    impl Login for Session {}

    pub(super) fn plain(_shown: &str) {}
}

const OWN: event_core::Kind = event_core::Kind::checked("renamed:own");

/// The events of a call whose arguments are skipped.
fn start_and_end(path: &str) -> [String; 2] {
    ["START", "END"].map(|status| format!("{status} renamed:own {path}"))
}

#[test]
fn skipped_arguments_are_not_captured_in_a_block() {
    let recorder = local::install_recorder("renamed:*");
    module::skipped("hunter2");
    module::skipped_by_path("hunter2");
    module::skipped_conditionally("hunter2");
    module::skipped_by_nested_conditions("hunter2");
    module::skipped_module::inside("hunter2");
    module::conditional_module::inside("hunter2");
    module::Session.login("hunter2");
    module::Login::login_by_trait(&module::Session, "hunter2");
    assert_eq!(recorder.lines(), [""; 0]);
    module::own("hunter2");
    module::own_by_path("hunter2");
    let _ = module::own_among_others("hunter2");
    module::own_module::inside("hunter2");
    assert_eq!(
        recorder.lines(),
        ["own", "own_by_path", "own_among_others", "inside"]
            .map(start_and_end)
            .concat()
    );
}

#[test]
fn other_functions_of_the_block_are_annotated() {
    let recorder = local::install_recorder("renamed:module");
    module::not_skipped();
    module::plain("x");
    assert_eq!(
        recorder.lines(),
        [
            "START renamed:module not_skipped",
            "END renamed:module not_skipped",
            r#"START renamed:module plain _shown="x""#,
            r#"END renamed:module plain _shown="x""#
        ]
    );
}

#[traced("renamed:first")]
#[traced("renamed:second")]
mod twice {
    #[event_core::trigger_event(skip)]
    pub(super) fn skipped(_password: &str) {}

    #[super::traced(skip)]
    pub(super) fn skipped_by_another_name(_password: &str) {}

    pub(super) fn plain() {}
}

#[test]
fn skipped_functions_are_not_annotated_by_a_second_renamed_attribute() {
    let recorder = local::install_recorder("renamed:*");
    twice::skipped("hunter2");
    twice::skipped_by_another_name("hunter2");
    assert_eq!(recorder.lines(), [""; 0]);
    twice::plain();
    assert_eq!(recorder.len(), 4);
}

macro_rules! with_attribute {
    ($attribute:meta) => {
        #[traced("renamed:macro")]
        mod from_macro {
            use event_core::trigger_event as traced;

            #[$attribute]
            pub(super) fn skipped(_password: &str) {}
        }
    };
}

with_attribute!(traced(skip));

#[test]
fn skipped_arguments_are_not_captured_if_a_macro_writes_the_attribute() {
    let recorder = local::install_recorder("renamed:macro");
    from_macro::skipped("hunter2");
    assert_eq!(recorder.lines(), [""; 0]);
}

#[trigger_event("renamed:asynchronous")]
mod asynchronous {
    use event_core::trigger_event as traced;

    #[traced(skip)]
    pub(super) async fn skipped(_password: &str) {
        std::future::ready(()).await;
    }
}

#[async_trait::async_trait]
trait Store {
    async fn put(&self, secret: &str) -> usize;
    async fn get(&self, secret: &str) -> usize;
}

struct Memory;

#[traced("renamed:store")]
#[async_trait::async_trait]
impl Store for Memory {
    #[traced(skip)]
    async fn put(&self, secret: &str) -> usize {
        std::future::ready(secret.len()).await
    }

    #[traced("renamed:own", skip_all)]
    async fn get(&self, secret: &str) -> usize {
        std::future::ready(secret.len()).await
    }
}

#[test]
fn skipped_arguments_of_futures_are_not_captured() {
    let recorder = local::install_recorder("renamed:*");
    futures::executor::block_on(async {
        asynchronous::skipped("hunter2").await;
        Memory.put("hunter2").await;
        Memory.get("hunter2").await;
    });
    assert_eq!(recorder.lines(), start_and_end("<Memory as Store>::get"));
}

#[trigger_event("renamed:first")]
#[traced("renamed:second")]
mod with_own {
    use event_core::trigger_event;

    #[trigger_event("renamed:own_function", name = "own")]
    pub(super) fn own() {}

    #[trigger_event("renamed:own_function", name = "commented")]
    pub(super) fn commented() {
        #![allow(unused_variables, reason = "it begins the body")]
    }

    pub(super) fn other() {}

    #[trigger_event(skip)]
    pub(super) fn skipped() {}
}

#[test]
fn own_attribute_replaces_those_of_the_block_under_all_names() {
    let recorder = local::install_recorder("renamed:*");
    with_own::own();
    with_own::commented();
    with_own::other();
    with_own::skipped();
    let starts = support::starts(&recorder).into_iter();
    let starts: Vec<String> = starts.map(|start| start.to_string()).collect();
    assert_eq!(
        starts,
        [
            "START renamed:own_function own",
            "START renamed:own_function commented",
            "START renamed:second other",
            "START renamed:first other",
        ]
    );
}

#[trigger_event("renamed:unused")]
#[traced(skip)]
mod skipped_with_own {
    use event_core::trigger_event;

    #[trigger_event("renamed:kept", skip_all)]
    pub(super) fn own(_password: &str) {}
}

#[test]
fn skipped_block_keeps_the_own_attributes_of_its_functions() {
    let recorder = local::install_recorder("renamed:kept");
    skipped_with_own::own("secret");
    assert_eq!(recorder.lines()[0], "START renamed:kept own");
}

/// A kind with the name of a variable.
#[expect(non_upper_case_globals, reason = "the test is about such a name")]
const small: event_core::Kind = event_core::Kind::checked("renamed:small");

#[traced("renamed:lone_outer")]
mod lone_option {
    use event_core::trigger_event as traced;

    pub(super) struct Skips;

    #[traced(skip_all)]
    impl Skips {
        pub(super) fn method(&self, _password: &str) {}
    }

    pub(super) trait Login {
        fn login(&self, password: &str);
    }

    #[traced(skip_all)]
    #[allow(clippy::unused_self, reason = "another attribute stands below")]
    impl Login for Skips {
        fn login(&self, _password: &str) {}
    }

    #[traced(skip_all)]
    pub(super) trait Greet {
        fn greet(&self, _password: &str) {}
    }

    impl Greet for Skips {}

    #[traced(skip_all)]
    pub(super) mod inner {
        pub(crate) fn inside(_password: &str) {}
    }

    #[traced(ret)]
    impl Skips {
        pub(super) fn count(&self) -> u8 {
            1
        }
    }

    #[traced(err)]
    impl Skips {
        pub(super) fn fail(&self) -> Result<(), String> {
            Err("lost".to_owned())
        }
    }

    #[traced(super::small)]
    impl Skips {
        pub(super) fn of_small_kind(&self) {}
    }
}

#[test]
fn block_with_a_renamed_attribute_of_one_word_has_only_its_own_events() {
    use lone_option::{Greet as _, Login as _, Skips};

    let recorder = local::install_recorder("*");
    Skips.method("hunter2");
    Skips.login("hunter2");
    Skips.greet("hunter2");
    lone_option::inner::inside("hunter2");
    assert_eq!(Skips.count(), 1);
    assert!(Skips.fail().is_err());
    Skips.of_small_kind();
    let lines = recorder.lines().join("\n");
    assert!(!lines.contains("hunter2"), "{lines}");
    assert!(!lines.contains("renamed:lone_outer"), "{lines}");
    assert_eq!(recorder.len(), 14, "{lines}");
    assert!(lines.contains("Skips::count return=1"), "{lines}");
    assert!(lines.contains("Skips::fail failed: error: lost"), "{lines}");
}

#[async_trait::async_trait]
trait Remote {
    async fn put(&self, secret: &str) -> usize;
}

#[traced("renamed:lone_outer")]
mod lone_option_of_async_trait {
    use event_core::trigger_event as traced;

    #[traced(skip_all)]
    #[async_trait::async_trait]
    impl super::Remote for u64 {
        async fn put(&self, secret: &str) -> usize {
            std::future::ready(secret.len()).await
        }
    }
}

#[test]
fn async_trait_below_a_renamed_attribute_of_one_word_captures_nothing() {
    let recorder = local::install_recorder("*");
    futures::executor::block_on(Remote::put(&1_u64, "hunter2"));
    let lines = recorder.lines().join("\n");
    assert!(!lines.contains("hunter2"), "{lines}");
    assert_eq!(recorder.len(), 2, "{lines}");
}
