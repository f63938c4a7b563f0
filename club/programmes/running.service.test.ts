import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { parseProgramme } from '#programme/schema.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey, type SignedDocument, signDocument, verifyDocument } from '#protocol/signing.ts'
import { programmeDown } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime, type VirtualRuntime } from '#runtime/virtual-runtime.ts'
import { type Club, startClub } from '../club.ts'
import { readClubConfig } from '../config.ts'

const key = makeSigningKey('programme-1')
const { privateKey: _, ...publicPart } = key
const dayMs = 86_400_000
/** 10:00 of 31 Shahrivar 1405 in Tehran: 14 hours later it is Mehr. */
const startAt = Date.parse('2026-09-22T06:30:00.000Z')

let folder: string
let runtime: VirtualRuntime

const rules = (version: number, more: object = {}) => ({ id: 'p', version, currency: 'IRR', rules: [], ...more })
const mehr = { inForceFrom: '1405-07-01' }
const write = (name: string, value: object) => writeFileSync(join(folder, name), stringify(value))
const config = (more: object = {}) => {
  write('club.yaml', {
    club: 'demo',
    listen: { port: 0 },
    programme: 'v1.yaml',
    programmeKeyFile: 'secrets/programme.json',
    pepperFile: 'secrets/pepper',
    sealingKeyFile: 'secrets/sealing.json',
    stores: [{ store: 's1', secretFile: 'secrets/s1' }],
    ...more,
  })
  return readClubConfig(join(folder, 'club.yaml'))
}
const start = async (more: object = {}): Promise<Club> => {
  const club = await startClub({ config: config(more), runtime, log: silentLogger })
  onTestFinished(() => club.close())
  return club
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-programmes-'))
  mkdirSync(join(folder, 'secrets'))
  for (const name of ['pepper', 's1']) writeFileSync(join(folder, 'secrets', name), `the secret of ${name}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(key))
  write('v1.yaml', rules(1))
  write('v2.yaml', rules(2, mehr))
  runtime = createVirtualRuntime({ startAt })
})
afterEach(() => rmSync(folder, { recursive: true }))

const versionOf = (signed: SignedDocument): number => {
  expect(verifyDocument(signed, [publicPart])).toBe('ok')
  const parsed = parseProgramme(JSON.parse(signed.document))
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.programme.version
}

/** What a store hears of programmes: versions, one message after the other. */
async function storeAt(club: Club) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${club.port}`, {
    clientId: 's1',
    username: 's1',
    password: 'the secret of s1',
    protocolVersion: 4,
  })
  onTestFinished(() => client.endAsync(true))
  const heard: { current: number; next?: number }[] = []
  let woken = () => {}
  client.on('message', (_topic, payload) => {
    const { current, next } = programmeDown.parse(JSON.parse(String(payload)))
    heard.push({ current: versionOf(current), ...(next ? { next: versionOf(next) } : {}) })
    woken()
  })
  await client.subscribeAsync(storeTopics('demo', 's1').down('programme'), { qos: 1 })
  return async () => {
    while (heard.length === 0) {
      await new Promise<void>((resolve) => {
        woken = resolve
      })
    }
    return heard.shift()
  }
}

describe('a club with a next programme', () => {
  it('gives both to its stores, and at midnight of the day the next one alone', async () => {
    const club = await start({ nextProgramme: 'v2.yaml' })
    const hears = await storeAt(club)
    expect(await hears()).toEqual({ current: 1, next: 2 })
    await runtime.advance(14 * 3_600_000 - 1)
    club.reloadProgrammes(config({ nextProgramme: 'v2.yaml' }))
    expect(await hears()).toEqual({ current: 1, next: 2 })
    await runtime.advance(1)
    expect(await hears()).toEqual({ current: 2 })
  })

  it('that is started anew after the day gives the next one, whatever its configuration still calls it', async () => {
    runtime = createVirtualRuntime({ startAt: startAt + 3 * dayMs })
    const hears = await storeAt(await start({ nextProgramme: 'v2.yaml' }))
    expect(await hears()).toEqual({ current: 2 })
  })

  it('hears of it, of its withdrawal and of the version after it while it runs', async () => {
    const club = await start()
    const hears = await storeAt(club)
    expect(await hears()).toEqual({ current: 1 })
    expect(club.reloadProgrammes(config({ nextProgramme: 'v2.yaml' }))).toBeUndefined()
    expect(await hears()).toEqual({ current: 1, next: 2 })
    expect(club.reloadProgrammes(config())).toBeUndefined()
    expect(await hears()).toEqual({ current: 1 })
    await runtime.advance(3 * dayMs)
    write('v3.yaml', rules(3))
    expect(club.reloadProgrammes(config({ programme: 'v3.yaml' }))).toBeUndefined()
    expect(await hears()).toEqual({ current: 3 })
  })

  it('goes on with what runs where a file is wrong, and names the line', async () => {
    const club = await start({ nextProgramme: 'v2.yaml' })
    const hears = await storeAt(club)
    expect(await hears()).toEqual({ current: 1, next: 2 })
    writeFileSync(join(folder, 'v2.yaml'), 'id: p\nversion: 2\ncurrency: IRR\ninForceFrom: 1405-13-01\nrules: []\n')
    const both = config({ nextProgramme: 'v2.yaml' })
    expect(club.reloadProgrammes(both)).toMatchObject({
      key: 'programme.invalid',
      message: expect.stringMatching(/v2\.yaml:4: inForceFrom: must be a date such as/),
    })
    write('v2.yaml', rules(1, mehr))
    expect(club.reloadProgrammes(both)).toMatchObject({ key: 'programme.older' })
    rmSync(join(folder, 'v2.yaml'))
    expect(club.reloadProgrammes(both)).toMatchObject({ key: 'config.unreadable' })
    await runtime.advance(dayMs)
    expect(await hears()).toEqual({ current: 2 })
    expect(club.reloadProgrammes(config())).toMatchObject({ key: 'programme.older' })
  })

  it('needs no private key where its programmes come signed, and takes none that another key signed', async () => {
    writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(publicPart))
    await expect(start()).rejects.toMatchObject({ key: 'programme.unsigned', hint: expect.stringContaining('programme sign') })
    const signed = (by = key) => JSON.stringify(signDocument(JSON.stringify(rules(1)), by))
    writeFileSync(join(folder, 'v1.signed.json'), signed())
    const hears = await storeAt(await start({ programme: 'v1.signed.json' }))
    expect(await hears()).toEqual({ current: 1 })
    writeFileSync(join(folder, 'v1.signed.json'), signed(makeSigningKey('programme-1')))
    await expect(start({ programme: 'v1.signed.json' })).rejects.toMatchObject({ key: 'programme.forged' })
    writeFileSync(join(folder, 'v1.signed.json'), signed(makeSigningKey('programme-2')))
    await expect(start({ programme: 'v1.signed.json' })).rejects.toMatchObject({ key: 'programme.key-unknown' })
  })

  it('does not start with a key that is none, or whose parts do not belong together', async () => {
    const wrong = (value: string) => writeFileSync(join(folder, 'secrets/programme.json'), value)
    wrong('{}')
    await expect(start()).rejects.toMatchObject({ key: 'secret.invalid', message: expect.stringContaining('programme.json') })
    wrong(JSON.stringify({ ...key, privateKey: makeSigningKey('programme-1').privateKey }))
    await expect(start()).rejects.toMatchObject({ key: 'secret.invalid', message: expect.stringContaining('privateKey') })
  })
})
