import packageJson from '#package' with { type: 'json' }
import { isFact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { messageOf, type VafaError } from '#runtime/errors.ts'
import { type Cancel, systemRuntime } from '#runtime/runtime.ts'
import { type Arrival, type ReadArrival, readArrival } from '../booking/arrival.ts'
import { errorReply } from '../booking/replies.ts'
import { type Act, takeAct } from '../books/acts.ts'
import type { Books } from '../books/context.ts'
import { SetAside } from '../books/context.ts'
import { createDesk, Missing } from '../books/desk.ts'
import { setAside, type Taken, takeFact } from '../books/facts.ts'
import { noteSequence } from '../books/journal.ts'
import { takeDue } from '../books/own-events.ts'
import { createNames } from '../books/people.ts'
import { lockedFor } from '../books/persons.ts'
import { createProgrammes, type KeptProgramme } from '../books/programmes.ts'

import type { Kind } from '../books/records.ts'

import { takeRequest } from '../books/requests.ts'
import { createWitness, notedRules, notedShops } from '../books/witness.ts'
import { createBirthdays } from '../insight/birthdays.ts'
import { behindTheBooks, type Timing } from '../insight/pace.ts'
import { createProjector } from '../insight/projector.ts'
import { createMobileCodes } from '../people/mobile-codes.ts'
import { createPepper } from '../pepper.ts'
import { openAbsence } from './absence.ts'
import type { Engine } from './engine.ts'
import { openErasedFile } from './erased-file.ts'
import { loadAhead, type Read } from './load-ahead.ts'
import { countBooks, loadCatalogue, openTotals, refuseForeignBooks } from './opening.ts'
import { createOutlets, exposedOf, exposureOf } from './outlets.ts'
import { quarantineDesk } from './quarantine-desk.ts'
import { questions, type Reader } from './questions.ts'
import type { ClubStore, Outcome, StoreSettings } from './store.ts'
import { takeInParts } from './take-in-parts.ts'

/** What is remembered, and quotes, go to their tables after this time: most quotes are used up by their sale before. */
const settleMs = 250
/** Batches up to this size are remembered first, so that their replies go out sooner; larger ones are written at once. */
const rememberedMost = 16

/** What is left to count when the books are closed is counted up to this much; the rest waits for their next opening. */
const countedAtClose = 1_000
/** Of how many members what is due is done in one transaction. */
const dueAtOnce = 256

/** The club's books over a database: events are folded in memory, what they change is written once a batch. */
export async function openBooks(
  engine: Engine,
  settings: StoreSettings & { uuid: () => string; timing?: Timing },
): Promise<ClubStore> {
  const { shops, sealingKey, uuid, timing = systemRuntime } = settings
  const { currency } = settings.programmes.current
  const pepper = createPepper(settings.pepper)
  await refuseForeignBooks(engine, { club: settings.club, pepper })
  const programmes = createProgrammes(await engine.query<KeptProgramme>('SELECT version, document FROM programmes'))
  programmes.follow(settings.programmes)
  await openTotals(engine, { currency, shops })
  const counts = await countBooks(engine)
  const { loadNow } = engine
  const { witness, taken: takeNotes, forget } = createWitness({ lock: (memberid, value) => lockedFor(books, memberid, value) })
  const absence = await openAbsence(engine)
  const open = createDesk({
    load(kind, key) {
      if (absence.sure(kind, key)) return undefined
      if (loadNow) return loadNow(kind, key)
      throw new Missing(kind, key)
    },
    counts,
    currency,
    given() {
      programmes.keep(books.programme, open.desk)
      return takeNotes({ programme: books.programme.version, engine: packageJson.version })
    },
  })
  const retiredKeys = new Map(Object.entries(settings.retiredKeys ?? {}))
  const mobileCodes = createMobileCodes()
  const books: Books = {
    desk: open.desk,
    shops: notedShops(shops, { witness, desk: open.desk }),
    now: '',
    programme: settings.programmes.current,
    programmeOf: (version, instant) => {
      const find = () => programmes.of(version, instant)
      return programmes.keep(notedRules(witness, { inForce: books.programme, version, instant }, find), open.desk)
    },
    sealingKey,
    pepper,
    catalogue: await loadCatalogue(engine),
    cards: settings.cards ?? 'any',
    retiredKeys,
    mobileCodes,
    witness,
  }
  const erased = settings.erasedFile === undefined ? undefined : openErasedFile(settings.erasedFile)
  const nameOf = createNames(books)
  let work: Promise<unknown> = Promise.resolve()
  let cancelSettling: Cancel | undefined
  /** Kinds of records of a member that a booking missed: from then on they are loaded with the member. */
  const ofMembers = new Set<Kind>()
  /** A batch has failed, perhaps only in the answer to its commit: where the books stand is asked anew. */
  let doubtful = false
  /** The latest instant of which the books know. */
  let heard = (await engine.query<{ at: string }>('SELECT receivedat AS at FROM journal ORDER BY seq DESC LIMIT 1'))[0]?.at ?? ''

  /** One after another: the desk is one event's at a time. */
  function queued<T>(task: () => Promise<T>): Promise<T> {
    const result = work.then(task).finally(open.forgetLoaded)
    work = result.catch(() => {})
    return result
  }
  /** The same for what does not come from measuring, which gives way to it. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    measuring.wanted()
    return queued(task)
  }

  /** Runs `task` on the desk, or tells what it misses. */
  function once<T>(task: () => T): { done: T } | { missing: Missing } {
    forget()
    try {
      return { done: task() }
    } catch (error) {
      open.dropEvent()
      if (error instanceof Missing) return { missing: error }
      throw error
    }
  }
  async function bring({ kind, key }: Missing): Promise<void> {
    if (open.has('member', key)) ofMembers.add(kind)
    open.loaded(kind, key, (await engine.load(kind, [key])).get(key))
  }
  /** Runs `task` on the desk; what it misses is loaded and it runs again. */
  async function onDesk<T>(task: () => T): Promise<T> {
    for (;;) {
      const result = once(task)
      if ('done' in result) return result.done
      await bring(result.missing)
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

  /** Folds the arrivals one by one; what they change is kept on the desk. */
  async function fold(arrivals: readonly Arrival[], take: (arrival: Arrival, read: ReadArrival) => Taken): Promise<Outcome> {
    const begin = performance.now()
    const outcome: Outcome = { answers: [], notices: [] }
    const items = arrivals.map((arrival): Read => ({ arrival, read: readArrival(arrival) }))
    if (!loadNow) await loadAhead({ engine, open, books, ofMembers, absence }, items)
    for (const { arrival, read } of items) {
      if (arrival.receivedat > heard) heard = arrival.receivedat
      books.now = arrival.receivedat
      books.programme = programmes.at(arrival.receivedat)
      const task = (): Outcome => {
        const { answers, notices } = take(arrival, read)
        return {
          notices,
          answers: answers.map(({ inReplyTo, reply, memberid }) => {
            const displayName = memberid === undefined ? undefined : nameOf(memberid)
            return { store: arrival.store, inReplyTo, body: reply, ...(displayName === undefined ? {} : { displayName }) }
          }),
        }
      }
      // Nothing is waited for where the database is in this process.
      let result = once(task)
      while ('missing' in result) {
        await bring(result.missing)
        result = once(task)
      }
      open.keepEvent()
      outcome.answers.push(...result.done.answers)
      outcome.notices.push(...result.done.notices)
    }
    return { ...outcome, decideMs: performance.now() - begin }
  }

  /** Brings everything to its tables. */
  async function settle(lasting: 'now' | 'soon'): Promise<void> {
    cancelSettling?.()
    cancelSettling = undefined
    absence.note(open.changes('batch').records)
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

  /** Does what head office asks; what cannot be done leaves nothing. */
  async function perform(acts: readonly Act[]): Promise<Reply[]> {
    const replies: Reply[] = []
    for (const one of acts) {
      books.now = one.at
      books.programme = programmes.at(one.at)
      if (one.at > heard) heard = one.at
      try {
        replies.push(await onDesk(() => takeAct(books, one)))
        open.keepEvent()
      } catch (error) {
        open.dropEvent()
        if (!(error instanceof SetAside)) throw error
        const { key, message: reason } = error
        const { version: programmeVersion } = books.programme
        replies.push(errorReply({ inReplyTo: one.id, programmeVersion, status: 'declined', key, reason }))
      }
    }
    const catalogue = open.changed('catalogue').length > 0
    await commit(acts.length)
    for (const { type, at, data } of acts)
      if (type === 'vafa.club.token-keys-changed.v1' && data.step === 'retired') retiredKeys.set(data.keyid, at)
    if (catalogue) {
      await settled()
      books.catalogue = await loadCatalogue(engine)
    }
    return replies
  }

  /** A backup that was restored knows people whom it must not know any more. */
  async function eraseAgain(): Promise<void> {
    const ids = erased?.ids() ?? []
    if (ids.length === 0) return
    const done = new Set((await engine.query<{ memberid: string }>('SELECT memberid FROM erasures')).map((one) => one.memberid))
    const [last] = await engine.query<{ receivedat: string }>('SELECT receivedat FROM journal ORDER BY seq DESC LIMIT 1')
    const at = last?.receivedat ?? new Date(0).toISOString()
    const acts = ids
      .filter((memberid) => !done.has(memberid))
      .map((memberid): Act => ({ id: uuid(), at, actor: 'erased', type: 'vafa.club.erasure-repeated.v1', data: { memberid } }))
    if (acts.length > 0) await perform(acts)
  }

  const settled = async () => {
    if (open.unsettled()) await orNothing(() => settle('soon'))
  }

  /** Makes a batch durable. */
  async function commit(size: number): Promise<void> {
    const forgotten = open.changed('erasure')
    if (erased && forgotten.length > 0) erased.add(forgotten)
    // A person's key stands in one place only, so that it can be destroyed there.
    const personal = open.changed('profile').length > 0
    if (!engine.remember || personal || size > rememberedMost) return settle('now')
    const changes = open.changes('batch')
    absence.note(changes.records)
    await engine.remember(changes)
    open.remembered()
    settleLater()
  }

  const projector = createProjector({ engine, birthdaysOf: createBirthdays({ engine, books, onDesk }) })
  // In a quiet moment it waits for what is on its way to the tables; that makes the books wanted once more.
  const measuring = behindTheBooks(timing, (most, when) =>
    queued(async () => {
      if (when === 'quiet' && open.unsettled()) return 0
      await settled()
      return projector.step(most)
    }),
  )
  measuring.wanted()

  // What it cannot write is as safe as before, and is tried again with the next batch.
  const settleLater = () => {
    cancelSettling ??= timing.after(settleMs, () => void inTurn(() => orNothing(() => settle('soon'))).catch(() => {}))
  }

  const reader: Reader = {
    // A database on another machine answers while the next sales are booked.
    query: (sql, parameters) => inTurn(settled).then(() => engine.query(sql, parameters)),
  }

  /** Does what is due of some members, in one transaction; undefined where there is nothing. */
  async function takeDueBatch(now: string): Promise<number | undefined> {
    await settled()
    // An entry begins with its instant and a slash, which comes right before 0.
    const due = await engine.query<{ agenda: string; memberid: string }>(
      'SELECT agenda, memberid FROM agenda WHERE agenda < $1 ORDER BY agenda LIMIT $2',
      [`${now}0`, dueAtOnce],
    )
    if (due.length === 0) return undefined
    if (now > heard) heard = now
    books.now = now
    books.programme = programmes.at(now)
    let events = 0
    for (const { agenda, memberid } of due) {
      events += await onDesk(() => {
        books.desk.drop('agenda', agenda)
        return takeDue(books, memberid)
      })
      open.keepEvent()
    }
    await settle('now')
    return events
  }

  const bookAll = (arrivals: readonly Arrival[], take: typeof takeOne): Promise<Outcome> =>
    orNothing(async () => {
      const outcome = await fold(arrivals, take)
      await commit(arrivals.length)
      return outcome
    })

  const setRefusedAside = (arrival: Arrival, error: VafaError): Promise<Outcome> =>
    bookAll([arrival], (_, read) => {
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
    })

  const outlets = createOutlets({
    ...{ engine, books, terms: settings.offline },
    async onDesk(task) {
      const done = await onDesk(task)
      open.keepEvent()
      return done
    },
    commit: () => settle('now'),
  })
  /** Events of the club's own, as of an instant. */
  const onOutlets = <T>(at: string, task: () => Promise<T>): Promise<T> =>
    inTurn(() =>
      orNothing(async () => {
        await settled()
        books.now = at
        books.programme = programmes.at(at)
        if (at > heard) heard = at
        return task()
      }),
    )

  await eraseAgain()
  return {
    act: (acts) => inTurn(() => orNothing(() => perform(acts))),
    commitBatch: (arrivals) =>
      inTurn(() => takeInParts(arrivals, { book: (some) => bookAll(some, takeOne), setAside: setRefusedAside })),
    answer: (arrivals) =>
      inTurn(() =>
        orNothing(async () => {
          const outcome = await fold(arrivals, (arrival, read) => takeRequest(books, arrival, read, uuid))
          // Money that moved, and what was journalled, is on disk before anybody hears of it; a quote may be forgotten.
          if (open.movedMoney() || open.changed('entry').length > 0) await commit(arrivals.length)
          else settleLater()
          return outcome
        }),
      ),
    counting: () =>
      queued(async () => ({ journal: open.events(), counted: await projector.place(), trouble: measuring.trouble() })),
    async tick(now) {
      let events = 0
      for (;;) {
        const done = await inTurn(() => orNothing(() => takeDueBatch(now)))
        if (done === undefined) return events
        events += done
      }
    },
    regulars: (asked) => onOutlets(asked.now, () => outlets.round(asked)),
    writeOffBox: (given) => onOutlets(given.at, () => outlets.writeOff(given)),
    async exposure() {
      const at = heard
      const boxes = await inTurn(settled).then(() => exposureOf(engine, at))
      const { offlineDifferences } = await exposedOf(engine)
      return { ...{ at, currency, boxes, offlineDifferences }, total: boxes.reduce((sum, one) => sum + one.total, 0) }
    },
    exposed: () => inTurn(settled).then(() => exposedOf(engine)),
    pulse: (at) =>
      inTurn(() => engine.execute('INSERT INTO pulse VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET at = excluded.at', [at])),
    follow: (schedule) => inTurn(async () => programmes.follow(schedule)),
    ...questions({ books, heard: () => heard, onDesk: (task) => inTurn(() => onDesk(task)), reader }),
    ...quarantineDesk({
      ...{ books, reader, uuid },
      change: (task, instant) =>
        inTurn(() =>
          orNothing(async () => {
            books.programme = programmes.at(instant)
            const done = await onDesk(task)
            open.keepEvent()
            await commit(1)
            return done
          }),
        ),
    }),
    async close() {
      measuring.stop()
      // Quotes are all that can be lost by it, and they are made up for: what was answered is durable.
      await inTurn(() => orNothing(() => settle('now'))).catch(() => {})
      // What cannot be counted now is counted when the books are opened again.
      await queued(() => projector.step(countedAtClose)).catch(() => {})
      await engine.close()
    },
  }
}
