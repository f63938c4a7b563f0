import { readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename } from 'node:path'
import type { Act } from '#club/books/acts.ts'
import { readClubConfig } from '#club/config.ts'
import type { OperatedBooks } from '#club/control.ts'
import { readCards } from '#club/lists/cards.ts'
import { readCatalogue } from '#club/lists/catalogue.ts'
import { readMembers } from '#club/lists/members.ts'
import type { Rejected } from '#club/lists/sheet.ts'
import { writtenCatalogue, writtenMembers, writtenRejects, writtenStock } from '#club/lists/written.ts'
import type { TokenKey } from '#protocol/credentials.ts'
import type { Reply } from '#protocol/reply.ts'
import { readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { withClubBooks } from '../club-books.ts'

interface Where {
  config: string
}

const say = (text: string) => process.stdout.write(`${text}\n`)
/** Who sits there; with sudo, who called it. */
const actor = () => process.env.SUDO_USER ?? userInfo().username
const now = () => new Date().toISOString()
/** Acts of one call to the books. */
const actsMax = 200

type Body = Act extends infer One ? (One extends Act ? Pick<One, 'type' | 'data'> : never) : never
const actOf = (body: Body, id = systemRuntime.uuid()): Act => ({ ...body, id, at: now(), actor: actor() }) as Act

async function perform(books: OperatedBooks, body: Body): Promise<Reply> {
  const [reply] = await books.act([actOf(body)])
  if (!reply) throw new Error('the books gave no reply')
  if (reply.status !== 'declined') return reply
  throw new VafaError({
    key: reply.error?.key ?? 'act.declined',
    message: reply.error?.reason ?? 'it was declined',
    hint: 'nothing was changed',
  })
}

/** `vafa club merge KEEP DROP`: two members are one person. */
export async function merge(keep: string, drop: string, { config }: Where): Promise<void> {
  const { member } = await withClubBooks(config, (books) =>
    perform(books, { type: 'vafa.club.members-merged.v1', data: { keep, drop } }),
  )
  say(`${drop} is ${member?.number} now: cards, balances and purchases are together`)
}

/** `vafa club candidates`: pairs who may be one person. */
export async function candidates({ config }: Where): Promise<void> {
  await withClubBooks(config, async (books) => {
    const numbers = new Map((await books.members()).map((one) => [one.memberid, one.number]))
    for (const { first, second, why, at } of await books.candidates())
      say(`${numbers.get(first) ?? '?'}  ${numbers.get(second) ?? '?'}  ${why}  ${at}`)
  })
}

export async function joinHousehold(head: string, member: string, { config }: Where): Promise<void> {
  await withClubBooks(config, (books) => perform(books, { type: 'vafa.club.household-joined.v1', data: { head, member } }))
  say(`${member} belongs to the household of ${head}`)
}

export async function leaveHousehold(member: string, { config }: Where): Promise<void> {
  await withClubBooks(config, (books) => perform(books, { type: 'vafa.club.household-left.v1', data: { member } }))
  say(`${member} belongs to no household`)
}

export async function showHousehold(member: string, { config }: Where): Promise<void> {
  const household = await withClubBooks(config, (books) => books.household(member))
  say(household ? JSON.stringify(household, null, 2) : `${member} belongs to no household`)
}

/** `vafa club cards import FILE`: the club's own cards; of their numbers only tokens are kept. */
export async function importCards(file: string, options: Where & { batch?: string; store?: string }): Promise<void> {
  const tokenKey = neededTokenKey(options.config)
  const { cards, rejected } = readCards(readList(file), { tokenKey, store: options.store })
  const batch = options.batch ?? basename(file)
  if (cards.length > 0)
    await withClubBooks(options.config, (books) =>
      perform(books, { type: 'vafa.club.cards-imported.v1', data: { batch, cards } }),
    )
  report(file, `${cards.length} cards of batch ${batch}`, rejected)
}

/** `vafa club catalogue import FILE`: the whole list of products; it takes the place of the one before. */
export async function importCatalogue(file: string, { config }: Where): Promise<void> {
  const { products, rejected } = readCatalogue(readList(file))
  // A list with a wrong line would take that product out of every rule about its category.
  if (rejected.length > 0) {
    report(file, 'nothing, since the list is taken whole or not at all', rejected)
    return
  }
  const version = await withClubBooks(config, async (books) => {
    await perform(books, { type: 'vafa.club.catalogue-imported.v1', data: { products } })
    return (await books.products()).version
  })
  report(file, `${products.length} products, version ${version}`, rejected)
}

/** `vafa club import members FILE`: members of another club, with balances and history. */
export async function importMembers(file: string, options: Where & { source: string; points: string }): Promise<void> {
  const { config, source, points } = options
  const tokenKey = neededTokenKey(config)
  const { members, rejected } = readMembers(readList(file), { source, points, tokenKey, at: now(), actor: actor() })
  let taken = 0
  await withClubBooks(config, async (books) => {
    for (let from = 0; from < members.length; from += actsMax) {
      const some = members.slice(from, from + actsMax)
      const replies = await books.act(some.map((one) => one.act))
      replies.forEach(({ status, error }, index) => {
        const row = some[index]
        if (status !== 'declined' || !row || !error) taken += 1
        else
          rejected.push({ line: row.line, id: row.id, reason: { fa: error.title.fa, en: `${error.title.en}: ${error.reason}` } })
      })
    }
  })
  report(
    file,
    `${taken} members from ${source}`,
    rejected.sort((a, b) => a.line - b.line),
  )
}

/** `vafa club export member NUMBER`: all that the club has of one person, as JSON. */
export async function exportMember(number: string, { config }: Where): Promise<void> {
  const record = await withClubBooks(config, async (books) => {
    const person = await books.person(number)
    if (!person) return undefined
    const { memberid } = person
    const ids = new Set([memberid, ...person.mergedMembers])
    const sales = (await books.sales({ limit: 10_000_000 })).filter((one) => one.memberid !== undefined && ids.has(one.memberid))
    return { ...person, sales, transfers: await books.transfers({ memberid }), responses: await books.responses(memberid) }
  })
  if (!record)
    throw new VafaError({
      key: 'member.unknown',
      message: `no member has the number ${number}`,
      hint: '`vafa club export members` lists the numbers',
    })
  say(JSON.stringify(record, null, 2))
}

/** `vafa club export members|catalogue|cards`: a list for a spreadsheet, on standard output or into a file. */
export async function exportList(what: 'members' | 'catalogue' | 'cards', options: Where & { out?: string }): Promise<void> {
  const text = await withClubBooks(options.config, async (books) => {
    if (what === 'members') return writtenMembers(await books.members())
    if (what === 'catalogue') return writtenCatalogue((await books.products()).products)
    return writtenStock(await books.stock())
  })
  if (options.out === undefined) process.stdout.write(text)
  else writeFileSync(options.out, text, { mode: 0o600 })
}

function report(file: string, taken: string, rejected: readonly Rejected[]): void {
  if (rejected.length === 0) {
    say(`${file}: ${taken}`)
    return
  }
  const beside = `${file}.rejected.csv`
  writeFileSync(beside, writtenRejects(rejected), { mode: 0o600 })
  say(`${file}: ${taken}; ${rejected.length} line${rejected.length === 1 ? '' : 's'} rejected, see ${beside}`)
  process.exitCode = 1
}

function readList(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    throw new VafaError({
      key: 'list.unreadable',
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'save the list as CSV in UTF-8',
      cause: error,
    })
  }
}

/** Numbers of cards and mobiles become tokens here, as they do at a till. */
function neededTokenKey(file: string): TokenKey {
  const { tokenKey } = readClubConfig(file)
  if (!tokenKey)
    throw new VafaError({
      key: 'config.token-key',
      message: `${file} names no tokenKey`,
      hint: 'add `tokenKey: { keyid, secretFile }` with the key that the stores have: without it no till would know these cards',
    })
  return { keyid: tokenKey.keyid, secret: Buffer.from(readSecret(tokenKey.secretFile, 'the key for tokens'), 'utf8') }
}
