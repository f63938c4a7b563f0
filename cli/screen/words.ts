import type { Localised } from '#protocol/text.ts'
import type { ActName } from '#simulators/devices/acts.ts'

export const words = {
  devices: { fa: 'دستگاه‌ها', en: 'devices' },
  happened: { fa: 'رویدادها', en: 'what happens' },
  receipt: { fa: 'رسید', en: 'receipt' },
  display: { fa: 'نمایشگر', en: 'display' },
  notPlayed: { fa: 'بازی نمی‌شود', en: 'not played' },
  whole: { fa: 'خط باشگاه وصل', en: 'line to the club whole' },
  cut: { fa: 'خط باشگاه بریده', en: 'line to the club CUT' },
  'not ours': { fa: 'فروشگاه روشن است', en: 'a store that runs' },
  keys: {
    fa: 't کارت  s اسکن  w کشیدن  f انگشت  b فروش  e عضویت  p موبایل  r مرجوعی  v ابطال  a رونوشت  d پایان روز  x خرابی  m درست  c خط  l زبان  ⇥ دستگاه  ? راهنما  q پایان',
    en: 't tap  s scan  w swipe  f finger  b sale  e enrol  p phone  r return  v reverse  a copy  d close day  x fault  m mend  c cut line  l language  ⇥ device  ? help  q quit',
  },
  answer: { fa: 'Enter انجام · ← → انتخاب · Esc انصراف', en: 'Enter does it · ← → chooses · Esc leaves it' },
} as const satisfies Record<string, Localised>

export const verbWords: Readonly<Record<ActName | 'fault', Localised>> = {
  tap: { fa: 'کارت', en: 'tap the card' },
  scan: { fa: 'اسکن کد', en: 'scan the code' },
  swipe: { fa: 'کشیدن کارت', en: 'swipe the card' },
  finger: { fa: 'انگشت', en: 'the finger of' },
  sale: { fa: 'فروش (ریال)', en: 'sale (rials)' },
  enrol: { fa: 'نام عضو تازه', en: 'enrol' },
  present: { fa: 'شمارهٔ موبایل', en: 'mobile number' },
  return: { fa: 'مرجوعی (ریال)', en: 'bring back (rials)' },
  reverse: { fa: 'ابطال فروش', en: 'reverse the last sale' },
  reprint: { fa: 'رونوشت رسید', en: 'print the last receipt again' },
  'sign-on': { fa: 'صندوق‌دار', en: 'cashier' },
  'close-day': { fa: 'پایان روز', en: 'close the day' },
  fault: { fa: 'خرابی', en: 'fault' },
}

export const helpLines: readonly Localised[] = [
  {
    fa: 'دستگاه را با ⇥ یا ↑↓ انتخاب کنید؛ هر کلید روی آن، یا روی نخستین دستگاهِ همان صندوق که می‌تواند، کار می‌کند.',
    en: 'Choose a device with Tab or the arrows; a key works there, or at the first of its lane that can.',
  },
  {
    fa: 'b فروشی را باز می‌کند، قیمت می‌گیرد و نقدی می‌بندد؛ v آخرین فروش همان صندوق را باطل می‌کند.',
    en: 'b opens a sale, gets its quote and pays it in cash; v undoes the last one of that till.',
  },
  {
    fa: 'x دستگاه را خراب می‌کند: چرند، نیمهٔ پیام، سکوت، کندی، قطع، کاغذ تمام؛ m درستش می‌کند.',
    en: 'x breaks the device: garbage, half a frame, silence, slow, hang-up, paper out; m mends it.',
  },
  { fa: 'c خط میان فروشگاه و باشگاه را می‌بُرد و باز وصل می‌کند.', en: 'c cuts the line between store and club, and restores it.' },
]
