import { isRandomUid, type TokenKey, tokenise } from '#protocol/credentials.ts'
import { CellFault, missing, wordCell } from './cells.ts'
import { type Columns, type Rejected, readSheet } from './sheet.ts'

export const cardColumns = {
  number: ['شماره کارت', 'شماره', 'card number'],
  uid: ['شناسه تراشه', 'شناسه کارت', 'card uid'],
  kind: ['نوع', 'type'],
  store: ['فروشگاه'],
} as const satisfies Columns<string>

/** How a printed or encoded number is read at the till. */
const kinds = { barcode: 'barcode', بارکد: 'barcode', qr: 'qr', magstripe: 'magstripe', مغناطیسی: 'magstripe' } as const

export interface CardList {
  cards: { tokens: string[]; store?: string }[]
  rejected: Rejected[]
}

export interface CardsGiven {
  tokenKey: TokenKey
  /** Whose they all are. */
  store: string | undefined
  /** For a batch of cards that prove themselves: the token of a card by its UID (14 upper-case hexadecimal digits). */
  provenToken?(uid: string): string
}

/** A batch of the club's own cards. Of their numbers and UIDs only tokens are given back. */
export function readCards(text: string, { tokenKey, store, provenToken }: CardsGiven): CardList {
  const { rows, rejected } = readSheet(text, cardColumns)
  const seen = new Set<string>()
  const cards: CardList['cards'] = []
  for (const { line, cells } of rows) {
    try {
      const { number, uid } = cells
      if (number === undefined && uid === undefined) throw missing('number, uid')
      if (uid !== undefined && !/^(?:[0-9a-f]{2}[\s:-]?){4,10}$/i.test(uid)) throw wrongUid
      if (uid !== undefined && isRandomUid(uid.replace(/[^0-9a-f]/gi, ''))) throw randomUid
      const kind = cells.kind === undefined ? 'barcode' : wordCell(cells.kind, kinds)
      const tokens = [
        ...(uid === undefined
          ? []
          : [provenToken ? provenToken(sevenBytes(uid)) : tokenise({ kind: 'nfc-uid', value: uid }, tokenKey).token]),
        ...(number === undefined ? [] : [tokenise({ kind, value: number }, tokenKey).token]),
      ]
      if (tokens.some((one) => seen.has(one))) throw twice
      for (const one of tokens) seen.add(one)
      const place = cells.store ?? store
      cards.push({ tokens, ...(place === undefined ? {} : { store: place }) })
    } catch (error) {
      if (!(error instanceof CellFault)) throw error
      // The number itself stays out of the report.
      rejected.push({ line, id: '', reason: error.reason })
    }
  }
  return { cards, rejected: rejected.sort((a, b) => a.line - b.line) }
}

/** The UID of an NTAG 424 DNA. */
function sevenBytes(text: string): string {
  const uid = text.replace(/[^0-9a-f]/gi, '').toUpperCase()
  if (uid.length !== 14) throw notSeven
  return uid
}

const notSeven = new CellFault({
  fa: 'شناسهٔ این نوع کارت هفت بایت دارد',
  en: 'uid: cards that prove themselves have 7 bytes',
})
const wrongUid = new CellFault({ fa: 'شناسهٔ تراشه درست نیست', en: 'uid: 4 to 10 bytes in hexadecimal digits' })
const randomUid = new CellFault({
  fa: 'شناسهٔ این کارت هر بار عوض می‌شود',
  en: 'uid: one that begins with 08 changes at each tap and identifies nobody',
})
const twice = new CellFault({ fa: 'این کارت دو بار آمده است', en: 'the card stands there twice' })
