import { leanTables } from './lean-schema.ts'
import { lentWithMembers, offlineTables } from './offline-schema.ts'

/**
 * Bytes, not a language's order: instants and ids sort as they do in SQLite, and an index does not depend on the
 * operating system's locales, whose updates have broken others.
 */
const bytewise = (sql: string) => sql.replaceAll(/\bTEXT\b(?! COMPRESSION)/g, 'TEXT COLLATE "C"')

const appendOnly = (table: string) => `
CREATE TRIGGER ${table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table} EXECUTE FUNCTION append_only();`

/**
 * The same tables as in SQLite (sqlite-schema.ts says why they are as they are). lz4, because PostgreSQL's own
 * compression of rows beyond 2 KB takes twice the time of everything else. Room is left in pages whose rows change with
 * every sale, so that an update stays on its page and touches no index.
 */
const first = `
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;

CREATE TABLE identity (club TEXT NOT NULL, pepper TEXT NOT NULL);
CREATE TABLE programmes (version TEXT PRIMARY KEY, document TEXT NOT NULL);

CREATE TABLE shops (digest TEXT PRIMARY KEY, document TEXT NOT NULL);

CREATE TABLE journal (
  seq bigint PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, store TEXT NOT NULL, type TEXT NOT NULL,
  originalid TEXT, boxid TEXT NOT NULL, sequence bigint NOT NULL, effectiveat TEXT NOT NULL, receivedat TEXT NOT NULL,
  status TEXT NOT NULL, body TEXT COMPRESSION lz4 NOT NULL, reply TEXT COMPRESSION lz4 NOT NULL, memberid TEXT,
  given TEXT NOT NULL
);
${appendOnly('journal')}
CREATE TABLE originals (originalid TEXT PRIMARY KEY, id TEXT NOT NULL REFERENCES journal (id));
CREATE TABLE revisions (
  id TEXT PRIMARY KEY REFERENCES journal (id), revision bigint NOT NULL, reply TEXT COMPRESSION lz4 NOT NULL, at TEXT NOT NULL
);

CREATE TABLE transfers (
  seq bigint PRIMARY KEY, debit TEXT NOT NULL, credit TEXT NOT NULL, amount bigint NOT NULL CHECK (amount > 0),
  unit TEXT NOT NULL, kind TEXT NOT NULL, ruleid TEXT NOT NULL, event bigint NOT NULL CHECK (event = seq / 1000),
  subject TEXT NOT NULL, at TEXT NOT NULL, compensates bigint REFERENCES transfers, chain TEXT NOT NULL,
  issuedby TEXT, activeat TEXT, expiresat TEXT, CHECK (debit <> credit)
);
CREATE INDEX transfers_compensates ON transfers (compensates) WHERE compensates IS NOT NULL;
CREATE FUNCTION not_undone_beyond() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF NEW.amount + (SELECT COALESCE(SUM(amount), 0) FROM transfers WHERE compensates = NEW.compensates) >
    (SELECT amount FROM transfers WHERE seq = NEW.compensates)
  THEN RAISE EXCEPTION 'a transfer would be undone beyond its amount'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER transfers_undone BEFORE INSERT ON transfers FOR EACH ROW WHEN (NEW.compensates IS NOT NULL)
EXECUTE FUNCTION not_undone_beyond();
CREATE INDEX transfers_clearing ON transfers (at) WHERE kind = 'clearing';
${appendOnly('transfers')}
CREATE TABLE totals (account TEXT PRIMARY KEY, unit TEXT NOT NULL, balance bigint NOT NULL) WITH (fillfactor = 50);

CREATE TABLE members (
  member bigint PRIMARY KEY, memberid TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE, enrolledat TEXT NOT NULL,
  enrolledin TEXT NOT NULL, visits bigint NOT NULL, purchases bigint NOT NULL, lastvisitat TEXT, lastsale TEXT,
  mergedinto TEXT, erasedat TEXT, household TEXT, referredby TEXT, friends bigint, rank TEXT, recentvisits TEXT,
  birthdayat TEXT, credit bigint NOT NULL, units TEXT NOT NULL, lots TEXT NOT NULL, holds TEXT, due TEXT
) WITH (fillfactor = 80);
CREATE TABLE agenda (memberid TEXT PRIMARY KEY, due TEXT NOT NULL);
CREATE INDEX agenda_due ON agenda (due);
CREATE TABLE redemptions (
  redemptionid TEXT PRIMARY KEY, store TEXT NOT NULL, state TEXT NOT NULL, memberid TEXT, amount bigint NOT NULL,
  lapsesat TEXT, heldby bigint
);
CREATE TABLE member_aliases (memberid TEXT PRIMARY KEY, standsfor TEXT NOT NULL);
CREATE TABLE credentials (
  token TEXT PRIMARY KEY, memberid TEXT, kind TEXT NOT NULL, keyid TEXT NOT NULL, linkedat TEXT NOT NULL,
  state TEXT, since TEXT, reason TEXT, secret TEXT, copiedat TEXT
);
CREATE INDEX credentials_member ON credentials (memberid);
CREATE TABLE mobiles (mobile TEXT PRIMARY KEY, memberid TEXT NOT NULL);
CREATE TABLE profiles (memberid TEXT PRIMARY KEY, wrapped TEXT NOT NULL, locked TEXT);
CREATE TABLE consents (memberid TEXT PRIMARY KEY, history TEXT NOT NULL);

CREATE TABLE dossiers (
  memberid TEXT PRIMARY KEY, tokens TEXT NOT NULL, mobiles TEXT NOT NULL, events TEXT NOT NULL, merged TEXT NOT NULL
);
CREATE TABLE member_numbers (number TEXT PRIMARY KEY, memberid TEXT NOT NULL);
CREATE TABLE merge_candidates (
  pair TEXT PRIMARY KEY, first TEXT NOT NULL, second TEXT NOT NULL, why TEXT NOT NULL, event bigint NOT NULL, at TEXT NOT NULL
);
CREATE TABLE erasures (memberid TEXT PRIMARY KEY, event bigint NOT NULL, at TEXT NOT NULL);
CREATE TABLE households (household TEXT PRIMARY KEY, members TEXT NOT NULL);
CREATE TABLE card_stock (token TEXT PRIMARY KEY, card TEXT NOT NULL, batch TEXT NOT NULL, store TEXT, at TEXT NOT NULL);
CREATE TABLE card_keys (ring TEXT PRIMARY KEY, batches TEXT NOT NULL);
CREATE TABLE proofs (
  proof TEXT PRIMARY KEY, presentationid TEXT NOT NULL, store TEXT NOT NULL, at TEXT NOT NULL, refused TEXT NOT NULL
);
CREATE TABLE products (
  product TEXT PRIMARY KEY, name TEXT NOT NULL, category TEXT, brand TEXT, taxrate bigint, version bigint NOT NULL
);
CREATE TABLE catalogues (catalogue TEXT PRIMARY KEY, version bigint NOT NULL, at TEXT NOT NULL);

CREATE TABLE quotes (
  quoteid TEXT PRIMARY KEY, store TEXT NOT NULL, saleid TEXT NOT NULL, programme bigint NOT NULL,
  discount bigint NOT NULL, validuntil TEXT NOT NULL
);
CREATE TABLE sales (
  sale bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, saleid TEXT NOT NULL UNIQUE, eventid TEXT NOT NULL,
  events TEXT NOT NULL, store TEXT NOT NULL, memberid TEXT, at TEXT NOT NULL, currency TEXT NOT NULL, total bigint NOT NULL,
  discount bigint NOT NULL, payable bigint NOT NULL, reference TEXT NOT NULL, operator TEXT, tillreceipt TEXT,
  lines TEXT COMPRESSION lz4 NOT NULL, beginsvisit bigint NOT NULL, reversedby TEXT, previoussale TEXT,
  gifts TEXT NOT NULL, redeemed bigint, redemption TEXT, claimedby TEXT
);
CREATE TABLE receipt_codes (reference TEXT PRIMARY KEY, saleid TEXT NOT NULL);
CREATE TABLE till_receipts (tillreceipt TEXT PRIMARY KEY, saleid TEXT NOT NULL);
CREATE TABLE sale_returns (
  saleid TEXT PRIMARY KEY, value bigint NOT NULL, quantities TEXT NOT NULL, returnids TEXT NOT NULL, steps TEXT NOT NULL
);
CREATE TABLE tombstones (
  sale TEXT PRIMARY KEY, store TEXT NOT NULL, saleid TEXT NOT NULL, reversals TEXT NOT NULL, returns TEXT
);

CREATE TABLE lane_days (
  day TEXT PRIMARY KEY, businessdate TEXT NOT NULL, store TEXT NOT NULL, lane TEXT NOT NULL, sales bigint NOT NULL,
  total bigint NOT NULL, discount bigint NOT NULL, reversed bigint NOT NULL, till TEXT, closedby TEXT, closedat TEXT,
  revision bigint
) WITH (fillfactor = 50);
CREATE TABLE taps (memberid TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE reactions (
  reaction TEXT PRIMARY KEY, memberid TEXT NOT NULL, offerid TEXT NOT NULL, saleid TEXT, answer TEXT NOT NULL, operator TEXT,
  store TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX reactions_member ON reactions (memberid);
CREATE TABLE survey_answers (
  answer TEXT PRIMARY KEY, memberid TEXT NOT NULL, surveyid TEXT NOT NULL, option bigint NOT NULL, locked TEXT,
  store TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX survey_answers_member ON survey_answers (memberid);

CREATE TABLE counters (counter TEXT PRIMARY KEY, used bigint NOT NULL) WITH (fillfactor = 80);
CREATE TABLE messages (
  messageid TEXT PRIMARY KEY, memberid TEXT NOT NULL, saleid TEXT NOT NULL, ruleid TEXT NOT NULL, channel TEXT NOT NULL,
  text TEXT NOT NULL, due TEXT NOT NULL
);
CREATE INDEX messages_due ON messages (due);

CREATE TABLE coupons (memberid TEXT PRIMARY KEY, held TEXT NOT NULL);
CREATE TABLE activity (memberid TEXT PRIMARY KEY, days TEXT NOT NULL);
CREATE TABLE answered (memberid TEXT PRIMARY KEY, surveys TEXT NOT NULL);
CREATE TABLE alerts (
  alert TEXT PRIMARY KEY, ruleid TEXT NOT NULL, text TEXT NOT NULL, memberid TEXT NOT NULL, store TEXT, at TEXT NOT NULL
);

CREATE TABLE quarantine (
  store TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, type TEXT, key TEXT NOT NULL, reason TEXT NOT NULL,
  receivedat TEXT NOT NULL, sealed TEXT NOT NULL, reply TEXT, PRIMARY KEY (store, id, hash)
);
CREATE TABLE quarantine_rulings (
  ruling TEXT PRIMARY KEY, store TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, who TEXT NOT NULL,
  why TEXT, at TEXT NOT NULL, UNIQUE (store, id, hash)
);
CREATE TABLE unsent_replies (store TEXT PRIMARY KEY, ids TEXT NOT NULL);
CREATE TABLE asides (aside TEXT PRIMARY KEY, entries TEXT NOT NULL);
CREATE TABLE training (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL, store TEXT NOT NULL, receivedat TEXT NOT NULL, body TEXT NOT NULL, reply TEXT NOT NULL
);
CREATE TABLE sequences (
  box TEXT PRIMARY KEY, store TEXT NOT NULL, boxid TEXT NOT NULL, ranges TEXT NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE measures (
  measure TEXT PRIMARY KEY, day TEXT NOT NULL, store TEXT NOT NULL, dimension TEXT NOT NULL, key TEXT NOT NULL,
  flow TEXT NOT NULL, label TEXT, count bigint NOT NULL, quantity bigint NOT NULL, amount bigint NOT NULL,
  discount bigint NOT NULL, payable bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX measures_day ON measures (dimension, day);
CREATE TABLE insights (
  memberid TEXT PRIMARY KEY, upto bigint NOT NULL, enrolledat TEXT NOT NULL, enrolledin TEXT NOT NULL,
  visits bigint NOT NULL, purchases bigint NOT NULL, spend bigint NOT NULL, total bigint NOT NULL, firstat TEXT,
  lastat TEXT, seen TEXT NOT NULL, tastes TEXT NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE projections (projection TEXT PRIMARY KEY, seq bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE pulse (one integer PRIMARY KEY, at TEXT NOT NULL) WITH (fillfactor = 50);
`

/** Where a credential's record went when the key for tokens was exchanged. */
const second = 'ALTER TABLE credentials ADD COLUMN movedto TEXT;'

/** Some alarms are about no member. */
const alertsOfNobody = 'ALTER TABLE alerts ALTER COLUMN memberid DROP NOT NULL;'

/** As the server can: every build of PostgreSQL 15 for Debian has lz4, but a build may leave it out. */
export const postgresMigrations = (server: { lz4: boolean }): readonly string[] =>
  [first, second, offlineTables({ big: 'bigint', strict: '' }), alertsOfNobody, leanTables(), lentWithMembers].map((sql) =>
    bytewise(server.lz4 ? sql : sql.replaceAll(' COMPRESSION lz4', '')),
  )
