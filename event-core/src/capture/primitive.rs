//! The types that are captured as numbers, text or bytes, instead of being formatted.

use std::borrow::Cow;
use std::sync::Arc;

use crate::value::Value;

/// Types that are captured as numbers, text or bytes.
pub trait Primitive<'v> {
    /// Returns the value. It may borrow `self`.
    fn borrowed(&self) -> Value<'_>;

    /// Returns the value. It may borrow what `self` borrows, but not `self`.
    fn kept(&self) -> Value<'v>;

    /// Returns the same value as `kept`, if that owns no memory.
    fn shared(&self) -> Option<Value<'v>>;
}

macro_rules! numbers {
    ($($type:ty)*) => { $(
        impl<'v> Primitive<'v> for $type {
            #[inline]
            fn borrowed(&self) -> Value<'_> {
                (*self).into()
            }

            #[inline]
            fn kept(&self) -> Value<'v> {
                (*self).into()
            }

            #[inline]
            fn shared(&self) -> Option<Value<'v>> {
                Some(self.kept())
            }
        }

        impl<'v> Primitive<'v> for &$type {
            #[inline]
            fn borrowed(&self) -> Value<'_> {
                (**self).into()
            }

            #[inline]
            fn kept(&self) -> Value<'v> {
                (**self).into()
            }

            #[inline]
            fn shared(&self) -> Option<Value<'v>> {
                Some(self.kept())
            }
        }

        impl<'v> Primitive<'v> for &mut $type {
            #[inline]
            fn borrowed(&self) -> Value<'_> {
                (**self).into()
            }

            #[inline]
            fn kept(&self) -> Value<'v> {
                (**self).into()
            }

            #[inline]
            fn shared(&self) -> Option<Value<'v>> {
                Some(self.kept())
            }
        }
    )* };
}

numbers! { bool char i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 }

macro_rules! referenced {
    ($([$($generics:tt)*] $type:ty => $convert:expr;)*) => { $(
        impl<'v, $($generics)*> Primitive<'v> for &'v $type {
            #[inline]
            fn borrowed(&self) -> Value<'_> {
                self.kept()
            }

            #[inline]
            fn kept(&self) -> Value<'v> {
                let convert: fn(&'v $type) -> Value<'v> = $convert;
                convert(*self)
            }

            #[inline]
            fn shared(&self) -> Option<Value<'v>> {
                Some(self.kept())
            }
        }
    )* };
}

referenced! {
    [] str => Value::from;
    [] String => |text| text.as_str().into();
    [] Box<str> => |text| (**text).into();
    [] Arc<str> => |text| (**text).into();
    [] Cow<'_, str> => |text| (**text).into();
    [] [u8] => Value::from;
    [] Vec<u8> => |bytes| bytes.as_slice().into();
    [const N: usize] [u8; N] => |bytes| bytes.as_slice().into();
}

macro_rules! moved {
    ($($plain:ty: $($type:ty)*;)*) => { $($(
        impl<'v> Primitive<'v> for $type {
            #[inline]
            fn borrowed(&self) -> Value<'_> {
                let plain: &$plain = self;
                Value::from(plain)
            }

            #[inline]
            fn kept(&self) -> Value<'v> {
                let plain: &$plain = self;
                Value::from(plain).into_owned()
            }

            #[inline]
            fn shared(&self) -> Option<Value<'v>> {
                let plain: &$plain = self;
                Value::from(plain).short_owned()
            }
        }
    )*)* };
}

moved! {
    str: String Box<str> Cow<'_, str> &mut String &mut str;
    [u8]: Vec<u8> Box<[u8]> &mut Vec<u8> &mut [u8];
}

impl<'v> Primitive<'v> for Arc<str> {
    #[inline]
    fn borrowed(&self) -> Value<'_> {
        Value::from(&**self)
    }

    #[inline]
    fn kept(&self) -> Value<'v> {
        Arc::clone(self).into()
    }

    #[inline]
    fn shared(&self) -> Option<Value<'v>> {
        None
    }
}

impl<'v> Primitive<'v> for Value<'v> {
    #[inline]
    fn borrowed(&self) -> Value<'_> {
        self.clone()
    }

    #[inline]
    fn kept(&self) -> Value<'v> {
        self.clone()
    }

    #[inline]
    fn shared(&self) -> Option<Value<'v>> {
        (!self.owns()).then(|| self.clone())
    }
}

/// Captures the value in the `Option`, or [`Value::NONE`].
impl<'v, T: Primitive<'v>> Primitive<'v> for Option<T> {
    #[inline]
    fn borrowed(&self) -> Value<'_> {
        self.as_ref().map_or(Value::NONE, T::borrowed)
    }

    #[inline]
    fn kept(&self) -> Value<'v> {
        self.as_ref().map_or(Value::NONE, T::kept)
    }

    #[inline]
    fn shared(&self) -> Option<Value<'v>> {
        self.as_ref().map_or(Some(Value::NONE), T::shared)
    }
}

impl<'v, T> Primitive<'v> for &'v Option<T>
where
    &'v T: Primitive<'v>,
{
    #[inline]
    fn borrowed(&self) -> Value<'_> {
        self.kept()
    }

    #[inline]
    fn kept(&self) -> Value<'v> {
        self.as_ref().map_or(Value::NONE, |value| value.kept())
    }

    #[inline]
    fn shared(&self) -> Option<Value<'v>> {
        let value = self.as_ref();
        value.map_or(Some(Value::NONE), |value| value.shared())
    }
}

/// Types that own text or bytes, which can be borrowed while the variable lives.
pub trait Textual {
    /// Returns the text or bytes, borrowed.
    fn textual(&self) -> Value<'_>;
}

impl<T: Textual> Textual for Option<T> {
    fn textual(&self) -> Value<'_> {
        self.as_ref().map_or(Value::NONE, T::textual)
    }
}

macro_rules! textual {
    ($($type:ty)*) => { $(
        impl Textual for $type {
            fn textual(&self) -> Value<'_> {
                Value::from(&**self)
            }
        }
    )* };
}

textual! { String Box<str> Cow<'_, str> Vec<u8> Box<[u8]> }
