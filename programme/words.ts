/** How many letters must be added, removed, changed or swapped with their neighbour to get from one word to the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1)
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The valid word that somebody probably meant; undefined where none is near. Among equals the first. */
export function nearestWord(word: string, valid: readonly string[]): string | undefined {
  const given = word.slice(0, 60).toLowerCase()
  const most = Math.max(1, Math.floor(given.length / 3))
  let nearest: string | undefined
  let least = most + 1
  for (const one of valid) {
    const distance = editDistance(given, one.toLowerCase())
    if (distance < least) {
      nearest = one
      least = distance
    }
  }
  return nearest
}

/** What to say of a word that is not among the valid ones. */
export function notAmong(what: string, word: string, valid: readonly string[]): string {
  const nearest = nearestWord(word, valid)
  const help = nearest === undefined ? `valid are ${valid.join(', ')}` : `did you mean “${nearest}”?`
  return `“${word.slice(0, 60)}” is no ${what}: ${help}`
}
