import type { Credential } from '#protocol/credentials.ts'
import type { Message, Sealed } from '#protocol/messages.ts'
import { parseCodeProof } from '#protocol/rotating-code.ts'
import { type SealingPrivateKey, unseal } from '#protocol/sealing.ts'
import { parseSun } from '#protocol/sun.ts'
import { type Arrival, effectiveAtOf } from '../booking/arrival.ts'
import { stepOfCode } from '../proofs/rotating-code.ts'
import { verifySun } from '../proofs/sun.ts'
import type { Outcome } from '../store/store.ts'
import { batchKeys } from './card-keys.ts'
import type { Books } from './context.ts'
import { isRightCode } from './one-time-codes.ts'
import { bookOwnEvent } from './own-events.ts'
import { memberById } from './people.ts'

/** The token of a card or phone that proves itself. No box can make it, so a token of this kind was found by the club. */
export const sunToken = ({ pepper }: Pick<Books, 'pepper'>, uid: string): string => pepper.proven(`nfc-sun|${uid}`)
export const codeToken = ({ pepper }: Pick<Books, 'pepper'>, card: string): string => pepper.proven(`qr|${card}`)

/** How long a sale may stay open after its code was shown. */
const codeAgeMax = 24 * 3_600_000

/** When the message at hand was sent, by its box's clock and by the club's reckoning; milliseconds since 1970. */
export interface Moment {
  time: number
  at: number
}

/** What a proof says, where it is true: who, and which of the things that this one can say only once. */
export interface Said {
  token: string
  /** The peppered token. */
  by: string
  turn: number
}

/** Pure but for what it reads. Undefined: the proof is none, or was not made by a card or phone of the club. */
export function saidBy(books: Books, { kind, proof = '' }: Credential, moment: Moment): Said | undefined {
  return kind === 'nfc-sun' ? saidByCard(books, proof) : saidByCode(books, proof, moment)
}

function saidByCard(books: Books, proof: string): Said | undefined {
  const message = parseSun(proof)
  if (!message) return undefined
  for (const { keys } of batchKeys(books)) {
    const card = verifySun(message, keys)
    if (!card) continue
    const token = sunToken(books, card.uid)
    return { token, by: books.pepper.token(token), turn: card.counter }
  }
  return undefined
}

function saidByCode(books: Books, proof: string, { time, at }: Moment): Said | undefined {
  const code = parseCodeProof(proof)
  if (!code) return undefined
  const token = codeToken(books, code.card)
  const by = books.pepper.token(token)
  const age = Math.max(0, time - code.seenAt)
  const record = books.desk.get('credential', by)
  const right = isRightCode(books, record, { ...code, seenAt: at - age })
  if (right !== undefined) return right && age <= codeAgeMax ? { token, by, turn: 0 } : undefined
  const secret = secretOf(record?.secret, books.sealingKey)
  if (secret === undefined || age > codeAgeMax) return undefined
  const turn = stepOfCode(secret, code.digits, at - age)
  return turn === undefined ? undefined : { token, by, turn }
}

/** Opening one takes longer than all else about a code; a record stays the same object for as long as it is in memory. */
const opened = new WeakMap<Sealed, string>()

function secretOf(sealed: Sealed | undefined, key: SealingPrivateKey): string | undefined {
  if (!sealed) return undefined
  let secret = opened.get(sealed)
  if (secret !== undefined) return secret
  try {
    secret = String(unseal(sealed, key))
  } catch {
    // Sealed to a key that the club has no more: this card proves nothing until it is issued anew.
    return undefined
  }
  opened.set(sealed, secret)
  return secret
}

export const momentOf = ({ time, clocksynced }: Pick<Message, 'time' | 'clocksynced'>, receivedat: string): Moment => ({
  time: Date.parse(time),
  at: Date.parse(effectiveAtOf({ time, clocksynced }, receivedat)),
})

