//! Draws random messages from a seed.

use bytes::Bytes;
use ottla_protocol::codec::{Source, TagSection, UnknownTags};
use ottla_protocol::{DecodeProblem, Str};
use ottla_types::Uuid;

/// Pseudo-random numbers: SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// A source of fields that makes them up.
pub(crate) struct Generator {
    random: Random,
    flexible: bool,
    /// Elements that arrays may still have, so that nesting does not make a message endless.
    elements: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64, flexible: bool) -> Self {
        Self { random: Random(seed), flexible, elements: 40 }
    }

    /// Bits of which small numbers, large ones and those around powers of two are all likely.
    fn bits(&mut self) -> u64 {
        let bits = self.random.next();
        match self.random.below(6) {
            0 => 0,
            1 => u64::MAX,
            2 => bits % 200,
            3 => 1 << (bits % 64),
            4 => (1 << (bits % 64)) - 1,
            _ => bits,
        }
    }

    fn len(&mut self) -> usize {
        match self.random.below(12) {
            0 | 1 => 0,
            2 => 126 + self.random.below(4),
            3 => self.random.below(3000),
            _ => 1 + self.random.below(12),
        }
    }
}

impl Source for Generator {
    fn bool(&mut self, _: &'static str) -> bool {
        self.random.one_in(2)
    }

    fn i8(&mut self, _: &'static str) -> i8 {
        self.bits() as i8
    }

    fn i16(&mut self, _: &'static str) -> i16 {
        self.bits() as i16
    }

    fn u16(&mut self, _: &'static str) -> u16 {
        self.bits() as u16
    }

    fn i32(&mut self, _: &'static str) -> i32 {
        self.bits() as i32
    }

    fn u32(&mut self, _: &'static str) -> u32 {
        self.bits() as u32
    }

    fn i64(&mut self, _: &'static str) -> i64 {
        self.bits() as i64
    }

    fn f64(&mut self, _: &'static str) -> f64 {
        self.bits() as i64 as f64 / 64.0
    }

    fn uuid(&mut self, _: &'static str) -> Uuid {
        if self.random.one_in(4) {
            return Uuid::ZERO;
        }
        let bits = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
        Uuid::from_random(bits.to_be_bytes())
    }

    fn string(&mut self, _: &'static str, nullable: bool) -> Option<Str> {
        if nullable && self.random.one_in(4) {
            return None;
        }
        const LETTERS: [char; 10] = ['a', 'b', 'Z', '0', '.', '_', '-', '"', 'ß', '\u{1f980}'];
        let len = self.len();
        Some((0..len).map(|_| LETTERS[self.random.below(LETTERS.len())]).collect::<String>().into())
    }

    fn bytes(&mut self, _: &'static str, nullable: bool) -> Option<Bytes> {
        if nullable && self.random.one_in(4) {
            return None;
        }
        let len = self.len();
        Some(self.random.bytes(len).into())
    }

    fn array(&mut self, _: &'static str, nullable: bool) -> Option<usize> {
        if nullable && self.random.one_in(4) {
            return None;
        }
        let count = self.random.below(4).min(self.elements);
        self.elements -= count;
        Some(count)
    }

    fn room(&mut self, _: &'static str, len: usize, count: usize, _: usize) -> usize {
        count - len
    }

    fn is_present(&mut self, _: &'static str) -> bool {
        !self.random.one_in(3)
    }

    fn tagged_fields(&mut self, known: &'static [u32]) -> TagSection {
        let left = if self.flexible { known.len() as u32 + 1 } else { 0 };
        TagSection { left, known, ..TagSection::default() }
    }

    fn next_tag(&mut self, section: &mut TagSection) -> Option<u32> {
        while section.left > 1 {
            section.left -= 1;
            section.tag = section.known[section.known.len() - section.left as usize];
            if !self.random.one_in(3) {
                return Some(section.tag);
            }
        }
        if section.left == 0 || !self.random.one_in(8) {
            return None;
        }
        section.left = 0;
        section.tag = 100 + self.random.below(1000) as u32;
        Some(section.tag)
    }

    fn unknown_tag(&mut self, section: &TagSection, tags: &mut UnknownTags) {
        if section.known.contains(&section.tag) {
            // This version does not define it: better luck with the next.
            return;
        }
        let len = self.len();
        tags.push(section.tag, self.random.bytes(len).into());
    }

    fn set_flexible(&mut self, flexible: bool) -> bool {
        std::mem::replace(&mut self.flexible, flexible)
    }

    fn has_failed(&self) -> bool {
        false
    }

    fn fail(&mut self, name: &'static str, problem: DecodeProblem) {
        panic!("field `{name}`: {problem}");
    }
}
