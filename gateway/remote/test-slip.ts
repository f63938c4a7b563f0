import type { ReceiptDocument } from '#protocol/receipt.ts'

/** What is printed to see that a printer prints, in both languages; nobody can take it for a receipt. */
export function testSlip({ store, lane, at }: { store: string; lane: string; at: string }): ReceiptDocument {
  return {
    version: 1,
    reference: 'TEST',
    provisional: false,
    blocks: [
      { kind: 'heading', text: { fa: 'چاپ آزمایشی', en: 'Test print' } },
      {
        kind: 'pair',
        field: 'store',
        label: { fa: 'فروشگاه', en: 'Store' },
        value: { kind: 'text', text: { fa: store, en: store } },
      },
      { kind: 'pair', field: 'lane', label: { fa: 'صندوق', en: 'Lane' }, value: { kind: 'code', code: lane } },
      { kind: 'pair', field: 'instant', label: { fa: 'زمان', en: 'Time' }, value: { kind: 'instant', instant: at } },
      { kind: 'rule' },
      { kind: 'text', text: { fa: 'این برگه رسید خرید نیست', en: 'This slip is not a receipt' }, align: 'center' },
    ],
  }
}
