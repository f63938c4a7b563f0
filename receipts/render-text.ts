import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language } from '#protocol/text.ts'
import { formatItem, formatValue } from './format.ts'
import { type ShownBlock, shownBlocks } from './shown-blocks.ts'
import { columnsOf } from './text-columns.ts'
import { wrap } from './wrap.ts'

export interface TextOptions {
  language: Language
  columns: number
  timeZone: string
}

/**
 * A receipt as lines of at most `columns` columns, for terminals. Persian lines are in logical order: a terminal that
 * knows bidirectional text shows them right to left. Pictures are left out.
 */
export function renderText(document: ReceiptDocument, options: TextOptions): string[] {
  return shownBlocks(document).flatMap((block) => blockLines(block, options))
}

function blockLines(block: ShownBlock, options: TextOptions): string[] {
  const { language, columns } = options
  switch (block.kind) {
    case 'heading':
      return centred(block.text[language], columns)
    case 'notice':
      return centred(`*** ${block.text[language]} ***`, columns)
    case 'text':
      return block.align === 'center' ? centred(block.text[language], columns) : wrapped(block.text[language], columns)
    case 'pair':
    case 'total':
      return spread(block.label[language], formatValue(block.value, { ...options, digits: 'native' }), columns)
    case 'rule':
      return ['─'.repeat(columns)]
    case 'items':
      return block.items.flatMap((item) => {
        const value = formatValue(item.amount, { ...options, digits: 'native' })
        return spread(formatItem(item, { ...options, digits: 'native' }), value, columns)
      })
    case 'qr':
      return [...(block.caption ? centred(block.caption[language], columns) : []), ...centred(block.content, columns)]
    case 'barcode':
      return centred(block.content, columns)
    case 'image':
      return []
  }
}

const wrapped = (text: string, columns: number): string[] => wrap(text, (line) => columnsOf(line) <= columns)

const centred = (text: string, columns: number): string[] =>
  wrapped(text, columns).map((line) => ' '.repeat(Math.floor((columns - columnsOf(line)) / 2)) + line)

/** Label at the start, value at the end; where they do not fit together, each on lines of its own. */
function spread(label: string, value: string, columns: number): string[] {
  const gap = columns - columnsOf(label) - columnsOf(value)
  if (gap >= 1) return [label + ' '.repeat(gap) + value]
  const values = wrapped(value, columns).map((line) => ' '.repeat(columns - columnsOf(line)) + line)
  return [...wrapped(label, columns), ...values]
}
