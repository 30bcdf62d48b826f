-- The kind of key, as its name is written; NULL for one that has no name here.
ALTER TABLE certificate ADD COLUMN key_algorithm TEXT;

CREATE INDEX certificate_key_id ON certificate (id >> 16, substr(key_id, 1, 8));
CREATE INDEX revocation_hold ON revocation (certificate_id) WHERE reason = 6;

-- What a CRL must show has changed so many times: revocations, holds and releases under the issuer's name. A CRL bears
-- the count that it was made at, or one from before it.
ALTER TABLE authority ADD COLUMN revocation_changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE crl ADD COLUMN revocation_changes INTEGER NOT NULL DEFAULT -1;

CREATE TRIGGER revocation_added AFTER INSERT ON revocation WHEN NEW.authority_id IS NOT NULL BEGIN
    UPDATE authority SET revocation_changes = revocation_changes + 1 WHERE id = NEW.authority_id;
END;
CREATE TRIGGER revocation_changed AFTER UPDATE ON revocation WHEN NEW.authority_id IS NOT NULL BEGIN
    UPDATE authority SET revocation_changes = revocation_changes + 1 WHERE id = NEW.authority_id;
END;
CREATE TRIGGER revocation_removed AFTER DELETE ON revocation WHEN OLD.authority_id IS NOT NULL BEGIN
    UPDATE authority SET revocation_changes = revocation_changes + 1 WHERE id = OLD.authority_id;
END;

-- The words of subjects: runs of ASCII letters and digits and of whatever is not ASCII. Ten million subjects share most
-- of theirs, so that only the ids are kept, neither the text nor where in it a word stands.
CREATE VIRTUAL TABLE subject_words USING fts5 (
    subject, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
);
CREATE TRIGGER certificate_subject_words AFTER INSERT ON certificate BEGIN
    INSERT INTO subject_words (rowid, subject) VALUES (NEW.id, NEW.subject_text);
END;
INSERT INTO subject_words (rowid, subject) SELECT id, subject_text FROM certificate;
