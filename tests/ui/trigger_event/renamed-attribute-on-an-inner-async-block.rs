use event_core::trigger_event as traced;

#[traced("ui:outer")]
mod outer {
    use event_core::trigger_event as traced;

    #[traced]
    pub mod inner {
        pub async fn call() {
            std::future::ready(1).await;
        }
    }
}

fn main() {
    drop(outer::inner::call());
}
