import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import { blocksOf } from './guides/blocks.ts'
import { type Follower, startFollowing } from './guides/follow.ts'

const patienceMs = 120_000
const guides = new URL('../docs/guides/', import.meta.url)
/** One after another on the same machines, as a chain meets them. */
const chain = ['club.md', 'box.md', 'lane.md', 'kiosk.md', 'backup.md', 'upgrade.md', 'when.md']
const others = ['club-postgresql.md', 'club-mosquitto.md']

async function follower(options: Omit<Parameters<typeof startFollowing>[0], 'folder'> = {}): Promise<Follower> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-guides-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const one = await startFollowing({ folder, ...options })
  onTestFinished(() => one.close())
  return one
}

test('a block that does not say how it is done is refused', () => {
  expect(() => blocksOf('```\nrm -r /\n```')).toThrow(/without a word/)
  expect(() => blocksOf('```sh run\nls')).toThrow(/no end/)
})

test('every guide is followed by a test, and every block of one says how', () => {
  const pages = readdirSync(guides).filter((name) => name !== 'README.md')
  expect(pages.sort()).toEqual([...chain, ...others].sort())
  for (const page of pages) {
    const text = readFileSync(new URL(page, guides), 'utf8')
    expect(blocksOf(text).length).toBeGreaterThan(2)
    // A command that is only indented would be one that nobody tries.
    expect(text).not.toMatch(/^ {4}\S/m)
  }
})

test(
  'head office, a box, a lane, a backup and its return, an upgrade and bad days: each command of the guides works',
  async () => {
    const person = await follower()
    for (const guide of chain) await person.follow(guide)
    expect(person.onlyChecked.every((line) => /^(?:apt|journalctl|systemctl status) /.test(line))).toBe(true)
  },
  patienceMs,
)

test(
  'head office with its books in PostgreSQL, and with a Mosquitto',
  async () => {
    const server = await startPrivatePostgres()
    onTestFinished(() => server.close())
    const { host, port, user, password, database } = server.address
    const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database }
    await (await follower({ ports: { 5432: port }, env })).follow('club-postgresql.md')
    await (await follower()).follow('club-mosquitto.md')
  },
  patienceMs,
)
