import type { Language } from '#protocol/text.ts'
import { columnsOf } from '#receipts/text-columns.ts'

/** Cells under their heads, in fixed columns. Persian is read from the right, so there everything is flush right. */
export function tableText(language: Language, [head, ...rows]: readonly [readonly string[], ...(readonly string[])[]]): string {
  const widths = head.map((_, index) => Math.max(...[head, ...rows].map((cells) => columnsOf(cells[index] ?? ''))))
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const blanks = ' '.repeat((widths[index] ?? 0) - columnsOf(cell))
        return language === 'en' && index === 0 ? cell + blanks : blanks + cell
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [head, ...rows].map((cells, index) => `${lineOf(cells)}\n${index === 0 ? `${rule}\n` : ''}`).join('')
}
