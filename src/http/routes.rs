//! Every route: the tables of the vendors' files, and the server's own.

use crate::http::route::{Face, Route};
use crate::http::{as2expert, crl, ecgrid, emca, enos, openapi, operator, page};

/// Every table.
pub(super) const TABLES: [&[Route]; 11] = [
    as2expert::ROUTES,
    crl::ROUTES,
    ecgrid::ROUTES,
    ecgrid::soap::ROUTES,
    emca::ROUTES,
    enos::ROUTES,
    enos::legacy::ROUTES,
    enos::tokens::ROUTES,
    openapi::ROUTES,
    operator::ROUTES,
    page::ROUTES,
];

/// The rows that are served: those of the vendors named, and the server's own.
pub(super) fn served(vendors: &[Face]) -> impl Iterator<Item = &'static Route> {
    let rows = TABLES.into_iter().flatten();
    rows.filter(|route| !Face::VENDORS.contains(&route.face) || vendors.contains(&route.face))
}
