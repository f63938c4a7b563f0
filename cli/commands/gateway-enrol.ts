import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument, stringify } from 'yaml'
import { gatewayConfig } from '#gateway/config.ts'
import { enrolmentPort } from '#gateway/identity/club-login.ts'
import { type Enrolled, enrolBox } from '#gateway/identity/enrol.ts'
import { writeIdentity } from '#gateway/identity/identity.ts'
import { readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { called } from '../called.ts'

/**
 * `vafa gateway enrol CODE`: gets this machine its certificate, and writes a gateway.yaml to begin with where there is
 * none. One that is there keeps what it says; its store and club must be those of the code.
 */
export async function enrol(code: string, options: { club: string; folder: string }): Promise<void> {
  const { folder } = options
  const club = urlOf(options.club)
  const file = join(folder, 'gateway.yaml')
  // Read first: a code is used up by the first who comes with it.
  const known = existsSync(file) ? readConfig(file, gatewayConfig) : undefined
  const enrolled = await enrolBox({ code, club })
  if (known && (known.store !== enrolled.store || known.club.name !== enrolled.club))
    throw new VafaError({
      key: 'enrolment.other-store',
      message: `the code was for ${enrolled.store} of ${enrolled.club}, and ${file} is of ${known.store} of ${known.club.name}`,
      hint: 'name another --folder; the code is used up, take a new one',
    })
  mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  writeIdentity(join(folder, known?.club.identity ?? 'identity'), enrolled)
  writeFileSync(join(folder, known?.tokenKey.secretFile ?? 'secrets/token-key'), `${enrolled.tokenKey.secret}\n`, { mode: 0o600 })
  if (!known) writeFileSync(file, firstConfig(enrolled, club), { flag: 'wx' })
  else if (known.tokenKey.keyid !== enrolled.tokenKey.keyid) {
    // The key was exchanged since: its name must fit.
    const document = parseDocument(readFileSync(file, 'utf8'))
    document.setIn(['tokenKey', 'keyid'], enrolled.tokenKey.keyid)
    writeFileSync(file, document.toString())
  }
  process.stdout.write(`This machine is a box of ${enrolled.store} of ${enrolled.club} now. Next:

  ${called} gateway -c ${file}
${known ? (known.club.identity === undefined ? `\nWrite \`identity: identity\` into its \`club:\` in the place of \`secretFile\`, and the url mqtts://${club.hostname}:${enrolled.brokerPort}\n` : '') : `\nName its devices in ${file}: docs/devices/ has a page for each kind.\n`}`)
}

const firstConfig = ({ club, store, brokerPort, tokenKey, programmeKeys }: Enrolled, url: URL): string =>
  `# The gateway of one store. docs/configuration.md lists every key; docs/devices/ has a page a driver.
# Relative paths count from this file's folder.
${stringify({
  store,
  club: {
    name: club,
    url: `mqtts://${url.hostname}:${brokerPort}`,
    identity: 'identity',
    ...(url.port === '' || Number(url.port) === enrolmentPort ? {} : { enrolment: url.origin }),
  },
  tokenKey: { keyid: tokenKey.keyid, secretFile: 'secrets/token-key' },
  programmeKeys,
  database: 'data/gateway.sqlite',
  lanes: [{ lane: 'lane-1' }],
  devices: [],
})}`

function urlOf(text: string): URL {
  const url = URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : undefined
  if (url?.pathname !== '/' || url.username !== '')
    throw new VafaError({ key: 'usage', message: `“${text}” is not a host with a port`, hint: 'such as club.example.ir:8884' })
  if (url.port === '' && !text.endsWith(':443')) url.port = String(enrolmentPort)
  return url
}
