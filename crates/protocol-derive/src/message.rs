//! Writes what a message has beyond its fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Result};

use crate::model::{MessageAttributes, Model};
use crate::versions::Range;
use crate::walk;

pub(crate) fn expand(model: &Model) -> Result<TokenStream> {
    let name = &model.name;
    let Some(attributes) = &model.message else {
        return Err(Error::new(name.span(), "a message says #[message(versions = …)]"));
    };
    let Some(versions) = attributes.versions else {
        return Err(Error::new(name.span(), "which versions exist? #[message(versions = …)]"));
    };
    let flexible = attributes.flexible.unwrap_or(Range::NONE);
    if (flexible == Range::NONE) != model.unknown_tags.is_none() {
        return Err(Error::new(
            name.span(),
            "flexible messages, and only they, have `unknown_tags: UnknownTags`",
        ));
    }
    let fields = walk::expand(model)?;
    let role = role(model, attributes);
    let (versions, flexible) = (versions.value(), flexible.value());
    let text = name.to_string();
    Ok(quote! {
        #fields

        #[automatically_derived]
        impl ::ottla_protocol::codec::Message for #name {
            const NAME: &'static str = #text;
            const VERSIONS: ::ottla_protocol::codec::Versions = #versions;
            const FLEXIBLE: ::ottla_protocol::codec::Versions = #flexible;
        }

        #role
    })
}

/// Request, response or record, for a message with a key.
fn role(model: &Model, attributes: &MessageAttributes) -> Option<TokenStream> {
    let key = attributes.key.as_ref()?;
    let name = &model.name;
    let text = name.to_string();
    Some(if let Some(stem) = text.strip_suffix("Request") {
        let response = format_ident!("{stem}Response");
        let unstable = attributes.unstable;
        quote! {
            #[automatically_derived]
            impl ::ottla_protocol::codec::Request for #name {
                const KEY: ::ottla_protocol::ApiKey = ::ottla_protocol::ApiKey::known(#key);
                const LATEST_IS_UNSTABLE: bool = #unstable;
                type Response = #response;
            }
        }
    } else if text.ends_with("Response") {
        quote! {
            #[automatically_derived]
            impl ::ottla_protocol::codec::Response for #name {
                const KEY: ::ottla_protocol::ApiKey = ::ottla_protocol::ApiKey::known(#key);
            }
        }
    } else {
        quote! {
            #[automatically_derived]
            impl ::ottla_protocol::codec::Record for #name {
                const KEY: i16 = #key;
            }
        }
    })
}
