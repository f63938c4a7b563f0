import { type CredentialKind, normaliseMobile, type TokenKey, tokenise } from '#protocol/credentials.ts'
import { type Consent, type MemberProfile, memberProfile } from '#protocol/messages.ts'
import type { Act, ImportedMember } from '../books/acts.ts'
import { ownId } from '../own-id.ts'
import { CellFault, dateCell, instantCell, missing, textCell, wholeCell, wordCell, wrongMobile } from './cells.ts'
import { type Columns, type Rejected, readSheet, type SheetRow } from './sheet.ts'

export const memberColumns = {
  id: ['شناسه', 'ردیف', 'row'],
  name: ['نام', 'نام و نام خانوادگی', 'displayname', 'full name'],
  mobile: ['موبایل', 'شماره موبایل', 'تلفن همراه', 'phone'],
  birthday: ['تاریخ تولد', 'تولد', 'birth date'],
  sex: ['جنسیت', 'gender'],
  area: ['محل', 'شهر', 'منطقه', 'city'],
  education: ['تحصیلات'],
  email: ['ایمیل', 'رایانامه', 'e-mail'],
  card: ['شماره کارت', 'کارت', 'card number'],
  uid: ['شناسه کارت', 'card uid'],
  number: ['شماره عضویت', 'member number'],
  credit: ['اعتبار', 'اعتبار ریال', 'credit rial'],
  credittoman: ['اعتبار تومان', 'credit toman'],
  points: ['امتیاز'],
  visits: ['تعداد مراجعه', 'مراجعه'],
  purchases: ['تعداد خرید', 'خرید'],
  joined: ['تاریخ عضویت', 'عضویت', 'enrolled'],
  lastvisit: ['آخرین مراجعه', 'آخرین خرید', 'last visit'],
  consent: ['رضایت پیامک', 'پیامک', 'sms'],
} as const satisfies Columns<string>

type Key = keyof typeof memberColumns
type Row = SheetRow<Key>

const sexes = {
  زن: 'female',
  خانم: 'female',
  female: 'female',
  f: 'female',
  مرد: 'male',
  آقا: 'male',
  male: 'male',
  m: 'male',
  دیگر: 'other',
  other: 'other',
} as const
const answers = {
  بله: 'yes',
  بلی: 'yes',
  yes: 'yes',
  y: 'yes',
  true: 'yes',
  '1': 'yes',
  خیر: 'no',
  نه: 'no',
  no: 'no',
  n: 'no',
  false: 'no',
  '0': 'no',
} as const

export interface MemberList {
  members: { line: number; id: string; act: Act }[]
  rejected: Rejected[]
}

/**
 * A list of another club's members. Each row has an id of its own; `source` is that club's name: the same row of the
 * same source is the same member, however often it comes. `points`: the name of the points that balances are in.
 */
export function readMembers(
  text: string,
  given: { source: string; points: string; tokenKey: TokenKey | undefined; at: string; actor: string },
): MemberList {
  const { rows, rejected } = readSheet(text, memberColumns)
  const seen = new Set<string>()
  const members: MemberList['members'] = []
  for (const row of rows) {
    const id = row.cells.id ?? ''
    try {
      if (id === '') throw missing('id')
      if (seen.has(id)) throw new CellFault({ fa: `شناسهٔ ${id} دو بار آمده است`, en: `the id ${id} stands there twice` })
      seen.add(id)
      const act: Act = {
        id: ownId('imported', given.source, id),
        at: given.at,
        actor: given.actor,
        type: 'vafa.club.member-imported.v1',
        data: { source: given.source, row: textCell(id, 60), member: memberOf(row, id, given) },
      }
      members.push({ line: row.line, id, act })
    } catch (error) {
      if (!(error instanceof CellFault)) throw error
      rejected.push({ line: row.line, id, reason: error.reason })
    }
  }
  return { members, rejected: rejected.sort((a, b) => a.line - b.line) }
}

function memberOf(
  { cells, custom }: Row,
  id: string,
  { source, points, tokenKey }: { source: string; points: string; tokenKey: TokenKey | undefined },
): ImportedMember {
  const mobile = cells.mobile === undefined ? undefined : normaliseMobile(cells.mobile)
  if (cells.mobile !== undefined && mobile === undefined) throw wrongMobile(cells.mobile)
  const raw: [CredentialKind, string | undefined][] = [
    ['phone', mobile],
    ['barcode', cells.card],
    ['nfc-uid', cells.uid],
    ['member-number', cells.number],
  ]
  const credentials = raw.flatMap(([kind, value]) =>
    value === undefined || tokenKey === undefined ? [] : [tokenise({ kind, value }, tokenKey)],
  )
  const whole = (text: string | undefined, factor = 1) => (text === undefined ? 0 : wholeCell(text, { least: 0, factor }))
  const balance = (text: string | undefined, factor = 1) => (text === undefined ? 0 : wholeCell(text, { least: -1e15, factor }))
  const inPoints = balance(cells.points)
  return {
    memberid: ownId('imported member', source, id),
    credentials,
    profile: profileOf(cells, custom, mobile),
    consents: consentsOf(cells.consent),
    ...(cells.joined === undefined ? {} : { enrolledAt: instantCell(cells.joined) }),
    ...(cells.lastvisit === undefined ? {} : { lastVisitAt: instantCell(cells.lastvisit) }),
    visits: whole(cells.visits),
    // Who has been there has bought there, so that no first purchase is celebrated again.
    purchases: whole(cells.purchases ?? cells.visits),
    credit: balance(cells.credit) + balance(cells.credittoman, 10),
    units: inPoints === 0 ? {} : { [`points:${points}`]: inPoints },
  }
}

function profileOf(cells: Row['cells'], custom: Row['custom'], mobile: string | undefined): MemberProfile {
  const given = {
    ...(cells.name === undefined ? {} : { displayName: cells.name }),
    ...(mobile === undefined ? {} : { mobile }),
    ...(cells.birthday === undefined ? {} : { birthday: dateCell(cells.birthday) }),
    ...(cells.sex === undefined ? {} : { sex: wordCell(cells.sex, sexes) }),
    ...(cells.area === undefined ? {} : { area: cells.area }),
    ...(cells.education === undefined ? {} : { education: cells.education }),
    ...(cells.email === undefined ? {} : { email: cells.email }),
    ...(Object.keys(custom).length === 0 ? {} : { custom }),
  }
  const profile = memberProfile.safeParse(given)
  if (profile.success) return profile.data
  const field = String(profile.error.issues[0]?.path.join('.'))
  throw new CellFault({ fa: `مقدار ${field} درست نیست`, en: `${field} is not valid` })
}

/** A member of another club who is here is in the club; messages need a word of their own. */
function consentsOf(cell: string | undefined): Consent[] {
  if (cell === undefined) return []
  const given = wordCell(cell, answers) === 'yes'
  return [
    { purpose: 'club', channel: 'sms', given },
    { purpose: 'promotion', channel: 'sms', given },
  ]
}
