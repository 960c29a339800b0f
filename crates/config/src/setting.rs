//! What one setting is: the row that everything else in this crate is derived from.

/// One setting: what it is called, what it may be, and what Ottla does with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// The name, as in a properties file.
    pub key: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Which values of that type are allowed.
    pub rule: Rule,
    /// The value when nobody sets one.
    pub default: Default,
    /// Apache Kafka's default and why Ottla has another, where it has.
    pub deviation: Option<Deviation>,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// How likely somebody must think about it.
    pub importance: Importance,
    /// Whether it can change while the node runs.
    pub dynamic: Dynamic,
    /// Whether its function exists in Ottla.
    pub status: Status,
    /// Meant for tests and emergencies: left out of what DescribeConfigs lists.
    pub is_internal: bool,
    /// For a topic's or a group's setting: the broker's settings that it falls back to, best first.
    pub broker_keys: &'static [&'static str],
}

/// The type of a value, as DescribeConfigs names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// Any text.
    String,
    /// 32 bits.
    Int,
    /// 16 bits.
    Short,
    /// 64 bits.
    Long,
    /// 64-bit floating point.
    Double,
    /// Texts with commas between them.
    List,
    /// The name of a Java class.
    Class,
    /// Text that is never shown.
    Password,
}

impl Kind {
    /// The number that stands for the type in a DescribeConfigs response (KIP-569).
    #[must_use]
    pub const fn code(self) -> i8 {
        match self {
            Self::Bool => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Short => 4,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
            Self::Class => 8,
            Self::Password => 9,
        }
    }

    /// The type in words, for messages and for the documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::String => "string",
            Self::Int => "int",
            Self::Short => "short",
            Self::Long => "long",
            Self::Double => "double",
            Self::List => "list",
            Self::Class => "class",
            Self::Password => "password",
        }
    }

    /// The smallest and the largest whole number of the type, if it holds whole numbers.
    #[must_use]
    pub const fn bounds(self) -> Option<(i64, i64)> {
        match self {
            Self::Short => Some((i16::MIN as i64, i16::MAX as i64)),
            Self::Int => Some((i32::MIN as i64, i32::MAX as i64)),
            Self::Long => Some((i64::MIN, i64::MAX)),
            Self::Bool | Self::String | Self::Double | Self::List | Self::Class | Self::Password => None,
        }
    }
}

/// Which values are allowed, beyond their type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Every one.
    Any,
    /// Whole numbers from `min` to `max`, both included.
    Range {
        /// The smallest.
        min: i64,
        /// The largest; the type's own largest means that there is no limit.
        max: i64,
    },
    /// Floating-point numbers from `min` to `max`, both included.
    RealRange {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// A gzip level: 1 to 9, or -1 for the library's own choice.
    GzipLevel,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, in upper or lower case.
    OneOfAnyCase(&'static [&'static str]),
    /// Text of at least one character.
    NotEmpty,
    /// List items that are not empty, each at most once.
    Items {
        /// The only items allowed; none named means that any is.
        of: &'static [&'static str],
        /// Whether the list may have no items.
        may_be_empty: bool,
    },
    /// Replicas whose replication is throttled: `*`, or `partition:broker` items.
    ThrottledReplicas,
    /// `latest`, `earliest`, or `by_duration:` and an ISO-8601 duration.
    OffsetReset,
    /// Voters of the controller quorum, `id@host:port` each.
    Voters,
    /// Addresses, `host:port` each.
    Addresses,
}

/// A default value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// None: the setting then has no value.
    Unset,
    /// A truth value.
    Bool(bool),
    /// A whole number of any width.
    Whole(i64),
    /// A floating-point number.
    Real(f64),
    /// Text; for a list, its items with commas between them.
    Text(&'static str),
}

/// A default that is not Apache Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// What Apache Kafka has instead, in words.
    pub kafka: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// How likely somebody must think about a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    /// Look at it before going into production.
    High,
    /// Worth knowing.
    Medium,
    /// Leave it alone unless there is a reason.
    Low,
}

/// Whether a setting can change while the node runs (KIP-226).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dynamic {
    /// No: it takes a restart.
    ReadOnly,
    /// Yes, for each broker by itself.
    PerBroker,
    /// Yes, for one broker or for all of them at once.
    ClusterWide,
}

