/** Marks, the half-space (ZWNJ), isolates and other format characters take no column. */
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u
const doubleWidth =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) if (!zeroWidth.test(character)) columns += doubleWidth.test(character) ? 2 : 1
  return columns
}
