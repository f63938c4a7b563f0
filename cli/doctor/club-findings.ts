import { lookup } from 'node:dns/promises'
import type { IClientOptions } from 'mqtt'
import type { GatewayConfig } from '#gateway/config.ts'
import type { GatewayStanding } from '#gateway/control.ts'
import { identityHolds, readIdentity } from '#gateway/identity/identity.ts'
import { readSecret } from '#runtime/config.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { apart, type Finding, failed, ok, warning } from './finding.ts'

/** MQTT.js hands `minVersion` on to TLS. */
type Login = IClientOptions & { minVersion?: 'TLSv1.3' }

const dayMs = 24 * 3_600_000
const subject = 'club'

/** As people in Persian write a day: «۱ آذر ۱۴۰۵». */
const dayIn = (at: number): string => new Intl.DateTimeFormat('fa-IR', { dateStyle: 'long' }).format(at)

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
            {
              en: `the box's certificate held until ${new Date(until).toISOString()}`,
              fa: `گواهی جعبه تا ${dayIn(until)} اعتبار داشت`,
            },
            'vafa gateway enrol CODE',
          ),
        ]
      if (until < now + 7 * dayMs)
        findings.push(
          warning('certificate', 'secret', {
            en: `it holds until ${new Date(until).toISOString()} and was not renewed`,
            fa: `تا ${dayIn(until)} اعتبار دارد و تازه نشده است`,
          }),
        )
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
    const text = hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`
    return [failed(subject, 'secret', text, `ls -l ${beside(club.identity ?? club.secretFile ?? '.')}`)]
  }
  if (standing?.online)
    return [...findings, ok(subject, { en: `answers at ${club.url}`, fa: `در ${apart(club.url)} پاسخ می‌دهد` })]
  try {
    await lookup(hostname)
  } catch (error) {
    return [
      ...findings,
      failed(
        subject,
        'network',
        {
          en: `the name ${hostname} has no address (${codeOf(error)})`,
          fa: `نام ${apart(hostname)} نشانی ندارد (${apart(codeOf(error) ?? '')})`,
        },
        `resolvectl query ${hostname}`,
      ),
    ]
  }
  return [
    ...findings,
    await tryLogin({
      ...{ url: club.url, store, login, host: hostname, port: port || (protocol === 'mqtts:' ? '8883' : '1883') },
      proof: club.identity === undefined ? `sha256sum ${beside(club.secretFile ?? '')}` : 'vafa gateway enrol CODE',
    }),
  ]
}

/** Logs on as the box does, under a client id of its own, so that a box that is connected stays. */
async function tryLogin(options: {
  url: string
  store: string
  login: Login
  host: string
  port: string
  /** What shows or renews that by which the box is known. */
  proof: string
}): Promise<Finding> {
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
      {
        en: `${url} took the connection and did not answer within 5 s`,
        fa: `${apart(url)} اتصال را گرفت و در ۵ ثانیه پاسخ نداد`,
      },
      `nc -vz ${host} ${port}`,
    )
    client.once('connect', () => {
      said = ok(subject, { en: `knows this box at ${url}`, fa: `این جعبه را در ${apart(url)} می‌شناسد` })
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

function refusal(error: Error, { url, host, port, proof }: { url: string; host: string; port: string; proof: string }): Finding {
  // MQTT's codes are numbers, the system's are names; several addresses that were tried give an AggregateError.
  const code = 'code' in error ? error.code : undefined
  const system = codeOf(error) ?? (error instanceof AggregateError ? codeOf(error.errors[0]) : undefined)
  if (code === 4 || code === 5)
    return failed(
      subject,
      'secret',
      {
        en: `${url} refuses this box's name or secret: the club's secretFile of this store and club.secretFile here must hold the same`,
        fa: `${apart(url)} نام یا رمز این جعبه را نمی‌پذیرد: ${apart('secretFile')} این فروشگاه در باشگاه و ${apart('club.secretFile')} اینجا باید یکی باشند`,
      },
      proof,
    )
  if (code === 2)
    return failed(
      subject,
      'configuration',
      {
        en: `${url} knows this store under another name`,
        fa: `${apart(url)} این فروشگاه را به نام دیگری می‌شناسد`,
      },
      'less docs/trust.md',
    )
  if (system === 'ECONNREFUSED')
    return failed(
      subject,
      'club',
      {
        en: `nothing listens at ${host} port ${port}: the club is not running, or the port is another one`,
        fa: `در ${apart(host)} درگاه ${apart(port)} کسی گوش نمی‌دهد: باشگاه کار نمی‌کند یا درگاه دیگری است`,
      },
      `nc -vz ${host} ${port}`,
    )
  if (system === 'ECONNRESET' || system === 'EPIPE')
    return failed(
      subject,
      'club',
      { en: `${url} ended the line before it answered`, fa: `${apart(url)} پیش از پاسخ خط را بست` },
      `nc -vz ${host} ${port}`,
    )
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/i.test(`${system} ${messageOf(error)}`))
    return failed(
      subject,
      'secret',
      { en: `TLS with ${url} fails: ${messageOf(error)}`, fa: `TLS با ${apart(url)} نمی‌شود: ${apart(messageOf(error))}` },
      `openssl s_client -connect ${host}:${port} </dev/null`,
    )
  const why = messageOf(error) || (system ?? '')
  return failed(
    subject,
    'network',
    { en: `${url} cannot be reached: ${why}`, fa: `به ${apart(url)} نمی‌توان رسید: ${apart(why)}` },
    `ping -c 3 ${host}`,
  )
}
