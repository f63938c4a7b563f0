import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { loadX509, privatePem } from '#runtime/certificates.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { createAuditLog } from './audit-log.ts'
import { createLoginDesk } from './login.ts'
import { openOfficeDatabase } from './office-database.ts'
import { startPageServer } from './page-server.ts'
import { createSessions } from './sessions.ts'
import { createUsers } from './users.ts'

async function certificateIn(folder: string): Promise<{ certFile: string; keyFile: string }> {
  const x509 = await loadX509()
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: [{ CN: ['localhost'] }], keys, signingAlgorithm: algorithm },
    ...{ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) },
  })
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  writeFileSync(files.certFile, certificate.toString('pem'))
  writeFileSync(files.keyFile, await privatePem(keys.privateKey))
  return files
}

/** Pages with TLS for one user. */
async function startPages() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-pages-'))
  const database = openOfficeDatabase(join(folder, 'office'))
  const users = createUsers(database)
  const sessions = createSessions({ database, users, runtime: systemRuntime, onEnded: () => {} })
  const audit = createAuditLog(database)
  let refused = 0
  const server = await startPageServer({
    config: { host: '127.0.0.1', port: 0, insecure: false, tls: await certificateIn(folder) },
    ...{ folder, sessions, log: silentLogger, accept: () => {} },
    logins: createLoginDesk({
      ...{ club: 'demo', users, sessions, audit, runtime: systemRuntime },
      onRefused() {
        refused += 1
      },
    }),
  })
  onTestFinished(async () => {
    await server.close()
    database.close()
    rmSync(folder, { recursive: true })
  })
  const password = await users.add({ name: 'sara', role: 'auditor', stores: [], at: new Date().toISOString() })
  const at = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false }
  return { folder, server, password, at, refused: () => refused }
}

it('speaks TLS 1.3 alone to other machines, with a cookie that goes nowhere else and never in the clear', async () => {
  const { at, password, refused } = await startPages()
  const old = tlsConnect({ ...at, maxVersion: 'TLSv1.2' })
  expect(String(await once(old, 'error').then(([error]) => error))).toMatch(/protocol version|alert/)
  const login = async (tried: string) => {
    const headers = { 'content-type': 'application/json' }
    const request = httpsRequest({ ...at, path: '/login', method: 'POST', agent: false, headers })
    request.end(JSON.stringify({ name: 'sara', password: tried }))
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    answer.resume()
    return answer
  }
  expect([(await login('a guess')).statusCode, refused()]).toEqual([401, 1])
  const answer = await login(password)
  expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
  expect(answer.headers['set-cookie']).toEqual([
    expect.stringMatching(/^__Host-vafa=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
  ])
})

it('a renewed certificate is shown to who comes then, without an end of the lines that are open; half of one changes nothing', async () => {
  const { folder, server, at } = await startPages()
  const shown = async (): Promise<{ line: TLSSocket; fingerprint: string }> => {
    const line = tlsConnect(at)
    onTestFinished(() => void line.destroy())
    await once(line, 'secureConnect')
    return { line, fingerprint: line.getPeerCertificate().fingerprint256 }
  }
  const first = await shown()
  expect(server.renewCertificate()).toBe(false)
  const key = readFileSync(join(folder, 'key.pem'))
  await certificateIn(folder)
  const fresh = readFileSync(join(folder, 'key.pem'))
  writeFileSync(join(folder, 'key.pem'), key)
  expect(() => server.renewCertificate()).toThrow(/no certificate with its key/)
  expect((await shown()).fingerprint).toBe(first.fingerprint)
  writeFileSync(join(folder, 'key.pem'), fresh)
  expect(server.renewCertificate()).toBe(true)
  expect((await shown()).fingerprint).not.toBe(first.fingerprint)
  expect(first.line.destroyed).toBe(false)
})
