import { readFileSync } from 'node:fs'

/** The commands of one section of docs/operations.md, in their order: its indented lines. */
export function commandsOf(heading: string): string[] {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const start = text.indexOf(`\n${heading}\n`)
  if (start < 0) throw new Error(`docs/operations.md has no “${heading}”`)
  const [section = ''] = text.slice(start + heading.length + 2).split(/\n#{2,3} /)
  return section
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.trim())
}
