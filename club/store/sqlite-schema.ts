import { leanTables } from './lean-schema.ts'
import { lentWithMembers, offlineTables } from './offline-schema.ts'

const appendOnly = (table: string) => `
CREATE TRIGGER ${table}_keeps BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;
CREATE TRIGGER ${table}_stays BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END;`

/**
 * Instants are ISO 8601 in UTC with milliseconds, so that they sort as text. Every index costs each sale a page: what
 * is not asked for by a key is found through what is (a member's sales through `previoussale`, an event's transfers
 * through their numbers).
 */
const first = `
-- Which club and which pepper these books belong to.
CREATE TABLE identity (club TEXT NOT NULL, pepper TEXT NOT NULL) STRICT;
-- Every version of the programme that has decided something.
CREATE TABLE programmes (version TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;

-- Every form in which receipts have shown a store.
CREATE TABLE shops (digest TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;

-- One row an event: what came (as the club may keep it) and what was answered, byte for byte.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, store TEXT NOT NULL, type TEXT NOT NULL,
  originalid TEXT, boxid TEXT NOT NULL, sequence INTEGER NOT NULL, effectiveat TEXT NOT NULL, receivedat TEXT NOT NULL,
  status TEXT NOT NULL, body TEXT NOT NULL, reply TEXT NOT NULL, memberid TEXT,
  -- What decided it besides the event and the books before it.
  given TEXT NOT NULL
) STRICT;
${appendOnly('journal')}
-- What small batches changed, until it is in its tables.
CREATE TABLE redo (batch INTEGER PRIMARY KEY, changes TEXT NOT NULL) STRICT;
CREATE TABLE originals (originalid TEXT PRIMARY KEY, id TEXT NOT NULL REFERENCES journal (id)) STRICT, WITHOUT ROWID;
CREATE TABLE revisions (
  id TEXT PRIMARY KEY REFERENCES journal (id), revision INTEGER NOT NULL, reply TEXT NOT NULL, at TEXT NOT NULL
) STRICT;

-- Double entry. A transfer's number is its event's place in the journal × 1000 and its place among the event's.
CREATE TABLE transfers (
  seq INTEGER PRIMARY KEY, debit TEXT NOT NULL, credit TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
  unit TEXT NOT NULL, kind TEXT NOT NULL, ruleid TEXT NOT NULL, event INTEGER NOT NULL CHECK (event = seq / 1000),
  subject TEXT NOT NULL, at TEXT NOT NULL, compensates INTEGER REFERENCES transfers, chain TEXT NOT NULL,
  -- The lot of a member that it adds to or takes from.
  issuedby TEXT, activeat TEXT, expiresat TEXT, CHECK (debit <> credit)
) STRICT;
-- Undone in parts, never beyond what it was.
CREATE INDEX transfers_compensates ON transfers (compensates) WHERE compensates IS NOT NULL;
CREATE TRIGGER transfers_undone BEFORE INSERT ON transfers WHEN NEW.compensates IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'a transfer would be undone beyond its amount') WHERE NEW.amount +
    (SELECT COALESCE(SUM(amount), 0) FROM transfers WHERE compensates = NEW.compensates) >
    (SELECT amount FROM transfers WHERE seq = NEW.compensates);
END;
CREATE INDEX transfers_clearing ON transfers (at) WHERE kind = 'clearing';
${appendOnly('transfers')}
-- Accounts of the house and of stores; what a member has stands with the member.
CREATE TABLE totals (account TEXT PRIMARY KEY, unit TEXT NOT NULL, balance INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  member INTEGER PRIMARY KEY, memberid TEXT NOT NULL UNIQUE, number TEXT NOT NULL UNIQUE, enrolledat TEXT NOT NULL,
  enrolledin TEXT NOT NULL, visits INTEGER NOT NULL, purchases INTEGER NOT NULL, lastvisitat TEXT, lastsale TEXT,
  mergedinto TEXT, erasedat TEXT, household TEXT, referredby TEXT, friends INTEGER, rank TEXT, recentvisits TEXT, birthdayat TEXT,
  credit INTEGER NOT NULL, units TEXT NOT NULL, lots TEXT NOT NULL, holds TEXT, due TEXT
) STRICT;
-- Who has something due (lots that expire, holds that lapse), and when first.
CREATE TABLE agenda (memberid TEXT PRIMARY KEY, due TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX agenda_due ON agenda (due);
CREATE TABLE redemptions (
  redemptionid TEXT PRIMARY KEY, store TEXT NOT NULL, state TEXT NOT NULL, memberid TEXT, amount INTEGER NOT NULL,
  lapsesat TEXT, heldby INTEGER
) STRICT, WITHOUT ROWID;
-- Ids that boxes made for who was a member already.
CREATE TABLE member_aliases (memberid TEXT PRIMARY KEY, standsfor TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE credentials (
  token TEXT PRIMARY KEY, memberid TEXT, kind TEXT NOT NULL, keyid TEXT NOT NULL, linkedat TEXT NOT NULL,
  state TEXT, since TEXT, reason TEXT, secret TEXT, copiedat TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_member ON credentials (memberid);
CREATE TABLE mobiles (mobile TEXT PRIMARY KEY, memberid TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Apart from the books, so that a person can be forgotten and the books stay.
CREATE TABLE profiles (memberid TEXT PRIMARY KEY, wrapped TEXT NOT NULL, locked TEXT) STRICT;
CREATE TABLE consents (memberid TEXT PRIMARY KEY, history TEXT NOT NULL) STRICT;

-- What belongs to a person and changes seldom, so that it can be found, moved and erased whole.
CREATE TABLE dossiers (
  memberid TEXT PRIMARY KEY, tokens TEXT NOT NULL, mobiles TEXT NOT NULL, events TEXT NOT NULL, merged TEXT NOT NULL
) STRICT;
CREATE TABLE member_numbers (number TEXT PRIMARY KEY, memberid TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE merge_candidates (
  pair TEXT PRIMARY KEY, first TEXT NOT NULL, second TEXT NOT NULL, why TEXT NOT NULL, event INTEGER NOT NULL, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE erasures (memberid TEXT PRIMARY KEY, event INTEGER NOT NULL, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE households (household TEXT PRIMARY KEY, members TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE card_stock (
  token TEXT PRIMARY KEY, card TEXT NOT NULL, batch TEXT NOT NULL, store TEXT, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Keys of cards that prove themselves, sealed; and what cards and phones have said that counts once.
CREATE TABLE card_keys (ring TEXT PRIMARY KEY, batches TEXT NOT NULL) STRICT;
CREATE TABLE proofs (
  proof TEXT PRIMARY KEY, presentationid TEXT NOT NULL, store TEXT NOT NULL, at TEXT NOT NULL, refused TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE products (
  product TEXT PRIMARY KEY, name TEXT NOT NULL, category TEXT, brand TEXT, taxrate INTEGER, version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- One row: which version of the products is in force.
CREATE TABLE catalogues (catalogue TEXT PRIMARY KEY, version INTEGER NOT NULL, at TEXT NOT NULL) STRICT;

CREATE TABLE quotes (
  quoteid TEXT PRIMARY KEY, store TEXT NOT NULL, saleid TEXT NOT NULL, programme INTEGER NOT NULL,
  discount INTEGER NOT NULL, validuntil TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sales (
  sale INTEGER PRIMARY KEY, saleid TEXT NOT NULL UNIQUE, eventid TEXT NOT NULL, events TEXT NOT NULL, store TEXT NOT NULL,
  memberid TEXT, at TEXT NOT NULL, currency TEXT NOT NULL, total INTEGER NOT NULL, discount INTEGER NOT NULL,
  payable INTEGER NOT NULL, reference TEXT NOT NULL, operator TEXT, tillreceipt TEXT, lines TEXT NOT NULL,
  beginsvisit INTEGER NOT NULL, reversedby TEXT, previoussale TEXT, gifts TEXT NOT NULL,
  redeemed INTEGER, redemption TEXT, claimedby TEXT
) STRICT;
CREATE TABLE receipt_codes (reference TEXT PRIMARY KEY, saleid TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE till_receipts (tillreceipt TEXT PRIMARY KEY, saleid TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- What was brought back of sales.
CREATE TABLE sale_returns (
  saleid TEXT PRIMARY KEY, value INTEGER NOT NULL, quantities TEXT NOT NULL, returnids TEXT NOT NULL, steps TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Reversals and returns that came before their sale.
CREATE TABLE tombstones (
  sale TEXT PRIMARY KEY, store TEXT NOT NULL, saleid TEXT NOT NULL, reversals TEXT NOT NULL, returns TEXT
) STRICT;

-- A lane's business days, the earliest first: what the club has of each, and what its till said.
CREATE TABLE lane_days (
  day TEXT PRIMARY KEY, businessdate TEXT NOT NULL, store TEXT NOT NULL, lane TEXT NOT NULL, sales INTEGER NOT NULL,
  total INTEGER NOT NULL, discount INTEGER NOT NULL, reversed INTEGER NOT NULL, till TEXT, closedby TEXT, closedat TEXT,
  revision INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE taps (memberid TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE reactions (
  reaction TEXT PRIMARY KEY, memberid TEXT NOT NULL, offerid TEXT NOT NULL, saleid TEXT, answer TEXT NOT NULL, operator TEXT,
  store TEXT NOT NULL, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_member ON reactions (memberid);
CREATE TABLE survey_answers (
  answer TEXT PRIMARY KEY, memberid TEXT NOT NULL, surveyid TEXT NOT NULL, option INTEGER NOT NULL, locked TEXT,
  store TEXT NOT NULL, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX survey_answers_member ON survey_answers (memberid);

-- What was used of the rules' limits, and messages that wait for their time.
CREATE TABLE counters (counter TEXT PRIMARY KEY, used INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
  messageid TEXT PRIMARY KEY, memberid TEXT NOT NULL, saleid TEXT NOT NULL, ruleid TEXT NOT NULL, channel TEXT NOT NULL,
  text TEXT NOT NULL, due TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_due ON messages (due);

-- What rules gave besides money, points and stamps, and what they look at.
CREATE TABLE coupons (memberid TEXT PRIMARY KEY, held TEXT NOT NULL) STRICT;
CREATE TABLE activity (memberid TEXT PRIMARY KEY, days TEXT NOT NULL) STRICT;
CREATE TABLE answered (memberid TEXT PRIMARY KEY, surveys TEXT NOT NULL) STRICT;
CREATE TABLE alerts (
  alert TEXT PRIMARY KEY, ruleid TEXT NOT NULL, text TEXT NOT NULL, memberid TEXT NOT NULL, store TEXT, at TEXT NOT NULL
) STRICT;

CREATE TABLE quarantine (
  store TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, type TEXT, key TEXT NOT NULL, reason TEXT NOT NULL,
  receivedat TEXT NOT NULL, sealed TEXT NOT NULL, reply TEXT, PRIMARY KEY (store, id, hash)
) STRICT;
-- What people decided about it; what has none waits.
CREATE TABLE quarantine_rulings (
  ruling TEXT PRIMARY KEY, store TEXT NOT NULL, id TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, who TEXT NOT NULL,
  why TEXT, at TEXT NOT NULL, UNIQUE (store, id, hash)
) STRICT;
-- Revised replies that wait until their store is there.
CREATE TABLE unsent_replies (store TEXT PRIMARY KEY, ids TEXT NOT NULL) STRICT;
-- Which ids are in quarantine, by store: none can spoil another's.
CREATE TABLE asides (aside TEXT PRIMARY KEY, entries TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE training (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL, store TEXT NOT NULL, receivedat TEXT NOT NULL, body TEXT NOT NULL, reply TEXT NOT NULL
) STRICT;
CREATE TABLE sequences (
  box TEXT PRIMARY KEY, store TEXT NOT NULL, boxid TEXT NOT NULL, ranges TEXT NOT NULL
) STRICT;

-- Derived from all the above, behind the sales: what reports read, what is known of each member, and up to where.
CREATE TABLE measures (
  measure TEXT PRIMARY KEY, day TEXT NOT NULL, store TEXT NOT NULL, dimension TEXT NOT NULL, key TEXT NOT NULL,
  flow TEXT NOT NULL, label TEXT, count INTEGER NOT NULL, quantity INTEGER NOT NULL, amount INTEGER NOT NULL,
  discount INTEGER NOT NULL, payable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX measures_day ON measures (dimension, day);
CREATE TABLE insights (
  memberid TEXT PRIMARY KEY, upto INTEGER NOT NULL, enrolledat TEXT NOT NULL, enrolledin TEXT NOT NULL,
  visits INTEGER NOT NULL, purchases INTEGER NOT NULL, spend INTEGER NOT NULL, total INTEGER NOT NULL, firstat TEXT,
  lastat TEXT, seen TEXT NOT NULL, tastes TEXT NOT NULL
) STRICT;
CREATE TABLE projections (projection TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- When a commit was last tried for its own sake.
CREATE TABLE pulse (one INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
`

/** Where a credential's record went when the key for tokens was exchanged. */
const second = 'ALTER TABLE credentials ADD COLUMN movedto TEXT;'

/** Some alarms are about no member. */
const alertsOfNobody = `
ALTER TABLE alerts RENAME TO alerts_of_members;
CREATE TABLE alerts (
  alert TEXT PRIMARY KEY, ruleid TEXT NOT NULL, text TEXT NOT NULL, memberid TEXT, store TEXT, at TEXT NOT NULL
) STRICT;
INSERT INTO alerts SELECT * FROM alerts_of_members;
DROP TABLE alerts_of_members;
`

export const clubMigrations: readonly string[] = [
  first,
  second,
  offlineTables({ big: 'INTEGER', strict: ' STRICT' }),
  alertsOfNobody,
  leanTables({ strict: ' STRICT, WITHOUT ROWID' }),
  lentWithMembers,
]
