import type { Cancel } from '#runtime/runtime.ts'
import type { OpenDesk } from '../books/desk.ts'
import type { Timing } from '../insight/pace.ts'
import type { Absence } from './absence.ts'
import type { Engine } from './engine.ts'
import type { openErasedFile } from './erased-file.ts'
import { countBooks } from './opening.ts'

/** What is remembered, and quotes, go to their tables after this time: most quotes are used up by their sale before. */
const settleMs = 250
/** Batches up to this size are remembered first, so that their replies go out sooner; larger ones are written at once. */
const rememberedMost = 16
/** So many messages are remembered at most, so that nobody waits long while they go to their tables. */
const unsettledMost = 8

/**
 * Who works on the desk, one after another, and how what they change comes to the database. A large batch can be on its
 * way there while the next one is folded over it; nothing else begins before it has arrived.
 */
export function createCommits(parts: {
  engine: Engine
  open: OpenDesk
  absence: Absence
  erased: ReturnType<typeof openErasedFile> | undefined
  timing: Timing
  /** Somebody wants the books, or has had them until now. */
  wanted(): void
}) {
  const { engine, open, absence, erased, timing, wanted } = parts
  let work: Promise<unknown> = Promise.resolve()
  let cancelSettling: Cancel | undefined
  let remembered = 0
  /** A batch has failed, perhaps only in the answer to its commit: where the books stand is asked anew. */
  let doubtful = false
  /** What became of the batch that was handed over: whether it was written. Never rejects. */
  let behind: Promise<boolean> | undefined

  /** One after another: the desk is one event's at a time. */
  function enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = work.then(task).finally(open.forgetLoaded)
    work = result.catch(() => {})
    return result
  }

  /** Waits for what was handed over. False: it has failed, and nothing is left of it nor of what was folded since. */
  async function caughtUp(): Promise<boolean> {
    const written = (await behind) ?? true
    behind = undefined
    if (written) return true
    open.failed()
    doubtful = true
    return false
  }

  const queued = <T>(task: () => Promise<T>): Promise<T> =>
    enqueue(async () => {
      await caughtUp()
      return task()
    })

  /** The same for what does not come from measuring, which gives way to it. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    wanted()
    return queued(task).finally(wanted)
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
      await caughtUp()
      open.failed()
      doubtful = true
      throw error
    }
  }

  /** Brings everything to its tables. */
  async function settle(lasting: 'now' | 'soon'): Promise<void> {
    cancelSettling?.()
    cancelSettling = undefined
    remembered = 0
    absence.note(open.changes('batch').records)
    await engine.commit(open.changes('everything'), { lasting })
    open.committed()
  }

  // What it cannot write is as safe as before, and is tried again with the next batch.
  function settleLater(): void {
    if (remembered >= unsettledMost) cancelSettling?.()
    else if (cancelSettling) return
    const ms = remembered >= unsettledMost ? 0 : settleMs
    cancelSettling = timing.after(ms, () => void inTurn(() => orNothing(() => settle('soon'))).catch(() => {}))
  }

  const settled = async () => {
    if (open.unsettled()) await orNothing(() => settle('soon'))
  }

  // A person's key stands in one place only, so that it can be destroyed there.
  const isPersonal = () => open.changed('profile').length > 0

  /** Makes a batch durable. */
  async function commit(size: number): Promise<void> {
    const forgotten = open.changed('erasure')
    if (erased && forgotten.length > 0) erased.add(forgotten)
    if (!engine.remember || isPersonal() || size > rememberedMost) return settle('now')
    const changes = open.changes('batch')
    absence.note(changes.records)
    await engine.remember(changes)
    open.remembered()
    remembered += size
    settleLater()
  }

  /** Hands the batch over. The promise tells of this one batch; whoever comes next waits for `behind`. */
  function writeBehind(commitBehind: NonNullable<Engine['commitBehind']>): Promise<void> {
    const changes = open.handOver()
    absence.note(changes.records)
    const written = commitBehind(changes).then(open.written)
    behind = written.then(
      () => true,
      () => false,
    )
    return written
  }

  return {
    queued,
    inTurn,
    orNothing,
    settle,
    settleLater,
    settled,
    commit,
    /** Folds a batch by `fold` and makes it durable; rejects, and nothing of it stays, where either fails. */
    async batch<T>(size: number, fold: () => Promise<T>): Promise<T> {
      wanted()
      const { outcome, written } = await enqueue(async () => {
        let outcome: T
        do outcome = await orNothing(fold)
        while (!(await caughtUp()))
        const { commitBehind } = engine
        if (commitBehind && size > rememberedMost && !open.remembers() && !isPersonal() && open.changed('erasure').length === 0)
          return { outcome, written: writeBehind(commitBehind) }
        await orNothing(() => commit(size))
        return { outcome, written: Promise.resolve() }
      })
      await written.finally(wanted)
      return outcome
    },
  }
}
export type Commits = ReturnType<typeof createCommits>
