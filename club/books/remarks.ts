import type { Effect, Prompt } from '#protocol/effects.ts'
import type { MessageData } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Books } from './context.ts'
import type { Member } from './member-records.ts'
import { memberById } from './people.ts'

const creditIn = (effects: readonly Effect[]): number =>
  effects.reduce((sum, one) => sum + (one.kind === 'credit' ? one.granted : 0), 0)

/** A store announced other credit than the books have of a sale: the member hears of it at the next visit. */
export function noteRemark(
  books: Books,
  { effects }: Pick<MessageData<'vafa.decision.advised.v1'>, 'effects'>,
  { reply, store, at }: { reply: Reply; store: string; at: string },
): void {
  const announced = creditIn(effects)
  const booked = creditIn(reply.effects)
  const member = reply.member && memberById(books, reply.member.memberid)
  if (!member || announced === 0 || announced === booked) return
  const { memberid, purchases } = member
  books.desk.put('remark', memberid, { memberid, announced, booked, store, purchases, at })
}

/** What there is to be said of it, to both, until the next purchase. */
export function remarksTo({ desk, shops, programme }: Books, { memberid, purchases }: Member, store: string): Prompt[] {
  const remark = desk.get('remark', memberid)
  if (!remark || remark.purchases !== purchases) return []
  const { announced, booked } = remark
  const toman = programme.currency === 'IRR' && shops.get(store)?.moneyShown !== 'rial'
  const fa = (amount: number) => `${persian.format(toman ? amount / 10 : amount)} ${faUnit(programme.currency, toman)}`
  const en = (amount: number) => `${english.format(toman ? amount / 10 : amount)} ${toman ? 'toman' : programme.currency}`
  const text = {
    fa: `از خرید پیشین، که بی ارتباط با مرکز بود، ${fa(announced)} اعتبار اعلام شد و ${fa(booked)} ثبت شد.`,
    en: `Of the last purchase, made while the club was away, ${en(announced)} of credit was announced and ${en(booked)} was booked.`,
  }
  return (['operator', 'customer'] as const).map((audience) => ({ audience, text, ruleid: 'offline-difference' }))
}

const persian = new Intl.NumberFormat('fa-IR')
const english = new Intl.NumberFormat('en-GB')
const faUnit = (currency: string, toman: boolean): string => (toman ? 'تومان' : currency === 'IRR' ? 'ریال' : currency)
