import packageJson from '#package' with { type: 'json' }
import { isFact } from '#protocol/messages.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { type Arrival, type ReadArrival, readArrival } from '../booking/arrival.ts'
import type { Books } from '../books/context.ts'
import { SetAside } from '../books/context.ts'
import { type Counts, createDesk, Missing } from '../books/desk.ts'
import { setAside, type Taken, takeFact } from '../books/facts.ts'
import { foresee, foreseeBehind } from '../books/foresight.ts'
import { noteSequence } from '../books/journal.ts'
import { createNames } from '../books/people.ts'
import { createProgrammes, type KeptProgramme } from '../books/programmes.ts'
import type { Kind } from '../books/records.ts'
import { takeRequest } from '../books/requests.ts'
import { createWitness, notedRules, notedShops } from '../books/witness.ts'
import { accounts } from '../ledger/transfers.ts'
import { createPepper, type Pepper } from '../pepper.ts'
import type { Engine } from './engine.ts'
import { questions } from './questions.ts'
import type { ClubStore, Outcome, StoreSettings } from './store.ts'

/** What is remembered, and quotes, go to their tables after this time: most quotes are used up by their sale before. */
const settleMs = 250
/** Batches up to this size are remembered first, so that their replies go out sooner; larger ones are written at once. */
const rememberedMost = 16

