//! Cells as lines of text, each column as wide as the widest cell that was held together with it.

/// Serial number, status, end, holder and subject of certificates.
#[derive(Debug)]
pub(super) struct Columns {
    /// Of all columns but the last; they never become narrower.
    widths: [usize; 4],
    held: Vec<[String; 5]>,
}

impl Columns {
    pub(super) fn new() -> Self {
        let mut columns = Self {
            // What numbers and holders mostly need, so that short lists look alike.
            widths: [12, 7, 20, 24],
            held: Vec::new(),
        };
        columns.hold(["SERIAL", "STATUS", "NOT AFTER", "HOLDER", "SUBJECT"].map(str::to_owned));
        columns
    }

    /// Holds a line back, to be seen with those that come with it.
    pub(super) fn hold(&mut self, cells: [String; 5]) {
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = cell.chars().count().max(*width);
        }
        self.held.push(cells);
    }

    /// Whether as many are held as should be.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= MOST_HELD
    }

    /// The lines that are held.
    pub(super) fn take(&mut self) -> Vec<String> {
        let [serial, status, end, holder] = self.widths;
        let line = |[one, two, three, four, five]: [String; 5]| {
            format!("{one:<serial$}  {two:<status$}  {three:<end$}  {four:<holder$}  {five}")
        };
        std::mem::take(&mut self.held)
            .into_iter()
            .map(line)
            .collect()
    }
}

/// Lines of a page of the ledger.
const MOST_HELD: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(serial: &str, holder: &str) -> [String; 5] {
        [serial, "valid", "2027-01-02T03:04:05Z", holder, "CN=x"].map(str::to_owned)
    }

    #[test]
    fn a_long_serial_number_moves_the_columns_of_all_lines() {
        let long = "286454819394271829385728938475928374651";
        let mut columns = Columns::new();
        columns.hold(cells("1", "pk1/dk1"));
        columns.hold(cells(long, "62"));
        let lines = columns.take();
        let at = |what: &str| {
            let places = lines.iter().map(|line| line.find(what));
            places.collect::<Vec<_>>()
        };
        assert_eq!(at("  valid  "), [None, Some(39), Some(39)]);
        assert_eq!(lines[0].find("STATUS"), Some(41));
        assert_eq!(at("CN=x"), [None, Some(98), Some(98)]);
        assert_eq!(lines[0].find("SUBJECT"), Some(98));
        // Later lines are no narrower.
        columns.hold(cells("2", &"h".repeat(30)));
        let lines = columns.take();
        assert_eq!(
            (lines[0].find("valid"), lines[0].find("CN=x")),
            (Some(41), Some(104))
        );
    }
}
