use event_core::trigger_event as traced;

#[traced("ui:outer")]
mod outer {
    use event_core::trigger_event as traced;

    pub struct Inner;

    #[traced]
    impl Inner {
        pub fn call(&self) {}
    }
}

fn main() {
    outer::Inner.call();
}
