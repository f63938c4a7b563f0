import { createHash } from 'node:crypto'
import { type Regular, type RegularsDown, shardOfMember } from '#protocol/regulars.ts'
import type { Logger } from '#runtime/log.ts'
import type { BoxDisk } from '../database.ts'
import { openedText } from '../sealing/seal.ts'
import { placeOf } from '../sealing/sealed-tables.ts'
import type { Allowances, Taken } from './allowances.ts'

/** Whose card it was, as the club answered last. */
export interface KnownCard {
  memberid: string
  /** When the club was asked, milliseconds since 1970, by the club's time. */
  askedAt: number
}

const shardPlace = (shard: number) => placeOf('regulars', 'body', shard)
const cardPlace = (card: string) => placeOf('known_card', 'body', card)
/** Not even the token, which is a keyed hash itself, stands there as it travels. */
const cardOf = (token: string) => createHash('sha256').update(`known card|${token}`).digest('base64url')

const sincePlace = (member: string) => placeOf('regular_since', 'body', member)
const memberOf = (memberid: string) => createHash('sha256').update(`regular since|${memberid}`).digest('base64url')

/** The box's regulars on its disk: sealed, but for amounts and serials that name nobody. */
export function openRegularsStore({ database, seal, log }: BoxDisk & { log: Logger }) {
  const putShard = database.prepare('INSERT OR REPLACE INTO regulars (shard, version, body) VALUES (?, ?, ?)')
  const shards = database.prepare<[], { shard: number; body: Buffer }>('SELECT shard, body FROM regulars')
  const putCard = database.prepare('INSERT OR REPLACE INTO known_card (card, at, body) VALUES (?, ?, ?)')
  const dropCard = database.prepare('DELETE FROM known_card WHERE card = ?')
  const dropOldCards = database.prepare('DELETE FROM known_card WHERE at < ?')
  const getCard = database.prepare<[string], { body: Buffer }>('SELECT body FROM known_card WHERE card = ?')
  const putTaken = database.prepare(
    'INSERT OR REPLACE INTO allowance_taken (saleid, shard, serial, credit, gifts, spent) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const dropTaken = database.prepare('DELETE FROM allowance_taken WHERE saleid = ?')
  const putSince = database.prepare('INSERT OR REPLACE INTO regular_since (member, shard, body) VALUES (?, ?, ?)')
  const dropSince = database.prepare('DELETE FROM regular_since WHERE shard = ?')
  const since = database.prepare<[], { member: string; body: Buffer }>('SELECT member, body FROM regular_since')
  const taken = database.prepare<[], Omit<Taken, 'spent'> & { spent: number }>('SELECT * FROM allowance_taken')

  const writeTaken = (before: Allowances['taken'], after: Allowances['taken']) => {
    for (const [saleid, one] of Object.entries(after))
      if (before[saleid] !== one) putTaken.run(saleid, one.shard, one.serial, one.credit, one.gifts, one.spent ? 1 : 0)
    for (const saleid of Object.keys(before)) if (!(saleid in after)) dropTaken.run(saleid)
  }

  return {
    /** All shards; one that cannot be opened is left out, and named. */
    shards(onUnreadable: (shard: number, error: unknown) => void): unknown[] {
      return shards.all().flatMap(({ shard, body }) => {
        try {
          return [JSON.parse(seal.open(shardPlace(shard), body).toString('utf8')) as unknown]
        } catch (error) {
          onUnreadable(shard, error)
          return []
        }
      })
    },
    /** Members as sales without the club have left them; one that cannot be opened is left out. */
    since(): unknown[] {
      return since.all().flatMap(({ member, body }) => {
        const text = openedText(seal, sincePlace(member), body, log)
        return text === undefined ? [] : [JSON.parse(text) as unknown]
      })
    },
    keepSince(regular: Regular): void {
      const member = memberOf(regular.memberid)
      putSince.run(member, shardOfMember(regular.memberid), seal.seal(sincePlace(member), JSON.stringify(regular)))
    },
    taken: (): Taken[] => taken.all().map((row) => ({ ...row, spent: row.spent === 1 })),
    /** A shard, with what has ended with the one before it: on disk when it returns. */
    keepShard: database.transaction((down: RegularsDown, before: Allowances['taken'], after: Allowances['taken']) => {
      putShard.run(down.shard, down.version, seal.seal(shardPlace(down.shard), JSON.stringify(down)))
      dropSince.run(down.shard)
      writeTaken(before, after)
    }),
    /** What sales hold: on disk when it returns. */
    keepTaken: database.transaction(writeTaken),
    card(token: string): KnownCard | undefined {
      const card = cardOf(token)
      const row = getCard.get(card)
      return row && (JSON.parse(seal.open(cardPlace(card), row.body).toString('utf8')) as KnownCard)
    },
    keepCard(token: string, known: KnownCard): void {
      const card = cardOf(token)
      putCard.run(card, known.askedAt, seal.seal(cardPlace(card), JSON.stringify(known)))
    },
    forgetCard: (token: string): void => void dropCard.run(cardOf(token)),
    forgetCardsBefore: (at: number): void => void dropOldCards.run(at),
  }
}
