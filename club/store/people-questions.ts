import type { MemberProfile } from '#protocol/messages.ts'
import { balancesOf } from '../booking/member.ts'
import type { Books } from '../books/context.ts'
import { dossierOf } from '../books/dossiers.ts'
import type { Candidate, Consents, CredentialRecord, Member, Product } from '../books/member-records.ts'
import { memberById, memberByNumber } from '../books/people.ts'
import { profileOf, unlockedOf } from '../books/persons.ts'
import { mayReach, type Unreachable } from '../people/may-reach.ts'
import type { Reader } from './questions.ts'
import type { DueMessage, Household, JournalledMessage, PersonRecord, StockBatch, WithheldMessage } from './store.ts'

interface JournalRow {
  seq: number
  id: string
  type: string
  store: string
  effectiveat: string
  body: string
  memberid: string | null
}

/** What head office asks about people, cards and products. */
export function peopleQuestions(parts: { books: Books; heard(): string; onDesk<T>(task: () => T): Promise<T>; reader: Reader }) {
  const { books, heard, onDesk, reader } = parts

  /** Whether a message may go out now, by what its member has said until now. */
  const reach = ({ memberid, channel, purpose }: DueMessage): { may: true } | { may: false; why: Unreachable } => {
    const member = memberById(books, memberid)
    if (!member || member.erasedAt !== undefined) return { may: false, why: 'erased' }
    return mayReach(books.desk.get('consents', member.memberid)?.history ?? [], purpose, channel)
  }

  async function messagesUntil(until: string): Promise<DueMessage[]> {
    const rows = await reader.query<Omit<DueMessage, 'text' | 'purpose'> & { text: string; purpose?: string | null }>(
      'SELECT messageid, memberid, ruleid, saleid, channel, text, due FROM messages WHERE due <= $1 ORDER BY due, messageid',
      [until],
    )
    const found: DueMessage[] = []
    for (const { text, ...row } of rows) {
      const memberid = (await onDesk(() => memberById(books, row.memberid)?.memberid)) ?? row.memberid
      found.push({ ...row, memberid, purpose: 'club', text: JSON.parse(text) as DueMessage['text'] })
    }
    return found
  }

  async function journalled(events: readonly number[]): Promise<JournalledMessage[]> {
    const found: JournalledMessage[] = []
    for (const event of [...events].sort((a, b) => a - b)) {
      const [row] = await reader.query<JournalRow>(
        'SELECT seq, id, type, store, effectiveat, body, memberid FROM journal WHERE seq = $1',
        [event],
      )
      if (!row) continue
      const { data } = JSON.parse(row.body) as { data: Record<string, unknown> }
      const opened = await onDesk(() => opener(books, data, row.memberid))
      found.push({ eventid: row.id, type: row.type, store: row.store, at: row.effectiveat, data: opened })
    }
    return found
  }

  return {
    async dueMessages(until: string): Promise<DueMessage[]> {
      const found: DueMessage[] = []
      for (const one of await messagesUntil(until)) if ((await onDesk(() => reach(one))).may) found.push(one)
      return found
    },
    async withheldMessages(until: string): Promise<WithheldMessage[]> {
      const found: WithheldMessage[] = []
      for (const one of await messagesUntil(until)) {
        const reached = await onDesk(() => reach(one))
        if (!reached.may) found.push({ ...one, why: reached.why })
      }
      return found
    },
    async person(number: string): Promise<PersonRecord | undefined> {
      const known = await onDesk(() => {
        const member = memberByNumber(books, number)
        if (!member) return undefined
        const dossier = dossierOf(books, member.memberid)
        const credentials = dossier.tokens
          .flatMap((token) => books.desk.get('credential', token) ?? [])
          .filter(({ movedTo }) => movedTo === undefined)
        return {
          member,
          dossier,
          credentials,
          profile: member.erasedAt === undefined ? profileOf(books, member.memberid) : {},
          consents: books.desk.get('consents', member.memberid)?.history ?? [],
        }
      })
      if (!known) return undefined
      const { member, dossier } = known
      return {
        ...recordOf(known),
        messages: await journalled(dossier.events),
        balances: balancesOf(member, books.programme.currency, { at: heard() }),
      }
    },
    candidates: (): Promise<Candidate[]> =>
      reader.query('SELECT pair, first, second, why, event, at FROM merge_candidates ORDER BY at, pair'),
    household: (number: string): Promise<Household | undefined> =>
      onDesk(() => {
        const member = memberByNumber(books, number)
        const household = member?.household
        if (household === undefined) return undefined
        const all = (books.desk.get('household', household)?.members ?? []).flatMap((one) => memberById(books, one) ?? [])
        const units: Record<string, number> = {}
        for (const one of all) for (const [unit, has] of Object.entries(one.units)) units[unit] = (units[unit] ?? 0) + has
        return {
          head: all.find((one) => one.memberid === household)?.number ?? '',
          members: all.map(({ number: own, credit }) => ({ number: own, credit })),
          credit: all.reduce((sum, one) => sum + one.credit, 0),
          units,
        }
      }),
    async stock(): Promise<StockBatch[]> {
      const rows = await reader.query<Omit<StockBatch, 'store'> & { store: string | null }>(
        `SELECT s.batch, s.store, MIN(s.at) AS at, COUNT(DISTINCT s.card) AS cards,
           COUNT(DISTINCT CASE WHEN c.memberid IS NULL THEN NULL ELSE s.card END) AS handedout
         FROM card_stock s LEFT JOIN credentials c ON c.token = s.token GROUP BY s.batch, s.store ORDER BY s.batch, s.store`,
      )
      return rows.map(({ store, ...row }) => ({ ...row, ...(store === null ? {} : { store }) }))
    },
    async erased(): Promise<string[]> {
      const rows = await reader.query<{ memberid: string }>('SELECT memberid FROM erasures ORDER BY event, memberid')
      return rows.map(({ memberid }) => memberid)
    },
    products: async (): Promise<{ version: number; products: Product[] }> => ({
      version: books.catalogue.version,
      products: [...books.catalogue.products.values()],
    }),
  }
}

/** The personal fields of a journalled message, opened where the key is still there. */
function opener(books: Books, data: Record<string, unknown>, memberid: string | null): Record<string, unknown> {
  const nested = data.member as Record<string, unknown> | undefined
  const profile = (data.profile ?? nested?.profile) as { locked?: string } | undefined
  const whose = String(data.memberid ?? nested?.memberid ?? memberid)
  if (profile?.locked === undefined) return data
  const { locked } = profile
  // A message in the name of a member that was joined with another is locked under either key.
  const candidates = [whose, ...(memberid === null ? [] : [memberid])]
  for (const one of candidates) {
    try {
      const opened = unlockedOf(books, one, locked)
      if (opened === undefined) continue
      return nested?.profile ? { ...data, member: { ...nested, profile: opened } } : { ...data, profile: opened }
    } catch {
      // Another's key.
    }
  }
  return data
}

function recordOf(known: {
  member: Member
  profile: MemberProfile
  credentials: readonly CredentialRecord[]
  consents: Consents['history']
  dossier: { merged: readonly string[] }
}): Omit<PersonRecord, 'messages' | 'balances'> {
  const { member, profile, credentials, consents, dossier } = known
  const { lastSale: _, member: __, units: ___, credit: ____, lots: _____, holds: ______, due: _______, ...others } = member
  const { activity: ________, ...rest } = others
  return {
    ...rest,
    profile,
    consents,
    mergedMembers: dossier.merged,
    credentials: credentials.map(({ token: _token, memberid: _memberid, secret: _secret, ...shown }) => shown),
  }
}
