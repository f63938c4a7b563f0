const lookalikes: Readonly<Record<string, string>> = {
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '−': '-',
  '─': '-',
  '×': 'x',
  '…': '...',
  '٪': '%',
}

/** English text in printable ASCII and line feeds, for terminals that know nothing else; other letters become `?`. */
export const asciiText = (text: string): string =>
  text
    .replace(/[“”‘’–—−─×…٪]/g, (character) => lookalikes[character] ?? '?')
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Cf}]/gu, '')
    .replace(/[^\n\x20-\x7e]/gu, '?')
