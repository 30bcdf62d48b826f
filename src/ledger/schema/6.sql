-- New certificates are counted, and the words of their subjects indexed, by those who record them, once for all of a
-- transaction. With triggers each row was a statement that might have to be undone by itself: SQLite kept a copy of every
-- page it touched, and had the index of words write what it holds back for many rows.
DROP TRIGGER certificate_counted;
DROP TRIGGER certificate_subject_words;
