import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readOriginal } from '#protocol/iso8583/original.ts'
import { type Origin, originalIdOf, originSaleId } from '#protocol/origin.ts'
import type { TerminalPlace } from './place.ts'
import { batchOf, Refused, type RequestTags } from './request-parts.ts'

/** A sale of a terminal: the same id on a repeat, after a power cut, and from a reversal of one that never came. */
export interface Identity {
  saleid: string
  originalid: string
}

/*
 * Two things name a transaction in a terminal's journal: trace number with local time and batch (DE 11, 12, 13, 60 BN),
 * and trace number with the first transmission (DE 11, 7). The id is made of the first; the second is remembered beside
 * it, because some terminals put the time of day into the DE 12 of a reversal, as others do into the DE 7 of a repeat.
 */

const originOf = (message: IsoMessage, tags: RequestTags, place: TerminalPlace, trace: string): Origin => {
  const batch = batchOf(tags)
  return {
    store: place.store,
    terminal: place.terminal,
    ...(batch === undefined ? {} : { batch }),
    trace,
    at: `${message.fields[13] ?? ''}${message.fields[12] ?? ''}`,
  }
}

const firstSent = (place: TerminalPlace, trace: string, transmission: string) => `sent:${place.terminal}:${trace}:${transmission}`
const quotedAs = (place: TerminalPlace, retrieval: string) => `retrieval:${place.terminal}:${retrieval}`

/** The transaction of a quote, a hold, a sale, an advice or a return. */
export function identityOf(message: IsoMessage, tags: RequestTags, place: TerminalPlace): Identity {
  const { fields } = message
  const trace = fields[11] ?? ''
  const origin = originOf(message, tags, place, trace)
  const key = firstSent(place, trace, fields[7] ?? '')
  const made = originSaleId(origin)
  const originalid = originalIdOf(origin)
  const known = place.memory.find(key) ?? place.memory.find(`alias:${made}`)
  if (known) return { saleid: known, originalid }
  // A terminal that counts on with each message names the quote by the DE 37 that it was given with it.
  const retrieval = fields[37]
  const quoted = retrieval ? place.memory.find(quotedAs(place, retrieval)) : undefined
  if (quoted && quoted !== made) place.memory.keep(`alias:${made}`, quoted)
  const saleid = quoted ?? made
  place.memory.keep(key, saleid)
  return { saleid, originalid }
}

/** What a reversal undoes, and which type of message that was. Throws `Refused` where DE 90 is none. */
export function reversedBy(
  message: IsoMessage,
  tags: RequestTags,
  place: TerminalPlace,
): { saleid: string; originalMti: string } {
  const original = readOriginal(message.fields[90] ?? '')
  if (!original) throw new Refused('30', 'DE 90')
  const key = firstSent(place, original.trace, original.transmission)
  const made = originSaleId(originOf(message, tags, place, original.trace))
  const known = place.memory.find(key) ?? place.memory.find(`alias:${made}`)
  // The late 0200 of a sale that is undone before it came finds its tombstone by either name.
  if (!known) place.memory.keep(key, made)
  return { saleid: known ?? made, originalMti: original.mti }
}

/** The quote's answer is on its way: its DE 37 names the sale from now on, and `complete` will be asked for it. */
export function rememberQuote(place: TerminalPlace, saleid: string, retrieval: string): void {
  place.memory.keep(quotedAs(place, retrieval), saleid)
  place.memory.keep(`quoted:${saleid}`, '1')
}

export const wasQuoted = (place: TerminalPlace, saleid: string): boolean => place.memory.find(`quoted:${saleid}`) !== undefined
