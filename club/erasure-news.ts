import { erasedPartName, erasedParts } from '#protocol/erasures.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'

/**
 * Tells the stores whom they must forget too (`down/erased-1` …). What was told stays at the broker for boxes that are
 * away, and all of it is told again at each start: a club that ends between an erasure and its news owes it still.
 */
export function createErasureNews(options: {
  erased(): Promise<string[]>
  publish(what: string, body: object): Promise<unknown>
  log: Logger
}) {
  /** What each part said last: only those that grew are said again. */
  const told = new Map<string, string>()
  let work: Promise<void> = Promise.resolve()

  const tellNew = async () => {
    for (const [index, part] of erasedParts(await options.erased()).entries()) {
      const what = erasedPartName(index + 1)
      const body = JSON.stringify(part)
      if (told.get(what) === body) continue
      await options.publish(what, part)
      told.set(what, body)
    }
  }

  return {
    /** One after the other, so that no store gets the older list last. Never rejects. */
    tell(): Promise<void> {
      work = work.then(tellNew).catch((error: unknown) => {
        options.log.error({ reason: messageOf(error) }, 'stores were not told whom to forget; they are at the next start')
      })
      return work
    },
    settled: (): Promise<void> => work,
  }
}
