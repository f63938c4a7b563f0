import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Database, openDatabase } from '#runtime/sqlite.ts'

/**
 * Head office's own file beside the books: who may log in, who has, what waits for a second approval, who changed what, and
 * the programmes that were published from a page. It holds no member's data but what an audit entry names.
 */
const migrations = [
  `CREATE TABLE users (
    name TEXT PRIMARY KEY, title TEXT, role TEXT NOT NULL, stores TEXT NOT NULL, hash TEXT NOT NULL,
    mustchange INTEGER NOT NULL, createdat TEXT NOT NULL, lastloginat TEXT
  ) STRICT;
  CREATE TABLE sessions (
    session TEXT PRIMARY KEY, secret TEXT NOT NULL UNIQUE, name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    createdat TEXT NOT NULL, expiresat TEXT NOT NULL
  ) STRICT;
  CREATE TABLE proposals (
    proposalid TEXT PRIMARY KEY, name TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL, by TEXT NOT NULL,
    at TEXT NOT NULL, lapsesat TEXT NOT NULL, status TEXT NOT NULL, decidedby TEXT, decidedat TEXT, result TEXT
  ) STRICT;
  CREATE INDEX proposals_by_status ON proposals (status, at);
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, what TEXT NOT NULL,
    subject TEXT NOT NULL, data TEXT, before TEXT, after TEXT, result TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
  CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
  CREATE TABLE programmes (
    version INTEGER PRIMARY KEY, text TEXT NOT NULL, publishedat TEXT NOT NULL, by TEXT NOT NULL, agreedby TEXT NOT NULL,
    why TEXT NOT NULL
  ) STRICT;
  CREATE TABLE running (one INTEGER PRIMARY KEY CHECK (one = 1), current INTEGER, next INTEGER) STRICT;
  CREATE TABLE draft (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL) STRICT;`,
] as const

export type OfficeDatabase = Database

/** Opens or makes it, for its owner alone. Two processes may: the club, and a command beside it. */
export function openOfficeDatabase(path: string): OfficeDatabase {
  try {
    mkdirSync(dirname(path), { recursive: true })
    closeSync(openSync(path, 'a', 0o600))
  } catch {
    // Whoever opens it as a database says what is wrong.
  }
  return openDatabase(path, migrations)
}
