/** Made when the first word is too long: it takes milliseconds, and most never need it. */
let graphemes: Intl.Segmenter | undefined

/**
 * Breaks a text at blanks into lines that fit; a word that is too long alone is broken between graphemes. `fits` says
 * whether a string fits one line, in whatever unit the device counts (columns, dots). Never gives an empty list.
 */
export function wrap(text: string, fits: (line: string) => boolean): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(/ +/)) {
      const longer = line === '' ? word : `${line} ${word}`
      if (fits(longer)) {
        line = longer
        continue
      }
      if (line !== '') lines.push(line)
      const pieces = breakWord(word, fits)
      line = pieces.pop() ?? ''
      lines.push(...pieces)
    }
    lines.push(line)
  }
  return lines
}

function breakWord(word: string, fits: (line: string) => boolean): string[] {
  if (fits(word)) return [word]
  const pieces: string[] = []
  let piece = ''
  graphemes ??= new Intl.Segmenter('fa', { granularity: 'grapheme' })
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== '' && !fits(piece + segment)) {
      pieces.push(piece)
      piece = ''
    }
    piece += segment
  }
  return [...pieces, piece]
}
