//! Calls: the scope of an annotated function, sync and in one piece.
//!
//! The body is a closure that is told of the [`Call`] when somebody hears it, and tells it the
//! arguments before it goes on. All of that is out of the way of a call that nobody hears.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::data::{Data, Field};
use crate::scope::{Ending, OpenScope};
use crate::site::{Hearing, Site};
use crate::thread::{Busy, leave_all, set_current};

/// One call of an annotated function that somebody hears.
#[derive(Debug)]
pub struct Call<'a, const N: usize> {
    site: &'static Site,
    hearing: Hearing,
    fields: Option<[Field<'a>; N]>,
    scope: Option<OpenScope>,
}

/// The body on its way to [`Site::call`].
///
/// Wrapping moves it: what it captured is then written to the stack on that way alone, and stays in
/// registers where nobody listens (two instructions less, and no stack, for two arguments).
#[derive(Debug)]
pub struct Body<F>(pub F);

impl Site {
    /// Runs an annotated function that somebody may hear.
    #[cold]
    #[inline(never)]
    #[doc(hidden)]
    pub fn call<'a, R, const N: usize>(
        &'static self,
        Body(body): Body<impl FnOnce(Option<&mut Call<'a, N>>) -> R>,
        inspect: impl for<'v> FnOnce(&'v R, bool) -> Ending<'v>,
    ) -> R {
        let mut call = Call {
            site: self,
            hearing: self.ask(),
            fields: None,
            scope: None,
        };
        match catch_unwind(AssertUnwindSafe(|| body(Some(&mut call)))) {
            Ok(value) => {
                if let Some(scope) = &call.scope {
                    leave_all(scope.parent());
                    scope.end_well(&call.data(), &inspect(&value, scope.wants_data()));
                }
                value
            }
            Err(payload) => resume_unwind(call.fail(payload)),
        }
    }
}

impl<const N: usize> Drop for Call<'_, N> {
    /// Frees captured text as our own work: an annotated allocator must not capture in turn.
    #[inline]
    fn drop(&mut self) {
        if let Some(fields) = self.fields.take() {
            let _busy = Busy::enter();
            drop(fields);
        }
    }
}

impl<'a, const N: usize> Call<'a, N> {
    /// Says whether a listener wants to know the arguments.
    #[inline]
    #[must_use]
    pub fn wants_data(&self) -> bool {
        self.hearing == Hearing::Data
    }

    /// Broadcasts the START with the arguments.
    pub fn start_with(&mut self, fields: [Field<'a>; N]) {
        self.fields = Some(fields);
        self.start();
    }

    /// Broadcasts the START.
    pub fn start(&mut self) {
        if self.hearing == Hearing::Nobody {
            return;
        }
        let (entry, site) = (self.site.entry(), Some(self.site));
        self.scope = OpenScope::start(entry, site, self.hearing, &self.data(), false);
        if let Some(scope) = &self.scope {
            set_current(Some(scope.id()));
        }
    }

    #[cold]
    fn fail(&self, payload: Box<dyn Any + Send>) -> Box<dyn Any + Send> {
        match &self.scope {
            Some(scope) => {
                leave_all(scope.parent());
                scope.fail(payload, &self.data())
            }
            None => payload,
        }
    }

    #[inline]
    fn data(&self) -> Data<'_> {
        Data::new(self.fields.as_ref().map_or(&[], |fields| fields))
    }
}
