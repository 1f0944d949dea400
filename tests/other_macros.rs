//! Attribute macros of other crates on an annotated block.
#![deny(unused_imports)]

mod support;

use easy_ext::ext;
use event_core::{local, trigger_event};

/// `ext` copies each function to a trait, and refuses attributes on it.
#[trigger_event("other:block")]
#[ext(Doubled)]
impl u32 {
    /// Returns twice the number.
    #[trigger_event("other:own", ret)]
    #[trigger_event("other:second")]
    fn doubled(self) -> u32 {
        self * 2
    }

    fn halved(self) -> u32 {
        self / 2
    }

    #[trigger_event(skip)]
    fn same(self) -> u32 {
        self
    }
}

#[test]
fn functions_with_own_attributes_are_annotated_below_another_macro() {
    let recorder = local::install_recorder("other:*");
    assert_eq!(4.doubled().halved().same(), 4);
    let events = support::events(&recorder).into_iter();
    let events: Vec<String> = events.map(|event| event.to_string()).collect();
    assert_eq!(
        events,
        [
            "START other:own <u32 as Doubled>::doubled",
            "START other:second <u32 as Doubled>::doubled",
            "END other:second <u32 as Doubled>::doubled",
            "END other:own <u32 as Doubled>::doubled return=8",
            "START other:block <u32 as Doubled>::halved",
            "END other:block <u32 as Doubled>::halved",
        ]
    );
}

#[trigger_event("other:module")]
mod module {
    use easy_ext::ext;
    use event_core::trigger_event;

    #[ext(Tripled)]
    pub(super) impl u32 {
        #[trigger_event("other:inner", skip_all)]
        fn tripled(self, _secret: &str) -> u32 {
            self * 3
        }
    }
}

#[test]
fn functions_with_own_attributes_are_annotated_below_a_macro_in_a_module() {
    use module::Tripled as _;
    let recorder = local::install_recorder("other:inner");
    assert_eq!(4.tripled("secret"), 12);
    assert_eq!(recorder.len(), 2);
}

#[event_core::trigger_event("other:imports")]
mod imports {
    use event_core::trigger_event;

    #[trigger_event(skip)]
    pub(super) fn skipped() {}
}

mod own_import {
    use event_core::trigger_event;

    pub(super) struct Unit;

    #[event_core::trigger_event("other:imports")]
    impl Unit {
        #[trigger_event("other:imports")]
        pub(super) fn unit(&self) -> &Self {
            self
        }
    }
}

#[test]
fn import_that_only_functions_of_a_block_use_is_used() {
    let recorder = local::install_recorder("other:imports");
    imports::skipped();
    own_import::Unit.unit();
    assert_eq!(recorder.len(), 2);
}
