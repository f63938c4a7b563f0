import type { Localised } from './text.ts'

/**
 * The names and labels of what stands on a receipt, a display and a kiosk. The club's receipts, the box's provisional
 * ones and whoever reads a printed slip back use these and no others.
 */
export const receiptFields = {
  store: { fa: 'فروشگاه', en: 'Store' },
  instant: { fa: 'زمان', en: 'Time' },
  member: { fa: 'عضو', en: 'Member' },
  operator: { fa: 'صندوق‌دار', en: 'Cashier' },
  'till-receipt': { fa: 'رسید صندوق', en: 'Till receipt' },
  total: { fa: 'مبلغ خرید', en: 'Total' },
  discount: { fa: 'تخفیف باشگاه', en: 'Club discount' },
  payable: { fa: 'پرداخت شد', en: 'Paid' },
  'credit-earned': { fa: 'اعتبار این خرید', en: 'Credit earned' },
  'credit-revoked': { fa: 'اعتبار پس گرفته', en: 'Credit taken back' },
  'credit-redeemed': { fa: 'پرداخت از اعتبار', en: 'Paid from credit' },
  'credit-restored': { fa: 'اعتبار برگشته', en: 'Credit restored' },
  'credit-expected': { fa: 'اعتبار در انتظار', en: 'Credit pending' },
  balance: { fa: 'مانده اعتبار', en: 'Credit balance' },
  'balance-offline': { fa: 'از آن هنگام آفلاین', en: 'Of it offline' },
  'balance-elsewhere': { fa: 'نزد شعبه‌های دیگر', en: 'At other stores' },
  'balance-known': { fa: 'آخرین مانده اعتبار', en: 'Last known credit' },
  'balance-usable': { fa: 'قابل خرج آفلاین', en: 'Usable offline' },
  'points-earned': { fa: 'امتیاز این خرید', en: 'Points earned' },
  points: { fa: 'مانده امتیاز', en: 'Points' },
  stamps: { fa: 'مهر', en: 'Stamps' },
  coupon: { fa: 'کوپن خرید بعد', en: 'Coupon for later' },
  tier: { fa: 'سطح عضویت', en: 'Tier' },
  visits: { fa: 'تعداد مراجعه', en: 'Visits' },
  reference: { fa: 'کد پیگیری', en: 'Reference' },
  'points-revoked': { fa: 'امتیاز پس گرفته', en: 'Points taken back' },
  'stamps-revoked': { fa: 'مهر پس گرفته', en: 'Stamps taken back' },
  returned: { fa: 'مبلغ برگشتی', en: 'Returned' },
  refunded: { fa: 'بازپرداخت', en: 'Refunded' },
  'rest-of-sale': { fa: 'مانده خرید', en: 'Left of the sale' },
  lane: { fa: 'صندوق', en: 'Lane' },
  'business-date': { fa: 'روز کاری', en: 'Business day' },
  'day-sales': { fa: 'تعداد فروش', en: 'Sales' },
  'day-total': { fa: 'جمع فروش', en: 'Total sold' },
  'day-discount': { fa: 'جمع تخفیف', en: 'Discounts' },
  'day-reversed': { fa: 'تعداد برگشت', en: 'Reversed' },
  'in-club': { fa: 'نزد باشگاه', en: 'in the club' },
  difference: { fa: 'اختلاف', en: 'difference' },
} as const satisfies Record<string, Localised>

export type ReceiptField = keyof typeof receiptFields

/** Sentences that stand on every slip. */
export const receiptTexts = {
  heading: { fa: 'رسید باشگاه', en: 'Club receipt' },
  reversal: { fa: 'رسید برگشت خرید', en: 'Reversal receipt' },
  return: { fa: 'رسید مرجوعی', en: 'Return receipt' },
  provisional: { fa: 'آفلاین – در انتظار تأیید', en: 'Offline – to be confirmed' },
  'day-close': { fa: 'بستن روز صندوق', en: 'Close of the day' },
  'day-agrees': { fa: 'با دفتر باشگاه می‌خواند', en: 'Agrees with the club’s books' },
  'day-differs': { fa: 'با دفتر باشگاه نمی‌خواند', en: 'Differs from the club’s books' },
  duplicate: { fa: 'رونوشت', en: 'Copy' },
  thanks: { fa: 'از خرید شما سپاسگزاریم', en: 'Thank you for your purchase' },
  welcome: { fa: 'خوش آمدید', en: 'Welcome' },
} as const satisfies Record<string, Localised>
