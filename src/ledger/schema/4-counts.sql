-- How many certificates there are of each sort, kept by the transactions that change it, so that counting ten million
-- reads some thousand rows. day is that of not_after, in days since 1970; state is 0 in force or past its end, 1 on
-- hold, 2 revoked.
CREATE TABLE certificate_count (
    day INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    key_algorithm TEXT NOT NULL,
    state INTEGER NOT NULL,
    certificates INTEGER NOT NULL,
    PRIMARY KEY (day, vendor, key_algorithm, state)
) STRICT, WITHOUT ROWID;

INSERT INTO certificate_count
SELECT c.not_after / 86400, c.vendor, coalesce(c.key_algorithm, ''),
    CASE WHEN r.reason IS NULL THEN 0 WHEN r.reason = 6 THEN 1 ELSE 2 END, count(*)
FROM certificate c LEFT JOIN revocation r ON r.certificate_id = c.id
GROUP BY 1, 2, 3, 4;

CREATE TRIGGER certificate_counted AFTER INSERT ON certificate BEGIN
    INSERT INTO certificate_count VALUES (NEW.not_after / 86400, NEW.vendor, coalesce(NEW.key_algorithm, ''), 0, 1)
    ON CONFLICT DO UPDATE SET certificates = certificates + 1;
END;
CREATE TRIGGER revocation_counted AFTER INSERT ON revocation BEGIN
    UPDATE certificate_count SET certificates = certificates - 1
    WHERE (day, vendor, key_algorithm, state) = (
        SELECT not_after / 86400, vendor, coalesce(key_algorithm, ''), 0 FROM certificate WHERE id = NEW.certificate_id);
    INSERT INTO certificate_count
    SELECT not_after / 86400, vendor, coalesce(key_algorithm, ''), CASE NEW.reason WHEN 6 THEN 1 ELSE 2 END, 1
    FROM certificate WHERE id = NEW.certificate_id
    ON CONFLICT DO UPDATE SET certificates = certificates + 1;
END;
CREATE TRIGGER hold_counted AFTER UPDATE OF reason ON revocation BEGIN
    UPDATE certificate_count SET certificates = certificates - 1
    WHERE (day, vendor, key_algorithm, state) = (
        SELECT not_after / 86400, vendor, coalesce(key_algorithm, ''), CASE OLD.reason WHEN 6 THEN 1 ELSE 2 END
        FROM certificate WHERE id = OLD.certificate_id);
    INSERT INTO certificate_count
    SELECT not_after / 86400, vendor, coalesce(key_algorithm, ''), CASE NEW.reason WHEN 6 THEN 1 ELSE 2 END, 1
    FROM certificate WHERE id = NEW.certificate_id
    ON CONFLICT DO UPDATE SET certificates = certificates + 1;
END;
CREATE TRIGGER release_counted AFTER DELETE ON revocation BEGIN
    UPDATE certificate_count SET certificates = certificates - 1
    WHERE (day, vendor, key_algorithm, state) = (
        SELECT not_after / 86400, vendor, coalesce(key_algorithm, ''), CASE OLD.reason WHEN 6 THEN 1 ELSE 2 END
        FROM certificate WHERE id = OLD.certificate_id);
    UPDATE certificate_count SET certificates = certificates + 1
    WHERE (day, vendor, key_algorithm, state) = (
        SELECT not_after / 86400, vendor, coalesce(key_algorithm, ''), 0 FROM certificate WHERE id = OLD.certificate_id);
END;
