//! Writes the walks over a struct's fields, and its defaults.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Lit, Result};

use crate::model::{Field, Model};
use crate::versions::Range;

pub(crate) fn expand(model: &Model) -> Result<TokenStream> {
    let name = &model.name;
    let plain: Vec<_> = model.plain().map(write_plain).collect();
    let tagged = write_tagged(model);
    let read = read_fields(model);
    let defaults: Vec<_> = model.fields.iter().map(default_of).collect();
    let names = model.fields.iter().map(|field| &field.name);
    let unknown = model.unknown_tags.iter();
    Ok(quote! {
        #[automatically_derived]
        impl ::ottla_protocol::codec::Fields for #name {
            fn write_fields(&self, sink: &mut dyn ::ottla_protocol::codec::Sink, version: i16) {
                use ::ottla_protocol::codec::Field as _;
                #(#plain)*
                #tagged
            }

            fn read_fields(source: &mut dyn ::ottla_protocol::codec::Source, version: i16) -> Self {
                use ::ottla_protocol::codec::Field;
                #read
            }
        }

        #[automatically_derived]
        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self {
                    #(#names: #defaults,)*
                    #(#unknown: ::core::default::Default::default(),)*
                }
            }
        }
    })
}

fn write_plain(field: &Field) -> TokenStream {
    let Field { name, kafka_name, .. } = field;
    let always = quote!(self.#name.write(sink, #kafka_name, version););
    let required = quote!(::ottla_protocol::codec::write_required(&self.#name, sink, #kafka_name, version););
    let write = if let Some(nullable) = field.nullable {
        let is_nullable = nullable.condition();
        quote!(if #is_nullable { #always } else { #required })
    } else {
        always
    };
    let write = match field.flexible {
        Some(Range::NONE) => quote! {
            let flexible = sink.set_flexible(false);
            #write
            sink.set_flexible(flexible);
        },
        _ => write,
    };
    let Some(versions) = field.versions else { return write };
    let exists = versions.condition();
    if field.ignorable {
        return quote!(if #exists { #write });
    }
    let is_set = is_set(field);
    quote! {
        if #exists {
            #write
        } else if #is_set {
            sink.fail(#kafka_name, ::ottla_protocol::EncodeProblem::NotInThisVersion);
        }
    }
}

fn write_tagged(model: &Model) -> TokenStream {
    let Some(unknown) = &model.unknown_tags else { return TokenStream::new() };
    let mut checks = TokenStream::new();
    let mut entries = Vec::new();
    for field in model.tagged() {
        let Field { name, kafka_name, tag, .. } = field;
        let is_set = is_set(field);
        let exists = field.versions.map(Range::condition);
        if let (Some(exists), false) = (&exists, field.ignorable) {
            checks.extend(quote! {
                if !(#exists) && #is_set {
                    sink.fail(#kafka_name, ::ottla_protocol::EncodeProblem::NotInThisVersion);
                }
            });
        }
        let exists = exists.iter();
        entries.push(quote! {
            if #(#exists &&)* #is_set {
                ::core::option::Option::Some(::ottla_protocol::codec::Tagged {
                    tag: #tag,
                    name: #kafka_name,
                    value: &self.#name,
                })
            } else {
                ::core::option::Option::None
            }
        });
    }
    quote! {
        #checks
        sink.tagged_fields(&[#(#entries),*], &self.#unknown, version);
    }
}

fn read_fields(model: &Model) -> TokenStream {
    let values = model.fields.iter().map(|field| {
        let name = &field.name;
        let value = if field.tag.is_some() { default_of(field) } else { read_plain(field) };
        quote!(#name: #value,)
    });
    let Some(unknown) = &model.unknown_tags else { return quote!(Self { #(#values)* }) };
    let tagged = model.tagged();
    let tags: Vec<_> = tagged.iter().map(|field| field.tag).collect();
    let arms = tagged.iter().map(|field| {
        let Field { name, kafka_name, tag, .. } = field;
        let guard = field.versions.map(|versions| {
            let exists = versions.condition();
            quote!(if #exists)
        });
        quote!(#tag #guard => value.#name = Field::read(source, #kafka_name, version),)
    });
    quote! {
        let mut value = Self {
            #(#values)*
            #unknown: ::core::default::Default::default(),
        };
        let mut section = source.tagged_fields(&[#(#tags),*]);
        while let ::core::option::Option::Some(tag) = source.next_tag(&mut section) {
            match tag {
                #(#arms)*
                _ => source.unknown_tag(&section, &mut value.#unknown),
            }
        }
        value
    }
}

fn read_plain(field: &Field) -> TokenStream {
    let kafka_name = &field.kafka_name;
    let always = quote!(Field::read(source, #kafka_name, version));
    let read = if let Some(nullable) = field.nullable {
        let is_nullable = nullable.condition();
        quote!(if #is_nullable {
            #always
        } else {
            ::ottla_protocol::codec::read_required(source, #kafka_name, version)
        })
    } else {
        always
    };
    let read = match field.flexible {
        Some(Range::NONE) => quote!({
            let flexible = source.set_flexible(false);
            let value = #read;
            source.set_flexible(flexible);
            value
        }),
        _ => read,
    };
    let Some(versions) = field.versions else { return read };
    let exists = versions.condition();
    let default = default_of(field);
    quote!(if #exists { #read } else { #default })
}

/// An expression that asks whether a field differs from its default.
fn is_set(field: &Field) -> TokenStream {
    let name = &field.name;
    if field.is_option && field.default.is_none() {
        return quote!(self.#name.is_some());
    }
    if field.default.is_none() {
        return quote!(!::ottla_protocol::codec::is_default(&self.#name));
    }
    let default = default_of(field);
    quote!(self.#name != #default)
}

/// What a field begins as.
fn default_of(field: &Field) -> TokenStream {
    let Some(default) = &field.default else { return quote!(::core::default::Default::default()) };
    let value = match default {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
            quote!(::ottla_protocol::Str::from_static(#literal))
        }
        _ => quote!(#default),
    };
    if field.is_option { quote!(::core::option::Option::Some(#value)) } else { value }
}
