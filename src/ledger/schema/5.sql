-- Jobs, and what became of their rows: a job that was killed goes on without issuing to a row twice. A row that was refused
-- has no certificate.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE batch_row (
    batch_id INTEGER NOT NULL REFERENCES batch (id),
    row INTEGER NOT NULL,
    certificate_id INTEGER REFERENCES certificate (id),
    PRIMARY KEY (batch_id, row)
) STRICT, WITHOUT ROWID;
