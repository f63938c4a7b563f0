import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
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

it('speaks TLS 1.3 alone to other machines, with a cookie that goes nowhere else and never in the clear', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-pages-'))
  const database = openOfficeDatabase(join(folder, 'office'))
  const users = createUsers(database)
  const sessions = createSessions({ database, users, runtime: systemRuntime, onEnded: () => {} })
  const audit = createAuditLog(database)
  const server = await startPageServer({
    config: { host: '127.0.0.1', port: 0, insecure: false, tls: await certificateIn(folder) },
    ...{ folder, sessions, log: silentLogger, accept: () => {} },
    logins: createLoginDesk({ club: 'demo', users, sessions, audit, runtime: systemRuntime }),
  })
  onTestFinished(async () => {
    await server.close()
    database.close()
    rmSync(folder, { recursive: true })
  })
  const password = await users.add({ name: 'sara', role: 'auditor', stores: [], at: new Date().toISOString() })
  const at = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false }
  const old = tlsConnect({ ...at, maxVersion: 'TLSv1.2' })
  expect(String(await once(old, 'error').then(([error]) => error))).toMatch(/protocol version|alert/)
  const headers = { 'content-type': 'application/json' }
  const request = httpsRequest({ ...at, path: '/login', method: 'POST', agent: false, headers })
  request.end(JSON.stringify({ name: 'sara', password }))
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  answer.resume()
  expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
  expect(answer.headers['set-cookie']).toEqual([
    expect.stringMatching(/^__Host-vafa=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
  ])
})
