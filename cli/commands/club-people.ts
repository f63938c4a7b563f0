import { writeFileSync } from 'node:fs'
import { readCatalogue } from '#club/lists/catalogue.ts'
import { readMembers } from '#club/lists/members.ts'
import { writtenCatalogue, writtenMembers, writtenStock } from '#club/lists/written.ts'
import { VafaError } from '#runtime/errors.ts'
import { withClubBooks } from '../club-books.ts'
import { actor, now, perform, type Where } from './head-office-act.ts'
import { neededTokenKey, readList, report } from './lists-on-disk.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)
/** Acts of one call to the books. */
const actsMax = 200

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
    const sales = await books.sales({ memberid, limit: 10_000_000 })
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
