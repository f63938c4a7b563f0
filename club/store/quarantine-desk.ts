import { isFact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { unseal } from '#protocol/sealing.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { type Arrival, type ReadArrival, readArrival } from '../booking/arrival.ts'
import { type Books, SetAside } from '../books/context.ts'
import { Missing } from '../books/desk.ts'
import { type AsideKey, type Decided, dropAside, releaseAside } from '../books/quarantine.ts'
import type { Reader } from './questions.ts'
import type { ClubStore, QuarantinedEvent, QuarantineName } from './store.ts'

interface Row extends AsideKey {
  type: string | null
  key: QuarantinedEvent['key']
  reason: string
  receivedat: string
  sealed: string
  reply: string | null
}

/** Reads, releases and drops what was set aside. `change` runs a task on the books in its turn and makes it durable. */
export function quarantineDesk(parts: {
  books: Books
  reader: Reader
  uuid: () => string
  /** The programme of `instant` decides. */
  change<T>(task: () => T, instant: string): Promise<T>
}): Pick<ClubStore, 'quarantined' | 'release' | 'dropQuarantined'> {
  const { books, reader, uuid, change } = parts

  async function find({ id, store, hash }: QuarantineName): Promise<Row> {
    const rows = await reader.query<Row>(
      `SELECT q.store, q.id, q.hash, q.type, q.key, q.reason, q.receivedat, q.sealed, q.reply FROM quarantine q
       WHERE q.id = $1 AND NOT EXISTS
         (SELECT 1 FROM quarantine_rulings r WHERE r.store = q.store AND r.id = q.id AND r.hash = q.hash)`,
      [id],
    )
    const found = rows.filter((one) => (store ?? one.store) === one.store && one.hash.startsWith(hash ?? ''))
    const [first, second] = found
    if (first && !second) return first
    if (!first)
      throw new VafaError({
        key: 'quarantine.unknown',
        message: `no event ${id} is in quarantine`,
        hint: '`vafa club quarantine list` names those that are',
      })
    throw new VafaError({
      key: 'quarantine.ambiguous',
      message: `${found.length} events in quarantine have the id ${id}: ${found.map((one) => `${one.store} ${one.hash.slice(0, 8)}`).join(', ')}`,
      hint: 'add --store, or --hash with the first characters of its hash',
    })
  }

  const bytesOf = ({ sealed }: Row): Buffer => Buffer.from(String(unseal(JSON.parse(sealed), books.sealingKey)), 'base64')

  const read = (row: Row, correction: string | undefined): { arrival: Arrival; read: Extract<ReadArrival, { ok: true }> } => {
    const { store, receivedat } = row
    const arrival = { store, receivedat, payload: correction === undefined ? bytesOf(row) : Buffer.from(correction) }
    const given = readArrival(arrival)
    if (!given.ok) throw unbookable(row, given.reason)
    if (!isFact(given.message)) throw unbookable(row, 'type: a request is not booked')
    // What had no readable id, and what came under an id that stands for another event, needs an id of its own.
    const sameId = row.reply !== null && row.key !== 'event.conflict'
    if (sameId && given.message.id !== row.id)
      throw unbookable(row, `id: must stay ${row.id}, so that its box is answered once it is booked`)
    return { arrival, read: given }
  }

  return {
    async quarantined(name) {
      const row = await find(name)
      const { store, id, hash, type, key, reason, receivedat } = row
      const text = bytesOf(row).toString('utf8')
      return { ...{ store, eventid: id, hash, key, reason, receivedat, text }, ...(type === null ? {} : { type }) }
    },
    async release(name, { correction, ...by }) {
      const row = await find(name)
      const { arrival, read: given } = read(row, correction)
      return refused(row, () =>
        change(() => {
          const act = { act: uuid(), by: decided(by) }
          const { answers } = releaseAside(books, row, { arrival, read: given, corrected: correction !== undefined, ...act })
          const { id } = given.message
          const { status, error } = JSON.parse(answers.find((one) => one.inReplyTo === id)?.reply ?? '{}') as Reply
          return { id, status, ...(error ? { error: error.key } : {}) }
        }, row.receivedat),
      )
    },
    async dropQuarantined(name, by) {
      const row = await find(name)
      await refused(row, () => change(() => dropAside(books, row, { act: uuid(), by: decided(by) }), by.at))
    },
  }
}

const decided = ({ who, at, why }: Decided): Decided => ({ who, at, ...(why === undefined ? {} : { why }) })

/** What stands in the way of booking, as an error for whoever asked. */
async function refused<T>(row: Row, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof VafaError || error instanceof Missing) throw error
    throw unbookable(row, error instanceof SetAside ? error.message : messageOf(error), error)
  }
}

const unbookable = ({ id, store }: Row, reason: string, cause?: unknown) =>
  new VafaError({
    key: 'quarantine.unbookable',
    message: `the event ${id} of store ${store} cannot be booked: ${reason}`,
    hint: 'it stays in quarantine: correct it and release it with --as FILE, or drop it with --why',
    cause,
  })
