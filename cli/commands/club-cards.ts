import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { z } from 'zod'
import { type CardKeys, cardKeys } from '#club/books/card-keys.ts'
import { codeToken, sunToken } from '#club/books/proofs.ts'
import { readClubConfig } from '#club/config.ts'
import { readSealingKey } from '#club/key-file.ts'
import { readCards } from '#club/lists/cards.ts'
import { createPepper } from '#club/pepper.ts'
import { codeAt, newCodeSecret } from '#club/proofs/rotating-code.ts'
import { codeDigits, codePeriod, writeCode } from '#protocol/rotating-code.ts'
import { seal } from '#protocol/sealing.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { withClubBooks } from '../club-books.ts'
import { perform, type Where } from './head-office-act.ts'
import { neededTokenKey, readList, report } from './lists-on-disk.ts'

const pepperOf = (config: string) => createPepper(readSecret(readClubConfig(config).pepperFile, 'the pepper'))
const sealedIn = (config: string, value: unknown) => seal(value, readSealingKey(readClubConfig(config).sealingKeyFile))

/**
 * `vafa club cards import FILE`: the club's own cards; of their numbers only tokens are kept. `keys`: of a batch that
 * proves itself; they are sealed to the club before they go anywhere.
 */
export async function importCards(
  file: string,
  options: Where & { batch?: string; store?: string; keys?: string },
): Promise<void> {
  const { config, store, batch = basename(file) } = options
  const keys = options.keys === undefined ? undefined : readCardKeys(options.keys)
  const pepper = keys && pepperOf(config)
  const { cards, rejected } = readCards(readList(file), {
    tokenKey: neededTokenKey(config),
    store,
    ...(pepper ? { provenToken: (uid) => sunToken({ pepper }, uid) } : {}),
  })
  const data = { batch, cards, ...(keys ? { keys: sealedIn(config, keys) } : {}) }
  if (cards.length > 0 || keys)
    await withClubBooks(config, (books) => perform(books, { type: 'vafa.club.cards-imported.v1', data }))
  report(file, `${cards.length} cards of batch ${batch}${keys ? ', which prove themselves' : ''}`, rejected)
}

function readCardKeys(file: string): CardKeys {
  try {
    return cardKeys.parse(JSON.parse(readSecret(file, 'the keys of the cards')))
  } catch (error) {
    if (error instanceof VafaError) throw error
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    throw new VafaError({
      key: 'secret.invalid',
      message: `${file} does not hold the keys of a batch${issue ? `: ${issue.path.join('.') || '(top)'}: ${issue.message}` : ': not JSON'}`,
      hint: 'it is JSON with fileReadKey, metaReadKey and, where each card has a key of its own, diversifier (docs/members.md)',
      cause: error,
    })
  }
}

/** Letters and digits that nobody takes for one another. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** `vafa club cards digital NUMBER`: a card on the member's phone, whose code changes every half minute. */
export async function issueDigitalCard(member: string, { config }: Where): Promise<void> {
  const card = [...randomBytes(12)].map((byte) => letters[byte % letters.length]).join('')
  const secret = newCodeSecret()
  const token = codeToken({ pepper: pepperOf(config) }, card)
  const data = { member, token, secret: sealedIn(config, secret) }
  await withClubBooks(config, (books) => perform(books, { type: 'vafa.club.digital-card-issued.v1', data }))
  const now = writeCode({ card, digits: codeAt(secret, Date.now()) })
  const say = (name: string, value: string) => process.stdout.write(`${name.padEnd(8)} ${value}\n`)
  say('card', card)
  say('secret', secret)
  say('app', `otpauth://totp/${card}?secret=${secret}&algorithm=SHA1&digits=${codeDigits}&period=${codePeriod}`)
  say('code', `${now} (good for a minute; what is shown as a QR code)`)
}

/** `vafa club alerts`: what rules and cards told head office, the newest first. */
export async function showAlerts({ config }: Where): Promise<void> {
  await withClubBooks(config, async (books) => {
    const numbers = new Map((await books.members()).map((one) => [one.memberid, one.number]))
    for (const { at, ruleid, memberid, store, text } of await books.alerts({}))
      process.stdout.write(
        `${at}  ${ruleid}  ${memberid === undefined ? '-' : (numbers.get(memberid) ?? memberid)}  ${store ?? '-'}  ${text.fa} / ${text.en}\n`,
      )
  })
}