/** The club's books over a database: events are folded in memory, what they change is written once a batch. */
export async function openBooks(engine: Engine, settings: StoreSettings & { uuid: () => string }): Promise<ClubStore> {
  const { shops, sealingKey, uuid } = settings
  const { currency } = settings.programmes.current
  const pepper = createPepper(settings.pepper)
  await refuseForeignBooks(engine, { club: settings.club, pepper })
  const programmes = createProgrammes(await engine.query<KeptProgramme>('SELECT version, document FROM programmes'))
  programmes.follow(settings.programmes)
  await openTotals(engine, { currency, shops })
  const counts = await countBooks(engine)
  const { loadNow } = engine
  const { witness, taken: takeNotes, forget } = createWitness()
  const open = createDesk({
    load:
      loadNow ??
      ((kind, key) => {
        throw new Missing(kind, key)
      }),
    counts,
    currency,
    given() {
      programmes.keep(books.programme, open.desk)
      return takeNotes({ programme: books.programme.version, engine: packageJson.version })
    },
  })
  const books: Books = {
    desk: open.desk,
    shops: notedShops(shops, { witness, desk: open.desk }),
    programme: settings.programmes.current,
    programmeOf: (version, instant) => {
      const find = () => programmes.of(version, instant)
      return programmes.keep(notedRules(witness, { inForce: books.programme, version, instant }, find), open.desk)
    },
    sealingKey,
    pepper,
    witness,
  }
  const nameOf = createNames(books)
  let work: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  /** A batch has failed, perhaps only in the answer to its commit: where the books stand is asked anew. */
  let doubtful = false
  /** The latest instant of which the books know. */
  let heard = (await engine.query<{ at: string }>('SELECT receivedat AS at FROM journal ORDER BY seq DESC LIMIT 1'))[0]?.at ?? ''

  /** One after another: the desk is one event's at a time. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = work.then(task).finally(open.forgetLoaded)
    work = result.catch(() => {})
    return result
  }

  /** Runs `task` on the desk; what it misses is loaded and it runs again. */
  async function onDesk<T>(task: () => T): Promise<T> {
    for (;;) {
      forget()
      try {
        return task()
      } catch (error) {
        open.dropEvent()
        if (!(error instanceof Missing)) throw error
        const { kind, key } = error
        open.loaded(kind, key, (await engine.load(kind, [key])).get(key))
      }
    }
  }

  function takeOne(arrival: Arrival, read: ReadArrival): Taken {
    if (!read.ok) return setAside(books, arrival, read)
    const { message, hash } = read
    if (isFact(message)) {
      noteSequence(books, arrival, message)
      open.keepEvent()
    }
    try {
      return takeFact(books, arrival, read)
    } catch (error) {
      if (error instanceof Missing) throw error
      open.dropEvent()
      const key = error instanceof SetAside ? error.key : 'event.unsupported'
      const reason = error instanceof SetAside ? error.message : `cannot be booked: ${messageOf(error)}`
      return setAside(books, arrival, { id: message.id, madeUp: false, hash, key, reason, type: message.type })
    }
  }

  /** Loads what a batch is going to look up, all at once, and then what lies behind that. */
  async function loadAhead(items: readonly Read[]): Promise<void> {
    const messages = items.flatMap(({ arrival, read }) => (read.ok ? [{ arrival, message: read.message }] : []))
    let wanted = new Map<Kind, Set<string>>()
    const ask = (kind: Kind, key: string) => {
      if (open.has(kind, key)) return
      const keys = wanted.get(kind)
      if (keys) keys.add(key)
      else wanted.set(kind, new Set([key]))
    }
    const peek: Books['desk']['get'] = (kind, key) => (open.has(kind, key) ? open.desk.get(kind, key) : undefined)
    for (const one of messages) foresee(books, one, ask)
    // Who showed a card just now is in memory: then there is only one way to the database.
    for (const one of messages) foreseeBehind(books, one, peek, ask)
    while (wanted.size > 0) {
      await Promise.all(
        [...wanted].map(async ([kind, keys]) => {
          const found = await engine.load(kind, [...keys])
          for (const key of keys) open.loaded(kind, key, found.get(key))
        }),
      )
      wanted = new Map()
      for (const one of messages) foreseeBehind(books, one, peek, ask)
    }
  }

  /** Folds the arrivals one by one; what they change is kept on the desk. */
  async function fold(arrivals: readonly Arrival[], take: (arrival: Arrival, read: ReadArrival) => Taken): Promise<Outcome> {
    const outcome: Outcome = { answers: [], notices: [] }
    const items = arrivals.map((arrival): Read => ({ arrival, read: readArrival(arrival) }))
    if (!loadNow) await loadAhead(items)
    for (const { arrival, read } of items) {
      if (arrival.receivedat > heard) heard = arrival.receivedat
      books.programme = programmes.at(arrival.receivedat)
      const taken = await onDesk(() => {
        const { answers, notices } = take(arrival, read)
        return {
          notices,
          answers: answers.map(({ inReplyTo, reply, memberid }) => {
            const displayName = memberid === undefined ? undefined : nameOf(memberid)
            return { store: arrival.store, inReplyTo, body: reply, ...(displayName === undefined ? {} : { displayName }) }
          }),
        }
      })
      open.keepEvent()
      outcome.answers.push(...taken.answers)
      outcome.notices.push(...taken.notices)
    }
    return outcome
  }

  /** Brings everything to its tables. */
  async function settle(lasting: 'now' | 'soon'): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    await engine.commit(open.changes('everything'), { lasting })
    open.committed()
  }

  /** What fails leaves nothing of its batch in memory, nor of what was read for it. */
  async function orNothing<T>(task: () => Promise<T>): Promise<T> {
    try {
      if (doubtful && engine.settled) {
        await engine.settled()
        open.recount(await countBooks(engine))
      }
      doubtful = false
      return await task()
    } catch (error) {
      open.failed()
      doubtful = true
      throw error
    }
  }

  const settled = async () => {
    if (open.unsettled()) await orNothing(() => settle('soon'))
  }

  /** Makes a batch durable. */
  async function commit(size: number): Promise<void> {
    if (!engine.remember || size > rememberedMost) return settle('now')
    await engine.remember(open.changes('batch'))
    open.remembered()
    settleLater()
  }

  // What it cannot write is as safe as before, and is tried again with the next batch.
  const settleLater = () => {
    timer ??= setTimeout(() => void inTurn(() => orNothing(() => settle('soon'))).catch(() => {}), settleMs)
  }

  const bookAll = (arrivals: readonly Arrival[], take: typeof takeOne): Promise<Outcome> =>
    orNothing(async () => {
      const outcome = await fold(arrivals, take)
      await commit(arrivals.length)
      return outcome
    })

  /**
   * What the database refuses for good, whatever it is that it minds, would be sent again for ever and keep all that
   * come with it out of the books. So it is taken in halves, and the one event that is refused alone is set aside.
   */
  async function takeBatch(arrivals: readonly Arrival[]): Promise<Outcome> {
    try {
      return await bookAll(arrivals, takeOne)
    } catch (error) {
      if (!(error instanceof VafaError && error.permanent)) throw error
      if (arrivals.length <= 1) return bookAll(arrivals, asRefused(error))
      const middle = Math.ceil(arrivals.length / 2)
      const first = await takeBatch(arrivals.slice(0, middle))
      const second = await takeBatch(arrivals.slice(middle))
      return { answers: [...first.answers, ...second.answers], notices: [...first.notices, ...second.notices] }
    }
  }
  const asRefused =
    (error: VafaError) =>
    (arrival: Arrival, read: ReadArrival): Taken => {
      if (!read.ok) throw error
      const { message, hash } = read
      if (isFact(message)) noteSequence(books, arrival, message)
      const reason = `cannot be booked: ${error.message}`
      return setAside(books, arrival, {
        id: message.id,
        madeUp: false,
        hash,
        key: 'event.unsupported',
        reason,
        type: message.type,
      })
    }

  return {
    commitBatch: (arrivals) => inTurn(() => takeBatch(arrivals)),
    answer: (arrivals) =>
      inTurn(() =>
        orNothing(async () => {
          const outcome = await fold(arrivals, (arrival, read) => takeRequest(books, arrival, read, uuid))
          settleLater()
          return outcome
        }),
      ),
    follow: (schedule) => inTurn(async () => programmes.follow(schedule)),
    ...questions({
      books,
      heard: () => heard,
      onDesk: (task) => inTurn(() => onDesk(task)),
      // A database on another machine answers while the next sales are booked.
      reader: { query: (sql, parameters) => inTurn(settled).then(() => engine.query(sql, parameters)) },
    }),
    async close() {
      // Quotes are all that can be lost by it, and they are made up for: what was answered is durable.
      await inTurn(() => orNothing(() => settle('now'))).catch(() => {})
      await engine.close()
    },
  }
}

