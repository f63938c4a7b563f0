import { appendFileSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { openAuthority } from '#club/authority/authority.ts'
import { initTrust, trustFiles } from '#club/authority/files.ts'
import { openRegister } from '#club/authority/register.ts'
import { openSqliteEngine } from '#club/store/sqlite-engine.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { readSecret } from '#runtime/config.ts'
import type { FleetBoxPlan } from '#simulators/fleet/fleet-box.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { writeInstallation } from '../../installation.ts'
import { credentialOf, loadMembers } from '../club/booked-sales.ts'

const club = 'fleet'

export interface FleetClub {
  club: string
  config: string
  /** Where its boxes connect to. */
  url: string
  boxes: FleetBoxPlan[]
  /** A card of each of its members. */
  cards: ReturnType<typeof credentialOf>[]
}

/** Writes a club of so many stores and members into a new folder; its boxes have passwords, or certificates. */
export async function writeFleetClub(options: {
  folder: string
  stores: number
  members: number
  line: 'plain' | 'tls'
}): Promise<FleetClub> {
  const { folder, stores, members, line } = options
  const names = Array.from({ length: stores }, (_, n) => `s${n + 1}`)
  const port = await freePort()
  const { clubConfig: config } = writeInstallation({
    ...{ folder, club, clubPort: port },
    stores: names.map((store) => ({ store, title: { fa: store, en: store }, lanes: [], devices: [] })),
  })
  // All boxes have one address here.
  const limits = 'limits: { strangersOfAddress: 1000000 }\n'
  const cards = Array.from({ length: members }, (_, n) => credentialOf(n + 1))
  const engine = openSqliteEngine(join(folder, (parse(readFileSync(config, 'utf8')) as { database: string }).database))
  await loadMembers(engine, members, readSecret(join(folder, 'secrets/pepper'), 'the pepper'))
  await engine.close()
  const common = { club, config, cards }
  if (line === 'plain') {
    appendFileSync(config, limits)
    const boxes = names.map((store) => ({
      store,
      login: { username: store, password: readSecret(join(folder, 'secrets', store), 'the password') },
    }))
    return { ...common, url: `mqtt://127.0.0.1:${port}`, boxes }
  }
  const [trusted, enrolment] = [await freePort(), await freePort()]
  appendFileSync(
    config,
    `${limits}trust: { folder: trust, names: [localhost, 127.0.0.1], listen: { port: ${trusted} }, enrolment: { port: ${enrolment} } }\n`,
  )
  return { ...common, url: `mqtts://127.0.0.1:${trusted}`, boxes: await certify(join(dirname(config), 'trust'), names) }
}

/** As enrolment would, without its codes and its limit of how many may come in a minute. */
async function certify(folder: string, stores: readonly string[]): Promise<FleetBoxPlan[]> {
  const now = Date.now()
  const authority = await openAuthority(await initTrust(folder, { club, now }))
  const register = openRegister(trustFiles(folder).register)
  try {
    const boxes: FleetBoxPlan[] = []
    for (const store of stores) {
      const { privateKey, csr } = await makeSigningRequest('vafa box')
      const { certificate, serial, until } = await authority.certifyBox({ csr, club, store, now })
      const [issuedAt, expiresAt] = [new Date(now).toISOString(), new Date(until).toISOString()]
      register.issued({ serial, store, issuedAt, expiresAt })
      boxes.push({ store, login: { certificate, privateKey, authority: authority.certificate } })
    }
    return boxes
  } finally {
    register.close()
  }
}
