//! Ranges of versions as attributes spell them: `"4"`, `"4+"`, `"4..=7"` and `"none"`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

/// The versions from `first` to `last`, both included; `last` is [`i16::MAX`] for an open range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: i16,
    pub(crate) last: i16,
}

impl Range {
    pub(crate) const NONE: Self = Self { first: 0, last: -1 };

    pub(crate) fn parse(text: &LitStr) -> syn::Result<Self> {
        let error = || syn::Error::new(text.span(), r#"a range is "4", "4+", "4..=7" or "none""#);
        let number = |digits: &str| digits.parse().ok().filter(|&n: &i16| n >= 0).ok_or_else(error);
        let value = text.value();
        if value == "none" {
            return Ok(Self::NONE);
        }
        if let Some(first) = value.strip_suffix('+') {
            return Ok(Self { first: number(first)?, last: i16::MAX });
        }
        let (first, last) = value.split_once("..=").unwrap_or((&value, &value));
        let range = Self { first: number(first)?, last: number(last)? };
        if range.first > range.last { Err(error()) } else { Ok(range) }
    }

    /// An expression that asks whether `version` is one of these.
    pub(crate) fn condition(self) -> TokenStream {
        let Self { first, last } = self;
        match (first, last) {
            (0, i16::MAX) => quote!(true),
            (0, -1) => quote!(false),
            (0, last) => quote!(version <= #last),
            (first, i16::MAX) => quote!(version >= #first),
            (first, last) if first == last => quote!(version == #first),
            (first, last) => quote!((#first..=#last).contains(&version)),
        }
    }

    /// This range as a value of the runtime's `Versions`.
    pub(crate) fn value(self) -> TokenStream {
        let Self { first, last } = self;
        if self == Self::NONE {
            quote!(::ottla_protocol::codec::Versions::NONE)
        } else if last == i16::MAX {
            quote!(::ottla_protocol::codec::Versions::from(#first))
        } else {
            quote!(::ottla_protocol::codec::Versions::new(#first, #last))
        }
    }
}
