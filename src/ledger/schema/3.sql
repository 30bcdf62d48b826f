-- The life of a CA: which certificate it had before (its name is that of the first), and since when it issues no more.
ALTER TABLE issuer ADD COLUMN renews INTEGER REFERENCES issuer (id);
ALTER TABLE issuer ADD COLUMN retired_at INTEGER;

-- CA certificates beside those that issue: what stands above a CA that came in with its chain, nearest first, and the links
-- between the key of an issuer and the one before (RFC 4210 section 4.4).
CREATE TABLE issuer_certificate (
    issuer_id INTEGER NOT NULL REFERENCES issuer (id),
    kind TEXT NOT NULL CHECK (kind IN ('above', 'new-with-old', 'old-with-new')),
    position INTEGER NOT NULL,
    der BLOB NOT NULL,
    PRIMARY KEY (issuer_id, kind, position)
) STRICT, WITHOUT ROWID;
