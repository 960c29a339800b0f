//! Structs and their attributes, as the derives understand them.

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, LitInt, LitStr, Result, Type};

use crate::versions::Range;

/// A struct to derive for.
pub(crate) struct Model {
    pub(crate) name: Ident,
    pub(crate) message: Option<MessageAttributes>,
    pub(crate) fields: Vec<Field>,
    /// The field that holds the tagged fields nobody knows.
    pub(crate) unknown_tags: Option<Ident>,
}

/// What `#[message(…)]` says.
#[derive(Default)]
pub(crate) struct MessageAttributes {
    pub(crate) key: Option<LitInt>,
    pub(crate) versions: Option<Range>,
    pub(crate) flexible: Option<Range>,
    pub(crate) unstable: bool,
}

/// A field and what `#[field(…)]` says about it.
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) kafka_name: String,
    pub(crate) is_option: bool,
    pub(crate) versions: Option<Range>,
    pub(crate) nullable: Option<Range>,
    pub(crate) flexible: Option<Range>,
    pub(crate) default: Option<Expr>,
    pub(crate) tag: Option<u32>,
    pub(crate) ignorable: bool,
}

impl Model {
    pub(crate) fn of(input: DeriveInput) -> Result<Self> {
        let Data::Struct(data) = input.data else {
            return Err(Error::new(input.ident.span(), "a message is a struct"));
        };
        let Fields::Named(named) = data.fields else {
            return Err(Error::new(input.ident.span(), "the fields of a message have names"));
        };
        let mut fields = Vec::new();
        let mut unknown_tags = None;
        for field in named.named {
            if last_segment(&field.ty).is_some_and(|name| name == "UnknownTags") {
                unknown_tags = field.ident;
            } else {
                fields.push(Field::of(field)?);
            }
        }
        let model =
            Self { name: input.ident, message: message_attributes(&input.attrs)?, fields, unknown_tags };
        match model.fields.iter().find(|field| field.tag.is_some()) {
            Some(field) if model.unknown_tags.is_none() => Err(Error::new(
                field.name.span(),
                "a struct with tagged fields needs `unknown_tags: UnknownTags`",
            )),
            _ => Ok(model),
        }
    }

    /// The fields that have a place of their own.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.tag.is_none())
    }

    /// The tagged fields, in the order of their tags.
    pub(crate) fn tagged(&self) -> Vec<&Field> {
        let mut tagged: Vec<_> = self.fields.iter().filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);
        tagged
    }
}

impl Field {
    fn of(field: syn::Field) -> Result<Self> {
        let name = field.ident.expect("the fields were found to have names");
        let mut result = Self {
            kafka_name: camel_case(&name.unraw().to_string()),
            is_option: last_segment(&field.ty).is_some_and(|name| name == "Option"),
            name,
            versions: None,
            nullable: None,
            flexible: None,
            default: None,
            tag: None,
            ignorable: false,
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| result.attribute(&meta))?;
        }
        if result.nullable.is_some() && !result.is_option {
            return Err(Error::new(result.name.span(), "a nullable field is an Option"));
        }
        Ok(result)
    }

    fn attribute(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("versions") {
            self.versions = Some(range(meta)?);
        } else if meta.path.is_ident("nullable") {
            self.nullable = Some(range(meta)?);
        } else if meta.path.is_ident("flexible") {
            self.flexible = Some(range(meta)?);
        } else if meta.path.is_ident("default") {
            self.default = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("tag") {
            self.tag = Some(meta.value()?.parse::<LitInt>()?.base10_parse()?);
        } else if meta.path.is_ident("name") {
            self.kafka_name = meta.value()?.parse::<LitStr>()?.value();
        } else if meta.path.is_ident("ignorable") {
            self.ignorable = true;
        } else {
            return Err(meta.error("no such attribute of a field"));
        }
        Ok(())
    }
}

fn message_attributes(attributes: &[Attribute]) -> Result<Option<MessageAttributes>> {
    let Some(attribute) = attributes.iter().find(|attribute| attribute.path().is_ident("message")) else {
        return Ok(None);
    };
    let mut result = MessageAttributes::default();
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("key") {
            result.key = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("versions") {
            result.versions = Some(range(&meta)?);
        } else if meta.path.is_ident("flexible") {
            result.flexible = Some(range(&meta)?);
        } else if meta.path.is_ident("unstable") {
            result.unstable = true;
        } else {
            return Err(meta.error("no such attribute of a message"));
        }
        Ok(())
    })?;
    Ok(Some(result))
}

fn range(meta: &ParseNestedMeta<'_>) -> Result<Range> {
    Range::parse(&meta.value()?.parse()?)
}

fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

fn camel_case(snake_case: &str) -> String {
    let mut words = snake_case.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}
