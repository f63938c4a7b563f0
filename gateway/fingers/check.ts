/** A finger as the box expects it in a sensor. `storing`, `deleting`: on its way in or out; it may be there or not. */
export interface ExpectedFinger {
  slot: number
  state: 'storing' | 'stored' | 'deleting'
}

export interface SensorFound {
  /** What stands on the sensor's notepad. */
  epoch: string | undefined
  used: ReadonlySet<number>
}

export type SensorVerdict =
  /** Nobody's and empty: it gets an epoch and is used. */
  | { is: 'fresh' }
  /** As the box knows it. `clear`: slots whose finger is to go; `gone`: entries whose finger went already. */
  | { is: 'known'; clear: number[]; gone: number[] }
  | { is: 'refused'; why: 'foreign' }
  | { is: 'refused'; why: 'differs'; missing: number[]; extra: number[] }

/**
 * Whether a sensor's library is the one that this box knows. A slot says whose finger it is only while that is sure: one
 * finger that the box did not put there, or one that is gone, and another member could be named.
 */
export function checkSensor(found: SensorFound, expected: readonly ExpectedFinger[] | undefined): SensorVerdict {
  const { used } = found
  if (found.epoch === undefined || expected === undefined)
    return used.size === 0 ? { is: 'fresh' } : { is: 'refused', why: 'foreign' }
  const known = new Set(expected.map(({ slot }) => slot))
  const missing = expected.filter(({ slot, state }) => state === 'stored' && !used.has(slot)).map(({ slot }) => slot)
  const extra = [...used].filter((slot) => !known.has(slot))
  if (missing.length > 0 || extra.length > 0) return { is: 'refused', why: 'differs', missing, extra }
  const passing = expected.filter(({ state }) => state !== 'stored').map(({ slot }) => slot)
  return { is: 'known', clear: passing.filter((slot) => used.has(slot)), gone: passing.filter((slot) => !used.has(slot)) }
}

/** The reason and the way out, as the device's health says them. */
export function refusalText(device: string, verdict: Extract<SensorVerdict, { is: 'refused' }>): string {
  if (verdict.why === 'foreign')
    return `it holds fingers that this box did not put there (another box's, or this box's database is a new one): \`vafa fingers empty ${device}\` clears it`
  const { missing, extra } = verdict
  const parts = [
    ...(missing.length > 0 ? [`${missing.length} of the fingers that this box knows are gone`] : []),
    ...(extra.length > 0 ? [`${extra.length} are there that this box did not put there`] : []),
  ]
  return `${parts.join(', ')}: \`vafa fingers keep ${device}\` goes on with those that both know, \`vafa fingers empty ${device}\` begins anew`
}
