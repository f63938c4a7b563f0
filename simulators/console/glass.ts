/**
 * What a terminal shows after the bytes that it was sent: as much of ECMA-48 as the agent's console uses. Colours are not
 * kept; what it does not know it leaves out.
 */
export function createGlass({ columns, rows }: { columns: number; rows: number }): {
  write(text: string): void
  lines(): string[]
} {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ' '))
  let [row, column] = [0, 0]
  let rest = ''
  const clear = () => {
    for (const line of cells) line.fill(' ')
  }
  return {
    write(text) {
      rest += text
      while (rest !== '') {
        const sequence = rest.startsWith('\x1b[') ? /^.\[([?0-9;]*)([A-Za-z])/su.exec(rest) : null
        if (sequence) {
          const [whole, parameters = '', final] = sequence
          if (final === 'H') {
            const [line = 1, place = 1] = parameters.split(';').map(Number)
            row = line - 1
            column = place - 1
          } else if (final === 'J') clear()
          rest = rest.slice(whole.length)
        } else if (rest.startsWith('\x1b')) {
          // The rest of the sequence has not come yet.
          if (rest.length < 16) return
          rest = rest.slice(1)
        } else {
          const [letter = ''] = rest
          const line = cells[row]
          if (line && column < columns && letter >= ' ') line[column] = letter
          if (letter === '\n') row += 1
          else if (letter === '\r') column = 0
          else column += 1
          rest = rest.slice(letter.length)
        }
      }
    },
    lines: () => cells.map((line) => line.join('')),
  }
}
