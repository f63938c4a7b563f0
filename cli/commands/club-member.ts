import { everybody } from '#club/insight/everybody.ts'
import { nextOffer } from '#club/insight/next-offer.ts'
import { memberInWords } from '#club/insight/words.ts'
import { leftOut } from '#club/reports/catalogue.ts'
import { type Language, normaliseText } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import { type ClubFile, withClubReader } from '../club-reader.ts'

/** `vafa club member NUMBER`: what is known of a member, in words. */
export async function member(number: string, options: ClubFile & { language: Language; json?: boolean }): Promise<void> {
  const { language, json } = options
  await withClubReader(options.config, async ({ reader, segments, currency }) => {
    const [found] = await reader.query<{ memberid: string; number: string }>(
      `SELECT m.memberid, m.number FROM member_numbers n
       JOIN members d ON d.memberid = n.memberid JOIN members m ON m.memberid = COALESCE(d.mergedinto, d.memberid)
       WHERE n.number = $1`,
      [normaliseText(number)],
    )
    const all = found ? await everybody(reader, { now: new Date().toISOString(), segments }) : []
    const known = all.find(({ insight }) => insight.memberid === found?.memberid)
    if (!found || !known)
      throw new VafaError({
        key: 'member.absent',
        message: `member number ${number.slice(0, 20)} is not known`,
        hint: 'take the whole number from a card or a receipt; somebody who joined just now is counted in a moment',
      })
    const offer = await nextOffer(reader, known.scores.favourites)
    if (json) {
      const { insight, scores, rfm, points } = known
      process.stdout.write(`${JSON.stringify({ number: found.number, insight, scores, rfm, points, offer }, undefined, 2)}\n`)
      return
    }
    const words = [...memberInWords({ number: found.number, currency, member: known, offer }), ...(await leftOut(reader))]
    process.stdout.write(words.map((one) => `${one[language]}\n`).join(''))
  })
}
