import { type Database, openDatabase } from '#runtime/sqlite.ts'

export const gatewayMigrations: readonly string[] = [
  `
  -- What the box is: its id is made at the first start and stays with this database.
  CREATE TABLE box (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Facts on their way to the club. A row is settled by the club's reply, never by a PUBACK.
  CREATE TABLE outbox (
    sequence  INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    type      TEXT NOT NULL,
    lane      TEXT NOT NULL,
    orderkey  TEXT NOT NULL,
    saleid    TEXT,
    at        INTEGER NOT NULL,
    body      BLOB NOT NULL,
    settledat INTEGER,
    reply     TEXT,
    -- Which receipt the customer was given; null where none belongs to the fact.
    handed    TEXT CHECK (handed IN ('none', 'provisional', 'final'))
  ) STRICT;
  -- One index for what a start asks for: each further one is a further page in every commit.
  CREATE INDEX outbox_unfinished ON outbox (sequence) WHERE settledat IS NULL OR handed = 'none';
  CREATE INDEX outbox_sale ON outbox (saleid) WHERE saleid IS NOT NULL;

  -- Sales that are open at a till, with what they were quoted, so that a restart between quote and payment is no loss.
  CREATE TABLE open_sale (saleid TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- The last valid message of each kind that the club sends down.
  CREATE TABLE down (what TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- A fact's own commit writes one tree: the indexes take a row when it is filed, a moment later and behind. What a
  -- start and a daily clearing read stands before what is long.
  CREATE TABLE filed_outbox (
    sequence  INTEGER PRIMARY KEY,
    id        TEXT NOT NULL,
    type      TEXT NOT NULL,
    lane      TEXT NOT NULL,
    orderkey  TEXT NOT NULL,
    saleid    TEXT,
    at        INTEGER NOT NULL,
    filed     INTEGER NOT NULL DEFAULT 0,
    settledat INTEGER,
    handed    TEXT CHECK (handed IN ('none', 'provisional', 'final')),
    body      BLOB NOT NULL,
    reply     TEXT
  ) STRICT;
  INSERT INTO filed_outbox
    SELECT sequence, id, type, lane, orderkey, saleid, at, 1, settledat, handed, body, reply FROM outbox ORDER BY sequence;
  DROP TABLE outbox;
  ALTER TABLE filed_outbox RENAME TO outbox;
  CREATE INDEX outbox_id ON outbox (id) WHERE filed = 1;
  CREATE INDEX outbox_unfinished ON outbox (sequence) WHERE filed = 1 AND (settledat IS NULL OR handed = 'none');
  CREATE INDEX outbox_sale ON outbox (saleid) WHERE filed = 1 AND saleid IS NOT NULL;
  `,
  `
  -- What devices remember over a restart, such as the keys of requests that a till may repeat.
  CREATE TABLE device_memory (
    device TEXT NOT NULL,
    key    TEXT NOT NULL,
    at     INTEGER NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (device, key)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Credit that the club may be holding for a sale that is not paid yet.
  CREATE TABLE redemption_intent (redemptionid TEXT PRIMARY KEY, lane TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- Fingerprint sensors by the epoch on their notepad, and what this box has put into them: slots, never templates.
  CREATE TABLE finger_sensor (epoch TEXT PRIMARY KEY, device TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE finger (
    epoch       TEXT NOT NULL REFERENCES finger_sensor,
    slot        INTEGER NOT NULL,
    enrolmentid TEXT NOT NULL,
    memberid    TEXT NOT NULL,
    -- On its way in, there, or on its way out: in the first and the last the sensor may have it or not.
    state       TEXT NOT NULL CHECK (state IN ('storing', 'stored', 'deleting')),
    consentat   INTEGER NOT NULL,
    operator    TEXT,
    -- The fact that told the club of it, until the club has answered.
    fact        TEXT,
    PRIMARY KEY (epoch, slot)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Members who were at this store lately, as the club told, and whose cards were shown here: sealed values.
  CREATE TABLE regulars (shard INTEGER PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
  CREATE TABLE known_card (card TEXT PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX known_card_at ON known_card (at);
  -- What sales hold of the club's allowances, and have spent of them.
  CREATE TABLE allowance_taken (
    saleid TEXT PRIMARY KEY,
    shard  INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    gifts  INTEGER NOT NULL,
    spent  INTEGER NOT NULL CHECK (spent IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  -- Advice that the club has not answered: how much credit the customer was told of.
  CREATE TABLE advice_given (id TEXT PRIMARY KEY, credit INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
]

/** Opens the box's one database: outbox, open sales, what devices remember, whose fingers are where, and what the club sent down. */
export const openGatewayDatabase = (path: string): Database => openDatabase(path, gatewayMigrations)
