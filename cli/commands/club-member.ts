import { knownOf } from '#club/insight/known-of.ts'
import { memberInWords } from '#club/insight/words.ts'
import { leftOut } from '#club/reports/catalogue.ts'
import type { Language } from '#protocol/text.ts'
import { type ClubFile, withClubReader } from '../club-reader.ts'

/** `vafa club member NUMBER`: what is known of a member, in words. */
export async function member(number: string, options: ClubFile & { language: Language; json?: boolean }): Promise<void> {
  const { language, json } = options
  await withClubReader(options.config, async ({ reader, segments, currency }) => {
    const found = await knownOf(reader, { number, now: new Date().toISOString(), segments })
    if (json) {
      const { offer } = found
      const { insight, scores, rfm, points } = found.member
      process.stdout.write(`${JSON.stringify({ number: found.number, insight, scores, rfm, points, offer }, undefined, 2)}\n`)
      return
    }
    const words = [...memberInWords({ ...found, currency }), ...(await leftOut(reader))]
    process.stdout.write(words.map((one) => `${one[language]}\n`).join(''))
  })
}
