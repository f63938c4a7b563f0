import { getUid, isIsoDep, parseReply, selectAid } from './apdu.ts'
import { readNdef } from './read-ndef.ts'

/** Upper-case hex: the card's UID, or the data that its application answered the SELECT with. */
export type CardIdentity =
  | { by: 'uid'; hex: string }
  | { by: 'aid'; hex: string }
  /** `message`: its NDEF message; `hex`: its UID, where it tells it. */
  | { by: 'ndef'; message: string; hex?: string }

export type CardReading = CardIdentity | { by: 'nothing'; reason: string }

/** ISO/IEC 14443-3 has UIDs of 4, 7 and 10 bytes; ISO/IEC 15693 and FeliCa have 8. */
const uidLengths = [4, 7, 8, 10]

/**
 * Asks a card who it is: by its application where one is configured and the card may have it, then by what it carries
 * where that is wanted, and by its UID.
 * `transmit` sends one APDU and gives the reply; what it throws passes through.
 */
export async function readCard(card: {
  atr: Uint8Array
  aid: Uint8Array | undefined
  /** `read`: the card's NDEF message is wanted. */
  ndef?: 'read' | 'leave'
  transmit: (apdu: Uint8Array) => Promise<Uint8Array>
}): Promise<CardReading> {
  if (card.aid !== undefined && isIsoDep(card.atr)) {
    const selected = parseReply(await card.transmit(selectAid(card.aid)))
    if (selected.ok && selected.data.length > 0) return { by: 'aid', hex: hexOf(selected.data) }
  }
  const carried = card.ndef === 'read' ? await readNdef({ isoDep: isIsoDep(card.atr), transmit: card.transmit }) : undefined
  if (carried?.is === 'torn') return { by: 'nothing', reason: carried.reason }
  const uid = parseReply(await card.transmit(getUid))
  if (carried?.is === 'message') {
    const known = uid.ok && uidLengths.includes(uid.data.length) ? { hex: hexOf(uid.data) } : {}
    return { by: 'ndef', message: hexOf(carried.message), ...known }
  }
  if (!uid.ok) return { by: 'nothing', reason: uid.reason }
  if (!uidLengths.includes(uid.data.length)) return { by: 'nothing', reason: `its UID has ${uid.data.length} bytes` }
  return { by: 'uid', hex: hexOf(uid.data) }
}

/** `transmit`, with what was said put into `said`. */
export const overheard =
  (transmit: (apdu: Uint8Array) => Promise<Uint8Array>, said: [command: string, answer: string][]) =>
  async (apdu: Uint8Array): Promise<Uint8Array> => {
    const answer = await transmit(apdu)
    said.push([hexOf(apdu), hexOf(answer)])
    return answer
  }

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()
