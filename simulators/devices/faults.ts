import type { Localised } from '#protocol/text.ts'

/** What can go wrong with a device or its line, in a person's words. Those `at once` are over when they have happened. */
export const faults = {
  garbage: { at: 'once', says: { fa: 'چرند می‌فرستد', en: 'sends what no such device sends' } },
  'half-a-frame': { at: 'once', says: { fa: 'نیمهٔ یک پیام، و قطع', en: 'half a message, and no more of it' } },
  'hang-up': { at: 'once', says: { fa: 'ناگهان قطع می‌شود', en: 'the line is cut; the device comes back' } },
  repeat: { at: 'once', says: { fa: 'یک پیام را دوباره می‌فرستد', en: 'sends the next message twice' } },
  'wrong-checksum': { at: 'until mended', says: { fa: 'جمع آزمون نادرست', en: 'its checksums or signatures are wrong' } },
  silence: { at: 'until mended', says: { fa: 'پاسخ نمی‌دهد', en: 'is there and never answers' } },
  slow: { at: 'until mended', says: { fa: 'کند است', en: 'takes its time, or sends in pieces' } },
  'mute-card': { at: 'until mended', says: { fa: 'کارت پاسخ نمی‌دهد', en: 'cards that never answer' } },
  'pulled-card': { at: 'until mended', says: { fa: 'کارت زود برداشته می‌شود', en: 'cards are pulled away while they are read' } },
  'paper-out': { at: 'until mended', says: { fa: 'کاغذ تمام شده', en: 'the paper is at its end' } },
  'cover-open': { at: 'until mended', says: { fa: 'درِ چاپگر باز است', en: "the printer's cover is open" } },
  cutter: { at: 'until mended', says: { fa: 'تیغ گیر کرده', en: 'the cutter is stuck' } },
  worn: { at: 'until mended', says: { fa: 'حافظه دیگر نمی‌نویسد', en: 'its memory takes nothing any more' } },
} as const satisfies Record<string, { at: 'once' | 'until mended'; says: Localised }>

export type FaultKind = keyof typeof faults
export const faultKinds = Object.keys(faults) as FaultKind[]
