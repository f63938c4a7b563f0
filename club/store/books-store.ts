import packageJson from '#package' with { type: 'json' }
import type { Reply } from '#protocol/reply.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import type { Arrival } from '../booking/arrival.ts'
import { errorReply } from '../booking/replies.ts'
import { type Act, takeAct } from '../books/acts.ts'
import type { Books } from '../books/context.ts'
import { SetAside } from '../books/context.ts'
import { createDesk, Missing } from '../books/desk.ts'
import { takeDue } from '../books/own-events.ts'
import { lockedFor } from '../books/persons.ts'
import { createProgrammes, type KeptProgramme } from '../books/programmes.ts'
import { takeRequest } from '../books/requests.ts'
import { createWitness, notedRules, notedShops } from '../books/witness.ts'
import { createBirthdays } from '../insight/birthdays.ts'
import { behindTheBooks, type Timing } from '../insight/pace.ts'
import { createProjector } from '../insight/projector.ts'
import { createMobileCodes } from '../people/mobile-codes.ts'
import { createPepper } from '../pepper.ts'
import { openAbsence } from './absence.ts'
import { createCommits } from './commits.ts'
import type { Engine } from './engine.ts'
import { openErasedFile } from './erased-file.ts'
import { createFolding, type Take } from './folding.ts'
import { countBooks, loadCatalogue, openTotals, refuseForeignBooks } from './opening.ts'
import { createOutlets, exposedOf, exposureOf } from './outlets.ts'
import { quarantineDesk } from './quarantine-desk.ts'
import { questions, type Reader } from './questions.ts'
import type { ClubStore, Outcome, StoreSettings } from './store.ts'
import { takeInParts } from './take-in-parts.ts'

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
      if (!loadNow) throw new Missing(kind, key)
      const record = loadNow(kind, key)
      if (record === undefined) absence.missed(kind, key)
      return record
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
  const [last] = await engine.query<{ at: string }>('SELECT receivedat AS at FROM journal ORDER BY seq DESC LIMIT 1')
  const { fold, takeOne, asideBecause, onDesk, setClock, heard } = createFolding({
    ...{ engine, open, books, programmes, absence, forget },
    heard: last?.at ?? '',
  })
  const erased = settings.erasedFile === undefined ? undefined : openErasedFile(settings.erasedFile)
  const commits = createCommits({ engine, open, absence, erased, timing, wanted: () => measuring.wanted() })
  const { queued, inTurn, orNothing, settled } = commits

  /** Does what head office asks; what cannot be done leaves nothing. */
  async function perform(acts: readonly Act[]): Promise<Reply[]> {
    const replies: Reply[] = []
    for (const one of acts) {
      setClock(one.at)
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
    await commits.commit(acts.length)
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
    const at = heard() || new Date(0).toISOString()
    const acts = ids
      .filter((memberid) => !done.has(memberid))
      .map((memberid): Act => ({ id: uuid(), at, actor: 'erased', type: 'vafa.club.erasure-repeated.v1', data: { memberid } }))
    if (acts.length > 0) await perform(acts)
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
    setClock(now)
    let events = 0
    for (const { agenda, memberid } of due) {
      events += await onDesk(() => {
        books.desk.drop('agenda', agenda)
        return takeDue(books, memberid)
      })
      open.keepEvent()
    }
    await commits.settle('now')
    return events
  }

  const bookAll = (arrivals: readonly Arrival[], take: Take): Promise<Outcome> =>
    orNothing(async () => {
      const outcome = await fold(arrivals, take)
      await commits.commit(arrivals.length)
      return outcome
    })

  const outlets = createOutlets({
    ...{ engine, books, terms: settings.offline },
    async onDesk(task) {
      const done = await onDesk(task)
      open.keepEvent()
      return done
    },
    commit: () => commits.settle('now'),
  })
  /** Events of the club's own, as of an instant. */
  const onOutlets = <T>(at: string, task: () => Promise<T>): Promise<T> =>
    inTurn(() =>
      orNothing(async () => {
        await settled()
        setClock(at)
        return task()
      }),
    )

  await eraseAgain()
  return {
    act: (acts) => inTurn(() => orNothing(() => perform(acts))),
    commitBatch: (arrivals) =>
      takeInParts(arrivals, {
        book: (some) => commits.batch(some.length, () => fold(some, takeOne)),
        setAside: (one, error) => inTurn(() => bookAll([one], asideBecause(error))),
      }),
    answer: (arrivals) =>
      inTurn(() =>
        orNothing(async () => {
          const outcome = await fold(arrivals, (arrival, read) => takeRequest(books, arrival, read, uuid))
          // Money that moved, and what was journalled, is on disk before anybody hears of it; a quote may be forgotten.
          if (open.movedMoney() || open.changed('entry').length > 0) await commits.commit(arrivals.length)
          else commits.settleLater()
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
      const at = heard()
      const boxes = await inTurn(settled).then(() => exposureOf(engine, at))
      const { offlineDifferences } = await exposedOf(engine)
      return { ...{ at, currency, boxes, offlineDifferences }, total: boxes.reduce((sum, one) => sum + one.total, 0) }
    },
    exposed: () => inTurn(settled).then(() => exposedOf(engine)),
    pulse: (at) =>
      inTurn(() => engine.execute('INSERT INTO pulse VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET at = excluded.at', [at])),
    follow: (schedule) => inTurn(async () => programmes.follow(schedule)),
    ...questions({ books, heard, onDesk: (task) => inTurn(() => onDesk(task)), reader }),
    ...quarantineDesk({
      ...{ books, reader, uuid },
      change: (task, instant) =>
        inTurn(() =>
          orNothing(async () => {
            books.programme = programmes.at(instant)
            const done = await onDesk(task)
            open.keepEvent()
            await commits.commit(1)
            return done
          }),
        ),
    }),
    async close() {
      measuring.stop()
      // Quotes are all that can be lost by it, and they are made up for: what was answered is durable.
      await inTurn(() => orNothing(() => commits.settle('now'))).catch(() => {})
      // What cannot be counted now is counted when the books are opened again.
      await queued(() => projector.step(countedAtClose)).catch(() => {})
      await engine.close()
    },
  }
}
