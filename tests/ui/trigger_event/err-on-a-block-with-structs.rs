use event_core::trigger_event;

pub struct SearchResult;
pub struct Index<'a, T>(&'a T);

#[trigger_event("ui:kind", err)]
impl<'a, T: Clone> Index<'a, T> {
    fn search(&self) -> SearchResult {
        SearchResult
    }

    fn narrow(&self) -> Index<'_, T> {
        Index(self.0)
    }

    fn item(&self) -> T {
        self.0.clone()
    }
}

fn main() {
    let index = Index(&1);
    (index.search(), index.narrow(), index.item());
}
