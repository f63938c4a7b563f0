import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Applies a unified diff to the files of a folder by its text, not by its line numbers: what a hunk takes away must
 * stand there exactly once. Throws where it does not: then the patch has to follow the source.
 */
export function applyPatch(folder: string, patch: string): void {
  let file = ''
  let hunk: { before: string[]; after: string[] } | undefined
  const finish = () => {
    if (!hunk) return
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    const [before, after] = [`\n${hunk.before.join('\n')}\n`, `\n${hunk.after.join('\n')}\n`]
    const found = text.split(before).length - 1
    if (found !== 1) throw new Error(`a patch finds its text ${found} times in ${file}: let it follow the source`)
    writeFileSync(
      path,
      text.replace(before, () => after),
    )
    hunk = undefined
  }
  for (const line of patch.split('\n')) {
    const [sign, rest] = [line[0], line.slice(1)]
    if (line.startsWith('--- ')) finish()
    else if (line.startsWith('+++ b/')) file = line.slice('+++ b/'.length)
    else if (line.startsWith('@@')) {
      finish()
      hunk = { before: [], after: [] }
    } else if (hunk && (sign === ' ' || sign === '-' || sign === '+')) {
      if (sign !== '+') hunk.before.push(rest)
      if (sign !== '-') hunk.after.push(rest)
    }
  }
  finish()
}
