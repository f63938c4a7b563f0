import type { TillRequest, TillResponse } from './lane.ts'
import type { Localised } from './text.ts'

type Op = TillRequest['op']

export interface TillOperation {
  /** The answers after which none follows; `error` ends each. */
  ends: readonly TillResponse['op'][]
  /** It leaves a fact on the disk of the box: whoever may send it twice gives it an idempotency key. */
  books: boolean
  /** The id that the sender may choose, so that a repeat is known by it. */
  id?: 'saleid' | 'returnid' | 'claimid' | 'memberid' | 'closeid'
  title: Localised
}

/** What a till may ask, for whatever carries one answer to one question (HTTP) or repeats what it said (MQTT). */
export const tillOperations: Readonly<Record<Op, TillOperation>> = {
  open: {
    ends: ['quote'],
    books: false,
    title: { fa: 'بازکردن فروش یا عوض‌کردن سبد آن', en: 'open a sale, or change its basket' },
  },
  redeem: { ends: ['quote'], books: false, title: { fa: 'پرداخت بخشی از اعتبار', en: 'pay a part from credit' } },
  complete: {
    ends: ['result'],
    books: true,
    title: { fa: 'پایان فروش: مشتری پرداخت کرده است', en: 'complete a sale: the customer has paid' },
  },
  record: {
    ends: ['result'],
    books: true,
    id: 'saleid',
    title: { fa: 'ثبت فروشی که پرداخت شده است', en: 'record a sale that is paid already' },
  },
  cancel: { ends: ['cancelled'], books: false, title: { fa: 'لغو فروش', en: 'cancel a sale' } },
  reverse: { ends: ['result'], books: true, title: { fa: 'برگرداندن کامل یک فروش', en: 'reverse a completed sale' } },
  return: {
    ends: ['result'],
    books: true,
    id: 'returnid',
    title: { fa: 'مرجوعی چند قلم یا یک مبلغ', en: 'return lines or an amount' },
  },
  'look-up': { ends: ['sale'], books: false, title: { fa: 'یافتن یک فروش گذشته', en: 'look up a past sale' } },
  claim: {
    ends: ['result'],
    books: true,
    id: 'claimid',
    title: { fa: 'دادن فروش گذشته به عضو آن', en: 'give a past sale its member' },
  },
  reprint: { ends: ['printed'], books: false, title: { fa: 'چاپ دوبارهٔ رسید', en: 'print a receipt again' } },
  print: { ends: ['printed'], books: false, title: { fa: 'چاپ متنی از خود صندوق', en: 'print something of one’s own' } },
  show: {
    ends: ['shown'],
    books: false,
    title: { fa: 'نمایش متنی روی نمایشگر مشتری', en: 'show something on the customer display' },
  },
  present: { ends: ['member'], books: false, title: { fa: 'نشان‌دادن کارت یا شماره', en: 'present a card or a number' } },
  enrol: { ends: ['result'], books: true, id: 'memberid', title: { fa: 'ثبت‌نام مشتری', en: 'sign a customer up' } },
  'enrol-finger': {
    ends: ['finger-enrolled'],
    books: true,
    title: { fa: 'ثبت اثر انگشت عضوی که پای صندوق است', en: 'store a finger of the member at the lane' },
  },
  'forget-finger': {
    ends: ['finger-forgotten'],
    books: true,
    title: { fa: 'پاک‌کردن اثر انگشت‌های عضوی که پای صندوق است', en: 'delete the fingers of the member at the lane' },
  },
  'sign-on': { ends: ['signed-on'], books: false, title: { fa: 'ورود صندوق‌دار', en: 'sign a cashier on' } },
  'sign-off': { ends: ['signed-off'], books: false, title: { fa: 'خروج صندوق‌دار', en: 'sign the cashier off' } },
  totals: { ends: ['totals'], books: false, title: { fa: 'خواندن جمع روز', en: 'read the totals of a day' } },
  'close-day': { ends: ['result'], books: true, id: 'closeid', title: { fa: 'بستن روز', en: 'close the day' } },
  'send-code': {
    ends: ['code-sent'],
    books: false,
    title: { fa: 'فرستادن رمز یک‌بارمصرف به موبایل', en: 'send a one-time code to a mobile' },
  },
  'prove-mobile': {
    ends: ['member'],
    books: false,
    title: { fa: 'واردکردن رمزی که به موبایل رسید', en: 'enter the code that came to a mobile' },
  },
  'issue-code': {
    ends: ['code'],
    books: false,
    title: { fa: 'گرفتن رمز یک‌بارمصرف برای خرج‌کردن اعتبار', en: 'get a one-time code to spend credit' },
  },
  react: {
    ends: ['noted'],
    books: true,
    title: { fa: 'ثبت واکنش مشتری به پیشنهاد', en: 'note what the customer said to an offer' },
  },
  'answer-survey': { ends: ['noted'], books: true, title: { fa: 'پاسخ به نظرسنجی', en: 'answer a survey' } },
  receipts: { ends: ['receipts'], books: false, title: { fa: 'آخرین رسیدهای این صندوق', en: 'the last receipts of this lane' } },
  staff: { ends: ['staff'], books: false, title: { fa: 'کارهای نگهدارندهٔ صندوق', en: 'what who looks after the lane may ask' } },
  ping: { ends: ['pong'], books: false, title: { fa: 'آیا خط فروش پاسخ می‌دهد؟', en: 'see whether the lane is there' } },
}

export const isTillOp = (text: string): text is Op => Object.hasOwn(tillOperations, text)

/** Whether this answer is the last one to a request of that kind. */
export const endsTillRequest = (op: Op, response: TillResponse): boolean =>
  response.op === 'error' || tillOperations[op].ends.includes(response.op)
