//! Owned data of a call site, for guards and futures, which outlive the arguments.

use super::call::FreeOnDrop;
use crate::dispatch::callsite::Callsite;
use crate::dispatch::interest::Interest;
use crate::value::Value;
use crate::value::captured::Captured;
use crate::value::data::Data;

impl Callsite {
    /// Returns the interest in a call, and its arguments as owned data; `None` if the call is
    /// disabled.
    #[inline(always)]
    pub(super) fn collect_owned_if_enabled<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<(Interest, Data<'static>)> {
        if self.is_enabled() {
            self.collect_owned(capture)
        } else {
            None
        }
    }

    #[cold]
    fn collect_owned<'v, const N: usize>(
        &'static self,
        capture: impl FnOnce() -> [Value<'v>; N],
    ) -> Option<(Interest, Data<'static>)> {
        let mut collected = self.collect(capture)?;
        let data = if collected.interest.wants_data() {
            self.own(&mut collected.values)
        } else {
            Data::default()
        };
        Some((collected.interest, data))
    }

    /// Returns `values` as owned data of this call site, and frees them.
    pub(super) fn own(&'static self, values: &mut [Captured<'_>]) -> Data<'static> {
        let values = FreeOnDrop(values);
        Data::captured(self.site().keys(), values.0).into_owned()
    }
}
