import { lookup } from 'node:dns/promises'
import type { IClientOptions } from 'mqtt'
import type { GatewayConfig } from '#gateway/config.ts'
import type { GatewayStanding } from '#gateway/control.ts'
import { identityHolds, readIdentity } from '#gateway/identity/identity.ts'
import { readSecret } from '#runtime/config.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

/** MQTT.js hands `minVersion` on to TLS. */
type Login = IClientOptions & { minVersion?: 'TLSv1.3' }

const dayMs = 24 * 3_600_000
const subject = 'club'

/** The line to the club, from the name of its server to its word that it knows this box. */
export async function lookAtClub(
  config: GatewayConfig,
  { beside, standing, now }: { beside(path: string): string; standing?: GatewayStanding | undefined; now: number },
): Promise<Finding[]> {
  const { club, store } = config
  const { hostname, port, protocol } = new URL(club.url)
  const findings: Finding[] = []
  let login: Login
  try {
    if (club.identity === undefined)
      login = { username: store, password: readSecret(beside(club.secretFile ?? ''), "the store's password at the club") }
    else {
      const identity = readIdentity(beside(club.identity))
      const { until } = identityHolds(identity)
      if (until < now)
        return [
          failed(
            subject,
            'secret',
            `the box's certificate held until ${new Date(until).toISOString()}`,
            'vafa gateway enrol CODE',
          ),
        ]
      if (until < now + 7 * dayMs)
        findings.push(warning('certificate', 'secret', `it holds until ${new Date(until).toISOString()} and was not renewed`))
      login = {
        username: store,
        cert: identity.certificate,
        key: identity.privateKey,
        ca: identity.authority,
        minVersion: 'TLSv1.3',
      }
    }
  } catch (error) {
    const hint = error instanceof VafaError ? error.hint : undefined
    return [failed(subject, 'secret', hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`)]
  }
  if (standing?.online) return [...findings, ok(subject, `answers at ${club.url}`)]
  try {
    await lookup(hostname)
  } catch (error) {
    return [
      ...findings,
      failed(subject, 'network', `the name ${hostname} has no address (${codeOf(error)})`, `resolvectl query ${hostname}`),
    ]
  }
  return [
    ...findings,
    await tryLogin({ url: club.url, store, login, host: hostname, port: port || (protocol === 'mqtts:' ? '8883' : '1883') }),
  ]
}

/** Logs on as the box does, under a client id of its own, so that a box that is connected stays. */
async function tryLogin(options: { url: string; store: string; login: Login; host: string; port: string }): Promise<Finding> {
  const { url, store, login, host, port } = options
  const { default: mqtt } = await import('mqtt')
  return new Promise((resolve) => {
    const client = mqtt.connect(url, {
      ...login,
      clientId: `${store}/doctor`,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
    })
    let said: Finding = failed(
      subject,
      'club',
      `${url} took the connection and did not answer within 5 s`,
      `nc -vz ${host} ${port}`,
    )
    client.once('connect', () => {
      said = ok(subject, `knows this box at ${url}`)
      client.end()
    })
    client.once('error', (error) => {
      said = refusal(error, options)
      client.end(true)
    })
    client.once('close', () => {
      client.end(true)
      resolve(said)
    })
  })
}

function refusal(error: Error, { url, host, port }: { url: string; host: string; port: string }): Finding {
  // MQTT's codes are numbers, the system's are names; several addresses that were tried give an AggregateError.
  const code = 'code' in error ? error.code : undefined
  const system = codeOf(error) ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined)
  if (code === 4 || code === 5)
    return failed(
      subject,
      'secret',
      `${url} refuses this box's name or secret: the club's secretFile of this store and club.secretFile here must hold the same`,
    )
  if (code === 2) return failed(subject, 'configuration', `${url} knows this store under another name`)
  if (system === 'ECONNREFUSED')
    return failed(
      subject,
      'club',
      `nothing listens at ${host} port ${port}: the club is not running, or the port is another one`,
      `nc -vz ${host} ${port}`,
    )
  if (system === 'ECONNRESET' || system === 'EPIPE')
    return failed(subject, 'club', `${url} ended the line before it answered`, `nc -vz ${host} ${port}`)
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/i.test(`${system} ${messageOf(error)}`))
    return failed(
      subject,
      'secret',
      `TLS with ${url} fails: ${messageOf(error)}`,
      `openssl s_client -connect ${host}:${port} </dev/null`,
    )
  return failed(subject, 'network', `${url} cannot be reached: ${messageOf(error) || system}`, `ping -c 3 ${host}`)
}
