import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'

/**
 * A receipt as DE 63 has it, lines of text, as a document again, so that it is drawn for paper as the box would draw it:
 * what stands at both ends of a line is a pair, what stands in the middle is centred, the content of a code is a code.
 */
export function receiptOfLines(
  lines: readonly string[],
  { reference, provisional }: Pick<ReceiptDocument, 'reference' | 'provisional'>,
): ReceiptDocument {
  let headed = false
  let inNotice = false
  const blocks = lines.flatMap((line): ReceiptBlock[] => {
    const text = line.trim()
    const both = { fa: text, en: text }
    // «*** آفلاین ***», perhaps on two lines: the renderer says it of every provisional receipt.
    const noticed = inNotice || text.startsWith('***')
    if (noticed) inNotice = !(text.endsWith('***') && (inNotice || text.length > 3))
    if (noticed || text === '') return []
    if (/^[─-]{3,}$/.test(text)) return [{ kind: 'rule' }]
    if (/^vafa:[^:\s]*:[0-9A-Z-]+$/.test(text)) return [{ kind: 'qr', content: text }]
    const [, label, value] = /^(\S.*?\S|\S) {2,}(\S.*)$/.exec(line.trimEnd()) ?? []
    if (label !== undefined && value !== undefined)
      return [
        { kind: 'pair', field: 'text', label: { fa: label, en: label }, value: { kind: 'text', text: { fa: value, en: value } } },
      ]
    if (!headed) {
      headed = true
      return [{ kind: 'heading', text: both }]
    }
    return [{ kind: 'text', text: both, ...(line.startsWith('  ') ? { align: 'center' as const } : {}) }]
  })
  return { version: 1, reference, provisional, blocks }
}
