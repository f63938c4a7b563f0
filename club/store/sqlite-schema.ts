const appendOnly = (table: string) => `
CREATE TRIGGER ${table}_keeps BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;
CREATE TRIGGER ${table}_stays BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`

/** Instants are ISO 8601 in UTC with milliseconds, so that they sort as text. */
const first = `
-- Which club and which pepper these books belong to.
CREATE TABLE identity (club TEXT NOT NULL, pepper TEXT NOT NULL) STRICT;
CREATE TABLE programmes (version INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;

CREATE TABLE accounts (
  account INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, balance INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row an event: what came (as the club may keep it) and what was answered, byte for byte.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, store TEXT NOT NULL, type TEXT NOT NULL,
  originalid TEXT, boxid TEXT NOT NULL, sequence INTEGER NOT NULL, effectiveat TEXT NOT NULL, receivedat TEXT NOT NULL,
  status TEXT NOT NULL, body TEXT NOT NULL, reply TEXT NOT NULL, memberid TEXT
) STRICT;
CREATE UNIQUE INDEX journal_originalid ON journal (originalid) WHERE originalid IS NOT NULL;
${appendOnly('journal')}

CREATE TABLE revisions (
  id TEXT NOT NULL, revision INTEGER NOT NULL, reply TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (id, revision)
) STRICT, WITHOUT ROWID;
${appendOnly('revisions')}

CREATE TABLE transfers (
  seq INTEGER PRIMARY KEY, debit INTEGER NOT NULL REFERENCES accounts, credit INTEGER NOT NULL REFERENCES accounts,
  amount INTEGER NOT NULL CHECK (amount > 0), kind TEXT NOT NULL, ruleid TEXT NOT NULL,
  event INTEGER NOT NULL, sale TEXT NOT NULL, at TEXT NOT NULL, compensates INTEGER REFERENCES transfers,
  CHECK (debit <> credit)
) STRICT;
CREATE INDEX transfers_sale ON transfers (sale);
-- Undone at most once.
CREATE UNIQUE INDEX transfers_compensates ON transfers (compensates) WHERE compensates IS NOT NULL;
CREATE TRIGGER transfers_unit BEFORE INSERT ON transfers
WHEN (SELECT unit FROM accounts WHERE account = NEW.debit) IS NOT (SELECT unit FROM accounts WHERE account = NEW.credit)
BEGIN SELECT RAISE(ABORT, 'a transfer does not mix units'); END;
${appendOnly('transfers')}

CREATE TABLE members (
  member INTEGER PRIMARY KEY, memberid TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES accounts, visits INTEGER NOT NULL DEFAULT 0, purchases INTEGER NOT NULL DEFAULT 0,
  lastvisitat TEXT, enrolledat TEXT NOT NULL, enrolledin TEXT NOT NULL
) STRICT;
-- Ids that boxes made for who was a member already.
CREATE TABLE member_aliases (memberid TEXT PRIMARY KEY, member INTEGER NOT NULL REFERENCES members) STRICT, WITHOUT ROWID;
CREATE TABLE credentials (
  token TEXT PRIMARY KEY, member INTEGER NOT NULL REFERENCES members, kind TEXT NOT NULL, keyid TEXT NOT NULL,
  linkedat TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_member ON credentials (member);
-- Apart from the books, so that a person can be forgotten and the books stay.
CREATE TABLE profiles (member INTEGER PRIMARY KEY REFERENCES members, mobile TEXT UNIQUE, locked BLOB NOT NULL) STRICT;
CREATE TABLE consents (
  consent INTEGER PRIMARY KEY, member INTEGER NOT NULL REFERENCES members, purpose TEXT NOT NULL, channel TEXT,
  given INTEGER NOT NULL, store TEXT NOT NULL, event INTEGER NOT NULL, at TEXT NOT NULL
) STRICT;

CREATE TABLE quotes (
  quoteid TEXT PRIMARY KEY, store TEXT NOT NULL, saleid TEXT NOT NULL, programme INTEGER NOT NULL,
  discount INTEGER NOT NULL, validuntil TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sales (
  sale INTEGER PRIMARY KEY, saleid TEXT NOT NULL UNIQUE, event INTEGER NOT NULL, store TEXT NOT NULL,
  member INTEGER REFERENCES members, at TEXT NOT NULL, currency TEXT NOT NULL, total INTEGER NOT NULL,
  discount INTEGER NOT NULL, payable INTEGER NOT NULL, reference TEXT NOT NULL UNIQUE, operator TEXT, tillreceipt TEXT,
  beginsvisit INTEGER NOT NULL, reversedby INTEGER
) STRICT;
CREATE INDEX sales_member ON sales (member, at) WHERE member IS NOT NULL;
CREATE INDEX sales_tillreceipt ON sales (store, tillreceipt) WHERE tillreceipt IS NOT NULL;
-- Reversals that came before their sale.
CREATE TABLE tombstones (
  store TEXT NOT NULL, saleid TEXT NOT NULL, event INTEGER NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (store, saleid, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  store TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, type TEXT, key TEXT NOT NULL, reason TEXT NOT NULL,
  receivedat TEXT NOT NULL, sealed TEXT NOT NULL, reply TEXT, PRIMARY KEY (store, id, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE training (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL, store TEXT NOT NULL, receivedat TEXT NOT NULL, body TEXT NOT NULL, reply TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sequences (
  store TEXT NOT NULL, boxid TEXT NOT NULL, ranges TEXT NOT NULL, PRIMARY KEY (store, boxid)
) STRICT, WITHOUT ROWID;
`

/** Points and stamps, limits of rules, and messages that wait for their time. */
const rewards = `
CREATE TABLE member_units (
  member INTEGER NOT NULL REFERENCES members, unit TEXT NOT NULL, account INTEGER NOT NULL REFERENCES accounts,
  PRIMARY KEY (member, unit)
) STRICT, WITHOUT ROWID;
CREATE TABLE counters (counter TEXT PRIMARY KEY, used INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- What each sale added, to be taken back with it.
CREATE TABLE counted (
  sale TEXT NOT NULL, counter TEXT NOT NULL, added INTEGER NOT NULL, PRIMARY KEY (sale, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
  messageid TEXT PRIMARY KEY, member INTEGER NOT NULL REFERENCES members, sale TEXT NOT NULL, ruleid TEXT NOT NULL,
  channel TEXT NOT NULL, fa TEXT NOT NULL, en TEXT NOT NULL, due TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_due ON messages (due);
CREATE INDEX messages_sale ON messages (sale);
`

export const clubMigrations: readonly string[] = [first, rewards]
