import { normaliseReference, referenceOf } from '#protocol/reference.ts'
import type { Books } from './context.ts'
import type { Sale } from './sale-records.ts'

export const tillReceiptKey = (store: string, tillreceipt: string): string => `${store}/${tillreceipt}`

/** The code for people; in the rare case that another sale has it, the next one. */
export function freeReference({ desk }: Books, saleid: string): string {
  for (let attempt = 0; ; attempt++) {
    const reference = referenceOf(saleid, attempt)
    if (!desk.get('reference', reference)) return reference
  }
}

/** A sale by its receipt's code (typed, or the QR's content) or by the till's own receipt number. */
export function saleByReference({ desk }: Books, store: string, text: string): Sale | undefined {
  const reference = normaliseReference(text)
  const known =
    (reference === undefined ? undefined : desk.get('reference', reference)) ??
    desk.get('tillreceipt', tillReceiptKey(store, text))
  return known && desk.get('sale', known.saleid)
}
