import { X509Certificate } from 'node:crypto'
import { storeOfUri } from '#protocol/enrolment.ts'
import { type RangeCheckpoint, rangeCheckpoint, rangeHolds } from '#protocol/range-checkpoint.ts'
import { isSignedBy, urisOf } from '#runtime/certificates.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Reader } from '../store/questions.ts'
import type { Finding } from './finding.ts'

/**
 * Reads what `vafa gateway checkpoint` wrote. Throws where it is none, or where no box of that store, certified by this
 * club's `authority` (PEM), has signed it.
 */
export function readRange(
  text: string,
  { file, club, authority }: { file: string; club: string; authority: string },
): RangeCheckpoint {
  const parsed = rangeCheckpoint.safeParse(jsonIn(text))
  const refuse = (key: string, why: string) =>
    new VafaError({
      key,
      message: `${file}: ${why}`,
      hint: '`vafa gateway checkpoint --out FILE` writes one at a box of this club',
    })
  if (!parsed.success) throw refuse('checkpoint.invalid', 'is no checkpoint of a box')
  const range = parsed.data
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(range.certificate)
  } catch {
    throw refuse('checkpoint.invalid', 'its certificate cannot be read')
  }
  if (range.club !== club) throw refuse('checkpoint.foreign', `is of the club “${range.club}”, not of “${club}”`)
  if (!isSignedBy(certificate, new X509Certificate(authority)))
    throw refuse('checkpoint.forged', 'its certificate is not one of this club’s authority')
  if (!urisOf(certificate).some((uri) => storeOfUri(club, uri) === range.store))
    throw refuse('checkpoint.forged', `its certificate is not one of ${range.store}`)
  if (!rangeHolds(range, certificate.publicKey)) throw refuse('checkpoint.forged', 'was changed since the box has signed it')
  return range
}

const atOnce = 500

/** Whether the club has every fact of the range as the box told it: booked, set aside, or as training. */
export async function checkRange(
  { query }: Reader,
  { store, boxid, from, facts }: RangeCheckpoint,
): Promise<Finding | undefined> {
  for (let at = 0; at < facts.length; at += atOnce) {
    const some = facts.slice(at, at + atOnce)
    const names = some.map((_, n) => `$${n + 2}`).join(', ')
    const rows = await query<{ id: string; hash: string }>(
      `SELECT id, hash FROM journal WHERE store = $1 AND id IN (${names})
       UNION ALL SELECT id, hash FROM training WHERE store = $1 AND id IN (${names})
       UNION ALL SELECT id, hash FROM quarantine WHERE store = $1 AND id IN (${names})`,
      [store, ...some.map(([id]) => id)],
    )
    const known = new Map<string, Set<string>>()
    for (const { id, hash } of rows) known.set(id, (known.get(id) ?? new Set()).add(hash))
    for (const [n, [id, hash]] of some.entries()) {
      const row = `fact ${from + at + n} of ${store} (${boxid})`
      const hashes = known.get(id)
      if (!hashes) return { check: 'checkpoint', row, what: `${id}: the box has signed it, and the club does not have it` }
      if (!hashes.has(hash))
        return { check: 'checkpoint', row, what: `${id}: the club has other contents than the box has signed` }
    }
  }
  return undefined
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
