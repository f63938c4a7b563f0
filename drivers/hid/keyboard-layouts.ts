/** What a key gives by itself, with Shift, and with AltGr; empty for nothing. */
export type KeyTexts = readonly [plain: string, shifted: string, third?: string]

export const layoutNames = ['us', 'fa'] as const
export type LayoutName = (typeof layoutNames)[number]

/** Keys by the usages of page 7 (HID Usage Tables, 10). What is on every keyboard whatever its layout. */
const everywhere: [number, KeyTexts][] = [
  [0x28, ['\r', '\r']],
  [0x2b, ['\t', '\t']],
  [0x54, ['/', '/']],
  [0x55, ['*', '*']],
  [0x56, ['-', '-']],
  [0x57, ['+', '+']],
  [0x58, ['\r', '\r']],
  ...[...'1234567890'].map((digit, index): [number, KeyTexts] => [0x59 + index, [digit, digit]]),
  [0x63, ['.', '.']],
]

/** Rows of keys: the first key's usage, then what each key gives. */
const keys = (first: number, plain: string, shifted: string): [number, KeyTexts][] => {
  const above = [...shifted]
  return [...plain].map((text, index) => [first + index, [text, above[index] ?? '']])
}

const us: [number, KeyTexts][] = [
  ...keys(0x04, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  ...keys(0x1e, '1234567890', '!@#$%^&*()'),
  [0x2c, [' ', ' ']],
  ...keys(0x2d, '-=[]\\', '_+{}|'),
  ...keys(0x33, ";'`,./", ':"~<>?'),
  [0x64, ['\\', '|']],
]

/**
 * The Persian layout of ISIRI 9147, as XKB's `ir(pes)` has it, by the places of a US keyboard's keys. Where a key gives
 * nothing that a code can hold (a Unicode direction mark), it is left out.
 */
const fa: [number, KeyTexts][] = [
  // A B C D E F G H I J K L M
  [0x04, ['ش', 'ؤ']],
  [0x05, ['ذ', '\u200c', '\u200d']],
  [0x06, ['ز', 'ژ']],
  [0x07, ['ی', 'ي', 'ى']],
  [0x08, ['ث', '\u064d']],
  [0x09, ['ب', 'إ']],
  [0x0a, ['ل', 'أ']],
  [0x0b, ['ا', 'آ', 'ٱ']],
  [0x0c, ['ه', '\u0651']],
  [0x0d, ['ت', 'ة']],
  [0x0e, ['ن', '»', '﴾']],
  [0x0f, ['م', '«', '﴿']],
  [0x10, ['پ', 'ء', '…']],
  // N O P Q R S T U V W X Y Z
  [0x11, ['د', '\u0654', '\u0655']],
  [0x12, ['خ', ']']],
  [0x13, ['ح', '[']],
  [0x14, ['ض', '\u0652', '°']],
  [0x15, ['ق', '\u064b']],
  [0x16, ['س', 'ئ']],
  [0x17, ['ف', '\u064f']],
  [0x18, ['ع', '\u064e']],
  [0x19, ['ر', '\u0670', '\u0656']],
  [0x1a, ['ص', '\u064c']],
  [0x1b, ['ط', '\u0653']],
  [0x1c, ['غ', '\u0650']],
  [0x1d, ['ظ', 'ك']],
  // 1 … 0
  [0x1e, ['۱', '!', '`']],
  [0x1f, ['۲', '٬', '@']],
  [0x20, ['۳', '٫', '#']],
  [0x21, ['۴', '﷼', '$']],
  [0x22, ['۵', '٪', '%']],
  [0x23, ['۶', '×', '^']],
  [0x24, ['۷', '،', '&']],
  [0x25, ['۸', '*', '•']],
  [0x26, ['۹', ')']],
  [0x27, ['۰', '(']],
  [0x2c, [' ', '\u200c']],
  [0x2d, ['-', 'ـ', '_']],
  [0x2e, ['=', '+', '−']],
  [0x2f, ['ج', '}']],
  [0x30, ['چ', '{']],
  [0x31, ['\\', '|', '‐']],
  [0x33, ['ک', ':', ';']],
  [0x34, ['گ', '؛', '"']],
  [0x35, ['\u200d', '÷', '~']],
  [0x36, ['و', '>', ',']],
  [0x37, ['.', '<', "'"]],
  [0x38, ['/', '؟', '?']],
  [0x64, ['\\', '|', '‐']],
]

export const keyboardLayouts: Readonly<Record<LayoutName, ReadonlyMap<number, KeyTexts>>> = {
  us: new Map([...everywhere, ...us]),
  fa: new Map([...everywhere, ...fa]),
}
