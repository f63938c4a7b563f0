import { type CodePage, decodeBytes, epsonCodePages, looksLikeUtf8, orderOf } from '../printed-text/code-pages.ts'
import { foldText } from '../printed-text/fold.ts'
import { fromVisual } from '../printed-text/visual-order.ts'
import type { ReceiptRules } from './rules.ts'

export type TextRules = Pick<ReceiptRules, 'codePage' | 'codePages' | 'order'>

/** The bytes of one line, with the code page (`ESC t n`) that was selected for each piece. */
export type LineBytes = readonly { bytes: Uint8Array; selected: number }[]

/** What stands on the paper, as rules compare it. */
export function decodeLine(line: LineBytes, rules: TextRules): string {
  const pieces = line.map((piece) => ({ ...piece, page: pageOf(piece, rules) }))
  const text = pieces.map(({ bytes, page }) => decodeBytes(bytes, page)).join('')
  const visual = rules.order === 'auto' ? pieces.some(({ page }) => orderOf(page) === 'visual') : rules.order === 'visual'
  return foldText(visual ? fromVisual(text) : text)
}

function pageOf({ bytes, selected }: LineBytes[number], { codePage, codePages }: TextRules): CodePage {
  if (codePage !== 'auto') return codePage
  if (looksLikeUtf8(bytes)) return 'utf-8'
  return codePages[String(selected)] ?? epsonCodePages[selected] ?? 'cp437'
}
