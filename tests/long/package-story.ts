// What `tryPackage` runs in namespaces of its own: no network but the loopback, and mounts that end with it.
// Arguments: the clean root, the older package, the newer one. Prints the figures as JSON.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { parse, stringify } from 'yaml'
import { startProcess, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { commandsOf } from './guide.ts'

export interface InstalledFigures {
  installSeconds: number
  upgradeSeconds: number
  purgeSeconds: number
  demoSeconds: number
  /** Facts that waited in the outbox while the package was upgraded. */
  waitingAtUpgrade: number
  /** Sales that the till was told of, and those in the club's books after the upgrade. */
  sales: { acknowledged: number; booked: number }
  /** Files that were not there before the install and still are after the purge. */
  left: string[]
}

const [root = '', older = '', newer = ''] = process.argv.slice(2)
const clubFile = '/var/lib/vafa/club/club.yaml'
const gatewayFile = '/var/lib/vafa/gateway/gateway.yaml'
const till = '127.0.0.1:4400'

/** Runs a command line in the root, as root; returns what it printed. */
function inRoot(line: string): string {
  process.stderr.write(`# ${line}\n`)
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('chroot', [root, 'sh', '-c', `cd /root && ${line}`], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`“${line}” ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

function seconds(work: () => void): number {
  const start = performance.now()
  work()
  return Math.round((performance.now() - start) / 100) / 10
}

/** Runs one command of the guide, with this root's file, code and club in the place of the guide's examples. */
function follow(line: string, { file = '', code = '' }: { file?: string; code?: string } = {}): string {
  const mine = line
    .replace(/\.\/vafa_\S+\.deb/, `./${file}`)
    .replace('CODE', code)
    .replace('club.example.ir', '127.0.0.1')
    // There is no systemd in a root: what its units start is started by `daemon`.
    .replace(' --now', '')
  return inRoot(mine)
}

/** Starts what a unit starts, as the user that it names, and waits until it says that it is ready. */
async function daemon(unit: 'vafa-club' | 'vafa-gateway'): Promise<WatchedProcess> {
  const text = readFileSync(join(root, 'usr/lib/systemd/system', `${unit}.service`), 'utf8')
  const word = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? ''
  const user = word('User')
  const process = startProcess(
    'chroot',
    [`--userspec=${user}:${user}`, root, 'sh', '-c', `cd /opt/vafa && umask 077 && exec ${word('ExecStart')}`],
    {
      VAFA_COMPILE_CACHE: '/var/cache/vafa',
      HOME: '/var/lib/vafa',
    },
  )
  await process.line(/^ready: /, 60_000)
  return process
}

const edit = (file: string, change: (config: Record<string, unknown>) => void) => {
  const config = parse(readFileSync(join(root, file), 'utf8'))
  change(config)
  writeFileSync(join(root, file), stringify(config))
}

let acknowledged = 0
function sale(amount: number, { enrol = '' } = {}): void {
  inRoot(`runuser -u vafa -- vafa sim sale --till ${till} --phone 09121234567 ${enrol} --amount ${amount}`)
  acknowledged += 1
}

function query<T>(file: string, sql: string): T {
  const database = new Database(join(root, 'var/lib/vafa', file), { readonly: true })
  try {
    return database.prepare<[], T>(sql).pluck().get() as T
  } finally {
    database.close()
  }
}
const waiting = () => query<number>('gateway/data/gateway.sqlite', 'SELECT count(*) FROM outbox WHERE settledat IS NULL')
const booked = () => query<number>('club/data/club.sqlite', 'SELECT count(*) FROM sales')

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 60_000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within a minute: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Every file in the root, but for what apt, dpkg and the log of systemd keep of any package. */
function files(): Set<string> {
  const all = execFileSync('find', [root, '-xdev', '-not', '-type', 'd', '-printf', '/%P\n'], {
    encoding: 'utf8',
    maxBuffer: 64e6,
  })
  const kept = /^\/(?:proc|dev|root|tmp|var\/lib\/(?:dpkg|apt)|var\/log|var\/cache\/(?:apt|debconf|ldconfig))\/|^\/etc\/[^/]*-$/
  return new Set(all.split('\n').filter((path) => path !== '' && !kept.test(path)))
}

execFileSync('ip', ['link', 'set', 'lo', 'up'])
execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')])
writeFileSync(join(root, 'etc/apt/apt.conf.d/90story'), 'APT::Install-Recommends "false";\nAPT::Get::Assume-Yes "true";\n')
for (const file of [older, newer]) copyFileSync(file, join(root, 'root', basename(file)))
const before = files()

const [installBox = '', enrolBox = '', findDevices = '', examine = '', enableBox = ''] = commandsOf(
  '## Install a box in ten minutes',
)
const [, initClub = '', initTrust = '', enableClub = '', boxCode = ''] = commandsOf('### Head office')
const [upgrade = ''] = commandsOf('### Upgrade, remove, purge')

const installSeconds = seconds(() => follow(installBox, { file: basename(older) }))
if (inRoot('vafa --version').trim() !== '0.0.9') throw new Error('another version was installed')
for (const name of ['better-sqlite3', 'serialport', 'node-hid', '@pokusew/pcsclite', '@napi-rs/canvas'])
  inRoot(`cd /opt/vafa && node_modules/.bin/node -e "require('${name}')"`)
const demoSeconds = seconds(() => inRoot('cd /tmp && runuser -u vafa -- vafa demo --once --json'))

follow(initClub)
edit(clubFile, (club) => {
  club.trust = {
    names: ['127.0.0.1'],
    listen: { host: '127.0.0.1', port: 8883 },
    enrolment: { host: '127.0.0.1', port: 8884 },
  }
})
follow(initTrust)
follow(enableClub)
let club = await daemon('vafa-club')
const [code = ''] = /\S+/.exec(follow(boxCode)) ?? []
follow(enrolBox, { code })
follow(findDevices)
edit(gatewayFile, (gateway) => {
  // Of virtual customers.
  gateway.simulators = 'all-lanes'
  gateway.devices = [{ device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port: 4400 } }]
})
let gateway = await daemon('vafa-gateway')
follow(enableBox)
follow(examine)
sale(1_250_000, { enrol: '--enrol Sara' })
await until('the first sale is booked', () => booked() === 1)

await club.stop()
sale(400_000)
sale(700_000)
await gateway.stop()
const waitingAtUpgrade = waiting()
const upgradeSeconds = seconds(() => follow(upgrade, { file: basename(newer) }))
if (inRoot('vafa --version').trim() === '0.0.9') throw new Error('the older version is still there')
if (!readdirSync(join(root, 'etc/systemd/system/multi-user.target.wants')).includes('vafa-gateway.service'))
  throw new Error('the upgrade took the gateway out of what starts with the machine')

club = await daemon('vafa-club')
gateway = await daemon('vafa-gateway')
sale(300_000)
await until('all sales are booked', () => booked() === acknowledged)
await until('the outbox is empty', () => waiting() === 0)
inRoot(`runuser -u vafa -- vafa club audit -c ${clubFile}`)
const result = { acknowledged, booked: booked() }
await gateway.stop()
await club.stop()

inRoot('apt remove vafa')
if (!existsSync(join(root, clubFile))) throw new Error('remove took the books')
const purgeSeconds = seconds(() => {
  if (!inRoot('apt purge vafa').includes('deleting /var/lib/vafa')) throw new Error('purge does not say what it deletes')
})
if (readdirSync(join(root, 'var/lib')).includes('vafa')) throw new Error('purge left the data')
const left = [...files()].filter((path) => !before.has(path))
const figures: InstalledFigures = {
  installSeconds,
  upgradeSeconds,
  purgeSeconds,
  demoSeconds,
  waitingAtUpgrade,
  sales: result,
  left,
}
process.stdout.write(JSON.stringify(figures))