/// Whether the function behind a setting exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Obeyed.
    Active,
    /// There is nothing that it could turn here, and nothing is lost by that; the text says why.
    Moot(&'static str),
    /// The function named does not exist yet. A node that asks for it starts with a warning.
    NotYet(&'static str),
    /// The function named does not exist yet, and to go on without it would be less safe than was asked
    /// for: such a node does not start.
    Refused(&'static str),
}

/// Shorthand for the tables: `int("num.partitions", 1).min(1).medium("…")`.
pub(crate) const STRING: Kind = Kind::String;
pub(crate) const INT: Kind = Kind::Int;
pub(crate) const LONG: Kind = Kind::Long;
pub(crate) const LIST: Kind = Kind::List;
pub(crate) const CLASS: Kind = Kind::Class;
pub(crate) const PASSWORD: Kind = Kind::Password;

const fn row(key: &'static str, kind: Kind, default: Default) -> Setting {
    Setting {
        key,
        kind,
        rule: Rule::Any,
        default,
        deviation: None,
        doc: "",
        importance: Importance::Low,
        dynamic: Dynamic::ReadOnly,
        status: Status::Active,
        is_internal: false,
        broker_keys: &[],
    }
}

pub(crate) const fn boolean(key: &'static str, default: bool) -> Setting {
    row(key, Kind::Bool, Default::Bool(default))
}

pub(crate) const fn int(key: &'static str, default: i32) -> Setting {
    row(key, Kind::Int, Default::Whole(default as i64))
}

pub(crate) const fn short(key: &'static str, default: i16) -> Setting {
    row(key, Kind::Short, Default::Whole(default as i64))
}

pub(crate) const fn long(key: &'static str, default: i64) -> Setting {
    row(key, Kind::Long, Default::Whole(default))
}

pub(crate) const fn double(key: &'static str, default: f64) -> Setting {
    row(key, Kind::Double, Default::Real(default))
}

pub(crate) const fn string(key: &'static str, default: &'static str) -> Setting {
    row(key, Kind::String, Default::Text(default))
}

pub(crate) const fn class(key: &'static str, default: &'static str) -> Setting {
    row(key, Kind::Class, Default::Text(default))
}

/// A list of different items that may be empty.
pub(crate) const fn list(key: &'static str, default: &'static str) -> Setting {
    row(key, Kind::List, Default::Text(default)).items(&[])
}

/// A setting that has no value unless somebody gives it one.
pub(crate) const fn unset(key: &'static str, kind: Kind) -> Setting {
    let row = row(key, kind, Default::Unset);
    if matches!(kind, Kind::List) { row.items(&[]) } else { row }
}

impl Setting {
    pub(crate) const fn min(self, min: i64) -> Self {
        let Some((_, max)) = self.kind.bounds() else { panic!("only whole numbers have a smallest one") };
        self.between(min, max)
    }

    pub(crate) const fn between(mut self, min: i64, max: i64) -> Self {
        self.rule = Rule::Range { min, max };
        self
    }

    pub(crate) const fn rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    pub(crate) const fn one_of(self, words: &'static [&'static str]) -> Self {
        self.rule(Rule::OneOf(words))
    }

    pub(crate) const fn items(self, of: &'static [&'static str]) -> Self {
        self.rule(Rule::Items { of, may_be_empty: true })
    }

    pub(crate) const fn not_empty(mut self) -> Self {
        self.rule = match self.rule {
            Rule::Items { of, .. } => Rule::Items { of, may_be_empty: false },
            _ => Rule::NotEmpty,
        };
        self
    }

    pub(crate) const fn cluster_wide(mut self) -> Self {
        self.dynamic = Dynamic::ClusterWide;
        self
    }

    pub(crate) const fn per_broker(mut self) -> Self {
        self.dynamic = Dynamic::PerBroker;
        self
    }

    pub(crate) const fn internal(mut self) -> Self {
        self.is_internal = true;
        self
    }

    pub(crate) const fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    pub(crate) const fn falls_back_to(mut self, keys: &'static [&'static str]) -> Self {
        self.broker_keys = keys;
        self
    }

    pub(crate) const fn deviates(mut self, kafka: &'static str, reason: &'static str) -> Self {
        self.deviation = Some(Deviation { kafka, reason });
        self
    }

    const fn described(mut self, importance: Importance, doc: &'static str) -> Self {
        self.importance = importance;
        self.doc = doc;
        self
    }

    pub(crate) const fn high(self, doc: &'static str) -> Self {
        self.described(Importance::High, doc)
    }

    pub(crate) const fn medium(self, doc: &'static str) -> Self {
        self.described(Importance::Medium, doc)
    }

    pub(crate) const fn low(self, doc: &'static str) -> Self {
        self.described(Importance::Low, doc)
    }

    /// Whether its value is kept from everybody who asks.
    #[must_use]
    pub const fn is_sensitive(&self) -> bool {
        matches!(self.kind, Kind::Password)
    }
}
