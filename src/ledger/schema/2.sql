-- The audit log. Each hash is that of the entry and of the hash before it, so that an entry can be neither changed, moved
-- nor taken out unseen; meta.audit_head says where the log ends. sha256 is that of what an entry is about, a certificate
-- or a file; certificate_id has no foreign key, since the log outlives what it tells of.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    certificate_id INTEGER,
    sha256 BLOB,
    text TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- What was recorded before there was a log has no entries.
INSERT INTO meta (key, value) SELECT 'audit_before', coalesce(max(id), 0) FROM certificate;
