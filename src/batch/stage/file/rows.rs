//! The columns of the stages' rows.

use zeroize::Zeroizing;

use super::{Cells, FromColumns, Needed, ToColumns, Values};
use crate::batch::stage::run::ToSign;
use crate::batch::stage::{PreparedRow, SignedRow};

impl ToColumns for PreparedRow {
    const SCHEMA: &'static str = "message certwright_prepared {
        REQUIRED INT64 row (INTEGER(64,true));
        OPTIONAL BYTE_ARRAY row_key (STRING);
        OPTIONAL BYTE_ARRAY holder (STRING);
        OPTIONAL BYTE_ARRAY request;
        OPTIONAL BYTE_ARRAY tbs;
        OPTIONAL BYTE_ARRAY key (STRING);
        OPTIONAL BYTE_ARRAY rejection (STRING);
    }";

    fn columns(rows: Vec<Self>) -> Vec<Values> {
        let mut numbers = Vec::with_capacity(rows.len());
        let mut octets: [Vec<_>; 6] = Default::default();
        for row in rows {
            let Self {
                row,
                row_key,
                holder,
                request,
                tbs,
                key,
                rejection,
            } = row;
            numbers.push(i64::try_from(row).unwrap_or(i64::MAX));
            let text = |text: Option<String>| text.map(|text| Zeroizing::new(text.into_bytes()));
            let cells = [
                text(Some(row_key)),
                text(holder),
                request.map(Zeroizing::new),
                tbs.map(Zeroizing::new),
                key,
                text(rejection),
            ];
            for (column, cell) in octets.iter_mut().zip(cells) {
                column.push(cell);
            }
        }
        let octets = octets.into_iter().map(Values::Octets);
        [Values::Numbers(numbers)]
            .into_iter()
            .chain(octets)
            .collect()
    }
}

impl FromColumns for PreparedRow {
    const COLUMNS: &'static [(&'static str, Needed)] = &[
        ("row", Needed::Always),
        ("row_key", Needed::Always),
        ("holder", Needed::Always),
        ("request", Needed::Always),
        ("tbs", Needed::Always),
        ("key", Needed::Maybe),
        ("rejection", Needed::Maybe),
    ];

    fn of_cells(mut cells: Cells) -> Result<Self, String> {
        Ok(Self {
            row: cells.number()?,
            row_key: cells.text()?.ok_or("no row_key")?,
            holder: cells.text()?,
            request: cells.octets()?,
            tbs: cells.octets()?,
            key: cells.octets()?.map(Zeroizing::new),
            rejection: cells.text()?,
        })
    }
}

impl ToColumns for SignedRow {
    const SCHEMA: &'static str = "message certwright_signed {
        REQUIRED INT64 row (INTEGER(64,true));
        OPTIONAL BYTE_ARRAY tbs_sha256;
        OPTIONAL BYTE_ARRAY signature;
        OPTIONAL BYTE_ARRAY rejection (STRING);
    }";

    fn columns(rows: Vec<Self>) -> Vec<Values> {
        let mut numbers = Vec::with_capacity(rows.len());
        let mut octets: [Vec<_>; 3] = Default::default();
        for row in rows {
            numbers.push(i64::try_from(row.row).unwrap_or(i64::MAX));
            let cells = [
                row.tbs_sha256.map(|digest| digest.to_vec()),
                row.signature,
                row.rejection.map(String::into_bytes),
            ];
            for (column, cell) in octets.iter_mut().zip(cells) {
                column.push(cell.map(Zeroizing::new));
            }
        }
        let octets = octets.into_iter().map(Values::Octets);
        [Values::Numbers(numbers)]
            .into_iter()
            .chain(octets)
            .collect()
    }
}

impl FromColumns for SignedRow {
    const COLUMNS: &'static [(&'static str, Needed)] = &[
        ("row", Needed::Always),
        ("tbs_sha256", Needed::Always),
        ("signature", Needed::Always),
        ("rejection", Needed::Maybe),
    ];

    fn of_cells(mut cells: Cells) -> Result<Self, String> {
        let row = cells.number()?;
        let digest = cells.octets()?.map(<[u8; 32]>::try_from).transpose();
        Ok(Self {
            row,
            tbs_sha256: digest.map_err(|found| format!("a digest of {} octets", found.len()))?,
            signature: cells.octets()?,
            rejection: cells.text()?,
        })
    }
}

impl FromColumns for ToSign {
    const COLUMNS: &'static [(&'static str, Needed)] = &[
        ("row", Needed::Always),
        ("row_key", Needed::Maybe),
        ("tbs", Needed::Always),
    ];

    fn of_cells(mut cells: Cells) -> Result<Self, String> {
        Ok(Self {
            row: cells.number()?,
            row_key: cells.text()?.unwrap_or_default(),
            tbs: cells.octets()?,
        })
    }
}
