-- Times are seconds since 1970. A serial number is its count of octets, then its big-endian magnitude, so that
-- octets sort as numbers do.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An issuer name: the scope in which serial numbers and CRL numbers are unique, whichever key signs.
CREATE TABLE authority (
    id INTEGER PRIMARY KEY,
    subject BLOB NOT NULL UNIQUE,
    next_serial INTEGER NOT NULL DEFAULT 1,
    next_crl_number INTEGER NOT NULL DEFAULT 1
) STRICT;

-- A CA certificate that signs under that name.
CREATE TABLE issuer (
    id INTEGER PRIMARY KEY,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    parent_id INTEGER REFERENCES issuer (id),
    name TEXT NOT NULL UNIQUE,
    certificate BLOB NOT NULL,
    fingerprint BLOB NOT NULL UNIQUE,
    key_id BLOB NOT NULL,
    serial BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (id, authority_id)
) STRICT;

CREATE INDEX issuer_authority ON issuer (authority_id);

-- The DER stands in tables of its own: questions read these narrow rows, and the pages of all three stay full.
-- issuer_id and authority_id are absent for a self-signed certificate. subject_sha256 is that of the subject as it
-- compares (RFC 5280 section 7.1), not of the octets in subject.
CREATE TABLE certificate (
    id INTEGER PRIMARY KEY,
    issuer_id INTEGER,
    authority_id INTEGER,
    serial BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    subject_sha256 BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    key_sha256 BLOB NOT NULL,
    key_id BLOB NOT NULL,
    supersedes INTEGER REFERENCES certificate (id),
    vendor TEXT NOT NULL,
    holder TEXT,
    row_key TEXT,
    subject BLOB NOT NULL,
    subject_text TEXT NOT NULL,
    FOREIGN KEY (issuer_id, authority_id) REFERENCES issuer (id, authority_id)
) STRICT;

CREATE TABLE certificate_der (
    certificate_id INTEGER PRIMARY KEY REFERENCES certificate (id),
    der BLOB NOT NULL
) STRICT;

CREATE TABLE request_der (
    certificate_id INTEGER PRIMARY KEY REFERENCES certificate (id),
    der BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX certificate_serial ON certificate (serial, authority_id);
-- NULLs are all distinct to the index above; a self-signed certificate is its own issuer.
CREATE UNIQUE INDEX certificate_self_signed ON certificate (subject_sha256, serial) WHERE authority_id IS NULL;
-- Hashes and names arrive in no order: in a plain index of ten million rows each new row would rewrite a page of its
-- own. An index that leads with the epoch of 65,536 ids keeps the pages of new rows few; a question asks every epoch.
-- Hashes are found by their first eight octets and then compared whole.
CREATE INDEX certificate_subject ON certificate (id >> 16, substr(subject_sha256, 1, 8));
CREATE INDEX certificate_fingerprint ON certificate (id >> 16, substr(fingerprint, 1, 8));
CREATE INDEX certificate_key ON certificate (id >> 16, substr(key_sha256, 1, 8));
CREATE INDEX certificate_holder ON certificate (id >> 16, holder, vendor) WHERE holder IS NOT NULL;
CREATE INDEX certificate_row_key ON certificate (id >> 16, row_key, vendor) WHERE row_key IS NOT NULL;
CREATE INDEX certificate_supersedes ON certificate (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX certificate_not_after ON certificate (not_after);
CREATE INDEX certificate_issued_at ON certificate (issued_at);
CREATE INDEX certificate_vendor_not_after ON certificate (vendor, not_after);
CREATE INDEX certificate_vendor_issued_at ON certificate (vendor, issued_at);

-- authority_id, serial and not_after repeat the certificate's, so that a CRL is read in one pass, in order.
CREATE TABLE revocation (
    certificate_id INTEGER PRIMARY KEY REFERENCES certificate (id),
    authority_id INTEGER,
    serial BLOB NOT NULL,
    not_after INTEGER NOT NULL,
    at INTEGER NOT NULL,
    reason INTEGER NOT NULL CHECK (reason BETWEEN 0 AND 10),
    revoked_by TEXT NOT NULL,
    note TEXT
) STRICT;

CREATE INDEX revocation_serial ON revocation (authority_id, serial);

CREATE TABLE crl (
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    number INTEGER NOT NULL,
    issuer_id INTEGER NOT NULL REFERENCES issuer (id),
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (authority_id, number)
) STRICT, WITHOUT ROWID;
