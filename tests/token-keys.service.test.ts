import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import { readProgrammeKey } from '#club/key-file.ts'
import { openClubBooks } from '#club/open-books.ts'
import { runProgrammes } from '#club/programmes/running.ts'
import { tokenise } from '#protocol/credentials.ts'
import type { Reply } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { vafaCommand } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { makeChain, openSale, presentMember, signUp } from './chain.ts'
import { arrivalOf, createBox } from './databases/club-messages.ts'

const run = promisify(execFile)
const mobiles = { sara: '09123456789', mina: '09350000001' }

it('the key for tokens is exchanged: cut off in the middle it goes on, a store that was away catches up, and cards move as they are seen', async () => {
  const chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 15_000 } })
  onTestFinished(() => chain.close())
  const vafa = async (...args: string[]): Promise<string> => {
    const [command, ...rest] = vafaCommand(['club', ...args, '-c', chain.clubConfig])
    const { stdout, stderr } = await run(command, rest).catch((error: { stdout: string; stderr: string }) => error)
    return stdout + stderr
  }
  /** What `status` prints, without a process for each look. */
  const status = async () => {
    const running = await reachControl(readClubConfig(chain.clubConfig).control)
    if (!running) throw new Error('no club runs')
    const state = await running.tokenKeys()
    running.close()
    const database = new Database(chain.clubDatabase, { readonly: true })
    const rows = database.prepare('SELECT keyid, count(*) FROM credentials WHERE memberid IS NOT NULL GROUP BY keyid').raw().all()
    database.close()
    return { ...state, credentials: Object.fromEntries(rows as [string, number][]) }
  }
  const sell = async (till: TillClient, mobile: string) => {
    await presentMember(till, mobile)
    const { saleid, payable } = await openSale(till, 100_000, 'R')
    const tenders = [{ kind: 'cash' as const, amount: payable }]
    expect(await till.request({ op: 'complete', saleid, tenders }, { until: 'result' })).toMatchObject({ status: 'accepted' })
  }

  const club = await chain.start('club', { env: { VAFA_CRASH_AT: 'club.token-keys-written' } })
  const gateway = await chain.start('gateway')
  const till = await chain.till()
  await signUp(till, mobiles.sara)
  await till.request({ op: 'cancel' })
  await signUp(till, mobiles.mina)
  await till.request({ op: 'cancel' })
  expect(await status()).toMatchObject({
    current: 'token-1',
    credentials: { 'token-1': 2 },
    stores: [{ store: 's1', keyid: 'token-1' }],
  })

  // The club is killed after the new key is on its disk and before anybody has heard of it; the store is away meanwhile.
  await gateway.stop()
  await vafa('keys', 'rotate', '--who', 'sana')
  expect(await club.ended).toBe('SIGKILL')
  const ring = join(dirname(chain.clubConfig), 'secrets/token-key.ring')
  expect(statSync(ring).mode & 0o777).toBe(0o600)
  const restarted = await chain.start('club')
  expect(await vafa('keys', 'rotate')).toContain('is not over')
  await chain.start('gateway')
  const again = await chain.till()
  await expect
    .poll(status, { timeout: 15_000 })
    .toMatchObject({ current: 'token-2', earlier: 'token-1', stores: [{ keyid: 'token-2' }] })

  await sell(again, mobiles.sara)
  await expect.poll(status, { timeout: 5_000 }).toMatchObject({ credentials: { 'token-1': 1, 'token-2': 1 } })
  const unseen = (await vafa('keys', 'status', '--unseen')).trim().split('\n')
  expect(unseen.map((line) => JSON.parse(line))).toMatchObject([{ kind: 'phone', keyid: 'token-1' }])
  expect(await vafa('keys', 'retire')).toContain('was to be known until')
  await sell(again, mobiles.mina)
  await expect.poll(status, { timeout: 5_000 }).toMatchObject({ credentials: { 'token-2': 2 } })

  expect(await vafa('keys', 'retire', '--early')).toContain('current: token-2')
  await sell(again, mobiles.sara)
  expect(chain.books().members).toHaveLength(2)
  const secrets = (JSON.parse(readFileSync(ring, 'utf8')) as { keys: { secret: string }[] }).keys.map(({ secret }) => secret)
  const onBox = readFileSync(join(dirname(chain.gatewayConfig), 'data/gateway.sqlite'), 'latin1')
  expect(secrets).toHaveLength(2)
  for (const secret of secrets) expect(onBox).not.toContain(secret)
  expect(await vafa('audit')).toContain('ok: the chain is whole')

  // A club that is opened later finds nobody by the retired key either, though the card has moved.
  await restarted.stop()
  const config = readClubConfig(chain.clubConfig)
  const key = readProgrammeKey(config.programmeKeyFile)
  const programmes = runProgrammes({ files: config, key, runtime: systemRuntime, log: silentLogger })
  const books = await openClubBooks(config, programmes.schedule())
  onTestFinished(() => books.close())
  const asked = async (n: number) => {
    const key = { keyid: `token-${n}`, secret: Buffer.from(secrets[n - 1] ?? '') }
    const credential = tokenise({ kind: 'phone', value: mobiles.sara }, key)
    const at = Date.now()
    const request = createBox().request('vafa.credential.presented.v1', { credential }, at)
    const [answer] = (await books.answer([arrivalOf(request, 's1', new Date(at).toISOString())])).answers
    return JSON.parse(answer?.body ?? '{}') as Reply
  }
  expect(await asked(1)).toMatchObject({ error: { key: 'credential.key-retired' } })
  expect(await asked(2)).toMatchObject({ status: 'accepted' })
}, 60_000)
