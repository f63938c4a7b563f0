import { normaliseText } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Reader } from '../store/questions.ts'
import { everybody } from './everybody.ts'
import { nextOffer } from './next-offer.ts'
import type { Segments } from './segments.ts'

/** What the club has found out of one member, by the number; rejects with `member.absent`. `now`: ISO 8601. */
export async function knownOf(reader: Reader, given: { number: string; now: string; segments: Segments }) {
  const [found] = await reader.query<{ memberid: string; number: string }>(
    `SELECT m.memberid, m.number FROM member_numbers n
     JOIN members d ON d.memberid = n.memberid JOIN members m ON m.memberid = COALESCE(d.mergedinto, d.memberid)
     WHERE n.number = $1`,
    [normaliseText(given.number)],
  )
  const all = found ? await everybody(reader, given) : []
  const member = all.find(({ insight }) => insight.memberid === found?.memberid)
  if (!found || !member)
    throw new VafaError({
      key: 'member.absent',
      message: `member number ${given.number.slice(0, 20)} is not known`,
      hint: 'take the whole number from a card or a receipt; somebody who joined just now is counted in a moment',
    })
  return { number: found.number, member, offer: await nextOffer(reader, member.scores.favourites) }
}
