import { databaseError, isDamaged } from '#runtime/database-error.ts'
import { type Database, openDatabase, openDatabaseToRead } from '#runtime/sqlite.ts'
import { absentKey, boxKeyFile, makeBoxKey, readBoxKeys } from './sealing/box-key.ts'
import { type BoxKey, createSeal, type Seal, wrongKey } from './sealing/seal.ts'
import { sealAll } from './sealing/sealed-tables.ts'

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
  -- What is personal is bytes from here on, sealed under the box's own key (gateway/sealing/): plain values are sealed at
  -- the start that follows.
  CREATE TABLE sealed_outbox (
    sequence  INTEGER PRIMARY KEY,
    id        TEXT NOT NULL,
    type      TEXT NOT NULL,
    lane      TEXT NOT NULL,
    orderkey  BLOB NOT NULL,
    saleid    TEXT,
    at        INTEGER NOT NULL,
    filed     INTEGER NOT NULL DEFAULT 0,
    settledat INTEGER,
    handed    TEXT CHECK (handed IN ('none', 'provisional', 'final')),
    body      BLOB NOT NULL,
    reply     BLOB
  ) STRICT;
  INSERT INTO sealed_outbox
    SELECT sequence, id, type, lane, CAST(orderkey AS BLOB), saleid, at, filed, settledat, handed, body, CAST(reply AS BLOB)
    FROM outbox ORDER BY sequence;
  DROP TABLE outbox;
  ALTER TABLE sealed_outbox RENAME TO outbox;
  CREATE INDEX outbox_id ON outbox (id) WHERE filed = 1;
  CREATE INDEX outbox_unfinished ON outbox (sequence) WHERE filed = 1 AND (settledat IS NULL OR handed = 'none');
  CREATE INDEX outbox_sale ON outbox (saleid) WHERE filed = 1 AND saleid IS NOT NULL;

  CREATE TABLE sealed_sale (saleid TEXT PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO sealed_sale SELECT saleid, at, CAST(body AS BLOB) FROM open_sale;
  DROP TABLE open_sale;
  ALTER TABLE sealed_sale RENAME TO open_sale;

  CREATE TABLE sealed_memory (
    device TEXT NOT NULL,
    key    TEXT NOT NULL,
    at     INTEGER NOT NULL,
    value  BLOB NOT NULL,
    PRIMARY KEY (device, key)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO sealed_memory SELECT device, key, at, CAST(value AS BLOB) FROM device_memory;
  DROP TABLE device_memory;
  ALTER TABLE sealed_memory RENAME TO device_memory;

  CREATE TABLE sealed_intent (redemptionid TEXT PRIMARY KEY, lane TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO sealed_intent SELECT redemptionid, lane, at, CAST(body AS BLOB) FROM redemption_intent;
  DROP TABLE redemption_intent;
  ALTER TABLE sealed_intent RENAME TO redemption_intent;

  -- Who has signed on at a lane.
  CREATE TABLE signed_on (lane TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO signed_on SELECT substr(name, 9), CAST(value AS BLOB) FROM box WHERE name LIKE 'cashier/%';
  DELETE FROM box WHERE name LIKE 'cashier/%';

  -- Whose a finger is, and its enrolment's id, which is part of the credential: as JSON.
  CREATE TABLE sealed_finger (
    epoch     TEXT NOT NULL REFERENCES finger_sensor,
    slot      INTEGER NOT NULL,
    -- On its way in, there, or on its way out: in the first and the last the sensor may have it or not.
    state     TEXT NOT NULL CHECK (state IN ('storing', 'stored', 'deleting')),
    consentat INTEGER NOT NULL,
    -- The fact that told the club of it, until the club has answered.
    fact      TEXT,
    whose     BLOB NOT NULL,
    PRIMARY KEY (epoch, slot)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO sealed_finger SELECT epoch, slot, state, consentat, fact,
    CAST(json_object('enrolmentid', enrolmentid, 'memberid', memberid, 'operator', operator) AS BLOB) FROM finger;
  DROP TABLE finger;
  ALTER TABLE sealed_finger RENAME TO finger;
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
  `
  -- Members as sales without the club have left them, until the club says something younger: sealed, and named by a hash.
  CREATE TABLE regular_since (member TEXT PRIMARY KEY, shard INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
  `,
]

/**
 * How many of these a gateway must know at least to work with a database of the newest: one that knows fewer refuses it, so
 * an update cannot be rolled back to it. A migration that only adds leaves this as it is; one that changes what older
 * gateways read or write raises it to its own number.
 */
const oldestGateway = 7

/** What the box's owner does about a database that is broken. */
export const whenDamaged =
  '`vafa gateway repair` saves what is whole in it and makes another one; nothing is deleted (docs/guides/when.md)'

/** The box's one database, and what opens what is personal in it. */
export interface BoxDisk {
  database: Database
  seal: Seal
}

/**
 * Opens the box's one database: outbox, open sales, what devices remember, whose fingers are where, and what the club
 * sent down. What is personal is sealed under the key in `keyFile`, which is made with the database. Throws
 * `box-key.absent` or `box-key.wrong` before anything but the schema is changed.
 */
export function openGatewayDatabase(path: string, { keyFile = boxKeyFile(path) }: { keyFile?: string } = {}): BoxDisk {
  const database = openDatabase(path, gatewayMigrations, { oldest: oldestGateway, whenDamaged })
  try {
    const begun = noted(database, 'key')
    const keys = keysOf(database, keyFile) ?? makeBoxKey(keyFile)
    const seal = createSeal(keys)
    const [{ keyid }] = keys
    // Named before anything is sealed under it, so that nobody makes another key in its place.
    note(database, 'key', keyid)
    if (noted(database, 'sealed') !== keyid) {
      const sealed = sealAll(database, seal)
      // What stood there plainly goes from the file and its log too; also where a start before this one was stopped.
      if (sealed > 0 || begun !== undefined) {
        database.exec('VACUUM')
        database.pragma('wal_checkpoint(TRUNCATE)')
      }
      note(database, 'sealed', keyid)
    }
    return { database, seal }
  } catch (error) {
    database.close()
    throw isDamaged(error) ? databaseError(path, error, { whenDamaged }) : error
  }
}

/** As `openGatewayDatabase`, to be read beside a running gateway. Throws as it, and as `openDatabaseToRead`. */
export function openGatewayDatabaseToRead(path: string, { keyFile = boxKeyFile(path) }: { keyFile?: string } = {}): BoxDisk {
  const database = openDatabaseToRead(path, gatewayMigrations)
  try {
    const keys = keysOf(database, keyFile)
    if (!keys) throw absentKey(keyFile)
    return { database, seal: createSeal(keys) }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Undefined where nothing is sealed yet and there is no key either. */
function keysOf(database: Database, keyFile: string): readonly [BoxKey, ...BoxKey[]] | undefined {
  const [named, whole] = [noted(database, 'key'), noted(database, 'sealed')]
  const keys = readBoxKeys(keyFile)
  if (!keys && named !== undefined) throw absentKey(keyFile)
  for (const keyid of [named, whole])
    if (keys && keyid !== undefined && !keys.some((key) => key.keyid === keyid))
      throw wrongKey(`${keyFile} has ${keys.map((key) => key.keyid).join(', ')}, and the database asks for ${keyid}`)
  return keys
}

const noted = (database: Database, name: string): string | undefined =>
  database.prepare<[string], string>('SELECT value FROM box WHERE name = ?').pluck().get(name)

function note(database: Database, name: string, value: string): void {
  if (noted(database, name) !== value) database.prepare('INSERT OR REPLACE INTO box (name, value) VALUES (?, ?)').run(name, value)
}
