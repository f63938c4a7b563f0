import type { CounterChange, ScheduledMessage } from '#programme/decide.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { StoredMember } from './sqlite-members.ts'
import type { DueMessage } from './store.ts'

interface MessageRow {
  messageid: string
  memberid: string
  ruleid: string
  channel: ScheduledMessage['channel']
  fa: string
  en: string
  due: string
  saleid: string
}

/** What rules leave behind beside transfers: what was used of their limits, and messages that wait for their time. */
export function sqliteRewards(db: Database) {
  const used = db.prepare<[string], { used: number }>('SELECT used FROM counters WHERE counter = ?')
  const count = db.prepare<[string, number]>(
    'INSERT INTO counters VALUES (?, ?) ON CONFLICT (counter) DO UPDATE SET used = used + excluded.used',
  )
  const note = db.prepare<[string, string, number]>('INSERT INTO counted VALUES (?, ?, ?)')
  const counted = db.prepare<[string], { counter: string; added: number }>('SELECT counter, added FROM counted WHERE sale = ?')
  const forget = db.prepare<[string]>('DELETE FROM counted WHERE sale = ?')
  const insertMessage = db.prepare<[string, number, string, string, string, string, string, string]>(
    'INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const cancel = db.prepare<[string]>('DELETE FROM messages WHERE sale = ?')
  const due = db.prepare<[string], MessageRow>(
    `SELECT messageid, (SELECT memberid FROM members WHERE member = messages.member) AS memberid, ruleid, channel, fa, en, due, sale AS saleid
     FROM messages WHERE due <= ? ORDER BY due, messageid`,
  )

  return {
    /** What was used of limits so far, by counter. */
    used: (counters: readonly string[]): Record<string, number> =>
      Object.fromEntries(counters.map((counter) => [counter, used.get(counter)?.used ?? 0])),
    /** Books what a sale gave, besides its transfers. `event` is the sale's id in the journal: a message's id comes from it. */
    book(
      given: { counters: readonly CounterChange[]; messages: readonly ScheduledMessage[] },
      cause: { eventid: string; saleid: string; member: StoredMember },
    ): void {
      for (const { counter, add } of given.counters) {
        count.run(counter, add)
        note.run(cause.saleid, counter, add)
      }
      given.messages.forEach(({ ruleid, channel, text, due: at }, index) => {
        const messageid = `${cause.eventid}/${index}`
        insertMessage.run(messageid, cause.member.row, cause.saleid, ruleid, channel, text.fa, text.en, at)
      })
    },
    /** Gives back what a sale that is undone used of limits, and drops its messages. */
    undo(saleid: string): void {
      for (const { counter, added } of counted.all(saleid)) count.run(counter, -added)
      forget.run(saleid)
      cancel.run(saleid)
    },
    dueMessages: (until: string): DueMessage[] => due.all(until).map(({ fa, en, ...row }) => ({ ...row, text: { fa, en } })),
  }
}
export type SqliteRewards = ReturnType<typeof sqliteRewards>
