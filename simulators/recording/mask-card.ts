import { getUid, parseReply } from '#drivers/pcsc/apdu.ts'
import { type NdefRecord, parseNdef } from '#drivers/pcsc/ndef.ts'
import { readCard } from '#drivers/pcsc/read-card.ts'
import type { CardExchange } from '#drivers/pcsc/transport.ts'
import { answering } from '../card/virtual-card.ts'
import type { Mask } from './mask.ts'

export interface CardMasking {
  mask: Mask
  /** The application that the device asks for, and whether it reads what cards carry: as its options say. */
  aid: string | undefined
  ndef: 'read' | 'leave'
  /** How addresses and texts of the club begin: so much of them stays. */
  prefixes: readonly string[]
}

type Said = CardExchange['said']

/**
 * A reading of a card without what names its holder: its number, what its application answered, and what it carries are
 * masked where they stand, so that a driver reads the masked ones as it read the first. The driver's own reading says what
 * that is. Answers to any other command keep their status alone.
 */
export async function maskedExchange(exchange: CardExchange, masking: CardMasking): Promise<CardExchange> {
  const { mask } = masking
  const carried = await messageOf(exchange, masking)
  const replaced = carried && maskedMessage(carried, masking)
  const reads = carried && replaced ? withMessage(exchange.said, carried, replaced) : exchange.said.map(([, answer]) => answer)
  return {
    ...exchange,
    said: exchange.said.map(([command, before], index) => {
      const answer = Buffer.from(reads[index] ?? before, 'hex')
      return [
        command.toLowerCase(),
        safely(command.toLowerCase(), answer, { mask, unread: carried === undefined }).toString('hex'),
      ]
    }),
  }
}

const uidCommand = Buffer.from(getUid).toString('hex')
/** READ BINARY of a storage card and of a file; SELECT of a file. Of a SELECT by name the answer is an application's. */
const isRead = (command: string): boolean => /^(?:ffb0|00b0)/.test(command)
const selectsFile = (command: string): boolean => command.startsWith('00a4000c')
const selectsName = (command: string): boolean => command.startsWith('00a40400')
const selectsNdef = '00a4040007d276000085010100'

function safely(command: string, answer: Buffer, { mask, unread }: { mask: Mask; unread: boolean }): Buffer {
  const data = answer.subarray(0, Math.max(0, answer.length - 2))
  const status = answer.subarray(data.length)
  if (command === uidCommand && data.length > 0) {
    // The first byte says whose chip it is, and whether the number is one of chance.
    const hidden = mask.text(data.subarray(1).toString('hex'))
    return Buffer.concat([data.subarray(0, 1), Buffer.from(hidden, 'hex'), status])
  }
  if (isRead(command)) return unread ? Buffer.concat([Buffer.alloc(data.length), status]) : answer
  if (selectsFile(command) || command === selectsNdef) return answer
  if (selectsName(command)) return Buffer.concat([mask.bytes(data), status])
  return status
}

/** The NDEF message that the driver reads from what was recorded; undefined where it reads none. */
async function messageOf({ atr, said }: CardExchange, { aid, ndef }: CardMasking): Promise<Buffer | undefined> {
  const answer = answering({ atr, uid: '', recorded: said }, '')
  const card = await readCard({
    atr: Buffer.from(atr, 'hex'),
    aid: aid === undefined ? undefined : Buffer.from(aid, 'hex'),
    ndef,
    async transmit(apdu) {
      const reply = answer(apdu)
      return typeof reply === 'string' ? new Uint8Array() : reply
    },
  })
  return card.by === 'ndef' ? Buffer.from(card.message, 'hex') : undefined
}

/** The message with the words of its records masked in their place. */
function maskedMessage(message: Buffer, { mask, prefixes }: CardMasking): Buffer {
  let out = Buffer.from(message)
  for (const record of parseNdef(message)) {
    const text = writtenIn(record)
    if (text === undefined) continue
    const masked = maskedText(text, { mask, prefixes })
    const hidden = record.kind === 'uri' ? record.abbreviated : 0
    const [from, to] = [text.slice(hidden), masked.slice(hidden)].map((part) => Buffer.from(part))
    const at = from ? out.indexOf(from) : -1
    // What is not found as it stands is not kept at all.
    if (from && to && at >= 0 && from.length === to.length) to.copy(out, at)
    else out = Buffer.alloc(message.length)
  }
  return out
}

const writtenIn = (record: NdefRecord): string | undefined =>
  record.kind === 'uri' ? record.uri : record.kind === 'text' ? record.text : undefined

/** What a store knows its cards by stays, and the names of an address's parameters. */
function maskedText(text: string, { mask, prefixes }: Pick<CardMasking, 'mask' | 'prefixes'>): string {
  const known = prefixes.filter((prefix) => text.startsWith(prefix)).sort((a, b) => b.length - a.length)[0]
  // Parameters are looked at one by one, also where the prefix reaches into them.
  const [kept] = splitOnce(known ?? /^[a-z]+:\/\/[^/?]*\/?/.exec(text)?.[0] ?? '', '?')
  const [path = '', query] = splitOnce(text.slice(kept.length), '?')
  if (query === undefined) return kept + mask.text(path)
  const parameters = query.split('&').map((one) => {
    const [name = '', value] = splitOnce(one, '=')
    return value === undefined ? mask.text(name) : `${name}=${mask.text(value)}`
  })
  return `${kept}${mask.text(path)}?${parameters.join('&')}`
}

function splitOnce(text: string, at: string): [string, string?] {
  const index = text.indexOf(at)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

/** The answers with the message replaced, which stands in one or several reads, one behind the other. */
function withMessage(said: Said, message: Buffer, replacement: Buffer): string[] {
  const answers = said.map(([, answer]) => Buffer.from(answer, 'hex'))
  const reads = said.flatMap(([command], index) =>
    isRead(command.toLowerCase()) && parseReply(answers[index] ?? new Uint8Array()).ok ? [index] : [],
  )
  const memory = Buffer.concat(reads.map((index) => (answers[index] ?? Buffer.alloc(2)).subarray(0, -2)))
  const at = memory.indexOf(message)
  // Not one behind the other: then nothing that was read is kept.
  if (at < 0) memory.fill(0)
  else replacement.copy(memory, at)
  let from = 0
  for (const index of reads) {
    const answer = answers[index]
    if (!answer) continue
    memory.copy(answer, 0, from, from + answer.length - 2)
    from += answer.length - 2
  }
  return answers.map((answer) => answer.toString('hex'))
}
