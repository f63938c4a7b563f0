import { expect, it } from 'vitest'
import { copyOfReceipt } from './receipt-copy.ts'
import { receiptTexts } from './receipt-fields.ts'

it('a slip that is handed out again says below its heading that it is a copy, and is otherwise the same', () => {
  const heading = { kind: 'heading' as const, text: receiptTexts.heading }
  const rule = { kind: 'rule' as const }
  const slip = { version: 1 as const, reference: 'ABCDE-FGHJK', provisional: true, blocks: [heading, rule] }
  expect(copyOfReceipt(slip)).toEqual({
    ...slip,
    blocks: [heading, { kind: 'text', text: { fa: 'رونوشت', en: 'Copy' }, align: 'center' }, rule],
  })
})