/** Which keys of a message's data hold credentials. */
const places = ['member', 'credential', 'credentials', 'old', 'new'] as const

type Data = Record<string, Credential | Credential[] | undefined>

/** Each credential of a message put through `change`; a message that is left as it is stays the same object. */
function mapCredentials<M extends Message>(message: M, change: (credential: Credential, in_: Message) => Credential): M {
  const data = message.data as unknown as Data & { original?: Message }
  let changed: Record<string, unknown> | undefined
  const put = (key: string, value: unknown) => {
    changed ??= { ...data }
    changed[key] = value
  }
  for (const key of places) {
    const given = data[key]
    if (given === undefined) continue
    if (Array.isArray(given)) {
      if (given.some(({ proof }) => proof !== undefined))
        put(
          key,
          given.map((one) => change(one, message)),
        )
    } else if (given.proof !== undefined) put(key, change(given, message))
  }
  if (message.type === 'vafa.decision.advised.v1' && data.original) {
    const original = mapCredentials(data.original, change)
    if (original !== data.original) put('original', original)
  }
  return changed ? { ...message, data: changed } : message
}

/**
 * A message with every proof in it looked at once: a credential whose proof is true has its token from now on. From here
 * on it is booked and journalled like any other, so that it can be decided again without the proof, which is not kept.
 * What one card says at one reading, and one code, counts in one presentation only; the same in another one is no proof,
 * and of a card it is a sign that somebody has copied it. Nothing else is stopped by that.
 */
export function proven<M extends Message>(
  books: Books,
  message: M,
  arrival: Arrival,
): { message: M; notices: Outcome['notices'] } {
  const notices: Outcome['notices'] = []
  const found = mapCredentials(message, (credential, { time, clocksynced }) => {
    const moment = momentOf({ time, clocksynced }, arrival.receivedat)
    const { token: _, ...alone } = credential
    const said = saidBy(books, credential, moment)
    const key = 'credential.unproven' as const
    const refused = (reason: string): Credential => {
      notices.push({ store: arrival.store, id: message.id, key, reason: `${credential.kind}: ${reason}` })
      return alone
    }
    if (!said) return refused('no card or phone of the club has made this')
    const { store } = arrival
    const at = new Date(moment.at).toISOString()
    return spend(books, { said, credential, store, at })
      ? { ...alone, token: said.token }
      : refused('was shown before, at another time: perhaps a copy of the card')
  })
  return { message: found, notices }
}

/** So many presentations are remembered that tried the same again; each raises the alarm once. */
const refusedMost = 20

/** False where another presentation has said this already. */
function spend(
  books: Books,
  { said, credential, store, at }: { said: Said; credential: Credential; store: string; at: string },
): boolean {
  const { desk } = books
  const { presentationid = '' } = credential
  const proof = `${said.by}/${said.turn}`
  const spent = desk.get('proof', proof)
  if (!spent) {
    desk.put('proof', proof, { proof, presentationid, store, at, refused: [] })
    return true
  }
  if (spent.presentationid === presentationid && spent.store === store) return true
  if (spent.refused.includes(presentationid) || spent.refused.length >= refusedMost) return false
  desk.put('proof', proof, { ...spent, refused: [...spent.refused, presentationid] })
  // A code can be photographed by anybody who stands there; a card's counter comes from the card alone.
  if (credential.kind === 'nfc-sun') raiseAlarm(books, { said, store, at })
  return false
}

/** Of a card that is nobody's yet only the log tells. */
function raiseAlarm(books: Books, { said: { by, turn }, store, at }: { said: Said; store: string; at: string }): void {
  const holder = books.desk.get('credential', by)?.memberid
  const member = holder === undefined ? undefined : memberById(books, holder)
  if (!member || member.erasedAt !== undefined) return
  const data = { card: by, counter: turn, store }
  bookOwnEvent(books, { type: 'vafa.club.card-copied.v1', memberid: member.memberid, at, data })
}
