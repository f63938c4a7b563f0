/** One fenced block of a guide: what stands behind its fence, and its lines. `line`: where it begins in the file. */
export interface Block {
  words: readonly string[]
  text: string
  line: number
}

/** Fenced blocks, in their order. Throws for one that has no word behind its fence: nobody would know whether it is tested. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let open: { words: string[]; lines: string[]; line: number } | undefined
  markdown.split('\n').forEach((line, index) => {
    const [, fence] = /^```(.*)$/.exec(line) ?? []
    if (fence === undefined) open?.lines.push(line)
    else if (open) {
      blocks.push({ words: open.words, text: open.lines.join('\n'), line: open.line })
      open = undefined
    } else {
      const words = fence.split(' ').filter((word) => word !== '')
      if (words.length === 0) throw new Error(`line ${index + 1}: a block without a word behind its fence`)
      open = { words, lines: [], line: index + 1 }
    }
  })
  if (open) throw new Error(`line ${open.line}: a block that has no end`)
  return blocks
}
