import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { quarantineAdvice } from '#club/quarantine-advice.ts'
import type { QuarantineName } from '#club/store/store.ts'
import { errorCatalogue } from '#protocol/errors.ts'
import type { Language } from '#protocol/text.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { withClubBooks } from '../club-books.ts'

interface Where {
  config: string
}
interface Which extends Where {
  store?: string
  hash?: string
}

const say = (text: string) => process.stdout.write(`${text}\n`)
const nameOf = (id: string, { store, hash }: Which): QuarantineName => ({
  id,
  ...(store === undefined ? {} : { store }),
  ...(hash === undefined ? {} : { hash }),
})
const now = () => ({ at: new Date().toISOString() })

/** `vafa club quarantine list`: what waits, why, and what to do about it. */
export async function list({ config, language, json }: Where & { language: Language; json?: boolean }): Promise<void> {
  const entries = await withClubBooks(config, (books) => books.quarantine())
  if (!json && entries.length === 0) say({ fa: 'قرنطینه خالی است.', en: 'nothing is in quarantine' }[language])
  for (const one of entries) {
    const { eventid, store, hash, type, key, reason, receivedat } = one
    if (json) {
      say(JSON.stringify({ ...one, advice: quarantineAdvice(key) }))
      continue
    }
    say(`${eventid}  ${store}  ${hash.slice(0, 8)}  ${receivedat}  ${type ?? '?'}`)
    say(`    ${errorCatalogue[key].title[language]} (${key}): ${reason}`)
    say(`    ${quarantineAdvice(key)[language]}`)
  }
}

/** `vafa club quarantine show ID`: the event as it came; it may name people. Standard output is what `--as` takes back. */
export async function show(id: string, which: Which): Promise<void> {
  const { text } = await withClubBooks(which.config, (books) => books.quarantined(nameOf(id, which)))
  say(indented(text))
}

/** `vafa club quarantine release ID`: books it, as it is or as a file has it. */
export async function release(id: string, which: Which & { as?: string; who?: string; why?: string }): Promise<void> {
  const { as: file, who = operatorName(), why } = which
  const how = { ...now(), who, ...(why === undefined ? {} : { why }) }
  const correction = file === undefined ? {} : { correction: readCorrection(file) }
  const released = await withClubBooks(which.config, (books) => books.release(nameOf(id, which), { ...how, ...correction }))
  say(`booked as ${released.id}: ${released.status}${released.error === undefined ? '' : ` (${released.error})`}`)
}

/** `vafa club quarantine drop ID --why TEXT`: it is never to be booked. */
export async function drop(id: string, which: Which & { who?: string; why: string }): Promise<void> {
  const { who = operatorName(), why } = which
  await withClubBooks(which.config, (books) => books.dropQuarantined(nameOf(id, which), { ...now(), who, why }))
  say(`dropped ${id}`)
}

/** Who sits there; with sudo, who called it. */
const operatorName = () => process.env.SUDO_USER ?? userInfo().username

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function readCorrection(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new VafaError({
      key: 'correction.unreadable',
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'write what `vafa club quarantine show` prints into a file and correct it there',
      cause: error,
    })
  }
}
