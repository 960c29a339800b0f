//! Tables of text.

use std::io::{self, Write};

/// A table: a row of titles, and rows of cells. Columns are as wide as they need to be.
pub(crate) struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    indent: usize,
}

/// What stands between two columns.
const GAP: &str = "  ";

impl Table {
    pub(crate) fn new(titles: &[&'static str]) -> Self {
        Self { titles: titles.to_vec(), rows: Vec::new(), indent: 0 }
    }

    /// The same, set in by so many spaces.
    pub(crate) fn indented(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells.into_iter().map(|cell| cell.replace(['\n', '\r', '\t'], " ")).collect();
        assert_eq!(cells.len(), self.titles.len(), "a cell for each title");
        self.rows.push(cells);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Numbers stand to the right, text to the left.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.titles[column].chars().count()]).max().unwrap_or(0)
        };
        let is_numeric = |column: usize| {
            let is_number = |cell: &String| cell == "-" || cell.parse::<i64>().is_ok();
            self.rows.iter().any(|row| row[column] != "-")
                && self.rows.iter().all(|row| is_number(&row[column]))
        };
        let columns: Vec<_> =
            (0..self.titles.len()).map(|column| (width(column), is_numeric(column))).collect();
        let titles = self.titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let mut line = " ".repeat(self.indent);
            for (index, (cell, &(width, is_numeric))) in row.iter().zip(&columns).enumerate() {
                if index > 0 {
                    line.push_str(GAP);
                }
                let cell = if is_numeric { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
                line.push_str(&cell);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let mut table = Table::new(&["NAME", "PARTITIONS", "NOTE"]).indented(2);
        table.row(["a-long-name".to_owned(), "3".to_owned(), "two\nlines".to_owned()]);
        table.row(["b".to_owned(), "-".to_owned(), String::new()]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let expected = "  NAME         PARTITIONS  NOTE\n  a-long-name           3  two lines\n  b                     -\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
