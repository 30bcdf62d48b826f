-- New certificates are counted by those who record them, once for all of a transaction that are alike: a trigger for each
-- took as long as an index.
DROP TRIGGER certificate_counted;
