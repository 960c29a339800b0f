//! Derives the codecs of Kafka messages from the structs that describe them: the schema is the Rust type.
//!
//! Deliberately absent: any knowledge of how bytes look. What is derived is a walk over the fields, in the order
//! of their declaration, that calls `ottla_protocol::codec` for each; so the derived code is small and what it
//! calls is compiled once.
//!
//! Read first: [`Message`] for the attributes of a message, [`Fields`] for those of a field.
//!
//! The path of one struct: `model` reads the attributes, `walk` writes the two walks and the defaults out of
//! them, `message` adds what only a message has.

mod message;
mod model;
mod versions;
mod walk;

use proc_macro::TokenStream;

/// Derives `Message`, `Fields` and `Default` for a message.
///
/// ```text
/// #[derive(Clone, Debug, PartialEq, Message)]
/// #[message(key = 0, versions = "3..=13", flexible = "9+")]
/// pub struct ProduceRequest { … }
/// ```
///
/// `versions` are those that exist, `flexible` those in the flexible form (KIP-482; none by default). With
/// `key`, the struct is also a `Request` or `Response` if its name ends so (the response to `XRequest` is the
/// struct `XResponse` beside it), else a `Record`. `unstable` marks a request whose latest version Kafka does
/// not serve unless told to. Fields have the attributes of [`Fields`].
#[proc_macro_derive(Message, attributes(message, field))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    expand(input, message::expand)
}

/// Derives `Fields` and `Default` for a struct inside messages.
///
/// A field without attributes exists in every version of the message, is never null (unless it is an `Option`)
/// and begins as its type's default. `#[field(…)]` says otherwise:
///
/// - `versions = "4..=7"`: the versions that have it; elsewhere it is its default.
/// - `nullable = "2+"`: the versions in which an `Option` can be null; all of them if this is not said.
/// - `default = -1`: what it begins as. For an `Option` the default is null unless this says otherwise.
/// - `tag = 0`: it is a tagged field in all its versions.
/// - `ignorable`: it is dropped without an error where a version does not have it.
/// - `flexible = "none"`: it keeps the classic form in flexible versions.
/// - `name = "…"`: Kafka's name for it, where that is not the field's own in camel case.
///
/// A struct of a flexible message has a last field `unknown_tags: UnknownTags`.
#[proc_macro_derive(Fields, attributes(field))]
pub fn derive_fields(input: TokenStream) -> TokenStream {
    expand(input, walk::expand)
}

fn expand(
    input: TokenStream,
    derive: fn(&model::Model) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    syn::parse(input)
        .and_then(model::Model::of)
        .and_then(|model| derive(&model))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