interface Read {
  arrival: Arrival
  read: ReadArrival
}

async function countBooks(engine: Engine): Promise<Counts> {
  const [counted] = await engine.query<Counts>(
    `SELECT (SELECT COALESCE(MAX(seq), 0) FROM journal) AS events, (SELECT COALESCE(MAX(member), 0) FROM members) AS members,
     COALESCE((SELECT chain FROM transfers ORDER BY seq DESC LIMIT 1), '') AS chain`,
  )
  return counted ?? { events: 0, members: 0, chain: '' }
}

/** With another pepper every card would be unknown, with another name every receipt's code: better not to start. */
async function refuseForeignBooks(engine: Engine, given: { club: string; pepper: Pepper }): Promise<void> {
  const mark = given.pepper.token('which pepper is this?')
  const [kept] = await engine.query<{ club: string; pepper: string }>('SELECT club, pepper FROM identity')
  if (!kept) {
    await engine.execute('INSERT INTO identity VALUES ($1, $2)', [given.club, mark])
    return
  }
  const what = kept.club !== given.club ? `club “${kept.club}”` : kept.pepper !== mark ? 'another pepper' : undefined
  if (what === undefined) return
  throw new VafaError({
    key: 'database.foreign',
    message: `the database ${engine.name} belongs to ${what}`,
    hint: 'give the `club` and `pepperFile` that it was made with, or another `database`',
  })
}

/** The accounts that every club has are there from the start, at 0. */
async function openTotals(
  engine: Engine,
  { currency, shops }: { currency: string; shops: StoreSettings['shops'] },
): Promise<void> {
  const names = [accounts.issued, accounts.discounts, accounts.offlineDifferences]
  for (const account of [...names, ...shops.map(({ store }) => accounts.storeDiscounts(store))])
    await engine.execute('INSERT INTO totals VALUES ($1, $2, 0) ON CONFLICT (account) DO NOTHING', [account, currency])
}
