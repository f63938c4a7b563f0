import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import type { Localised } from '#protocol/text.ts'
import type { Value } from '#protocol/values.ts'
import type { Moment, Outcome, Quote, Setup } from '../machine/state.ts'

interface Place {
  setup: Setup
  moment: Moment
}

const pair = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'pair', field, label: receiptFields[field], value })

const money = (amount: number, { moneyShown }: Setup): Value => ({ kind: 'money', amount, currency: 'IRR', shown: moneyShown })

/** What the customer gets where the terminal approved by itself. It has no code yet: the club makes it. */
export function aloneSlip(
  sale: Pick<Quote, 'total' | 'discount' | 'redeemed' | 'payable'> & { batch: string; trace: string } & Place,
): ReceiptDocument {
  const { setup, moment, batch, trace } = sale
  const number = `${setup.terminal}-${batch}-${trace}`
  return {
    version: 1,
    reference: number,
    provisional: true,
    blocks: [
      { kind: 'heading', text: receiptTexts.heading },
      pair('instant', { kind: 'instant', instant: new Date(moment.now).toISOString() }),
      pair('till-receipt', { kind: 'code', code: number }),
      { kind: 'rule' },
      pair('total', money(sale.total, setup)),
      ...(sale.discount > 0 ? [pair('discount', money(sale.discount, setup))] : []),
      ...(sale.redeemed > 0 ? [pair('credit-redeemed', money(sale.redeemed, setup))] : []),
      { kind: 'total', field: 'payable', label: receiptFields.payable, value: money(sale.payable, setup) },
      { kind: 'rule' },
      { kind: 'text', text: receiptTexts.thanks, align: 'center' },
    ],
  }
}

/** The rows of a screen on paper: totals, a closed day, a test. */
export function rowsSlip({ title, rows, setup, moment }: Pick<Outcome, 'title' | 'rows'> & Place): ReceiptDocument {
  return {
    version: 1,
    reference: setup.terminal,
    provisional: false,
    blocks: [
      { kind: 'heading', text: title },
      pair('instant', { kind: 'instant', instant: new Date(moment.now).toISOString() }),
      { kind: 'rule' },
      ...rows.map(
        ({ label, value }): ReceiptBlock => ({
          kind: 'pair',
          field: 'row',
          label,
          value: { kind: 'text', text: typeof value === 'string' ? same(value) : value },
        }),
      ),
    ],
  }
}

const same = (text: string): Localised => ({ fa: text, en: text })
