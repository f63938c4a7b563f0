/** A letter's joined forms: alone, at the end, at the beginning, in the middle. Two forms: it joins to the right only. */
const forms = new Map<string, readonly number[]>([
  ['ء', [0xfe80]],
  ['آ', [0xfe81, 0xfe82]],
  ['أ', [0xfe83, 0xfe84]],
  ['ؤ', [0xfe85, 0xfe86]],
  ['إ', [0xfe87, 0xfe88]],
  ['ئ', [0xfe89, 0xfe8a, 0xfe8b, 0xfe8c]],
  ['ا', [0xfe8d, 0xfe8e]],
  ['ب', [0xfe8f, 0xfe90, 0xfe91, 0xfe92]],
  ['ة', [0xfe93, 0xfe94]],
  ['ت', [0xfe95, 0xfe96, 0xfe97, 0xfe98]],
  ['ث', [0xfe99, 0xfe9a, 0xfe9b, 0xfe9c]],
  ['ج', [0xfe9d, 0xfe9e, 0xfe9f, 0xfea0]],
  ['ح', [0xfea1, 0xfea2, 0xfea3, 0xfea4]],
  ['خ', [0xfea5, 0xfea6, 0xfea7, 0xfea8]],
  ['د', [0xfea9, 0xfeaa]],
  ['ذ', [0xfeab, 0xfeac]],
  ['ر', [0xfead, 0xfeae]],
  ['ز', [0xfeaf, 0xfeb0]],
  ['س', [0xfeb1, 0xfeb2, 0xfeb3, 0xfeb4]],
  ['ش', [0xfeb5, 0xfeb6, 0xfeb7, 0xfeb8]],
  ['ص', [0xfeb9, 0xfeba, 0xfebb, 0xfebc]],
  ['ض', [0xfebd, 0xfebe, 0xfebf, 0xfec0]],
  ['ط', [0xfec1, 0xfec2, 0xfec3, 0xfec4]],
  ['ظ', [0xfec5, 0xfec6, 0xfec7, 0xfec8]],
  ['ع', [0xfec9, 0xfeca, 0xfecb, 0xfecc]],
  ['غ', [0xfecd, 0xfece, 0xfecf, 0xfed0]],
  ['ف', [0xfed1, 0xfed2, 0xfed3, 0xfed4]],
  ['ق', [0xfed5, 0xfed6, 0xfed7, 0xfed8]],
  ['ك', [0xfed9, 0xfeda, 0xfedb, 0xfedc]],
  ['ل', [0xfedd, 0xfede, 0xfedf, 0xfee0]],
  ['م', [0xfee1, 0xfee2, 0xfee3, 0xfee4]],
  ['ن', [0xfee5, 0xfee6, 0xfee7, 0xfee8]],
  ['ه', [0xfee9, 0xfeea, 0xfeeb, 0xfeec]],
  ['و', [0xfeed, 0xfeee]],
  ['ي', [0xfef1, 0xfef2, 0xfef3, 0xfef4]],
  ['پ', [0xfb56, 0xfb57, 0xfb58, 0xfb59]],
  ['چ', [0xfb7a, 0xfb7b, 0xfb7c, 0xfb7d]],
  ['ژ', [0xfb8a, 0xfb8b]],
  ['ک', [0xfb8e, 0xfb8f, 0xfb90, 0xfb91]],
  ['گ', [0xfb92, 0xfb93, 0xfb94, 0xfb95]],
  ['ی', [0xfbfc, 0xfbfd, 0xfbfe, 0xfbff]],
])
/** ل and what follows it become one sign, alone or joined. */
const lamAlef: Record<string, readonly [number, number]> = {
  آ: [0xfef5, 0xfef6],
  أ: [0xfef7, 0xfef8],
  إ: [0xfef9, 0xfefa],
  ا: [0xfefb, 0xfefc],
}

/** Which of the four forms, in the order of the table. */
const placeOf = (before: boolean, after: boolean): 0 | 1 | 2 | 3 => (after ? (before ? 3 : 2) : before ? 1 : 0)
/** What stands in for a form that a page does not have: the one that looks most like it comes first. */
const standIns = [
  [0, 1],
  [1, 0],
  [2, 3, 0],
  [3, 2, 1, 0],
] as const

const joinsOn = (letter: string | undefined): boolean =>
  letter !== undefined && (letter === 'ـ' || forms.get(letter)?.length === 4)
const joins = (letter: string | undefined): boolean =>
  letter !== undefined && (letter === 'ـ' || (forms.get(letter)?.length ?? 0) > 1)

/** One sign on paper: the forms that can show it, the best first. */
export type Sign = readonly string[]

/**
 * Persian text as signs that are joined already, still in the order in which it is read. Marks and the half-space end
 * here: the latter keeps letters apart and takes no place. `has`: what the device can show; where it has no sign for لا,
 * two stand for it.
 */
export function shape(text: string, has: (sign: string) => boolean): Sign[] {
  const letters = [...text.normalize('NFC').replace(/[\u064b-\u065f\u0670]/gu, '')]
  const signs: Sign[] = []
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? ''
    if (letter === '\u200c' || letter === '\u200d') continue
    const before = joinsOn(letters[at - 1]) && joins(letter)
    const ligature = letter === 'ل' ? lamAlef[letters[at + 1] ?? ''] : undefined
    const whole = ligature && (before ? [ligature[1], ligature[0]] : ligature).map((code) => String.fromCharCode(code))
    if (whole?.some(has)) {
      at += 1
      signs.push(whole)
      continue
    }
    const own = forms.get(letter)
    if (!own) {
      signs.push([letter])
      continue
    }
    const place = placeOf(before, joinsOn(letter) && joins(letters[at + 1]))
    const fits = standIns[place].flatMap((form) => own[form] ?? [])
    signs.push([...fits.map((code) => String.fromCharCode(code)), letter])
  }
  return signs
}
