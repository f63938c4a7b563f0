import type { Effect } from '#protocol/effects.ts'
import type { DisplayContent, ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import type { Shop } from './booking/shop.ts'
import {
  balanceBlocks,
  creditRows,
  foot,
  head,
  labelled,
  moneyOf,
  named,
  pair,
  restoredOf,
  revokedOf,
  type SaleOnPaper,
  type SlipBasics,
  total,
} from './receipt-of.ts'

/** The slip of what was brought back: `sale` holds its amounts and instant; `left` is what stands of the sale's price. */
export function returnReceipt(options: SlipBasics, left: number): ReceiptDocument {
  const { shop, sale, member, effects } = options
  const money = moneyOf(shop, sale.currency)
  const restored = restoredOf(effects)
  return {
    version: 1,
    reference: sale.reference,
    provisional: false,
    blocks: [
      ...head(receiptTexts.return, options),
      pair('returned', money(sale.total)),
      ...(sale.discount > 0 ? [pair('discount', money(-sale.discount))] : []),
      ...(restored > 0 ? [pair('credit-restored', money(restored))] : []),
      total('refunded', money(sale.payable)),
      pair('rest-of-sale', money(left)),
      ...(member
        ? [
            { kind: 'rule' as const },
            pair('credit-revoked', money(revokedOf(effects))),
            ...unitsTakenBack(effects),
            ...balanceBlocks(options),
          ]
        : []),
      ...foot(options),
    ],
  }
}

/** A sale's slip with what has been brought back of it, and what is left. */
export function withReturned(
  receipt: ReceiptDocument,
  { shop, sale, returned }: { shop: Shop; sale: Pick<SaleOnPaper, 'total' | 'currency'>; returned: number },
): ReceiptDocument {
  const money = moneyOf(shop, sale.currency)
  const more = [pair('returned', money(returned)), pair('rest-of-sale', money(sale.total - returned))]
  return {
    ...receipt,
    blocks: receipt.blocks.flatMap((one) => (one.kind === 'total' && one.field === 'payable' ? [one, ...more] : [one])),
  }
}

/** Points and stamps that a return takes back, each with its name. */
const unitsTakenBack = (effects: readonly Effect[]): ReceiptBlock[] =>
  effects.flatMap((one) =>
    one.kind === 'points-revoked' || one.kind === 'stamps-revoked'
      ? [named(one.kind, one.name, { kind: 'number', number: one.amount })]
      : [],
  )

/** What the display shows after something was brought back. */
export function returnDisplay(slip: SlipBasics): DisplayContent {
  const { shop, sale, effects } = slip
  const money = moneyOf(shop, sale.currency)
  return {
    title: receiptTexts.return,
    rows: [labelled('refunded', money(sale.payable)), ...creditRows('credit-revoked', revokedOf(effects), slip)],
  }
}
