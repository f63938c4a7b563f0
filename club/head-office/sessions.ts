import { createHash, randomBytes } from 'node:crypto'
import type { Runtime } from '#runtime/runtime.ts'
import { isoNow } from '#runtime/runtime.ts'
import type { OfficeDatabase } from './office-database.ts'
import type { User, Users } from './users.ts'

/** A working day and some of the night. */
const sessionMs = 14 * 3_600_000
const ticketMs = 30_000
/** Of one session at once: tabs that are opened together. */
const ticketsMost = 20

/** Somebody who has logged in. */
export interface Login {
  /** Stands in topics; knowing it gives nothing. */
  session: string
  user: User
  expiresat: string
}

interface Row {
  session: string
  name: string
  expiresat: string
}

export type Sessions = ReturnType<typeof createSessions>

/**
 * Who has logged in. What a browser keeps is stored as its hash only, so that a copy of the file logs nobody in; sessions
 * outlive a restart of the club. Tickets do not: each is good for one connection, for half a minute.
 */
export function createSessions(parts: {
  database: OfficeDatabase
  users: Users
  runtime: Runtime
  /** Its connections are to be cut. */
  onEnded(session: string): void
}) {
  const { database, users, runtime } = parts
  const tickets = new Map<string, { session: string; until: number }>()
  const loginOf = (row: Row | undefined): Login | undefined => {
    const user = row && row.expiresat > isoNow(runtime) ? users.find(row.name) : undefined
    return row && user && { session: row.session, user, expiresat: row.expiresat }
  }
  const end = (rows: readonly { session: string }[]) => {
    for (const { session } of rows) {
      database.prepare('DELETE FROM sessions WHERE session = ?').run(session)
      for (const [ticket, one] of tickets) if (one.session === session) tickets.delete(ticket)
      parts.onEnded(session)
    }
  }

  return {
    /** `secret` is for the browser's cookie, and is kept nowhere else. */
    begin(name: string): { secret: string; session: string } {
      database.prepare('DELETE FROM sessions WHERE expiresat <= ?').run(isoNow(runtime))
      const secret = randomBytes(32).toString('base64url')
      const session = runtime.uuid()
      const expiresat = new Date(runtime.now() + sessionMs).toISOString()
      database
        .prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)')
        .run(session, hashed(secret), name, isoNow(runtime), expiresat)
      return { secret, session }
    },
    bySecret: (secret: string): Login | undefined =>
      loginOf(database.prepare<[string], Row>('SELECT * FROM sessions WHERE secret = ?').get(hashed(secret))),
    byName: (session: string): Login | undefined =>
      loginOf(database.prepare<[string], Row>('SELECT * FROM sessions WHERE session = ?').get(session)),
    ticket(session: string): { ticket: string; expiresat: string } {
      const now = runtime.now()
      for (const [ticket, one] of tickets) if (one.until <= now) tickets.delete(ticket)
      const own = [...tickets].filter(([, one]) => one.session === session)
      if (own.length >= ticketsMost) tickets.delete(own[0]?.[0] ?? '')
      const ticket = randomBytes(32).toString('base64url')
      tickets.set(ticket, { session, until: now + ticketMs })
      return { ticket, expiresat: new Date(now + ticketMs).toISOString() }
    },
    /** Once, and only in the session that it was given to. */
    useTicket(session: string, ticket: string): Login | undefined {
      const known = tickets.get(ticket)
      if (known?.session !== session) return undefined
      tickets.delete(ticket)
      return known.until > runtime.now() ? this.byName(session) : undefined
    },
    end: (session: string): void => end([{ session }]),
    /** All of one user's, but for one. */
    endAll(name: string, but?: string): void {
      end(
        database
          .prepare<[string, string], { session: string }>('SELECT session FROM sessions WHERE name = ? AND session <> ?')
          .all(name, but ?? ''),
      )
    },
    /** Ends those whose time is over, and those that a command beside the club has taken away. */
    sweep(open: Iterable<string>): void {
      end([...open].flatMap((session) => (this.byName(session) ? [] : [{ session }])))
    },
  }
}

const hashed = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
