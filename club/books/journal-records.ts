import type { ErrorKey } from '#protocol/errors.ts'

/** An event that was processed: as the club may keep it, and what was answered, byte for byte. */
export interface JournalEntry {
  id: string
  seq: number
  hash: string
  store: string
  type: string
  originalid?: string | undefined
  boxid: string
  sequence: number
  effectiveAt: string
  receivedAt: string
  status: string
  body: string
  reply: string
  memberid?: string | undefined
  /** What decided it besides the event and the books (witness.ts), as JSON; the desk writes it. */
  given?: string | undefined
}

/** What was set aside, sealed: the original text may hold tokens and what only the club may read. */
export interface Aside {
  store: string
  id: string
  hash: string
  type?: string | undefined
  key: ErrorKey
  reason: string
  receivedAt: string
  sealed: string
  reply?: string | undefined
}

/** What a person decided about something in quarantine, once. */
export interface Ruling {
  ruling: string
  store: string
  id: string
  hash: string
  state: 'released' | 'dropped'
  who: string
  why?: string | undefined
  at: string
}
