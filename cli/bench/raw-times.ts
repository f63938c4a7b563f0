import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { connectAsync } from 'mqtt'
import { sealedBy } from '#gateway/sealing/seal.ts'
import { storeTopics } from '#protocol/topics.ts'
import { openDatabase } from '#runtime/sqlite.ts'

/** Bytes of what a sale sends and gets. */
export interface SaleBytes {
  fact: number
  reply: number
}

/** Milliseconds, one of each a turn. */
export interface RawTimes {
  /** A fact's bytes to the broker and a reply's back, QoS 1. */
  roundTrips: number[]
  /** One row of a fact's size. */
  boxCommits: number[]
  /** A lean sale: event with its reply in one row of a unique id, one member of 10,000, one total of the house. */
  clubCommits: number[]
}

const members = 10_000

/** What the newest answered sale in a gateway's database takes; undefined where there is none yet. */
export function saleBytesIn(gatewayDatabase: string): SaleBytes | undefined {
  const database = new Database(gatewayDatabase, { readonly: true })
  try {
    return database
      .prepare<[], SaleBytes>(
        `SELECT length(body) - ${sealedBy} AS fact, length(reply) - ${sealedBy} AS reply FROM outbox
          WHERE type = 'vafa.sale.completed.v1' AND reply IS NOT NULL ORDER BY sequence DESC LIMIT 1`,
      )
      .get()
  } finally {
    database.close()
  }
}

export interface RawTimer {
  readonly times: RawTimes
  /** Measures each once. */
  turn(): Promise<void>
  close(): Promise<void>
}

/**
 * Measures what the line and the disk take by themselves, turn by turn, so that it can go on between the sales that it
 * is compared with: a QoS 1 message from a store to
 * itself through the club's broker, and after its arrival a commit (WAL, `synchronous=FULL`) on the same disk. A commit
 * after a message has arrived is what a sale meets; in a tight loop of nothing but commits it would take less than half.
 * A message comes back as large as it went, so a round trip is half of one with a fact's bytes and half of one with a
 * reply's.
 */
export async function openRawTimer(options: {
  port: number
  club: string
  store: string
  secretFile: string
  database: string
  bytes: SaleBytes
}): Promise<RawTimer> {
  const { state } = storeTopics(options.club, options.store)
  const client = await connectAsync(`mqtt://127.0.0.1:${options.port}`, {
    protocolVersion: 4,
    clientId: options.store,
    username: options.store,
    password: readFileSync(options.secretFile, 'utf8').trim(),
  })
  // Nagle's algorithm would cost 40 ms and more a round trip.
  if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') client.stream.setNoDelay(true)
  await client.subscribeAsync(state, { qos: 1 })
  const fact = Buffer.alloc(options.bytes.fact, 'x')
  const reply = Buffer.alloc(options.bytes.reply, 'y')
  const box = leanBox(`${options.database}-box`)
  const club = leanClub(`${options.database}-club`)
  const thereAndBack = async (body: Buffer): Promise<number> => {
    const start = performance.now()
    const back = new Promise<void>((resolve) => client.once('message', () => resolve()))
    client.publish(state, body, { qos: 1 })
    await back
    return performance.now() - start
  }
  const timed = (work: () => void): number => {
    const start = performance.now()
    work()
    return performance.now() - start
  }
  const times: RawTimes = { roundTrips: [], boxCommits: [], clubCommits: [] }
  let turns = 0
  return {
    times,
    async turn() {
      const there = await thereAndBack(fact)
      times.boxCommits.push(timed(() => box.commit(fact)))
      const back = await thereAndBack(reply)
      times.clubCommits.push(timed(() => club.commit(turns, fact, reply)))
      times.roundTrips.push((there + back) / 2)
      turns += 1
    },
    async close() {
      box.close()
      club.close()
      await client.endAsync()
    },
  }
}

function leanBox(file: string) {
  const database = openDatabase(file, ['CREATE TABLE fact (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT'])
  const insert = database.prepare('INSERT INTO fact (body) VALUES (?)')
  return { commit: (body: Buffer) => void insert.run(body), close: () => database.close() }
}

function leanClub(file: string) {
  const database = openDatabase(file, [
    `CREATE TABLE event (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL, reply BLOB NOT NULL) STRICT;
     CREATE TABLE member (member INTEGER PRIMARY KEY, number TEXT NOT NULL, purchases INTEGER NOT NULL, credit INTEGER NOT NULL) STRICT;
     CREATE TABLE house (account INTEGER PRIMARY KEY, total INTEGER NOT NULL) STRICT;
     INSERT INTO house VALUES (1, 0);
     WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${members - 1})
       INSERT INTO member SELECT i, printf('%016d', i), 0, 0 FROM n;`,
  ])
  const insert = database.prepare('INSERT INTO event (id, body, reply) VALUES (?, ?, ?)')
  const credit = database.prepare('UPDATE member SET purchases = purchases + 1, credit = credit + 1000 WHERE member = ?')
  const house = database.prepare('UPDATE house SET total = total + 1000 WHERE account = 1')
  const commit = database.transaction((n: number, body: Buffer, reply: Buffer) => {
    insert.run(`01900000-0000-7000-8000-${String(n).padStart(12, '0')}`, body, reply)
    // A prime step: neighbours among the sales are no neighbours among the members.
    credit.run((n * 7_919) % members)
    house.run()
  })
  return { commit, close: () => database.close() }
}
