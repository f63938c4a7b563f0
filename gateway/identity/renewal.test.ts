import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { certificateAlgorithm, loadX509, privatePem } from '#runtime/certificates.ts'
import { readIdentity, writeIdentity } from './identity.ts'
import { renewalDue } from './renewal.ts'

const day = 86_400_000
/** Holds for 90 days from 2026-01-01. */
async function identityOf() {
  const x509 = await loadX509()
  const keys = await crypto.subtle.generateKey(certificateAlgorithm, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: 'CN=box', keys, signingAlgorithm: certificateAlgorithm, serialNumber: '01' },
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-04-01T00:00:00Z'),
  })
  const certificate = `${made.toString('pem')}\n`
  return { certificate, privateKey: await privatePem(keys.privateKey), authority: certificate }
}

it('is due with a third of its time left, spread over a tenth, so that boxes of one day do not come all at once', async () => {
  const identity = await identityOf()
  const end = Date.parse('2026-04-01T00:00:00Z')
  expect((end - renewalDue(identity, { random: 0 })) / day).toBeCloseTo(30, 3)
  expect((end - renewalDue(identity, { random: 1 })) / day).toBeCloseTo(39, 3)
})

it('an identity is read as it was written, by its owner alone, and leaves no half file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-identity-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const identity = await identityOf()
  writeIdentity(folder, identity)
  writeIdentity(folder, identity)
  expect(readIdentity(folder)).toEqual(identity)
  expect(readdirSync(folder).sort()).toEqual(['authority.pem', 'box.pem'])
  expect(statSync(join(folder, 'box.pem')).mode & 0o777).toBe(0o600)
  expect(() => readIdentity(join(folder, 'none'))).toThrow(/no identity/)
})
