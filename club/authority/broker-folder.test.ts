import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { loadX509 } from '#runtime/certificates.ts'
import { type Authority, type CertifiedKey, makeAuthority, openAuthority } from './authority.ts'
import { brokerFiles, refreshBrokerFolder } from './broker-folder.ts'
import type { BoxCertificate } from './register.ts'

const now = Date.parse('2026-11-22T06:30:00Z')
const day = 86_400_000

let authority: Authority
let server: CertifiedKey
beforeAll(async () => {
  authority = await openAuthority(await makeAuthority('demo', now))
  server = await authority.certifyServer({ names: ['localhost'], now })
})

const certificate = (serial: string, more: Partial<BoxCertificate> = {}): BoxCertificate => ({
  ...{ serial, store: 's1', issuedAt: new Date(now).toISOString(), expiresAt: new Date(now + 90 * day).toISOString() },
  ...more,
})
const revoked = (serial: string, more: Partial<BoxCertificate> = {}) =>
  certificate(serial, { revokedAt: new Date(now).toISOString(), reason: 'lost', ...more })

function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-broker-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return {
    folder,
    refresh: (certificates: BoxCertificate[], at = now) =>
      refreshBrokerFolder({ folder, authority, server, certificates, now: at }),
    async list() {
      const { X509Crl, X509Certificate } = await loadX509()
      const list = new X509Crl(readFileSync(brokerFiles(folder).revoked, 'utf8'))
      expect(await list.verify({ publicKey: new X509Certificate(authority.certificate).publicKey })).toBe(true)
      return { serials: list.entries.map((one) => one.serialNumber), from: list.thisUpdate, until: list.nextUpdate }
    },
  }
}

it('the list names what was revoked and has not run out, is signed by the authority and holds as long as that', async () => {
  const { refresh, list } = newFolder()
  await refresh([certificate('41'), revoked('42'), revoked('43', { expiresAt: new Date(now - 1).toISOString() })])
  const { serials, from, until } = await list()
  expect(serials).toEqual(['42'])
  expect(from.getTime()).toBeLessThan(now)
  expect(until?.getTime()).toBeGreaterThan(now + 19 * 365 * day)
})

it('of two lists made in one moment the second one has the later date, since OpenSSL goes by that', async () => {
  const { refresh, list } = newFolder()
  const dates: number[] = []
  for (const count of [0, 1, 2]) {
    await refresh(['44', '45'].slice(0, count).map((serial) => revoked(serial)))
    dates.push((await list()).from.getTime())
  }
  expect([(dates[1] ?? 0) - (dates[0] ?? 0), (dates[2] ?? 0) - (dates[1] ?? 0)]).toEqual([1_000, 1_000])
})

it('files that are right already are left alone, so that nobody reads them again for nothing', async () => {
  const { folder, refresh } = newFolder()
  const times = () => Object.values(brokerFiles(folder)).map((file) => statSync(file, { bigint: true }).ino)
  await refresh([revoked('46')])
  const before = times()
  await refresh([revoked('46')], now + day)
  expect(times()).toEqual(before)
})

it('a folder that is not there is told with the command that makes it', async () => {
  const { folder } = newFolder()
  const refreshed = refreshBrokerFolder({ folder: join(folder, 'none'), authority, server, certificates: [], now })
  await expect(refreshed).rejects.toMatchObject({ key: 'broker.folder', hint: expect.stringContaining('broker-config') })
})
