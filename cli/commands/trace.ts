import { readClubConfig } from '#club/config.ts'
import { placeOf } from '#club/open-books.ts'
import { openReader } from '#club/store/snapshot.ts'
import { traceClub } from '#club/trace.ts'
import { diskOf, gatewayConfig } from '#gateway/config.ts'
import { traceBox } from '#gateway/trace.ts'
import type { Language } from '#protocol/text.ts'
import type { TraceStep } from '#protocol/trace.ts'
import { readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'

/** `vafa trace ID`: follows one event, or all of one sale, over a box and the club. Reads databases, also of running daemons. */
export async function trace(
  wanted: string,
  options: { club?: string; box?: string; language: Language; json?: boolean },
): Promise<void> {
  const { club, box, language, json } = options
  if (club === undefined && box === undefined)
    throw new VafaError({
      key: 'usage',
      message: 'nothing to look into',
      hint: 'name --box gateway.yaml, --club club.yaml, or both',
    })
  const steps: TraceStep[] = []
  if (box !== undefined) steps.push(...traceBox(diskOf(readConfig(box, gatewayConfig), { file: box }), wanted))
  if (club !== undefined) {
    const reader = await openReader(placeOf(readClubConfig(club).database))
    try {
      steps.push(...(await traceClub(reader, wanted)))
    } finally {
      await reader.close()
    }
  }
  if (steps.length === 0)
    throw new VafaError({
      key: 'trace.unknown',
      message: `nothing is known of “${wanted}” there`,
      hint: 'give an event’s id, a sale’s id, or the code on its receipt; a box forgets after 30 days',
    })
  // What happened in one instant stays in the order in which it was told.
  steps.sort((a, b) => a.at.localeCompare(b.at))
  process.stdout.write(
    json ? `${steps.map((one) => JSON.stringify(one)).join('\n')}\n` : steps.map((one) => lineOf(one, language)).join(''),
  )
}

const places = { box: { fa: 'جعبه', en: 'box' }, club: { fa: 'باشگاه', en: 'club' } } as const

/** Instants and names stay as they are: they are what is searched for in logs. */
function lineOf({ where, at, what, details }: TraceStep, language: Language): string {
  const rest = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  return `${at}  ${places[where][language]}  ${what[language]}\n    ${rest.join('  ')}\n`
}
