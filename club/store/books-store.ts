import { type Programme, programmeSchema } from '#programme/schema.ts'
import { isFact } from '#protocol/messages.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { type Arrival, type ReadArrival, readArrival } from '../booking/arrival.ts'
import type { Books } from '../books/context.ts'
import { SetAside } from '../books/context.ts'
import { createDesk, Missing } from '../books/desk.ts'
import { setAside, type Taken, takeFact } from '../books/facts.ts'
import { foresee, foreseeBehind } from '../books/foresight.ts'
import { noteSequence } from '../books/journal.ts'
import { createNames } from '../books/people.ts'
import type { Kind } from '../books/records.ts'
import { takeRequest } from '../books/requests.ts'
import { accounts } from '../ledger/transfers.ts'
import { createPepper, type Pepper } from '../pepper.ts'
import type { Engine } from './engine.ts'
import { questions } from './questions.ts'
import type { ClubStore, Outcome, StoreSettings } from './store.ts'

/** Quotes are written when nothing else has been done for this long: most are used up by their sale before. */
const idleMs = 250

/** The club's books over a database: events are folded in memory, what they change is written once a batch. */
export async function openBooks(engine: Engine, settings: StoreSettings & { uuid: () => string }): Promise<ClubStore> {
  const { programme, shops, sealingKey, uuid } = settings
  const pepper = createPepper(settings.pepper)
  await refuseForeignBooks(engine, { club: settings.club, pepper })
  const programmeOf = await keepProgramme(engine, programme)
  await openTotals(engine, programme, shops)
  const { loadNow } = engine
  const open = createDesk({
    load:
      loadNow ??
      ((kind, key) => {
        throw new Missing(kind, key)
      }),
    counts: await countsOf(engine),
    currency: programme.currency,
  })
  const books: Books = {
    desk: open.desk,
    shops: new Map(shops.map((shop) => [shop.store, shop])),
    programme,
    programmeOf,
    sealingKey,
    pepper,
  }
  const nameOf = createNames(books)
  let work: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  /** A batch has failed, perhaps only in the answer to its commit: what the database holds is asked anew. */
  let doubtful = false

  /** One after another: the desk is one event's at a time. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = work.then(task).finally(open.forgetLoaded)
    work = result.catch(() => {})
    return result
  }

  /** Runs `task` on the desk; what it misses is loaded and it runs again. */
  async function onDesk<T>(task: () => T): Promise<T> {
    for (;;) {
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

  async function commit(lasting: 'now' | 'soon'): Promise<void> {
    clearTimeout(idle)
    idle = undefined
    await engine.commit(open.changes(), { lasting })
    open.committed()
  }

  /** What fails leaves nothing behind in memory, neither of this batch nor of what was read. */
  async function orNothing<T>(task: () => Promise<T>): Promise<T> {
    try {
      if (doubtful) {
        await engine.settled?.()
        open.recount(await countsOf(engine))
        doubtful = false
      }
      return await task()
    } catch (error) {
      open.failed()
      doubtful = true
      throw error
    }
  }

  return {
    commitBatch: (arrivals) =>
      inTurn(() =>
        orNothing(async () => {
          const outcome = await fold(arrivals, takeOne)
          await commit('now')
          return outcome
        }),
      ),
    answer: (arrivals) =>
      inTurn(() =>
        orNothing(async () => {
          const outcome = await fold(arrivals, (arrival, read) => takeRequest(books, arrival, read, uuid))
          idle ??= setTimeout(() => void inTurn(() => orNothing(() => commit('soon'))).catch(() => {}), idleMs)
          return outcome
        }),
      ),
    ...questions(engine, { books, inTurn, onDesk }),
    async close() {
      // Quotes are all that can still be waiting; without the database they are lost, and made up for.
      await inTurn(() => commit('now')).catch(() => undefined)
      await engine.close()
    },
  }
}

interface Read {
  arrival: Arrival
  read: ReadArrival
}

/** How many events and members there are. */
async function countsOf(engine: Engine): Promise<{ events: number; members: number }> {
  const [counted] = await engine.query<{ events: number; members: number }>(
    'SELECT (SELECT COALESCE(MAX(seq), 0) FROM journal) AS events, (SELECT COALESCE(MAX(member), 0) FROM members) AS members',
  )
  return counted ?? { events: 0, members: 0 }
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
async function openTotals(engine: Engine, { currency }: Programme, shops: StoreSettings['shops']): Promise<void> {
  const names = [accounts.issued, accounts.discounts, accounts.offlineDifferences]
  for (const account of [...names, ...shops.map(({ store }) => accounts.storeDiscounts(store))])
    await engine.execute('INSERT INTO totals VALUES ($1, $2, 0) ON CONFLICT (account) DO NOTHING', [account, currency])
}

/** Keeps every version of the programme that was in force, so that a quote's own rules can still be applied. */
async function keepProgramme(engine: Engine, current: Programme): Promise<Books['programmeOf']> {
  const kept = await engine.query<{ version: number; document: string }>('SELECT version, document FROM programmes')
  const text = JSON.stringify(current)
  const same = kept.find((one) => one.version === current.version)
  if (!same) await engine.execute('INSERT INTO programmes VALUES ($1, $2)', [current.version, text])
  else if (same.document !== text)
    throw new VafaError({
      key: 'programme.changed',
      message: `programme version ${current.version} was in force with other rules`,
      hint: 'raise `version` in the programme: each version stands for one set of rules for ever',
    })
  const documents = new Map(kept.map(({ version, document }) => [version, document]))
  const versions = new Map([[current.version, current]])
  return (version) => {
    if (version === undefined) return current
    const known = versions.get(version)
    if (known) return known
    const document = documents.get(version)
    if (document === undefined) return current
    const programme = programmeSchema.parse(JSON.parse(document))
    versions.set(version, programme)
    return programme
  }
}
