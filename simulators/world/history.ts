import { createHash } from 'node:crypto'
import type { WorldTime } from './time.ts'

/** What happened in a world, and when, as one short text: two worlds with the same one went the same way. */
export function createHistory(time: Pick<WorldTime, 'elapsed'>) {
  const hash = createHash('sha256')
  // A hash takes one long text sooner than many short ones.
  let lines = ''
  return {
    note(...parts: (string | number)[]): void {
      lines += `${time.elapsed.toFixed(3)} ${parts.join(' ')}\n`
      if (lines.length < 100_000) return
      hash.update(lines)
      lines = ''
    },
    /** Once, when it is over. */
    digest: (): string => hash.update(lines).digest('hex').slice(0, 16),
  }
}
