import { type Check, notKnown, ranged, unknown } from './check.ts'
import type { Circumstances } from './circumstances.ts'
import type { Conditions } from './conditions.ts'
import type { Bounds } from './vocabulary.ts'

/** How a completed sale was paid. Before payment, and where nobody says, nobody knows. */
export function tenderChecks({ kinds, share, amount }: NonNullable<Conditions['tender']>): Check[] {
  const tenders = ({ event }: Circumstances) => (event.kind === 'sale' ? event.tenders : undefined)
  const among = new Set<string>(kinds)
  const paid = (c: Circumstances, counts: (kind: string) => boolean) => {
    const all = tenders(c)
    if (all === undefined) return undefined
    let sum = 0
    for (const one of all) if (counts(one.kind)) sum += one.amount
    return Math.min(sum, Number.MAX_SAFE_INTEGER)
  }
  const these = (c: Circumstances) => paid(c, (kind) => among.has(kind))
  const named = kinds.join(' or ')
  const within = (condition: string, bounds: Bounds, value: (c: Circumstances) => number | undefined): Check => {
    const check = ranged({ condition, bounds, least: 0, value, without: unknown })
    return { ...check, expected: `${check.expected} of ${named}` }
  }
  const checks: Check[] = []
  if (!share && !amount)
    checks.push({
      condition: 'tender',
      expected: named,
      holds(c) {
        const sum = these(c)
        return sum === undefined ? undefined : sum > 0
      },
      found(c) {
        const all = tenders(c)
        return all === undefined ? notKnown : [...new Set(all.map((one) => one.kind))].join(', ') || 'nothing was paid'
      },
    })
  if (amount) checks.push(within('tender.amount', amount, these))
  if (share)
    checks.push(
      within('tender.share', share, (c) => {
        const part = these(c)
        const whole = paid(c, () => true)
        if (part === undefined || whole === undefined) return undefined
        return whole === 0 ? 0 : Number((BigInt(part) * 10_000n) / BigInt(whole))
      }),
    )
  return checks
}
