//! How `SQLite` means to answer.

use super::*;
use crate::ledger::list::question::Query;

#[test]
fn no_question_reads_every_row() {
    let fixture = Fixture::new();
    let mut questions = vec![
        presence::NEWEST.to_owned(),
        presence::KEYS.to_owned(),
        presence::SUBJECTS.to_owned(),
        presence::HOLDERS.to_owned(),
        crl::LAST_CRL.to_owned(),
        crl::LAST_CRL_OF.to_owned(),
        issuer::LAST_TAKEN.to_owned(),
        crate::ledger::revocation::LAST_UPDATE.to_owned(),
        crate::ledger::revocation::SELECT_REVOKED.to_owned(),
        crate::ledger::record::EXISTING.to_owned(),
        crate::ledger::record::EXISTING_SELF_SIGNED.to_owned(),
    ];
    for by in [
        query::BY_ID,
        query::BY_SERIAL,
        query::BY_ISSUER_AND_SERIAL,
        query::BY_FINGERPRINT,
        query::BY_KEY,
        query::BY_KEY_ID,
        query::BY_SUBJECT,
        query::BY_HOLDER,
        query::BY_ROW_KEY,
        query::BY_ANY_ROW_KEY,
    ] {
        questions.push(query::records(by));
        questions.push(query::bindings(by));
    }
    for filter in filters() {
        questions.extend(filter.pages().iter().map(Query::select_records));
        let (all, revoked) = filter.counts();
        // Counting everything there is reads the smallest index, and counting the revoked their table.
        let count = all.select_count();
        if count.contains("WHERE") {
            questions.push(count);
        }
        questions.extend(revoked.map(|revoked| revoked.select_count()));
    }
    for question in questions {
        for step in plan(&fixture.ledger, &question) {
            let scan = step.starts_with("SCAN")
                && ![
                    "SCAN CONSTANT ROW",
                    "SCAN epoch",
                    "SCAN r",
                    "SCAN (subquery",
                ]
                .iter()
                .any(|allowed| step.starts_with(allowed))
                && !is_list_of_a_word(&step);
            assert!(!scan, "{question}: {step}");
            // A page is not sorted; a handful of answers, one number's or one holder's, may be.
            let page = question.contains("LIMIT ?")
                && !question.contains("epoch")
                && !question.contains("certificate_serial");
            let sort = page && step.contains("TEMP B-TREE");
            assert!(!sort, "{question}: {step}");
        }
    }
}

/// The one question that reads a whole table reads the table of counts: a row for each day on which one ends, vendor,
/// key and state.
#[test]
fn statistics_read_counts_and_no_certificate() {
    let fixture = Fixture::new();
    let steps = plan(&fixture.ledger, crate::ledger::stats::COUNTS);
    let read: Vec<_> = steps
        .iter()
        .filter(|step| !step.starts_with("USE TEMP B-TREE"))
        .collect();
    assert_eq!(read, ["SCAN certificate_count"]);
}

/// A word's own list of ids, from the first that is asked for on; without a word FTS5 would say no `M`.
fn is_list_of_a_word(step: &str) -> bool {
    let is_words = ["SCAN subject_words ", "SCAN w "]
        .iter()
        .any(|start| step.starts_with(start));
    let index = step.split_once("VIRTUAL TABLE INDEX ");
    is_words && index.is_some_and(|(_, index)| index.contains('M'))
}

fn filters() -> Vec<Filter> {
    let statuses = [
        None,
        Some(StatusFilter::ExpiredAt(at(9))),
        Some(StatusFilter::OnHold),
        Some(StatusFilter::Revoked),
        Some(StatusFilter::ValidAt(at(9))),
    ];
    let range = || Some(at(1)..=at(9));
    let after = Some(Position::default());
    let mut filters = Vec::new();
    for status in statuses {
        for bits in 0..512 {
            filters.push(Filter {
                serial: (bits & 128 > 0).then(|| SerialNumber::from_u64(9).unwrap()),
                status,
                vendor: (bits & 1 > 0).then(|| "maker".to_owned()),
                holder: (bits & 2 > 0).then(|| "holder".to_owned()),
                // Whether something takes its place is asked of those that end in some time; of all, every one is read.
                not_after: (bits & (4 | 64) > 0).then(range).flatten(),
                issued_at: (bits & 8 > 0).then(range).flatten(),
                subject: (bits & 32 > 0)
                    .then(|| SubjectText::new("O=Acme*"))
                    .flatten(),
                succession: match bits & 64 {
                    0 => Succession::Any,
                    _ => Succession::Missing,
                },
                after: if bits & 16 > 0 { after } else { None },
                before: if bits & 256 > 0 { after } else { None },
                ..Filter::default()
            });
        }
    }
    filters
}

fn plan(ledger: &Ledger, question: &str) -> Vec<String> {
    let mut statement = ledger
        .connection
        .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
        .unwrap();
    // Parameters stay NULL: the plan does not depend on them.
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}
